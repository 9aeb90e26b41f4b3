//! Answers about leads.

use rapport_domain::id::{ContactId, LeadId};
use rapport_domain::lead::{Contribution, Score};
use rapport_domain::value::{Invalid, Reference};
use rapport_projections::Page;
use rapport_projections::leads::{Lead, LeadEntry, LeadFilter};
use rapport_proto::v1 as wire;

use super::field;
use crate::error::Error;
use crate::parse::Fields;
use crate::services::Services;
use crate::wire::{Known, actor, known, text, timestamp};

impl Services {
    pub(super) async fn answer_lead(
        &self,
        message: wire::GetLeadRequest,
    ) -> Result<wire::GetLeadResponse, Error> {
        let mut fields = Fields::new();
        let id = fields.required("lead_id", &message.lead_id, LeadId::parse);
        let page = fields.page(message.page.as_ref());
        let (id, page) = fields.finish((id, page))?;
        let moment = self.moment(message.header.as_ref()).await?;
        let answer = moment.known(self.projections.leads().lead(moment.freshness, id, page).await)?;
        let (lead, page) = answer.value.map_or_else(|| (None, Page::empty()), |(l, page)| (Some(l), page));
        Ok(wire::GetLeadResponse {
            lead: lead.map(self::lead),
            entries: page.items.into_iter().map(entry).collect(),
            next_page_token: page.next_page_token,
            position: answer.position.0,
            as_of: moment.as_of(),
        })
    }

    pub(super) async fn answer_leads(
        &self,
        message: wire::ListLeadsRequest,
    ) -> Result<wire::ListLeadsResponse, Error> {
        let mut fields = Fields::new();
        let filter = filter(&mut fields, &message.filter.unwrap_or_default());
        let order = named::<wire::LeadOrder>(&mut fields, "order", message.order);
        let page = fields.page(message.page.as_ref());
        let (filter, order, page) = fields.finish((filter, order, page))?;
        let moment = self.moment(message.header.as_ref()).await?;
        let leads = self.projections.leads();
        let answer = leads.list(moment.freshness, filter, order.unwrap_or_default(), page).await?;
        Ok(wire::ListLeadsResponse {
            leads: answer.value.items.into_iter().map(lead).collect(),
            next_page_token: answer.value.next_page_token,
            position: answer.position.0,
            as_of: moment.as_of(),
        })
    }
}

/// A value of an enumeration, where one is said.
pub(super) fn named<W: Known + TryFrom<i32>>(
    fields: &mut Fields,
    field: &str,
    number: i32,
) -> Option<Option<W::Domain>> {
    match W::try_from(number) {
        Ok(value) => Some(known(value)),
        Err(_) => fields.unknown(field),
    }
}

fn filter(fields: &mut Fields, filter: &wire::LeadFilter) -> Option<LeadFilter> {
    let contact_id = fields.optional("filter.contact_id", &filter.contact_id, ContactId::parse);
    let status = named::<wire::LeadStatus>(fields, "filter.status", filter.status);
    let owner = fields.optional("filter.owner", &filter.owner, Reference::parse);
    let queue = fields.optional("filter.queue", &filter.queue, Reference::parse);
    let rating = named::<wire::LeadRating>(fields, "filter.rating", filter.rating);
    let source = named::<wire::LeadSource>(fields, "filter.source", filter.source);
    let mut contradicts = |is_so: bool, field: &str, other: &str| {
        if is_so {
            let expected = format!("expected not to be said together with `{other}`");
            fields.refuse(field, Invalid::new("FILTERS_CONTRADICT", expected));
        }
    };
    contradicts(filter.active && filter.status != 0, "filter.active", "status");
    contradicts(filter.unassigned && !filter.owner.is_empty(), "filter.unassigned", "owner");
    Some(LeadFilter {
        contact_id: contact_id?,
        status: status?,
        active: filter.active,
        owner: owner?,
        queue: queue?,
        unassigned: filter.unassigned,
        rating: rating?,
        source: source?,
    })
}

fn lead(lead: Lead) -> wire::Lead {
    wire::Lead {
        lead_id: lead.lead_id.to_string(),
        contact_id: lead.contact_id.to_string(),
        source: wire::LeadSource::number(lead.source),
        campaign: text(lead.campaign.as_ref()),
        status: wire::LeadStatus::number(lead.status),
        owner: text(lead.owner.as_ref()),
        queue: text(lead.queue.as_ref()),
        respond_by: lead.respond_by.map(timestamp),
        assignments: lead.assignments,
        score: lead.score.as_ref().map(score),
        fields: field::told(&lead.fields),
        captured_again: lead.captured_again,
        captured_at: Some(timestamp(lead.captured_at)),
        assigned_at: lead.assigned_at.map(timestamp),
        contacted_at: lead.contacted_at.map(timestamp),
        qualified_at: lead.qualified_at.map(timestamp),
        recycled_at: lead.recycled_at.map(timestamp),
        disqualified_at: lead.disqualified_at.map(timestamp),
        converted_at: lead.converted_at.map(timestamp),
        won_at: lead.won_at.map(timestamp),
        lost_at: lead.lost_at.map(timestamp),
        reason: text(lead.reason.as_ref()),
        until: text(lead.until.as_ref()),
        account_id: text(lead.account_id.as_ref()),
        opportunity_id: text(lead.opportunity_id.as_ref()),
        revision: lead.revision.0,
    }
}

fn score(score: &Score) -> wire::LeadScore {
    let contribution = |contribution: &Contribution| wire::LeadScoreContribution {
        rule: contribution.rule.to_string(),
        points: contribution.points,
        event_ids: contribution.event_ids.iter().map(|id| id.0.to_string()).collect(),
    };
    wire::LeadScore {
        fit: score.fit,
        engagement: score.engagement,
        grade: score.grade.to_string(),
        rating: wire::LeadRating::number(score.rating),
        scoring_model_id: score.model.model_id.to_string(),
        scoring_model_version: score.model.version,
        contributions: score.contributions.iter().map(contribution).collect(),
    }
}

fn entry(entry: LeadEntry) -> wire::LeadEntry {
    wire::LeadEntry {
        position: entry.position.0,
        event_type: entry.event_type,
        occurred_at: Some(timestamp(entry.occurred_at)),
        actor: Some(actor(&entry.actor)),
        description: entry.description,
        interaction_id: text(entry.interaction_id.as_ref()),
    }
}
