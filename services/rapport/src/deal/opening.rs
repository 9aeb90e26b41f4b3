//! How a deal begins, by the command line.

use rapport_proto::v1::{ContactRole, OpenOpportunityRequest, OpportunityContact, Receipt};

use super::header;
use super::worth::Worth;
use crate::client::Client;
use crate::error::Failure;
use crate::wire::parse_word;

/// A field that reports group by, and its value.
pub(crate) type Segment = (String, String);

/// How a deal begins.
#[derive(Debug, clap::Args)]
pub struct Opening {
    /// The pipeline.
    #[arg(long, value_name = "ID")]
    pipeline: String,
    /// What it is called. Nothing personal.
    #[arg(long)]
    title: String,
    /// Where it begins; left out: the first open stage.
    #[arg(long, default_value = "", hide_default_value = true)]
    stage: String,
    /// With whom.
    #[arg(long, value_name = "ID", default_value = "", hide_default_value = true)]
    contact: String,
    /// What it is worth.
    #[command(flatten)]
    worth: Worth,
    /// When it is expected to close, YYYY-MM-DD.
    #[arg(long, value_name = "DAY", default_value = "", hide_default_value = true)]
    expected_close_on: String,
    /// Who sells.
    #[arg(long, default_value = "", hide_default_value = true)]
    owner: String,
    /// The owner's team.
    #[arg(long, default_value = "", hide_default_value = true)]
    team: String,
    /// A field that reports group by. Nothing personal.
    #[arg(long = "segment", value_name = "KEY=VALUE", value_parser = parse_segment)]
    segments: Vec<Segment>,
    /// What comes next. Nothing personal.
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    next_step: String,
    /// By when, YYYY-MM-DD.
    #[arg(long, value_name = "DAY", default_value = "", hide_default_value = true)]
    next_step_due_on: String,
    /// Who takes part in the decision, and as what: `decision_maker`, `economic_buyer`, `influencer`, `champion`, `user`,
    /// `legal` or `other`.
    #[arg(long = "contact-role", value_name = "ID=ROLE", value_parser = parse_contact_role)]
    contact_roles: Vec<OpportunityContact>,
}

/// Reads a field that reports group by.
///
/// # Errors
/// When there is no `=` in it.
pub(crate) fn parse_segment(text: &str) -> Result<Segment, String> {
    let (key, value) = text.split_once('=').ok_or("expected KEY=VALUE")?;
    Ok((key.trim().to_owned(), value.trim().to_owned()))
}

fn parse_contact_role(text: &str) -> Result<OpportunityContact, String> {
    let (contact_id, role) = text.split_once('=').ok_or("expected ID=ROLE")?;
    let role = parse_word::<ContactRole>(role.trim())?;
    Ok(OpportunityContact { contact_id: contact_id.trim().to_owned(), role: role.into() })
}

pub(super) async fn run(client: &Client, opening: Opening) -> Result<(String, Option<Receipt>), Failure> {
    let (amount, fx) = opening.worth.read()?;
    let request = OpenOpportunityRequest {
        header: header(),
        opportunity_id: String::new(),
        pipeline_id: opening.pipeline,
        stage: opening.stage,
        title: opening.title,
        contact_id: opening.contact,
        amount,
        fx,
        expected_close_on: opening.expected_close_on,
        owner: opening.owner,
        team: opening.team,
        segments: opening.segments.into_iter().collect(),
        next_step: opening.next_step,
        next_step_due_on: opening.next_step_due_on,
        contact_roles: opening.contact_roles,
    };
    let answer = client.pipelines().open_opportunity(request).await?.into_inner();
    Ok((answer.opportunity_id, answer.receipt))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_takes_part_is_read_with_their_role() {
        let read = parse_contact_role("contact_1 = champion").unwrap();
        let expected =
            OpportunityContact { contact_id: "contact_1".to_owned(), role: ContactRole::Champion.into() };
        assert_eq!(read, expected);
        assert!(parse_contact_role("contact_1=king").unwrap_err().contains("champion"));
        assert_eq!(parse_contact_role("contact_1"), Err("expected ID=ROLE".to_owned()));
    }

    #[test]
    fn a_field_is_read_with_its_value() {
        assert_eq!(parse_segment("region=West = East"), Ok(("region".to_owned(), "West = East".to_owned())));
        assert_eq!(parse_segment("region"), Err("expected KEY=VALUE".to_owned()));
    }
}
