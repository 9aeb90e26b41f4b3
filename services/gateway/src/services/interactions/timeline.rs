//! Timelines.

use std::collections::BTreeSet;

use rapport_domain::envelope::Position;
use rapport_domain::id::ContactId;
use rapport_domain::interaction::Related;
use rapport_domain::value::{FreeText, Invalid};
use rapport_projections::Page;
use rapport_projections::timeline::{Entry, Exchange, Kind, TimelineQuery};
use rapport_proto::v1 as wire;

use crate::access::Admitted;
use crate::error::Error;
use crate::parse::Fields;
use crate::services::Services;
use crate::wire::{Known, Reader, actor as wire_actor, known, money, segments, text, timestamp};

/// Most values of one filter; more than there are.
const FILTER_VALUES_MAX: usize = 100;

impl Known for wire::TimelineKind {
    type Domain = Kind;
    const PAIRS: &'static [(Self, Kind)] = &[
        (Self::Interaction, Kind::Interaction),
        (Self::Contact, Kind::Contact),
        (Self::Opportunity, Kind::Opportunity),
        (Self::Subscription, Kind::Subscription),
        (Self::SubjectRequest, Kind::SubjectRequest),
        (Self::Case, Kind::Case),
        (Self::Lead, Kind::Lead),
        (Self::Consent, Kind::Consent),
    ];
}

impl Services {
    pub(in crate::services) async fn answer_timeline(
        &self,
        admitted: &Admitted,
        message: wire::GetTimelineRequest,
    ) -> Result<wire::GetTimelineResponse, Error> {
        let mut fields = Fields::new();
        let contact_id = fields.required("contact_id", &message.contact_id, ContactId::parse);
        let channels = filter(&mut fields, "channels", &message.channels, known::<wire::InteractionChannel>);
        let kinds = filter(&mut fields, "kinds", &message.kinds, known::<wire::TimelineKind>);
        let occurred_from = fields.instant("occurred_from", message.occurred_from);
        let occurred_before = fields.instant("occurred_before", message.occurred_before);
        let valid_at = fields.instant("valid_at", message.valid_at);
        let page = fields.page(message.page.as_ref());
        let (contact_id, channels, kinds, occurred_from, occurred_before, valid_at, page) =
            fields.finish((contact_id, channels, kinds, occurred_from, occurred_before, valid_at, page))?;
        let moment = self.moment(message.header.as_ref()).await?;
        let query = TimelineQuery { contact_id, channels, kinds, occurred_from, occurred_before, valid_at };
        let answer =
            moment.known(self.projections.timeline().entries(moment.freshness, query, page).await)?;
        let page = answer.value.unwrap_or_else(Page::empty);
        Ok(wire::GetTimelineResponse {
            entries: self.entries(admitted, &contact_id, page.items, answer.position).await?,
            next_page_token: page.next_page_token,
            position: answer.position.0,
            as_of: moment.as_of(),
        })
    }

    /// Entries of a contact's timeline, as a caller sees them.
    pub(super) async fn entries(
        &self,
        admitted: &Admitted,
        contact_id: &ContactId,
        entries: Vec<Entry>,
        position: Position,
    ) -> Result<Vec<wire::TimelineEntry>, Error> {
        let shown = |reader: &Reader<'_>| {
            entries.into_iter().map(|told| entry(reader, contact_id, told)).collect::<Result<_, _>>()
        };
        self.disclosing(admitted, &[*contact_id].into(), position, shown).await
    }
}

fn filter<W: Known + TryFrom<i32>>(
    fields: &mut Fields,
    field: &str,
    numbers: &[i32],
    known: fn(W) -> Option<W::Domain>,
) -> Option<BTreeSet<W::Domain>>
where
    W::Domain: Ord,
{
    if numbers.len() > FILTER_VALUES_MAX {
        fields
            .refuse(field, Invalid::new("TOO_MANY", format!("expected at most {FILTER_VALUES_MAX} entries")));
        return None;
    }
    let values: Vec<Option<W::Domain>> = numbers
        .iter()
        .enumerate()
        .map(|(index, number)| fields.enumerated(&format!("{field}[{index}]"), *number, known))
        .collect();
    values.into_iter().collect()
}

fn entry(reader: &Reader<'_>, subject: &ContactId, entry: Entry) -> Result<wire::TimelineEntry, Error> {
    let base = wire::TimelineEntry {
        position: entry.position.0,
        event_type: entry.event_type,
        kind: wire::TimelineKind::number(entry.kind),
        occurred_at: Some(timestamp(entry.occurred_at)),
        recorded_at: Some(timestamp(entry.recorded_at)),
        actor: Some(wire_actor(&entry.actor)),
        related: entry.related.into_iter().map(related).collect(),
        segments: segments(&entry.segments),
        description: entry.description,
        ..wire::TimelineEntry::default()
    };
    match entry.exchange {
        Some(exchange) => with_exchange(reader, subject, base, exchange),
        None => Ok(base),
    }
}

fn with_exchange(
    reader: &Reader<'_>,
    subject: &ContactId,
    base: wire::TimelineEntry,
    exchange: Exchange,
) -> Result<wire::TimelineEntry, Error> {
    let summary =
        exchange.summary.map(|summary| reader.personal(subject, summary, FreeText::to_string)).transpose()?;
    Ok(wire::TimelineEntry {
        interaction_id: exchange.interaction_id.to_string(),
        channel: wire::InteractionChannel::number(exchange.channel),
        direction: wire::InteractionDirection::number(exchange.direction),
        summary,
        topic: text(exchange.topic.as_ref()),
        duration_seconds: exchange.duration_seconds,
        outcome: text(exchange.outcome.as_ref()),
        value: exchange.value.map(money),
        source_system: text(exchange.source.as_ref().map(|source| &source.system)),
        external_ref: text(exchange.source.as_ref().map(|source| &source.external_ref)),
        redacted: exchange.redacted,
        corrected_at: exchange.corrected_at.map(timestamp),
        ..base
    })
}

fn related(thing: Related) -> wire::RelatedTo {
    use wire::related_to::Thing;
    let thing = match thing {
        Related::Opportunity(id) => Thing::OpportunityId(id.to_string()),
        Related::Subscription(id) => Thing::SubscriptionId(id.to_string()),
        Related::Case(id) => Thing::CaseRef(id.to_string()),
        Related::Campaign(id) => Thing::CampaignRef(id.to_string()),
    };
    wire::RelatedTo { thing: Some(thing) }
}
