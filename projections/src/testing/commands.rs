//! Random commands to a small company, judged by the rules of the domain: a history of everything that they allow.

mod quotes;

use std::collections::{BTreeMap, BTreeSet};

use rapport_domain::access;
use rapport_domain::aggregate::{Aggregate, StoredEvent as _};
use rapport_domain::case::{self, Case};
use rapport_domain::consent::{self, Consent, Method, Topic};
use rapport_domain::contact::{self, Contact, LifecycleStage};
use rapport_domain::context::Context;
use rapport_domain::envelope::StreamId;
use rapport_domain::id::{
    CaseId, ConsentId, CorrectionId, InteractionId, LeadId, OpportunityId, PipelineId, SubscriptionId,
    TaskId, derived_uuid,
};
use rapport_domain::interaction::{self, Channel, Interactions};
use rapport_domain::lead::{self, Lead};
use rapport_domain::opportunity::{self, Opportunity};
use rapport_domain::personal::{DataClass, Personal};
use rapport_domain::pipeline::{self, Definition, ForecastCategory, Pipeline};
use rapport_domain::quote::Quote;
use rapport_domain::sla_policy::{Priority, Wait};
use rapport_domain::subscription::{self, CancellationKind, Subscription};
use rapport_domain::suppression::{self, Suppression};
use rapport_domain::task::{self, Task};
use rapport_domain::value::{ExchangeRate, FrozenRate, Instant, Money, Segments, Sha256};

use super::company::{definition, exchange, notice, registered};
use super::{History, actor, at, contact, currency, day, eur, key, label, reference, sealed, segments};

/// Contacts, and with each of them a deal and a contract.
const CONTACTS: u64 = 6;
const HOUR_MICROS: u64 = 3_600_000_000;

/// The same seed makes the same history, of so many events at least.
pub(crate) fn random_commands(seed: u64, events: usize) -> History {
    let mut company = Company { chance: Chance { seed, drawn: 0 }, ..Company::default() };
    let publish = pipeline::Command::Publish { name: label("Sales"), stages: definition().stages };
    let sales = PipelineId::derived("tests", "sales");
    issue::<Pipeline>(
        &mut company.pipelines,
        &mut company.history,
        sales,
        &publish,
        at("2025-12-01T00:00:00Z"),
    );
    while company.history.events.len() < events {
        company.command();
    }
    company.history
}

/// Numbers that look random and are the same in every run.
#[derive(Default)]
struct Chance {
    seed: u64,
    drawn: u64,
}

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.drawn += 1;
        let drawn = derived_uuid(&[&self.seed.to_string(), &self.drawn.to_string()]);
        (drawn.as_u64_pair().1 & 0xffff_ffff) % limit
    }

    fn one_of<T: Clone>(&mut self, values: &[T]) -> T {
        values[usize::try_from(self.below(values.len() as u64)).unwrap()].clone()
    }

    fn money(&mut self) -> Money {
        eur(i64::try_from(self.below(100_000)).unwrap() + 1)
    }

    /// Some hour of a year: commands often tell late of what happened.
    fn moment(&mut self) -> Instant {
        let hours = self.below(365 * 24) * HOUR_MICROS;
        Instant::from_micros(at("2026-01-01T00:00:00Z").micros() + i64::try_from(hours).unwrap()).unwrap()
    }
}

type States<A> = BTreeMap<<A as Aggregate>::Id, <A as Aggregate>::State>;

/// What there is of the company, by the events that were told of it.
#[derive(Default)]
struct Company {
    chance: Chance,
    history: History,
    contacts: States<Contact>,
    interactions: States<Interactions>,
    pipelines: States<Pipeline>,
    deals: States<Opportunity>,
    contracts: States<Subscription>,
    consents: States<Consent>,
    suppressions: States<Suppression>,
    cases: States<Case>,
    leads: States<Lead>,
    tasks: States<Task>,
    quotes: States<Quote>,
}

/// Decides a command, and tells what it caused; nothing when the rules say no.
fn issue<A: Aggregate>(
    states: &mut States<A>,
    history: &mut History,
    id: A::Id,
    command: &A::Command,
    occurred_at: Instant,
) {
    let context = Context { now: at("2027-01-01T00:00:00Z"), occurred_at, actor: actor() };
    let state = states.remove(&id).unwrap_or_default();
    let events = A::decide(&state, command, &context).unwrap_or_default();
    let state = events.into_iter().fold(state, |state, event| {
        let next = A::evolve(state, &event);
        history.add_at::<A>(&id, occurred_at, event);
        next
    });
    states.insert(id, state);
}

