//! Whether somebody may be addressed.

use futures::stream::BoxStream;
use futures::{StreamExt as _, TryStreamExt as _};
use rapport_domain::envelope::Position;
use rapport_domain::id::ContactId;
use rapport_domain::value::Invalid;
use rapport_projections::consent::{Decision, Verdict};
use rapport_proto::v1 as wire;
use tonic::{Status, Streaming};

use super::parse;
use crate::error::Error;
use crate::parse::Fields;
use crate::services::Services;
use crate::services::audit::LeadsTo;
use crate::services::streams::until_stopped;
use crate::status::unread;
use crate::wire::{Known, text, timestamp};

/// Most contacts of one question.
pub const CHECKED_CONTACTS_MAX: usize = 1_000;
/// Most contacts of one question whose answers come with proofs.
pub const PROVED_CONTACTS_MAX: usize = 100;

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
        (Self::NotConfirmed, Verdict::NotConfirmed),
        (Self::Revoked, Verdict::Revoked),
        (Self::Invalidated, Verdict::Invalidated),
        (Self::ErasureApproved, Verdict::ErasureApproved),
    ];
}

impl Services {
    pub(super) async fn answer_check(
        &self,
        message: wire::CheckConsentsRequest,
    ) -> Result<wire::CheckConsentsResponse, Error> {
        let mut fields = Fields::new();
        let most = if message.with_proof { PROVED_CONTACTS_MAX } else { CHECKED_CONTACTS_MAX };
        let contacts = contacts(&mut fields, &message.contact_ids, most);
        let topic = parse::topic(&mut fields, &message.purpose, message.channel);
        let at = fields.instant("at", message.at);
        let (contacts, topic, at) = fields.finish((contacts, topic, at))?;
        let moment = self.moment(message.header.as_ref()).await?;
        let at = at.unwrap_or(moment.today);
        let answer = self.projections.consent().check(moment.freshness, contacts, topic, at).await?;
        let mut decisions: Vec<wire::ConsentDecision> = answer.value.into_iter().map(decision).collect();
        if message.with_proof {
            for decision in decisions.iter_mut().filter(|decision| decision.position_of_event > 0) {
                decision.proof =
                    self.proof(Position(decision.position_of_event), LeadsTo::Signed).await?.to_string();
            }
        }
        Ok(wire::CheckConsentsResponse { decisions, position: answer.position.0, as_of: moment.as_of() })
    }
}

/// Answers each part when its turn has come. Whoever does not take an answer is asked for no further part.
pub(super) fn in_bulk(
    services: Services,
    parts: Streaming<wire::CheckConsentsRequest>,
) -> BoxStream<'static, Result<wire::CheckConsentsResponse, Status>> {
    let stopping = services.stopping.clone();
    let answers = parts.map_err(unread).then(move |part| {
        let services = services.clone();
        async move { services.answer_check(part?).await.map_err(Status::from) }
    });
    until_stopped(answers, &stopping).boxed()
}

fn contacts(fields: &mut Fields, given: &[String], most: usize) -> Option<Vec<ContactId>> {
    if given.is_empty() || given.len() > most {
        let expected = format!("expected 1 to {most} contacts");
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
        proof: String::new(),
    }
}
