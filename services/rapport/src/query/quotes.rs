//! `rapport quotes`: what customers are offered, and what expires next.

use rapport_domain::value::Instant;
use rapport_proto::v1::{
    GetQuoteRequest, ListQuotesRequest, Money, Quote, QuoteFilter, QuoteLine, QuoteStatus, QuoteTotals,
};
use serde_json::{Value, json};

use super::pages::{Extent, Page, gather};
use super::patience::ask;
use crate::client::{Client, ReadOptions, Standing};
use crate::error::Failure;
use crate::output::{self, Format, Table, listed};
use crate::wire::{Basis, parse_moment, parse_word, rfc3339, timestamp, word_of};

/// What `rapport quotes` takes.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Quotes; what waits for an answer comes first, in the order in which it expires.
    List(Box<List>),
}

/// Which quotes.
#[derive(Debug, clap::Args)]
pub struct List {
    /// Only those for this deal.
    #[arg(long = "deal", value_name = "ID", default_value = "", hide_default_value = true)]
    opportunity_id: String,
    /// Only where it stands so.
    #[arg(long, value_parser = parse_word::<QuoteStatus>)]
    state: Option<QuoteStatus>,
    /// Only those that wait for an answer and expire by then (RFC 3339, or a day).
    #[arg(long, value_name = "TIME", value_parser = parse_moment)]
    expires_by: Option<Instant>,
    /// How many.
    #[command(flatten)]
    extent: Extent,
    /// From which position on, or as of when.
    #[command(flatten)]
    read: ReadOptions,
}

/// Reads and writes it.
///
/// # Errors
/// When the gateway refuses, or standard output cannot be written.
pub async fn run(client: &Client, command: Command, format: Format) -> Result<(), Failure> {
    let Command::List(asked) = command;
    let List { opportunity_id, state, expires_by, extent, read } = *asked;
    let status = state.unwrap_or_default().into();
    let filter = QuoteFilter { opportunity_id, status, expires_by: expires_by.map(timestamp) };
    let request = ListQuotesRequest { header: read.header(), filter: Some(filter), page: None };
    let listed = gather(extent, |page| {
        let request = ListQuotesRequest { page: Some(page), ..request.clone() };
        let mut service = client.quotes();
        async move {
            let answer = service.list_quotes(request).await?.into_inner();
            let standing = Standing::from(&answer);
            Ok(Page { entries: answer.quotes, next: answer.next_page_token, standing })
        }
    })
    .await?;
    match format {
        Format::Json => output::document(&listed.standing.beside(json!({
            "quotes": listed.entries.iter().map(document).collect::<Value>(),
            "more": listed.more,
        }))),
        Format::Table => {
            let heading = read.heading(listed.standing);
            output::words(&format!("{heading}{}", words(&listed.entries)))
        }
    }
}

/// Writes a quote.
///
/// # Errors
/// When the gateway refuses, or standard output cannot be written.
pub async fn show(
    client: &Client,
    quote_id: String,
    read: ReadOptions,
    format: Format,
) -> Result<(), Failure> {
    let request = GetQuoteRequest { header: read.header(), quote_id };
    let answer = ask(|| {
        let (mut service, request) = (client.quotes(), request.clone());
        async move { service.get_quote(request).await }
    })
    .await?;
    let standing = Standing::from(&answer);
    match format {
        Format::Json => output::document(&standing.beside(json!({
            "quote": answer.quote.as_ref().map(document),
        }))),
        Format::Table => {
            let heading = read.heading(standing);
            let Some(quote) = &answer.quote else {
                return output::words(&format!("{heading}No such quote yet.\n"));
            };
            output::words(&format!("{heading}{}\n{}", card(quote), lines(quote)))
        }
    }
}

/// The currency of a quote's own amounts.
fn currency(quote: &Quote) -> &str {
    let net = quote.totals.as_ref().and_then(|totals| totals.net.as_ref());
    net.map_or("", |net| net.currency.as_str())
}

