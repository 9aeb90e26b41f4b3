//! Customers that are made up: every kind of event that the read models fold, as the gateway would have written it.
//!
//! Who something happens with is drawn by Zipf's law with exponent 1: few contacts have most of the history. Each
//! contact's steps follow each other as the rules want them. The same seed gives the same customers.

mod campaign;
mod cases;
mod consents;
mod contracts;
mod deals;
mod exchanges;
mod lead_rules;
mod leads;
mod profile;
mod quotes;
mod suppressions;
mod tasks;
mod word;

use std::collections::VecDeque;
use std::sync::Arc;

use rapport_domain::aggregate::{Aggregate, StoredEvent as _};
use rapport_domain::calendar::Calendar;
use rapport_domain::case::Case;
use rapport_domain::consent::Consent;
use rapport_domain::contact::Contact;
use rapport_domain::envelope::{Actor, ActorKind, EventId, ExpectedRevision, Metadata, NewEvent, StreamId};
use rapport_domain::field_set::{self, FieldSet};
use rapport_domain::id::{ContactId, OpportunityId, SubscriptionId, derived_uuid};
use rapport_domain::interaction::Interactions;
use rapport_domain::lead::Lead;
use rapport_domain::opportunity::Opportunity;
use rapport_domain::personal::PersonalFields as _;
use rapport_domain::pipeline::Pipeline;
use rapport_domain::price_book::PriceBook;
use rapport_domain::quote::Quote;
use rapport_domain::routing_policy::RoutingPolicy;
use rapport_domain::scoring_model::ScoringModel;
use rapport_domain::sla_policy::SlaPolicy;
use rapport_domain::subscription::Subscription;
use rapport_domain::suppression::Suppression;
use rapport_domain::task::Task;
use rapport_domain::value::{Instant, hex};
use rapport_event_store::{EventStore, Pending};
use rapport_vault::Vault;
use sha2::{Digest as _, Sha256};

pub(super) use self::campaign::{agree, topic};
use self::cases::Cases;
use self::consents::Consents;
use self::contracts::Contract;
use self::deals::Deals;
use self::exchanges::Exchanges;
use self::leads::Leads;
use self::profile::Profile;
use self::quotes::Quotes;
use self::suppressions::Suppressions;
use self::tasks::Tasks;
use self::word::Words;
use crate::error::Failure;

/// Events that a contact has on average.
const EVENTS_PER_CONTACT: u64 = 50;
/// Fewest contacts.
const CONTACTS_MIN: u64 = 100;
/// Appends that are under way.
const UNDER_WAY_MAX: usize = 1_000;
/// Where chance begins.
const SEED: u64 = 20_261_128;
/// What ids of made-up things are derived under.
pub(super) const NAMESPACE: &str = "bench";
/// When the history begins and ends, business time in microseconds: the years 2024 and 2025.
const BEGIN: i64 = 1_704_067_200_000_000;
const END: i64 = 1_767_225_600_000_000;
/// As long as a digest of a request.
const DIGEST: &str = "0123456789abcdef0123456789abcdef";

/// Customers, and what has happened with each so far.
pub(super) struct Customers {
    chance: fastrand::Rng,
    people: Vec<Person>,
    words: Words,
    vault: Arc<Vault>,
}

/// A contact.
struct Person {
    id: ContactId,
    number: usize,
    profile: Profile,
    exchanges: Exchanges,
    deals: Deals,
    contract: Contract,
    consents: Consents,
    suppressions: Suppressions,
    cases: Cases,
    leads: Leads,
    tasks: Tasks,
    quotes: Quotes,
}

/// An event, ready for the log.
type Ready = (StreamId, NewEvent);

/// The contacts of a history of so many events.
pub(super) fn contacts(events: u64) -> u64 {
    (events / EVENTS_PER_CONTACT).max(CONTACTS_MIN)
}

/// The id of a contact; number 0 is the one with most of the history.
pub(super) fn contact_id(number: u64) -> ContactId {
    ContactId::derived(NAMESPACE, &number.to_string())
}

