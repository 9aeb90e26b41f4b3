//! `rapport pipeline at-risk`: deals that stall or slip, and why.

use rapport_domain::value::Instant;
use rapport_proto::v1::{DealRisk, ListOpportunitiesAtRiskRequest, OpportunityAtRisk};
use serde_json::{Value, json};

use super::document;
use crate::client::{Client, ReadOptions, Standing};
use crate::error::Failure;
use crate::output::{self, Format, Table};
use crate::query::pages::{Extent, Page, gather};
use crate::wire::{Span, parse_moment, timestamp, word_of};

/// What `rapport pipeline at-risk` takes.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Only of this pipeline.
    #[arg(long, value_name = "ID", default_value = "", hide_default_value = true)]
    pub pipeline: String,
    /// Only of this owner.
    #[arg(long, default_value = "", hide_default_value = true)]
    pub owner: String,
    /// Only of this team.
    #[arg(long, default_value = "", hide_default_value = true)]
    pub team: String,
    /// The moment that is today, and that ages are measured at (RFC 3339, or a day). Left out: --as-of, else now.
    #[arg(long, value_name = "TIME", value_parser = parse_moment)]
    pub aged_at: Option<Instant>,
    /// How many.
    #[command(flatten)]
    pub extent: Extent,
    /// From which position on, or as of when.
    #[command(flatten)]
    pub read: ReadOptions,
}

/// Reads and writes them.
///
/// # Errors
/// When the gateway refuses, or standard output cannot be written.
pub(super) async fn run(client: &Client, options: Options, format: Format) -> Result<(), Failure> {
    let request = ListOpportunitiesAtRiskRequest {
        header: options.read.header(),
        pipeline_id: options.pipeline,
        owner: options.owner,
        team: options.team,
        aged_at: options.aged_at.map(timestamp),
        page: None,
    };
    let listed = gather(options.extent, |page| {
        let request = ListOpportunitiesAtRiskRequest { page: Some(page), ..request.clone() };
        let mut service = client.pipelines();
        async move {
            let answer = service.list_opportunities_at_risk(request).await?.into_inner();
            let standing = Standing::from(&answer);
            Ok(Page { entries: answer.opportunities, next: answer.next_page_token, standing })
        }
    })
    .await?;
    match format {
        Format::Json => output::document(&listed.standing.beside(json!({
            "opportunities": listed.entries.iter().map(found).collect::<Value>(),
            "more": listed.more,
        }))),
        Format::Table => {
            let heading = options.read.heading(listed.standing);
            output::words(&format!("{heading}{}", table(&listed.entries)))
        }
    }
}

fn risks(found: &OpportunityAtRisk) -> Vec<String> {
    found.risks.iter().map(|risk| word_of::<DealRisk>(*risk)).collect()
}

fn found(found: &OpportunityAtRisk) -> Value {
    let mut value = json!({
        "opportunity": found.opportunity.as_ref().map(document::deal),
        "risks": risks(found),
    });
    output::span(&mut value, "age", Some(found.age_seconds));
    value
}

fn table(deals: &[OpportunityAtRisk]) -> String {
    let mut table = Table::new(vec!["deal", "title", "owner", "stage", "#days", "#amount", "risks"]);
    for found in deals {
        let risks = risks(found).join(", ");
        let deal = found.opportunity.clone().unwrap_or_default();
        table.row(vec![
            deal.opportunity_id,
            deal.title,
            deal.owner,
            deal.stage,
            Span(found.age_seconds).to_string(),
            output::listed(deal.amount.as_slice()),
            risks,
        ]);
    }
    table.lines()
}