/// A quote as JSON.
fn document(quote: &Quote) -> Value {
    let line = |line: &QuoteLine| {
        let amount = |minor_units| output::money_in(currency(quote), minor_units);
        json!({
            "product": line.product,
            "label": line.label,
            "quantity_thousandths": line.quantity_thousandths,
            "unit_price": amount(line.unit_price),
            "discount_basis_points": line.discount_basis_points,
            "tax_basis_points": line.tax_basis_points,
            "discount": amount(line.discount),
            "net": amount(line.net),
            "tax": amount(line.tax),
        })
    };
    json!({
        "quote_id": quote.quote_id,
        "opportunity_id": quote.opportunity_id,
        "status": word_of::<QuoteStatus>(quote.status),
        "version": quote.version,
        "price_book_id": quote.price_book_id,
        "price_book_version": quote.price_book_version,
        "lines": quote.lines.iter().map(line).collect::<Value>(),
        "totals": quote.totals.as_ref().map(totals),
        "fx": quote.fx.as_ref().map(output::rate),
        "base_totals": quote.base_totals.as_ref().map(totals),
        "valid_until": output::text(&quote.valid_until),
        "time_zone": output::text(&quote.time_zone),
        "expires_at": output::instant(quote.expires_at.as_ref()),
        "deal_amount": quote.deal_amount.as_ref().map(output::money),
        "reason": output::text(&quote.reason),
        "created_at": output::instant(quote.created_at.as_ref()),
        "sent_at": output::instant(quote.sent_at.as_ref()),
        "closed_at": output::instant(quote.closed_at.as_ref()),
        "revision": quote.revision,
    })
}

fn totals(totals: &QuoteTotals) -> Value {
    json!({
        "discount": totals.discount.as_ref().map(output::money),
        "net": totals.net.as_ref().map(output::money),
        "tax": totals.tax.as_ref().map(output::money),
        "gross": totals.gross.as_ref().map(output::money),
    })
}

/// An amount for people; nothing where there is none.
fn amount(money: Option<&Money>) -> String {
    money.map_or_else(String::new, |money| listed(std::slice::from_ref(money)))
}

/// What it costs without and with tax, for people.
fn net_and_gross(totals: Option<&QuoteTotals>) -> [String; 2] {
    let of = |pick: fn(&QuoteTotals) -> Option<&Money>| amount(totals.and_then(pick));
    [of(|totals| totals.net.as_ref()), of(|totals| totals.gross.as_ref())]
}

/// Quotes for people.
fn words(quotes: &[Quote]) -> String {
    let mut table =
        Table::new(vec!["quote", "#version", "status", "expires_at", "#net", "#gross", "#base_net", "deal"]);
    for quote in quotes {
        let [net, gross] = net_and_gross(quote.totals.as_ref());
        let [base_net, _] = net_and_gross(quote.base_totals.as_ref());
        table.row(vec![
            quote.quote_id.clone(),
            quote.version.to_string(),
            word_of::<QuoteStatus>(quote.status),
            rfc3339(quote.expires_at.as_ref()),
            net,
            gross,
            base_net,
            quote.opportunity_id.clone(),
        ]);
    }
    table.lines()
}

fn card(quote: &Quote) -> String {
    let [net, gross] = net_and_gross(quote.totals.as_ref());
    let [base_net, base_gross] = net_and_gross(quote.base_totals.as_ref());
    let fx = quote.fx.as_ref().map_or_else(String::new, |fx| output::rate_words(currency(quote), fx));
    let facts = [
        ("quote", quote.quote_id.clone()),
        ("deal", quote.opportunity_id.clone()),
        ("status", word_of::<QuoteStatus>(quote.status)),
        ("version", quote.version.to_string()),
        ("price book", format!("{}, version {}", quote.price_book_id, quote.price_book_version)),
        ("discount", amount(quote.totals.as_ref().and_then(|totals| totals.discount.as_ref()))),
        ("net", net),
        ("tax", amount(quote.totals.as_ref().and_then(|totals| totals.tax.as_ref()))),
        ("gross", gross),
        ("rate", fx),
        ("net at that rate", base_net),
        ("gross at that rate", base_gross),
        ("valid until", format!("{} {}", quote.valid_until, quote.time_zone).trim().to_owned()),
        ("expires", rfc3339(quote.expires_at.as_ref())),
        ("deal amount", amount(quote.deal_amount.as_ref())),
        ("reason", quote.reason.clone()),
        ("created", rfc3339(quote.created_at.as_ref())),
        ("sent", rfc3339(quote.sent_at.as_ref())),
        ("closed", rfc3339(quote.closed_at.as_ref())),
    ];
    let told: Vec<(&str, String)> = facts.into_iter().filter(|(_, fact)| !fact.is_empty()).collect();
    output::facts(&told)
}

fn lines(quote: &Quote) -> String {
    let mut table =
        Table::new(vec!["product", "label", "#quantity", "#unit_price", "#discount_%", "#net", "#tax"]);
    let in_currency = |minor_units| {
        let money = Money { minor_units, currency: currency(quote).to_owned() };
        amount(Some(&money))
    };
    for line in &quote.lines {
        let thousandths = line.quantity_thousandths;
        table.row(vec![
            line.product.clone(),
            line.label.clone(),
            format!("{}.{:0>3}", thousandths / 1_000, thousandths % 1_000),
            in_currency(line.unit_price),
            Basis(i64::from(line.discount_basis_points)).to_string(),
            in_currency(line.net),
            in_currency(line.tax),
        ]);
    }
    table.lines()
}