impl Company {
    fn command(&mut self) {
        let (number, when) = (self.chance.below(CONTACTS), self.chance.moment());
        match self.chance.below(11) {
            0 => self.contact_command(number, when),
            1 | 2 => self.interaction_command(number, when),
            3 => self.deal_command(number, when),
            4 => self.contract_command(number, when),
            5 => self.suppression_command(number, when),
            6 => self.case_command(number, when),
            7 => self.lead_command(number, when),
            8 => self.task_command(number, when),
            9 => self.quote_command(number, when),
            _ => self.consent_command(number, when),
        }
        if self.chance.drawn.is_multiple_of(5) {
            self.access(number, when);
        }
    }

    /// Somebody reads a contact's name.
    fn access(&mut self, number: u64, when: Instant) {
        let recorded = access::Event::from(access::Recorded {
            rpc: label("rapport.v1.ContactService/GetContact"),
            subjects: [contact(&number.to_string())].into(),
            classes: [DataClass::Contact].into(),
            purpose: None,
            permitted: None,
            cases: BTreeMap::new(),
        });
        let data = recorded.encode().unwrap().to_string();
        let stream = StreamId::new(access::CATEGORY, "2027-01-01").unwrap();
        self.history.add_raw(stream, recorded.event_type(), when, data);
    }

    /// Something happens with what a contact wants solved.
    fn case_command(&mut self, number: u64, when: Instant) {
        use case::Command;
        let interaction_id = InteractionId::derived("tests", &self.chance.below(100).to_string());
        let command = match self.chance.below(10) {
            0 | 1 => Command::Open {
                interaction_id: None,
                level: None,
                open: Box::new(case::Open {
                    contact_id: Some(contact(&number.to_string())),
                    channel: Channel::Email,
                    title: label("It does not work"),
                    kind: case::Kind::Incident,
                    priority: Priority::Normal,
                    opened_at: None,
                    group: Some(reference("first")),
                    assignee: None,
                    product: None,
                    source: None,
                    split_from: None,
                    segments: Segments::new(),
                }),
            },
            2 => {
                let group = Some(reference(self.chance.one_of(&["first", "second"])));
                Command::Assign { group, assignee: None, interaction_id: None }
            }
            3 => Command::Reply { interaction_id },
            4 => Command::Hear { interaction_id, level: None },
            5 => {
                Command::Await { wait: self.chance.one_of(&[Wait::Customer, Wait::ThirdParty]), level: None }
            }
            6 => Command::Resolve { resolution: None },
            7 => Command::Close,
            8 => Command::Reopen { level: None },
            _ => Command::ChangePriority {
                priority: self.chance.one_of(&[Priority::Urgent, Priority::Low]),
                level: None,
            },
        };
        let id = CaseId::derived("tests", &number.to_string());
        issue::<Case>(&mut self.cases, &mut self.history, id, &command, when);
    }

    /// Something happens with their interest.
    fn lead_command(&mut self, number: u64, when: Instant) {
        use lead::{Assign, Command, Holder};
        let interaction_id = InteractionId::derived("tests", &self.chance.below(100).to_string());
        let command = match self.chance.below(10) {
            0..=2 => Command::Capture {
                contact_id: contact(&format!("c{number}")),
                capture: Box::new(lead::Capture {
                    source: self.chance.one_of(&[lead::Source::WebForm, lead::Source::Partner]),
                    campaign: None,
                    external: None,
                    interaction_id,
                    fields: [(key("employees"), lead::FieldValue::Number(7))].into(),
                    field_set_version: None,
                }),
                field_set: None,
            },
            3 | 4 => {
                let to = self.chance.one_of(&["ann", "bob"]);
                let to = Holder::Owner(reference(to));
                Command::Assign(Box::new(Assign { to, reason: None, routing: None, respond_by: None }))
            }
            5 => Command::TimeOut { number: 1 },
            6 => Command::Contact { interaction_id },
            7 => Command::Qualify { reason: None },
            8 => Command::Recycle { until: None, reason: Some(label("later")) },
            _ => Command::Convert {
                account_id: None,
                opportunity_id: Some(OpportunityId::derived("tests", &number.to_string())),
            },
        };
        let id = LeadId::derived("tests", &number.to_string());
        issue::<Lead>(&mut self.leads, &mut self.history, id, &command, when);
    }

