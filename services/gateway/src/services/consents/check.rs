//! Whether somebody may be addressed.

use rapport_domain::id::ContactId;
use rapport_domain::value::Invalid;
use rapport_projections::consent::{Decision, Verdict};
use rapport_proto::v1 as wire;

use super::parse;
use crate::error::Error;
use crate::parse::Fields;
use crate::services::Services;
use crate::wire::{Known, text, timestamp};

/// Most contacts of one question.
pub const CHECKED_CONTACTS_MAX: usize = 1_000;

impl Known for wire::ConsentVerdict {
    type Domain = Verdict;
    const PAIRS: &'static [(Self, Verdict)] = &[
        (Self::Allowed, Verdict::Allowed),
        (Self::NotAsked, Verdict::NotAsked),
        (Self::NotAnswered, Verdict::NotAnswered),
        (Self::Refused, Verdict::Refused),
        (Self::Withdrawn, Verdict::Withdrawn),
        (Self::Expired, Verdict::Expired),
        (Self::ContactUnknown, Verdict::ContactUnknown),
        (Self::ContactErased, Verdict::ContactErased),
        (Self::Objected, Verdict::Objected),
        (Self::OptedOut, Verdict::OptedOut),
        (Self::Unsubscribed, Verdict::Unsubscribed),
    ];
}

impl Services {
    pub(super) async fn answer_check(
        &self,
        message: wire::CheckConsentsRequest,
    ) -> Result<wire::CheckConsentsResponse, Error> {
        let mut fields = Fields::new();
        let contacts = contacts(&mut fields, &message.contact_ids);
        let topic = parse::topic(&mut fields, &message.purpose, message.channel);
        let at = fields.instant("at", message.at);
        let (contacts, topic, at) = fields.finish((contacts, topic, at))?;
        let moment = self.moment(message.header.as_ref()).await?;
        let at = at.unwrap_or(moment.today);
        let answer = self.projections.consent().check(moment.freshness, contacts, topic, at).await?;
        Ok(wire::CheckConsentsResponse {
            decisions: answer.value.into_iter().map(decision).collect(),
            position: answer.position.0,
            as_of: moment.as_of(),
        })
    }
}

fn contacts(fields: &mut Fields, given: &[String]) -> Option<Vec<ContactId>> {
    if given.is_empty() || given.len() > CHECKED_CONTACTS_MAX {
        let expected = format!("expected 1 to {CHECKED_CONTACTS_MAX} contacts");
        fields.refuse("contact_ids", Invalid::new("COUNT_OUT_OF_RANGE", expected));
        return None;
    }
    let parsed: Vec<Option<ContactId>> = given
        .iter()
        .enumerate()
        .map(|(index, text)| fields.required(&format!("contact_ids[{index}]"), text, ContactId::parse))
        .collect();
    parsed.into_iter().collect()
}

fn decision(decision: Decision) -> wire::ConsentDecision {
    let step = decision.decided_by.as_ref();
    wire::ConsentDecision {
        contact_id: decision.contact_id.to_string(),
        allowed: decision.verdict == Verdict::Allowed,
        verdict: wire::ConsentVerdict::number(decision.verdict),
        position_of_event: step.map_or(0, |step| step.position.0),
        event_id: step.map(|step| step.event_id.clone()).unwrap_or_default(),
        consent_id: text(step.and_then(|step| step.consent_id.as_ref())),
        valid_until: step.and_then(|step| step.valid_until).map(timestamp),
    }
}
