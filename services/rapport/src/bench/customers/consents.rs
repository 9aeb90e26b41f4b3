//! What a contact agrees to.

use rapport_domain::consent::{
    Channel, ConfirmationRequested, Event, Evidence, Expired, Given, Invalidated, Method, Notice, Refused,
    Renewed, Requested, Revoked, Topic, Withdrawn,
};
use rapport_domain::id::ConsentId;
use rapport_domain::personal::Personal;
use rapport_domain::value::{Instant, Sha256};

use super::NAMESPACE;
use super::word::{self, Words};
use crate::error::Failure;

/// Where it stands.
#[derive(Default)]
enum Standing {
    #[default]
    Nothing,
    Asked,
    /// The consent that there will be once it is confirmed.
    Pending(ConsentId),
    Given(ConsentId),
}

/// What a contact was asked and has said.
#[derive(Default)]
pub(super) struct Consents {
    standing: Standing,
    count: u32,
}

impl Consents {
    /// Asked, then given or refused, then renewed, withdrawn or ended otherwise, then asked again.
    pub(super) fn step(
        &mut self,
        person: usize,
        at: Instant,
        chance: &mut fastrand::Rng,
        words: &Words,
    ) -> Result<Event, Failure> {
        match std::mem::take(&mut self.standing) {
            Standing::Nothing => {
                self.standing = Standing::Asked;
                Ok(Requested { topic: topic(words), notice: notice(words)?, jurisdiction: None }.into())
            }
            Standing::Asked => self.answer(person, at, chance, words),
            Standing::Pending(consent_id) => self.give(consent_id, words),
            Standing::Given(consent_id) => self.go_on(consent_id, person, at, chance, words),
        }
    }

    fn answer(
        &mut self,
        person: usize,
        at: Instant,
        chance: &mut fastrand::Rng,
        words: &Words,
    ) -> Result<Event, Failure> {
        let (topic, method) = (topic(words), Method::Checkbox);
        match chance.u32(0..10) {
            0..2 => Ok(Refused { topic, method, jurisdiction: None, no_reask_before: None }.into()),
            2..4 => {
                let consent_id = self.next_id(person);
                self.standing = Standing::Pending(consent_id);
                Ok(ConfirmationRequested {
                    consent_id,
                    topic,
                    notice: notice(words)?,
                    method,
                    evidence: Some(evidence(words)),
                    token_sha256: Sha256::of(consent_id.to_string().as_bytes()),
                    confirm_by: at,
                    valid_until: None,
                    jurisdiction: None,
                }
                .into())
            }
            _ => {
                let consent_id = self.next_id(person);
                self.give(consent_id, words)
            }
        }
    }

    fn give(&mut self, consent_id: ConsentId, words: &Words) -> Result<Event, Failure> {
        self.standing = Standing::Given(consent_id);
        let method = Method::Checkbox;
        Ok(Given {
            consent_id,
            topic: topic(words),
            notice: notice(words)?,
            method,
            evidence_grade: method.grade(),
            evidence: Some(evidence(words)),
            valid_until: None,
            jurisdiction: None,
        }
        .into())
    }

    fn go_on(
        &mut self,
        consent_id: ConsentId,
        person: usize,
        at: Instant,
        chance: &mut fastrand::Rng,
        words: &Words,
    ) -> Result<Event, Failure> {
        let (topic, method, reason) = (topic(words), Method::Checkbox, words.label.clone());
        Ok(match chance.u32(0..20) {
            0..2 => Expired { consent_id, topic, valid_until: at }.into(),
            2 => Revoked { consent_id, topic, reason }.into(),
            3 => {
                let authority = reason.clone();
                Invalidated {
                    consent_id,
                    topic,
                    since: at,
                    authority,
                    reason,
                    proposed_by: None,
                    approved_by: None,
                }
                .into()
            }
            4..8 => {
                let renewed = self.next_id(person);
                self.standing = Standing::Given(renewed);
                Renewed {
                    consent_id: renewed,
                    renews: consent_id,
                    topic,
                    notice: notice(words)?,
                    method,
                    evidence_grade: method.grade(),
                    evidence: evidence(words),
                    valid_until: None,
                }
                .into()
            }
            _ => {
                let (consent_id, evidence) = (Some(consent_id), Some(evidence(words)));
                let (jurisdiction, no_reask_before) = (None, None);
                Withdrawn { consent_id, topic, method, evidence, jurisdiction, no_reask_before }.into()
            }
        })
    }

    fn next_id(&mut self, person: usize) -> ConsentId {
        self.count += 1;
        ConsentId::derived(NAMESPACE, &format!("{person}-{}", self.count))
    }
}

fn topic(words: &Words) -> Topic {
    Topic { purpose: words.key.clone(), channel: Channel::Email }
}

fn evidence(words: &Words) -> Personal<Evidence> {
    Personal::Clear(Evidence { reference: Some(words.label.clone()), ..Evidence::default() })
}

fn notice(words: &Words) -> Result<Notice, Failure> {
    let id = word::reference("newsletter")?;
    Ok(Notice { id, version: words.label.clone(), wording_sha256: None, language: None })
}
