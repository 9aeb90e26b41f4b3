//! Leads are handed over by the routing policy that was published last: when they come in, when they are given back or nothing
//! is done for them in time, when they have rested, and when they become hot while nobody owns them. Whoever has one keeps it
//! until its time to respond is over. Where nobody can take it, it waits in the policy's queue, and counts as unassigned.

use std::sync::Arc;

use async_trait::async_trait;
use parking_lot::Mutex;
use rapport_domain::aggregate::Aggregate as _;
use rapport_domain::event::DomainEvent;
use rapport_domain::id::{LeadId, RoutingPolicyId};
use rapport_domain::lead::{Command, Event, Lead};
use rapport_domain::routing_policy::{self, Definition, RoutingPolicy};
use rapport_domain::value::Instant;

use super::{Left, Press, Pressing, Reactor, Task, Trouble};
use crate::Application;
use crate::call::Call;
use crate::lead_rules::{Books, KnownLead, Step, Todo, left_by, left_to_policy};

/// Hands every lead to somebody.
pub struct Routing {
    application: Arc<Application>,
    unassigned: Arc<Pressing<LeadId>>,
    known: Mutex<Known>,
}

/// What is told by the log so far.
#[derive(Default)]
struct Known {
    policy: Option<(RoutingPolicyId, Arc<Definition>)>,
    books: Books,
}

impl Routing {
    /// Over the command side.
    #[must_use]
    pub fn new(application: Arc<Application>) -> Self {
        Self { application, unassigned: Arc::default(), known: Mutex::default() }
    }

    /// Leads that somebody should be working on, and that nobody owns: [`Press::Overdue`], for whoever watches.
    #[must_use]
    pub fn unassigned(&self) -> Arc<Pressing<LeadId>> {
        Arc::clone(&self.unassigned)
    }

    fn lead(&self, known: &mut Known, event: &Event, id: LeadId, left: &mut Left<'_, Step>) {
        let day = left.came_at().date();
        known.books.take(id, event, day);
        let waits = known.books.waits(id);
        self.unassigned.note(id, waits.then_some(Press::Overdue));
        note(left_by(event, id, &known.books, known.policy.is_some()), left);
    }
}

/// Puts on the agenda what is to be done, and takes off what is not.
fn note(todos: Vec<Todo>, left: &mut Left<'_, Step>) {
    for todo in todos {
        match todo {
            Todo::Now(step) => left.set_now(step),
            Todo::At(step, due) => left.set(step, due),
            Todo::Settled(step) => left.settle(&step),
        }
    }
}

impl Task for Step {
    fn rule(&self) -> &'static str {
        match self {
            Self::Route(_) => "route",
            Self::TimeOut(_) => "time_out",
        }
    }

    fn about(&self) -> String {
        match self {
            Self::Route(id) | Self::TimeOut(id) => id.to_string(),
        }
    }
}

#[async_trait]
impl Reactor for Routing {
    type Task = Step;
    const NAME: &'static str = "routing";
    const CATEGORIES: &'static [&'static str] = &[RoutingPolicy::CATEGORY, Lead::CATEGORY];
    /// The books count whom was chosen before the log says so.
    const AT_ONCE: usize = 64;

    fn fold(&self, event: &DomainEvent, left: &mut Left<'_, Step>) {
        let mut known = self.known.lock();
        match event {
            DomainEvent::RoutingPolicy(routing_policy::Event::Published(published)) => {
                let Ok(id) = RoutingPolicyId::parse(left.stream_id()) else { return };
                known.policy = Some((id, Arc::new(published.definition.clone())));
                note(left_to_policy(&known.books), left);
            }
            DomainEvent::Lead(event) => {
                let Ok(id) = LeadId::parse(left.stream_id()) else { return };
                self.lead(&mut known, event, id, left);
            }
            DomainEvent::Contact(_)
            | DomainEvent::Interaction(_)
            | DomainEvent::Pipeline(_)
            | DomainEvent::Opportunity(_)
            | DomainEvent::Subscription(_)
            | DomainEvent::Consent(_)
            | DomainEvent::Notice(_)
            | DomainEvent::SubjectRequest(_)
            | DomainEvent::Suppression(_)
            | DomainEvent::Access(_)
            | DomainEvent::Calendar(_)
            | DomainEvent::SlaPolicy(_)
            | DomainEvent::Case(_)
            | DomainEvent::ScoringModel(_)
            | DomainEvent::FieldSet(_)
            | DomainEvent::Task(_)
            | DomainEvent::PriceBook(_)
            | DomainEvent::Quote(_) => {}
        }
    }

    async fn act(&self, task: &Step, call: Call) -> Result<Option<Instant>, Trouble> {
        let (known, today) = (self.known.lock().policy.clone(), self.application.now().date());
        match task {
            Step::Route(id) => {
                let Some((policy_id, policy)) = known else { return Ok(None) };
                let choose = |lead: &KnownLead| self.known.lock().books.choose(*id, &policy, lead, today);
                let routed = self.application.route_lead(id, (policy_id, &policy), &choose, call).await;
                routed.inspect_err(|_| self.known.lock().books.give_up(*id))?;
            }
            Step::TimeOut(id) => {
                let number = self.known.lock().books.assignment(*id);
                self.application.lead(*id, Command::TimeOut { number }, call).await?;
            }
        }
        Ok(None)
    }
}