    /// Something happens with what somebody is to do next for them.
    fn task_command(&mut self, number: u64, when: Instant) {
        use task::Command;
        let due_at = Some(self.chance.moment());
        let command = match self.chance.below(8) {
            0 | 1 => Command::Create(Box::new(task::Details {
                about: task::About::Contact(contact(&number.to_string())),
                subject: label("Call back"),
                owner: reference("ann"),
                due_at,
                remind_at: due_at,
                rule: None,
                stage_rule: None,
            })),
            2 => Command::Reassign { owner: reference(self.chance.one_of(&["ann", "bob"])) },
            3 => Command::Reschedule { due_at, remind_at: None },
            4 => Command::FallOverdue,
            5 => Command::Complete { outcome: Some(label("reached")) },
            6 => Command::Remind,
            _ => Command::Reopen,
        };
        let id = TaskId::derived("tests", &number.to_string());
        issue::<Task>(&mut self.tasks, &mut self.history, id, &command, when);
    }

    fn contact_command(&mut self, number: u64, when: Instant) {
        use contact::Command;
        let command = match self.chance.below(7) {
            0 | 1 => {
                let new = registered(usize::try_from(number).unwrap());
                Command::Register(contact::Register {
                    kind: new.kind,
                    name: new.name,
                    contact_points: new.contact_points,
                    owner: new.owner,
                    lifecycle_stage: new.lifecycle_stage,
                    segments: new.segments,
                    external_ref: new.external_ref,
                })
            }
            2 => Command::AssignOwner { owner: reference(self.chance.one_of(&["ann", "bob"])) },
            3 => Command::ChangeLifecycleStage {
                stage: self.chance.one_of(&[LifecycleStage::Lead, LifecycleStage::Customer]),
            },
            4 => Command::SetSegment {
                key: key("region"),
                value: label(self.chance.one_of(&["north", "south"])),
            },
            5 => Command::ClearSegment { key: key("region") },
            _ => self.chance.one_of(&[Command::Archive, Command::Restore]),
        };
        let id = contact(&format!("c{number}"));
        issue::<Contact>(&mut self.contacts, &mut self.history, id, &command, when);
    }

    fn interaction_command(&mut self, number: u64, when: Instant) {
        use interaction::Command;
        let which = format!("{number}-{}", self.chance.below(20));
        let interaction_id = InteractionId::derived("tests", &which);
        let command = match self.chance.below(6) {
            0 => Command::Correct(interaction::Correct {
                interaction_id,
                correction_id: CorrectionId::derived("tests", &self.chance.below(1_000).to_string()),
                summary: Some(sealed("what was really said")),
                duration_seconds: Some(60),
                outcome: None,
            }),
            1 => Command::Redact { interaction_id, reason: label("asked for") },
            2 | 3 => Command::Record(exchange(&which, Channel::Order, Some(self.chance.money()))),
            _ => Command::Record(exchange(&which, Channel::Email, None)),
        };
        let id = contact(&format!("c{number}"));
        issue::<Interactions>(&mut self.interactions, &mut self.history, id, &command, when);
    }

    fn deal_command(&mut self, number: u64, when: Instant) {
        use opportunity::Command;
        let pipeline: Definition = definition();
        let command = match self.chance.below(11) {
            0 | 1 => {
                let amount = self.chance.money();
                Command::Open(Box::new(opportunity::Open {
                    pipeline_id: PipelineId::derived("tests", "sales"),
                    pipeline,
                    stage: None,
                    title: label("A deal"),
                    contact_id: Some(contact(&format!("c{number}"))),
                    amount: Some(amount),
                    fx: rate_of(amount),
                    expected_close_on: None,
                    owner: Some(reference(self.chance.one_of(&["ann", "bob"]))),
                    team: None,
                    segments: segments([("region", self.chance.one_of(&["north", "south"]))]),
                    next_step: None,
                    contact_roles: BTreeSet::new(),
                }))
            }
            2 => {
                let amount = self.chance.money();
                Command::ReviseAmount { amount, fx: rate_of(amount) }
            }
            3 => Command::MoveCloseDate {
                expected_close_on: day(self.chance.one_of(&["2026-05-01", "2026-06-01"])),
            },
            4 => Command::Win { amount: None, fx: None, pipeline },
            5 => Command::Lose { reason: Some(label("too dear")), competitor: None, pipeline },
            6 => Command::SetNextStep { what: label("Call"), due_on: Some(day("2026-05-01")) },
            7 => Command::OverrideForecast {
                category: self.chance.one_of(&[None, Some(ForecastCategory::Commit)]),
                probability: None,
                reason: label("Signed"),
            },
            8 => Command::SetSegment {
                key: key(self.chance.one_of(&["region", "product"])),
                value: label(self.chance.one_of(&["north", "south"])),
            },
            9 => Command::ClearSegment { key: key("region") },
            _ => Command::Reopen { stage: None, pipeline },
        };
        let id = OpportunityId::derived("tests", &number.to_string());
        issue::<Opportunity>(&mut self.deals, &mut self.history, id, &command, when);
    }

