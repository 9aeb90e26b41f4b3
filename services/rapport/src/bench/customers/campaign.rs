//! Those whom a campaign would go to.

use std::sync::Arc;

use rapport_domain::consent::{Channel, Consent, Topic};
use rapport_domain::contact::Contact;
use rapport_domain::suppression::Suppression;
use rapport_event_store::EventStore;
use rapport_vault::Vault;

use super::{Customers, Person, Ready, Words, Writer, moment, write_all};
use crate::error::Failure;

/// Of so many, one withdraws or lets it run out, and one opts out.
const ONE_WITHDRAWS_OF: usize = 10;
const ONE_OPTS_OUT_OF: usize = 50;
/// Events of a contact at most.
const STEPS: u64 = 5;

/// What they are asked about.
///
/// # Errors
/// When the words are malformed.
pub(in crate::bench) fn topic() -> Result<Topic, Failure> {
    Ok(Topic { purpose: Words::new()?.key, channel: Channel::Email })
}

/// Fills a log with so many contacts: each is registered, is asked and answers, and some take it back or opt out.
///
/// # Errors
/// When keys cannot be made, or an event cannot be written.
pub(in crate::bench) async fn agree(
    store: &dyn EventStore,
    vault: Arc<Vault>,
    contacts: u64,
) -> Result<(), Failure> {
    let Customers { mut chance, people, words, vault } = Customers::new(contacts, vault).await?;
    let mut number = 0;
    let events = people.into_iter().flat_map(|mut person| {
        let ready: Result<Vec<Ready>, Failure> = (0..STEPS)
            .map(|step| {
                number += 1;
                let at = moment(&mut chance, number, contacts.saturating_mul(STEPS))?;
                person.campaign_step(step, &mut chance, &words, &Writer { vault: &vault, number, at })
            })
            .filter_map(Result::transpose)
            .collect();
        match ready {
            Ok(ready) => ready.into_iter().map(Ok).collect(),
            Err(failure) => vec![Err(failure)],
        }
    });
    write_all(store, events).await
}

impl Person {
    /// What happens with them in this step, if anything.
    fn campaign_step(
        &mut self,
        step: u64,
        chance: &mut fastrand::Rng,
        words: &Words,
        writer: &Writer<'_>,
    ) -> Result<Option<Ready>, Failure> {
        let consent = |it: &mut Self, chance: &mut fastrand::Rng| {
            let event = it.consents.step(it.number, writer.at, chance, words)?;
            writer.write::<Consent>(&it.id, event).map(Some)
        };
        match step {
            0 => {
                let registered = self.profile.register(self.number, words)?;
                writer.write::<Contact>(&self.id, registered).map(Some)
            }
            1 | 2 => consent(self, chance),
            3 if self.number.is_multiple_of(ONE_WITHDRAWS_OF) => consent(self, chance),
            4 if self.number.is_multiple_of(ONE_OPTS_OUT_OF) => {
                writer.write::<Suppression>(&self.id, self.suppressions.object(words)).map(Some)
            }
            _ => Ok(None),
        }
    }
}
