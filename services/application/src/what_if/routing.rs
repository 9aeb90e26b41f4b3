//! Who would have got the leads of a period by another policy. They live again in the order of the log, on a clock that is
//! business time and never goes back. Where the policy of the time handed a lead over or took it back, the draft does so
//! instead, by its own rules, its own times and a ledger of its own. What people did is taken as they did it: that they
//! captured, contacted, qualified or ended a lead, that somebody chose who gets it, and that somebody gave it back, where they
//! have it by the draft too. So are its scores, and who had the leads of other times.

mod agenda;

use std::collections::BTreeMap;

use futures::stream::BoxStream;
use rapport_domain::aggregate::Aggregate as _;
use rapport_domain::calendar;
use rapport_domain::contact::Contact;
use rapport_domain::envelope::{EventId, Position, Recorded};
use rapport_domain::event::DomainEvent;
use rapport_domain::id::{LeadId, RoutingPolicyId};
use rapport_domain::lead::{Assign, Captured, Command, Event, Holder, Lead, State};
use rapport_domain::routing_policy::{self, Definition, route};
use rapport_domain::value::{Instant, Key, Reference};
use tokio::task::coop::consume_budget;

use self::agenda::Agenda;
use super::leads::{CHANGED_LEADS_LISTED_MAX, Cast, Part, Pass, Period};
use super::{Replay, Trial, told, tried};
use crate::Application;
use crate::failure::Failure;
use crate::lead_rules::{Books, KnownLead, Step, handing, left_by};

/// A policy to try.
#[derive(Debug, Clone)]
pub struct RoutingDraft {
    /// As it would be published.
    pub policy: routing_policy::Command,
    /// On leads that came in at or after this moment, by business time,
    pub from: Instant,
    /// and before this one; who has them is told as of it.
    pub to: Instant,
    /// Last position of the log that counts.
    pub position: Position,
}

/// How far it is, and at last what came of it.
pub type RoutingTrial = Trial<RoutingDifference>;

/// What would have been different.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoutingDifference {
    /// All leads of the period.
    pub leads: u64,
    /// Those of them that would be with whom they were, or with nobody as they were.
    pub same: u64,
    /// All others.
    pub elsewhere: u64,
    /// Where they were.
    pub was: HeldLeads,
    /// Where they would be.
    pub would_be: HeldLeads,
    /// Leads by who has them.
    pub by_owner: BTreeMap<Reference, OwnedLeads>,
    /// The first leads that would be elsewhere, in the order they came in.
    pub rerouted: Vec<ReroutedLead>,
}

/// Leads, counted by where they are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HeldLeads {
    /// That somebody has, or had when they were over.
    pub owned: u64,
    /// That wait in a queue.
    pub in_queue: u64,
    /// That are nowhere, or rest.
    pub unassigned: u64,
    /// How often one was taken back, because nothing was done for it in time.
    pub timed_out: u64,
}

/// Leads that somebody has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OwnedLeads {
    /// How many they had.
    pub was: u64,
    /// How many they would have.
    pub would_be: u64,
}

/// A lead that would be elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReroutedLead {
    /// Which one.
    pub lead_id: LeadId,
    /// When it came in.
    pub captured_at: Instant,
    /// Who had it.
    pub was: Option<Holder>,
    /// Who would have it.
    pub would_be: Option<Holder>,
    /// By which rule of the draft; nothing where it met none, or somebody chose.
    pub rule: Option<Key>,
}

impl Application {
    /// Hands the leads of a period over by a draft. Ends with [`Trial::Ended`], or with the first failure.
    ///
    /// # Errors
    /// Where the draft would be refused, or its calendar is not there.
    pub async fn what_if_routing(
        &self,
        draft: &RoutingDraft,
    ) -> Result<BoxStream<'static, Result<RoutingTrial, Failure>>, Failure> {
        let policy = routing_policy::draft(&draft.policy)?;
        self.assert_policy_looks_right(&policy).await?;
        let calendar = match &policy.calendar_id {
            Some(calendar_id) => Some(self.published_calendar(calendar_id).await?),
            None => None,
        };
        let past = self.past_of_leads(&[Lead::CATEGORY, Contact::CATEGORY], draft.position);
        let world = World {
            policy,
            calendar,
            period: Period { from: draft.from, to: draft.to },
            cast: Cast::default(),
            books: Books::default(),
            agenda: Agenda::default(),
            now: Instant::MIN,
        };
        Ok(tried(past, world, self.turn().await?))
    }
}