/// One of so many, drawn by Zipf's law with exponent 1: the k-th is drawn in proportion to 1/k.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a rank"
)]
pub(super) fn zipf(chance: &mut fastrand::Rng, count: u64) -> u64 {
    ((count as f64).powf(chance.f64()) as u64 - 1).min(count - 1)
}

/// Fills a log with a history of so many events.
///
/// # Errors
/// When keys cannot be made, or an event cannot be written.
pub(super) async fn fill(store: &dyn EventStore, vault: Arc<Vault>, events: u64) -> Result<(), Failure> {
    let mut customers = Customers::new(contacts(events), vault).await?;
    write_all(store, (0..events).map(|number| customers.next(number, events))).await
}

/// Appends events in their order, many at a time.
async fn write_all(
    store: &dyn EventStore,
    events: impl Iterator<Item = Result<Ready, Failure>>,
) -> Result<(), Failure> {
    let mut under_way: VecDeque<Pending> = VecDeque::new();
    for event in events {
        let (stream, event) = event?;
        if under_way.len() >= UNDER_WAY_MAX
            && let Some(first) = under_way.pop_front()
        {
            first.await.map_err(failed)?;
        }
        under_way.push_back(store.submit(stream, ExpectedRevision::Any, vec![event]).await);
    }
    for pending in under_way {
        pending.await.map_err(failed)?;
    }
    Ok(())
}

impl Customers {
    async fn new(contacts: u64, vault: Arc<Vault>) -> Result<Self, Failure> {
        let ids: Vec<ContactId> = (0..contacts).map(contact_id).collect();
        vault.ensure_keys(&ids).await.map_err(failed)?;
        let people = ids.into_iter().enumerate().map(|(number, id)| Person::new(number, id)).collect();
        Ok(Self { chance: fastrand::Rng::with_seed(SEED), people, words: Words::new()?, vault })
    }

    /// The event of this number, of so many. The first ones are the pipeline, the calendar, the policies and the
    /// fields of leads.
    fn next(&mut self, number: u64, events: u64) -> Result<Ready, Failure> {
        let Self { chance, people, words, vault } = self;
        let at = moment(chance, number, events)?;
        let writer = Writer { vault, number, at };
        match number {
            0 => return writer.write::<Pipeline>(&words.pipeline_id, words.published()),
            1 => return writer.write::<Calendar>(&words.calendar_id, words.calendar()),
            2 => return writer.write::<SlaPolicy>(&words.terms.policy_id, words.sla_policy()),
            3 => return writer.write::<ScoringModel>(&words.scoring_model_id(), words.scoring_model()),
            4 => {
                return writer.write::<RoutingPolicy>(
                    &words.routing_policy_id(),
                    words.routing_policy().ok_or_else(nobody)?,
                );
            }
            5 => return writer.write::<FieldSet>(&field_set::of_leads(), words.field_set()),
            6 => return writer.write::<PriceBook>(&quotes::price_book_id(), quotes::price_book(words)?),
            _ => {}
        }
        let rank = zipf(chance, people.len() as u64);
        let person = usize::try_from(rank).ok().and_then(|rank| people.get_mut(rank)).ok_or_else(nobody)?;
        if !person.profile.is_registered() {
            let registered = person.profile.register(person.number, words)?;
            return writer.write::<Contact>(&person.id, registered);
        }
        person.step(chance, words, &writer)
    }
}

impl Person {
    fn new(number: usize, id: ContactId) -> Self {
        Self {
            id,
            number,
            profile: Profile::default(),
            exchanges: Exchanges::default(),
            deals: Deals::default(),
            contract: Contract::default(),
            consents: Consents::default(),
            suppressions: Suppressions::default(),
            cases: Cases::default(),
            leads: Leads::default(),
            tasks: Tasks::default(),
            quotes: Quotes::default(),
        }
    }

