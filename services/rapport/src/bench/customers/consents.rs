//! What a contact agrees to.

use rapport_domain::consent::{
    Channel, Event, Evidence, Expired, Given, Method, Notice, Refused, Requested, Topic, Withdrawn,
};
use rapport_domain::id::ConsentId;
use rapport_domain::personal::Personal;
use rapport_domain::value::Instant;

use super::NAMESPACE;
use super::word::{self, Words};
use crate::error::Failure;

/// Where it stands.
#[derive(Default)]
pub(super) struct Consents {
    asked: bool,
    given: Option<ConsentId>,
    count: u32,
}

impl Consents {
    /// Asked, then given or refused, then withdrawn or run out, then asked again.
    pub(super) fn step(
        &mut self,
        person: usize,
        at: Instant,
        chance: &mut fastrand::Rng,
        words: &Words,
    ) -> Result<Event, Failure> {
        let topic = Topic { purpose: words.key.clone(), channel: Channel::Email };
        let method = Method::Checkbox;
        if let Some(consent_id) = self.given.take() {
            self.asked = false;
            return Ok(if chance.u32(0..10) == 0 {
                Expired { consent_id, topic, valid_until: at }.into()
            } else {
                let (consent_id, evidence) = (Some(consent_id), Some(evidence(words)));
                let (jurisdiction, no_reask_before) = (None, None);
                Withdrawn { consent_id, topic, method, evidence, jurisdiction, no_reask_before }.into()
            });
        }
        if !self.asked {
            self.asked = true;
            return Ok(Requested { topic, notice: notice(words)?, jurisdiction: None }.into());
        }
        if chance.u32(0..5) == 0 {
            self.asked = false;
            return Ok(Refused { topic, method, jurisdiction: None, no_reask_before: None }.into());
        }
        self.count += 1;
        let consent_id = ConsentId::derived(NAMESPACE, &format!("{person}-{}", self.count));
        self.given = Some(consent_id);
        Ok(Given {
            consent_id,
            topic,
            notice: notice(words)?,
            method,
            evidence_grade: method.grade(),
            evidence: Some(evidence(words)),
            valid_until: None,
            jurisdiction: None,
        }
        .into())
    }
}

fn evidence(words: &Words) -> Personal<Evidence> {
    Personal::Clear(Evidence { reference: Some(words.label.clone()), ..Evidence::default() })
}

fn notice(words: &Words) -> Result<Notice, Failure> {
    let id = word::reference("newsletter")?;
    Ok(Notice { id, version: words.label.clone(), wording_sha256: None, language: None })
}