/// The past, as the draft would have it.
struct World {
    policy: Definition,
    calendar: Option<calendar::Definition>,
    period: Period,
    cast: Cast<Lived>,
    books: Books,
    agenda: Agenda,
    now: Instant,
}

/// A lead that lives again.
struct Lived {
    captured_at: Instant,
    captured_by: EventId,
    was: State,
    was_timed_out: u64,
    would_be: KnownLead,
    would_be_timed_out: u64,
    rule: Option<Key>,
}

impl Replay for World {
    type Told = Pass;
    type Difference = RoutingDifference;

    async fn take(&mut self, pass: &Pass) -> Result<(), Failure> {
        match pass {
            Pass::Leads(recorded) => self.learn(recorded),
            Pass::All(recorded) => self.live(recorded).await,
        }
    }

    async fn end(&mut self) -> RoutingDifference {
        self.pass(self.period.to).await;
        let mut difference = RoutingDifference::default();
        for (lead_id, lead) in self.cast.take_all() {
            difference.count(lead_id, lead);
            consume_budget().await;
        }
        difference.rerouted.sort_unstable_by_key(|lead| (lead.captured_at, lead.lead_id));
        difference.rerouted.truncate(CHANGED_LEADS_LISTED_MAX);
        difference
    }
}

impl World {
    /// Which leads there are.
    fn learn(&mut self, recorded: &Recorded) -> Result<(), Failure> {
        let Some((DomainEvent::Lead(event), at)) = told(recorded)? else { return Ok(()) };
        let Ok(id) = LeadId::parse(recorded.stream.id()) else { return Ok(()) };
        match self.period.begins(&event, at) {
            Some(captured) => self.cast.add(id, captured.contact_id, Lived::begun(captured, recorded.id, at)),
            None => Ok(()),
        }
    }

    async fn live(&mut self, recorded: &Recorded) -> Result<(), Failure> {
        let Some((event, at)) = told(recorded)?.filter(|(_, at)| *at < self.period.to) else { return Ok(()) };
        match Part::of(&event, &recorded.stream) {
            Some(Part::Lead(id, event)) => {
                self.pass(at).await;
                self.lead(id, event, recorded.id);
                self.pass(at).await;
            }
            Some(Part::Contact(contact_id, event)) => {
                let leads = self.cast.leads_of(&contact_id);
                if !leads.is_empty() {
                    self.pass(at).await;
                }
                for id in leads {
                    if let Some(lead) = self.cast.lead_mut(&id) {
                        lead.would_be.facts.after_contact(event, recorded.id);
                    }
                }
            }
            Some(Part::Interaction(..) | Part::Deal(..)) | None => {}
        }
        Ok(())
    }

    /// The clock goes on; what is due on the way is done.
    async fn pass(&mut self, until: Instant) {
        while let Some((due, step)) = self.agenda.due(until) {
            self.now = self.now.max(due);
            self.act(&step);
            consume_budget().await;
        }
        self.now = self.now.max(until);
    }

    /// Something happened to a lead, as recorded. One of another time changes the books alone.
    fn lead(&mut self, id: LeadId, event: &Event, event_id: EventId) {
        let Some(lead) = self.cast.lead_mut(&id) else {
            self.books.take(id, event, self.now.date());
            return;
        };
        lead.was = Lead::evolve(std::mem::take(&mut lead.was), event);
        match event {
            Event::Assigned(assigned) if assigned.routing.is_some() => {}
            Event::AssignmentTimedOut(_) => lead.was_timed_out = lead.was_timed_out.saturating_add(1),
            Event::Assigned(assigned) => {
                let assign = Assign {
                    to: assigned.to.clone(),
                    reason: assigned.reason.clone(),
                    routing: None,
                    respond_by: assigned.respond_by,
                };
                self.obey(id, &Command::Assign(Box::new(assign)));
            }
            Event::AssignmentDeclined(declined) => {
                let (owner, reason) = (declined.owner.clone(), declined.reason.clone());
                self.obey(id, &Command::Decline { owner, reason });
            }
            Event::Captured(_)
            | Event::CapturedAgain(_)
            | Event::Enriched(_)
            | Event::Scored(_)
            | Event::Contacted(_)
            | Event::Qualified(_)
            | Event::Disqualified(_)
            | Event::Recycled(_)
            | Event::Converted(_) => self.happened(id, event, event_id),
        }
    }

