//! `rapport deal`: how one deal begins, what it is worth, how it stands and is to go on.

mod criteria;
mod opening;
mod worth;

use rapport_proto::v1::{
    AddContactRoleRequest, ClearOpportunitySegmentRequest, CommandHeader, ContactRole, ForecastCategory,
    OverrideForecastRequest, RemoveContactRoleRequest, SetOpportunityNextStepRequest,
    SetOpportunitySegmentRequest,
};

use crate::client::{Client, ReadOptions};
use crate::error::Failure;
use crate::output::Format;
use crate::query::pipeline::show;
use crate::wire::parse_word;

pub(crate) use opening::{Segment, parse_segment};

/// What `rapport deal` takes.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Begin one.
    Open(Box<opening::Opening>),
    /// Judge anew what it is worth. A rate that was said before was of the amount before.
    Revise(worth::Valued),
    /// Close it as won; without --amount for what it was judged last.
    Win(worth::Valued),
    /// Say what comes next.
    NextStep {
        /// In which one.
        opportunity_id: String,
        /// What. Nothing personal.
        what: String,
        /// By when, YYYY-MM-DD.
        #[arg(long, value_name = "DAY", default_value = "", hide_default_value = true)]
        due_on: String,
    },
    /// Say that a contact takes part in the decision.
    AddContactRole(Taking),
    /// Take that back.
    RemoveContactRole(Taking),
    /// Set a field that reports group by. Nothing personal.
    SetSegment {
        /// Of which one.
        opportunity_id: String,
        /// The field.
        key: String,
        /// Its value.
        value: String,
    },
    /// Take a field that reports group by away.
    ClearSegment {
        /// Of which one.
        opportunity_id: String,
        /// The field.
        key: String,
    },
    /// Say that an exit criterion of its stage is met.
    Meet(criteria::Criterion),
    /// Take that back.
    Retract(criteria::Criterion),
    /// Forecast it otherwise than its stage does; with neither --category nor --probability, as its stage does again.
    Forecast {
        /// Which one.
        opportunity_id: String,
        /// How sure it is: pipeline, best_case, commit, closed or omitted.
        #[arg(long, value_parser = parse_word::<ForecastCategory>)]
        category: Option<ForecastCategory>,
        /// How likely it is won.
        #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u32).range(0..=100))]
        probability: Option<u32>,
        /// Why. Nothing personal.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// A deal, as it stands.
    Show {
        /// Which one.
        opportunity_id: String,
        /// From which position on, or as of when.
        #[command(flatten)]
        read: ReadOptions,
    },
}

/// Who takes part in the decision, and as what.
#[derive(Debug, clap::Args)]
pub struct Taking {
    /// In which deal.
    opportunity_id: String,
    /// Who.
    #[arg(long, value_name = "ID")]
    contact: String,
    /// As what: decision_maker, economic_buyer, influencer, champion, user, legal or other.
    #[arg(long, value_parser = parse_word::<ContactRole>)]
    role: ContactRole,
}

/// Does it, and writes how the deal stands afterwards.
///
/// # Errors
/// When the gateway refuses, or standard output cannot be written.
pub async fn run(client: &Client, command: Command, format: Format) -> Result<(), Failure> {
    let (header, mut pipelines) = (header(), client.pipelines());
    let (opportunity_id, receipt) = match command {
        Command::Show { opportunity_id, read } => return show(client, opportunity_id, read, format).await,
        Command::NextStep { opportunity_id, what, due_on } => {
            let request = SetOpportunityNextStepRequest {
                header,
                opportunity_id: opportunity_id.clone(),
                what,
                due_on,
            };
            (opportunity_id, pipelines.set_opportunity_next_step(request).await?.into_inner().receipt)
        }
        Command::AddContactRole(Taking { opportunity_id, contact, role }) => {
            let request = AddContactRoleRequest {
                header,
                opportunity_id: opportunity_id.clone(),
                contact_id: contact,
                role: role.into(),
            };
            (opportunity_id, pipelines.add_contact_role(request).await?.into_inner().receipt)
        }
        Command::RemoveContactRole(Taking { opportunity_id, contact, role }) => {
            let request = RemoveContactRoleRequest {
                header,
                opportunity_id: opportunity_id.clone(),
                contact_id: contact,
                role: role.into(),
            };
            (opportunity_id, pipelines.remove_contact_role(request).await?.into_inner().receipt)
        }
        Command::Open(opening) => opening::run(client, *opening).await?,
        Command::Revise(deal) => worth::revise(client, deal).await?,
        Command::Win(deal) => worth::win(client, deal).await?,
        Command::Meet(criterion) => criteria::meet(client, criterion).await?,
        Command::Retract(criterion) => criteria::retract(client, criterion).await?,
        Command::SetSegment { opportunity_id, key, value } => {
            let about = opportunity_id.clone();
            let request = SetOpportunitySegmentRequest { header, opportunity_id: about, key, value };
            (opportunity_id, pipelines.set_opportunity_segment(request).await?.into_inner().receipt)
        }
        Command::ClearSegment { opportunity_id, key } => {
            let request =
                ClearOpportunitySegmentRequest { header, opportunity_id: opportunity_id.clone(), key };
            (opportunity_id, pipelines.clear_opportunity_segment(request).await?.into_inner().receipt)
        }
        Command::Forecast { opportunity_id, category, probability, reason } => {
            let request = OverrideForecastRequest {
                header,
                opportunity_id: opportunity_id.clone(),
                category: category.unwrap_or_default().into(),
                probability_percent: probability,
                reason,
            };
            (opportunity_id, pipelines.override_forecast(request).await?.into_inner().receipt)
        }
    };
    let min_position = receipt.unwrap_or_default().position;
    show(client, opportunity_id, ReadOptions { min_position, as_of: None }, format).await
}

fn header() -> Option<CommandHeader> {
    let request_id = format!("deal:{}", uuid::Uuid::now_v7().simple());
    Some(CommandHeader { request_id, ..CommandHeader::default() })
}