    /// The next thing that happens: of a hundred, so many are exchanges, and so on.
    fn step(
        &mut self,
        chance: &mut fastrand::Rng,
        words: &Words,
        writer: &Writer<'_>,
    ) -> Result<Ready, Failure> {
        let drawn = chance.u32(0..100);
        if self.leads.is_pressing() {
            return self.lead_step(words, writer);
        }
        match drawn {
            0..60 | 66..68 => {
                writer.write::<Interactions>(&self.id, self.exchanges.step(self.number, chance, words)?)
            }
            60..62 => {
                let (quote, event) = self.quotes.step(self.number, writer.at, words)?;
                writer.write::<Quote>(&quote, event)
            }
            62..65 => {
                let (task, event) = self.tasks.step(self.id, writer.at, words)?;
                writer.write::<Task>(&task, event)
            }
            65 => self.lead_step(words, writer),
            68..72 => {
                let (case, event) = self.cases.step(self.id, writer.at, words)?;
                writer.write::<Case>(&case, event)
            }
            72..81 => {
                let (deal, event) = self.deals.step(self.id, self.number, chance, words)?;
                writer.write::<Opportunity>(&OpportunityId::derived(NAMESPACE, &deal), event)
            }
            81..88 => {
                let contract = SubscriptionId::derived(NAMESPACE, &self.number.to_string());
                writer.write::<Subscription>(&contract, self.contract.step(self.id, chance, words))
            }
            88..93 => {
                writer.write::<Consent>(&self.id, self.consents.step(self.number, writer.at, chance, words)?)
            }
            93..94 => writer.write::<Suppression>(&self.id, self.suppressions.step(words)),
            _ => writer.write::<Contact>(&self.id, self.profile.step(self.number, chance, words)?),
        }
    }

    fn lead_step(&mut self, words: &Words, writer: &Writer<'_>) -> Result<Ready, Failure> {
        let (lead, event) = self.leads.step(self.id, words)?;
        writer.write::<Lead>(&lead, event)
    }
}

/// Seals and writes events as the application does.
struct Writer<'a> {
    vault: &'a Vault,
    number: u64,
    at: Instant,
}

impl Writer<'_> {
    fn write<A: Aggregate>(&self, id: &A::Id, mut event: A::Event) -> Result<Ready, Failure> {
        if let Some(subject) = A::subject(id) {
            self.vault.seal(subject, event.personal_fields()).map_err(failed)?;
        }
        let data = event.encode().map_err(failed)?.to_string();
        let request_id = format!("{NAMESPACE}:{:012}", self.number);
        let metadata = Metadata {
            occurred_at: self.at,
            actor: Actor { kind: ActorKind::Service, id: word::reference("crm")?, on_behalf_of: None },
            correlation_id: request_id.clone(),
            causation_id: None,
            causation_depth: 0,
            request_id,
            request_digest: DIGEST.to_owned(),
            source: None,
            traceparent: None,
            imported_at: None,
            payload_sha256: hex(&Sha256::digest(data.as_bytes())),
        };
        let event = NewEvent {
            id: EventId(derived_uuid(&[NAMESPACE, &self.number.to_string()])),
            event_type: event.event_type().to_owned(),
            metadata: serde_json::to_string(&metadata).map_err(failed)?,
            data,
        };
        Ok((A::stream(id).map_err(failed)?, event))
    }
}

/// Business time moves on evenly; one in ten things is told of up to a week late.
fn moment(chance: &mut fastrand::Rng, number: u64, events: u64) -> Result<Instant, Failure> {
    const WEEK: i64 = 7 * 86_400_000_000;
    let share = i128::from(END - BEGIN) * i128::from(number) / i128::from(events.max(1));
    let late = if chance.u32(0..10) == 0 { chance.i64(0..WEEK) } else { 0 };
    let micros = BEGIN + i64::try_from(share).unwrap_or_default() - late;
    Instant::from_micros(micros).map_err(|invalid| Failure::Local(invalid.expected))
}

fn nobody() -> Failure {
    Failure::Local("there is nobody that something could happen with".to_owned())
}

fn failed(error: impl std::fmt::Display) -> Failure {
    Failure::Local(error.to_string())
}

#[cfg(test)]
mod tests;