    /// What the draft does when something is due.
    fn act(&mut self, step: &Step) {
        let (Step::Route(id) | Step::TimeOut(id)) = step;
        let Some(lead) = self.cast.lead(id) else { return };
        let command = match step {
            Step::Route(_) if lead.would_be.waits() => {
                let ledger = self.books.ledger(self.now.date());
                let decision = route(&self.policy, &lead.would_be.facts, &lead.would_be.standing, &ledger);
                let draft = RoutingPolicyId::derived("what-if", "draft");
                let assign = handing((draft, &self.policy), self.calendar.as_ref(), &decision, self.now);
                Command::Assign(Box::new(assign))
            }
            Step::Route(_) => return,
            Step::TimeOut(_) => Command::TimeOut { number: self.books.assignment(*id) },
        };
        self.obey(*id, &command);
    }

    /// What a command causes in the draft's world; what the rules refuse changes nothing.
    fn obey(&mut self, id: LeadId, command: &Command) {
        let Some(lead) = self.cast.lead(&id) else { return };
        let captured_by = lead.captured_by;
        for event in lead.would_be.would_cause(command) {
            self.happened(id, &event, captured_by);
        }
    }

    /// Something happened to a lead in the draft's world.
    fn happened(&mut self, id: LeadId, event: &Event, event_id: EventId) {
        if let Some(lead) = self.cast.lead_mut(&id) {
            lead.would_be.happened(event, event_id);
            if let Event::Assigned(assigned) = event {
                lead.rule = assigned.routing.as_ref().and_then(|routing| routing.rule.clone());
            } else if let Event::AssignmentTimedOut(_) = event {
                lead.would_be_timed_out = lead.would_be_timed_out.saturating_add(1);
            }
        }
        self.books.take(id, event, self.now.date());
        for todo in left_by(event, id, &self.books, true) {
            self.agenda.take(todo);
        }
    }
}

impl Lived {
    /// A lead that will come in.
    fn begun(captured: &Captured, event_id: EventId, at: Instant) -> Self {
        Self {
            captured_at: at,
            captured_by: event_id,
            was: State::default(),
            was_timed_out: 0,
            would_be: KnownLead::begun(captured, event_id),
            would_be_timed_out: 0,
            rule: None,
        }
    }
}

impl RoutingDifference {
    fn count(&mut self, lead_id: LeadId, lead: Lived) {
        let was = lead.was.lead().and_then(|lead| lead.holder.clone());
        let would_be = lead.would_be.lead().and_then(|lead| lead.holder.clone());
        self.leads += 1;
        self.was.count(was.as_ref(), lead.was_timed_out);
        self.would_be.count(would_be.as_ref(), lead.would_be_timed_out);
        if let Some(owner) = was.as_ref().and_then(Holder::owner) {
            self.by_owner.entry(owner.clone()).or_default().was += 1;
        }
        if let Some(owner) = would_be.as_ref().and_then(Holder::owner) {
            self.by_owner.entry(owner.clone()).or_default().would_be += 1;
        }
        if was == would_be {
            self.same += 1;
            return;
        }
        self.elsewhere += 1;
        let Lived { captured_at, rule, .. } = lead;
        self.rerouted.push(ReroutedLead { lead_id, captured_at, was, would_be, rule });
    }
}

impl HeldLeads {
    const fn count(&mut self, holder: Option<&Holder>, timed_out: u64) {
        match holder {
            Some(Holder::Owner(_)) => self.owned += 1,
            Some(Holder::Queue(_)) => self.in_queue += 1,
            None => self.unassigned += 1,
        }
        self.timed_out += timed_out;
    }
}
