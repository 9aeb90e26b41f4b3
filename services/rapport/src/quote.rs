//! `rapport quote`: one quote, from its creation to its end.

mod words;

use rapport_proto::v1::{
    AcceptQuoteRequest, CommandHeader, CreateQuoteRequest, DeclineQuoteRequest, FrozenRate, QuoteLineItem,
    Receipt, ReviseQuoteRequest, SendQuoteRequest, WithdrawQuoteRequest,
};

use crate::client::{Client, ReadOptions};
use crate::error::Failure;
use crate::output::Format;
use crate::query::quotes::show;
use crate::wire::parse_rate;

/// What `rapport quote` takes.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Begin one for a deal, as a draft.
    Create {
        /// For which deal.
        #[arg(long = "deal", value_name = "ID")]
        opportunity_id: String,
        /// What is offered.
        #[command(flatten)]
        offer: Offer,
    },
    /// Make the next version; all lines are said anew.
    Revise {
        /// Which one.
        quote_id: String,
        /// What is offered.
        #[command(flatten)]
        offer: Offer,
    },
    /// Offer the version at hand to the customer.
    Send {
        /// Which one.
        quote_id: String,
        /// The last day on which it can be accepted.
        #[arg(long, value_name = "DAY")]
        valid_until: String,
        /// The IANA zone by whose clock that day ends; left out: UTC.
        #[arg(long, value_name = "ZONE", default_value = "", hide_default_value = true)]
        time_zone: String,
    },
    /// Note that the customer takes it; the amount of the deal is revised to the total without tax.
    Accept {
        /// Which one.
        quote_id: String,
        /// The version that they mean.
        #[arg(long)]
        quote_version: u32,
    },
    /// Note that the customer does not take it.
    Decline {
        /// Which one.
        quote_id: String,
        /// The version that they mean.
        #[arg(long)]
        quote_version: u32,
        /// Why. Nothing personal.
        #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
        reason: String,
    },
    /// Take it back.
    Withdraw {
        /// Which one.
        quote_id: String,
        /// Why. Nothing personal.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// A quote as it stands.
    Show {
        /// Which one.
        quote_id: String,
        /// From which position on, or as of when.
        #[command(flatten)]
        read: ReadOptions,
    },
}

/// What is offered.
#[derive(Debug, Clone, clap::Args)]
pub struct Offer {
    /// Where the prices are from.
    #[arg(long = "price-book", value_name = "ID")]
    price_book_id: String,
    /// A product, how much of it, and what is taken off in percent: chair=2, hour=1.5@12.5. May be given several times.
    #[arg(long = "line", value_name = "PRODUCT=N[@PERCENT]", required = true, value_parser = words::line)]
    lines: Vec<QuoteLineItem>,
    /// What one unit of the quote's currency is worth in another one, by the rate of a day: USD=1.0845@2026-11-20.
    #[arg(long, value_name = "CURRENCY=RATE@DAY", value_parser = parse_rate)]
    fx: Option<FrozenRate>,
}

/// The id of a quote, and where what was done to it stands.
type Done = (String, Option<Receipt>);

/// Does it, and writes how the quote stands afterwards.
///
/// # Errors
/// When the gateway refuses, or standard output cannot be written.
pub async fn run(client: &Client, command: Command, format: Format) -> Result<(), Failure> {
    let (quote_id, receipt) = match command {
        Command::Show { quote_id, read } => return show(client, quote_id, read, format).await,
        Command::Create { .. }
        | Command::Revise { .. }
        | Command::Send { .. }
        | Command::Accept { .. }
        | Command::Decline { .. }
        | Command::Withdraw { .. } => moved(client, command).await?,
    };
    let read = ReadOptions { min_position: receipt.unwrap_or_default().position, as_of: None };
    show(client, quote_id, read, format).await
}

/// What changes a quote.
async fn moved(client: &Client, command: Command) -> Result<Done, Failure> {
    let (header, mut quotes) = (header(), client.quotes());
    Ok(match command {
        Command::Create { opportunity_id, offer } => {
            let Offer { price_book_id, lines, fx } = offer;
            let quote_id = String::new();
            let request = CreateQuoteRequest { header, quote_id, opportunity_id, price_book_id, lines, fx };
            let created = quotes.create_quote(request).await?.into_inner();
            (created.quote_id, created.receipt)
        }
        Command::Revise { quote_id, offer } => {
            let Offer { price_book_id, lines, fx } = offer;
            let id = quote_id.clone();
            let request = ReviseQuoteRequest { header, quote_id: id, price_book_id, lines, fx };
            (quote_id, quotes.revise_quote(request).await?.into_inner().receipt)
        }
        Command::Send { quote_id, valid_until, time_zone } => {
            let request = SendQuoteRequest { header, quote_id: quote_id.clone(), valid_until, time_zone };
            (quote_id, quotes.send_quote(request).await?.into_inner().receipt)
        }
        Command::Accept { quote_id, quote_version } => {
            let request = AcceptQuoteRequest { header, quote_id: quote_id.clone(), version: quote_version };
            (quote_id, quotes.accept_quote(request).await?.into_inner().receipt)
        }
        Command::Decline { quote_id, quote_version, reason } => {
            let request =
                DeclineQuoteRequest { header, quote_id: quote_id.clone(), version: quote_version, reason };
            (quote_id, quotes.decline_quote(request).await?.into_inner().receipt)
        }
        Command::Withdraw { quote_id, reason } => {
            let request = WithdrawQuoteRequest { header, quote_id: quote_id.clone(), reason };
            (quote_id, quotes.withdraw_quote(request).await?.into_inner().receipt)
        }
        Command::Show { .. } => (String::new(), None),
    })
}

fn header() -> Option<CommandHeader> {
    let request_id = format!("quote:{}", uuid::Uuid::now_v7().simple());
    Some(CommandHeader { request_id, ..CommandHeader::default() })
}
