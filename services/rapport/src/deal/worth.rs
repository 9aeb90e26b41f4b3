//! What a deal is worth, by the command line.

use rapport_proto::v1::{FrozenRate, Money, Receipt, ReviseOpportunityAmountRequest, WinOpportunityRequest};

use super::header;
use crate::client::Client;
use crate::error::Failure;
use crate::wire::{parse_money, parse_rate};

/// What a deal is worth.
#[derive(Debug, clap::Args)]
pub(super) struct Worth {
    /// What it is worth, such as `1200.00`.
    #[arg(long, requires = "currency")]
    amount: Option<String>,
    /// In which currency, such as `EUR`.
    #[arg(long, requires = "amount")]
    currency: Option<String>,
    /// What one unit of that currency is worth in another one, by the rate of a day: USD=1.0845@2026-11-20.
    #[arg(long, value_name = "CURRENCY=RATE@DAY", requires = "amount", value_parser = parse_rate)]
    fx: Option<FrozenRate>,
}

impl Worth {
    /// The amount, and the rate that stands with it.
    pub(super) fn read(self) -> Result<(Option<Money>, Option<FrozenRate>), Failure> {
        let amount = match self.amount.zip(self.currency) {
            Some((amount, currency)) => Some(parse_money(&amount, &currency).map_err(Failure::Usage)?),
            None => None,
        };
        Ok((amount, self.fx))
    }
}

/// A deal, and what it is worth.
#[derive(Debug, clap::Args)]
pub struct Valued {
    /// Which one.
    opportunity_id: String,
    /// What it is worth.
    #[command(flatten)]
    worth: Worth,
}

/// The id of a deal, and where what was done to it stands.
type Done = (String, Option<Receipt>);

pub(super) async fn revise(client: &Client, deal: Valued) -> Result<Done, Failure> {
    let Valued { opportunity_id, worth } = deal;
    let (amount, fx) = worth.read()?;
    let about = opportunity_id.clone();
    let request = ReviseOpportunityAmountRequest { header: header(), opportunity_id: about, amount, fx };
    let revised = client.pipelines().revise_opportunity_amount(request).await?.into_inner();
    Ok((opportunity_id, revised.receipt))
}

pub(super) async fn win(client: &Client, deal: Valued) -> Result<Done, Failure> {
    let Valued { opportunity_id, worth } = deal;
    let (amount, fx) = worth.read()?;
    let about = opportunity_id.clone();
    let request = WinOpportunityRequest { header: header(), opportunity_id: about, amount, fx };
    let won = client.pipelines().win_opportunity(request).await?.into_inner();
    Ok((opportunity_id, won.receipt))
}