    fn contract_command(&mut self, number: u64, when: Instant) {
        use subscription::Command;
        let command = match self.chance.below(6) {
            0 | 1 => Command::Start(subscription::Start {
                contact_id: contact(&format!("c{number}")),
                plan: label("Plan"),
                mrr: self.chance.money(),
                term_ends_on: None,
                segments: Segments::new(),
            }),
            2 => Command::ChangeAmount { mrr: self.chance.money() },
            3 => Command::Pause,
            4 => Command::Cancel { kind: CancellationKind::Voluntary, reason: None },
            _ => Command::Reactivate { mrr: None },
        };
        let id = SubscriptionId::derived("tests", &number.to_string());
        issue::<Subscription>(&mut self.contracts, &mut self.history, id, &command, when);
    }

    fn suppression_command(&mut self, number: u64, when: Instant) {
        use suppression::{Command, Kind, Said, Scope};
        let said = Said {
            kind: self.chance.one_of(&[Kind::Objection, Kind::OptOutSignal]),
            scope: Scope {
                purpose: self.chance.one_of(&[None, Some(key("newsletter"))]),
                channel: self.chance.one_of(&[
                    None,
                    Some(consent::Channel::Email),
                    Some(consent::Channel::Sms),
                ]),
            },
            method: Method::Button,
            evidence: None,
        };
        let command = match self.chance.below(4) {
            0 => Command::Raise { said, jurisdiction: None },
            1 => Command::RequestLift(said),
            _ => Command::Lift { said, reason: label("signed up again") },
        };
        let id = contact(&format!("c{number}"));
        issue::<Suppression>(&mut self.suppressions, &mut self.history, id, &command, when);
    }

    fn consent_command(&mut self, number: u64, when: Instant) {
        use consent::Command;
        let topic = Topic {
            purpose: key(self.chance.one_of(&["newsletter", "offers"])),
            channel: consent::Channel::Email,
        };
        let id = contact(&format!("c{number}"));
        let method = Method::Checkbox;
        let consent_id = ConsentId::derived("tests", &self.chance.below(1_000).to_string());
        let token_sha256 = Sha256::of(consent_id.to_string().as_bytes());
        let jurisdiction = None;
        let give = || consent::Give {
            consent_id,
            topic: topic.clone(),
            notice: notice(),
            method,
            evidence: None,
            valid_until: None,
            jurisdiction: None,
        };
        let last = self.consents.get(&id).and_then(|state| state.given.keys().next_back().copied());
        let command = match self.chance.below(12) {
            0..=2 => Command::Request { topic, notice: notice(), jurisdiction, opted_out_until: None },
            3..=5 => Command::Give(give()),
            6 => Command::Refuse { topic, method, jurisdiction },
            7 => Command::Withdraw { topic, method, evidence: None, jurisdiction },
            8 => Command::RequestConfirmation { give: give(), token_sha256, confirm_by: None },
            9 => Command::Revoke { topic, reason: label("it ended") },
            10 => {
                let evidence = Personal::Erased;
                Command::Renew { consent_id, topic, method, evidence, valid_until: None }
            }
            _ => Command::Invalidate {
                consent_id: last.unwrap_or(consent_id),
                since: Instant::from_micros(when.micros() - 86_400_000_000).unwrap(),
                authority: label("audit"),
                reason: label("bundled"),
            },
        };
        issue::<Consent>(&mut self.consents, &mut self.history, id, &command, when);
    }
}

/// A rate to dollars of every other amount.
fn rate_of(amount: Money) -> Option<FrozenRate> {
    let to_dollars = FrozenRate {
        base_currency: currency("USD"),
        rate: ExchangeRate::parse("1.0845").unwrap(),
        rate_date: day("2026-11-20"),
    };
    (amount.minor_units % 2 == 0).then_some(to_dollars)
}
