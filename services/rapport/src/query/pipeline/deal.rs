//! One deal, as it stands.

use rapport_proto::v1::{
    ContactRole, ForecastCategory, GetOpportunityRequest, Money, Opportunity, OpportunityStatus,
};
use serde_json::json;

use super::document;
use crate::client::{Client, ReadOptions, Standing};
use crate::error::Failure;
use crate::output::{self, Format};
use crate::query::patience::ask;
use crate::wire::{rfc3339, word_of};

/// Writes a deal.
///
/// # Errors
/// When the gateway refuses, or standard output cannot be written.
pub async fn show(
    client: &Client,
    opportunity_id: String,
    read: ReadOptions,
    format: Format,
) -> Result<(), Failure> {
    let request = GetOpportunityRequest { header: read.header(), opportunity_id };
    let answer = ask(|| {
        let (mut service, request) = (client.pipelines(), request.clone());
        async move { service.get_opportunity(request).await }
    })
    .await?;
    let standing = Standing::from(&answer);
    match format {
        Format::Json => {
            let deal = answer.opportunity.as_ref().map(document::deal);
            output::document(&standing.beside(json!({ "opportunity": deal })))
        }
        Format::Table => {
            let words = answer.opportunity.as_ref().map_or_else(|| "No such deal yet.\n".to_owned(), card);
            output::words(&format!("{}{words}", read.heading(standing)))
        }
    }
}

fn card(deal: &Opportunity) -> String {
    let facts = [
        ("deal", deal.opportunity_id.clone()),
        ("title", deal.title.clone()),
        ("pipeline", format!("{}, version {}", deal.pipeline_id, deal.pipeline_version)),
        ("stage", deal.stage.clone()),
        ("status", word_of::<OpportunityStatus>(deal.status)),
        ("contact", deal.contact_id.clone()),
        ("amount", output::listed(deal.amount.as_slice())),
        ("rate", rate(deal)),
        ("amount at that rate", deal.base_amount.as_ref().map_or_else(String::new, one)),
        ("expected close", deal.expected_close_on.clone()),
        ("put off", if deal.close_date_delays == 0 { String::new() } else { times(deal.close_date_delays) }),
        ("owner", deal.owner.clone()),
        ("team", deal.team.clone()),
        ("fields", output::fields(&deal.segments)),
        ("next step", next_step(deal)),
        ("contact roles", contact_roles(deal)),
        ("criteria met", criteria(deal)),
        ("forecast", forecast(deal)),
        ("opened", rfc3339(deal.opened_at.as_ref())),
        ("in its stage since", rfc3339(deal.stage_entered_at.as_ref())),
        ("closed", rfc3339(deal.closed_at.as_ref())),
        ("lost because", deal.lost_reason.clone()),
        ("lost to", deal.competitor.clone()),
    ];
    let told: Vec<(&str, String)> = facts.into_iter().filter(|(_, fact)| !fact.is_empty()).collect();
    output::facts(&told)
}

fn rate(deal: &Opportunity) -> String {
    let currency = deal.amount.as_ref().map_or("", |amount| amount.currency.as_str());
    deal.fx.as_ref().map_or_else(String::new, |fx| output::rate_words(currency, fx))
}

fn one(amount: &Money) -> String {
    output::listed(std::slice::from_ref(amount))
}

fn times(count: u32) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}

fn next_step(deal: &Opportunity) -> String {
    if deal.next_step_due_on.is_empty() {
        deal.next_step.clone()
    } else {
        format!("{}, by {}", deal.next_step, deal.next_step_due_on)
    }
}

fn contact_roles(deal: &Opportunity) -> String {
    let entries = deal.contact_roles.iter();
    let words = entries.map(|entry| format!("{} {}", word_of::<ContactRole>(entry.role), entry.contact_id));
    words.collect::<Vec<_>>().join(", ")
}

fn criteria(deal: &Opportunity) -> String {
    let met = deal.met_criteria.iter().map(|met| format!("{} of {} ({})", met.key, met.stage, met.met_by));
    met.collect::<Vec<_>>().join(", ")
}

fn forecast(deal: &Opportunity) -> String {
    let category = word_of::<ForecastCategory>(deal.forecast_category);
    let stands = format!("{category}, {} %", deal.probability_percent);
    match &deal.forecast_override {
        Some(of) => format!("{stands}: {} said so: {}", of.overridden_by, of.reason),
        None => stands,
    }
}
