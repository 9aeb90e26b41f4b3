//! What is met of the exit criteria of a deal's stage, by the command line.

use rapport_proto::v1::{MeetExitCriterionRequest, Receipt, RetractExitCriterionRequest};

use super::header;
use crate::client::Client;
use crate::error::Failure;

/// An exit criterion of a deal's stage.
#[derive(Debug, clap::Args)]
pub struct Criterion {
    /// Of which deal.
    opportunity_id: String,
    /// Which one.
    key: String,
    /// How one knows, or why it is taken back. Nothing personal.
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    note: String,
}

pub(super) async fn meet(
    client: &Client,
    criterion: Criterion,
) -> Result<(String, Option<Receipt>), Failure> {
    let Criterion { opportunity_id, key, note } = criterion;
    let about = opportunity_id.clone();
    let request = MeetExitCriterionRequest { header: header(), opportunity_id: about, key, note };
    let answer = client.pipelines().meet_exit_criterion(request).await?.into_inner();
    Ok((opportunity_id, answer.receipt))
}

pub(super) async fn retract(
    client: &Client,
    criterion: Criterion,
) -> Result<(String, Option<Receipt>), Failure> {
    let Criterion { opportunity_id, key, note } = criterion;
    let about = opportunity_id.clone();
    let request = RetractExitCriterionRequest { header: header(), opportunity_id: about, key, note };
    let answer = client.pipelines().retract_exit_criterion(request).await?.into_inner();
    Ok((opportunity_id, answer.receipt))
}
