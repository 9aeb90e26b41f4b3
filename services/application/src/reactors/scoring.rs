//! Leads are judged by the scoring model that was published last: when something happens to one or to whom it is about, and when
//! time changes what that comes to. A judgement is written down where the grade or the rating is another one. So a replay
//! judges every open lead once, and writes nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use parking_lot::Mutex;
use rapport_domain::aggregate::Aggregate as _;
use rapport_domain::contact::{self, Contact};
use rapport_domain::criterion::Touch;
use rapport_domain::event::DomainEvent;
use rapport_domain::id::{ContactId, LeadId, ScoringModelId};
use rapport_domain::interaction::{self, Interactions};
use rapport_domain::lead::{Event, Lead};
use rapport_domain::scoring_model::{self, Definition, ScoringModel};
use rapport_domain::value::Instant;

use super::{Left, Reactor, Task, Trouble};
use crate::Application;
use crate::call::Call;

/// Judges every lead that is not over.
pub struct Scoring {
    application: Arc<Application>,
    known: Mutex<Known>,
}

/// What is told by the log so far.
#[derive(Default)]
struct Known {
    model: Option<(ScoringModelId, Arc<Definition>)>,
    /// Leads that are not over: a contact has one at most.
    open: BTreeMap<ContactId, LeadId>,
    /// Whom they are about.
    contacts: BTreeMap<LeadId, ContactId>,
}

impl Scoring {
    /// Over the command side.
    #[must_use]
    pub fn new(application: Arc<Application>) -> Self {
        Self { application, known: Mutex::default() }
    }
}

impl Known {
    fn lead(&mut self, event: &Event, id: LeadId, left: &mut Left<'_, Judge>) {
        match event {
            Event::Captured(captured) => {
                self.open.insert(captured.contact_id, id);
                self.contacts.insert(id, captured.contact_id);
                self.judge(id, left);
            }
            Event::CapturedAgain(_) | Event::Enriched(_) => self.judge(id, left),
            // Looked at once more, to learn when time may change it.
            Event::Scored(_) => self.judge(id, left),
            Event::Disqualified(_) | Event::Converted(_) => {
                if let Some(contact_id) = self.contacts.remove(&id)
                    && self.open.get(&contact_id) == Some(&id)
                {
                    self.open.remove(&contact_id);
                }
                left.settle(&Judge(id));
            }
            Event::Assigned(_)
            | Event::AssignmentDeclined(_)
            | Event::AssignmentTimedOut(_)
            | Event::Contacted(_)
            | Event::Qualified(_)
            | Event::Recycled(_) => {}
        }
    }

    fn judge(&self, id: LeadId, left: &mut Left<'_, Judge>) {
        if self.model.is_some() {
            left.set_now(Judge(id));
        }
    }

    fn contact(&mut self, event: &contact::Event, id: ContactId, left: &mut Left<'_, Judge>) {
        match event {
            contact::Event::SegmentSet(_) | contact::Event::SegmentCleared(_) => {
                if let Some(lead) = self.open.get(&id) {
                    self.judge(*lead, left);
                }
            }
            contact::Event::Erased(_) => {
                if let Some(lead) = self.open.remove(&id) {
                    self.contacts.remove(&lead);
                    left.settle(&Judge(lead));
                }
            }
            contact::Event::Registered(_)
            | contact::Event::NameCorrected(_)
            | contact::Event::ContactPointAdded(_)
            | contact::Event::ContactPointRemoved(_)
            | contact::Event::OwnerAssigned(_)
            | contact::Event::LifecycleStageChanged(_)
            | contact::Event::Archived(_)
            | contact::Event::Restored(_)
            | contact::Event::LegalHoldPlaced(_)
            | contact::Event::LegalHoldReleaseProposed(_)
            | contact::Event::LegalHoldReleased(_)
            | contact::Event::Disclosed(_) => {}
        }
    }

    /// What no rule looks at changes no judgement.
    fn interaction(&self, event: &interaction::Event, id: ContactId, left: &mut Left<'_, Judge>) {
        let (Some(lead), Some((_, model))) = (self.open.get(&id), &self.model) else { return };
        let Some(touch) = Touch::told(event, left.event_id(), left.came_at()) else { return };
        if model.engagement_rules.iter().any(|rule| rule.is_about(&touch)) {
            left.set_now(Judge(*lead));
        }
    }
}

/// A lead to judge.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Judge(LeadId);

impl Task for Judge {
    fn rule(&self) -> &'static str {
        "judge"
    }

    fn about(&self) -> String {
        self.0.to_string()
    }
}

#[async_trait]
impl Reactor for Scoring {
    type Task = Judge;
    const NAME: &'static str = "scoring";
    const CATEGORIES: &'static [&'static str] =
        &[ScoringModel::CATEGORY, Lead::CATEGORY, Contact::CATEGORY, Interactions::CATEGORY];
    /// Each lead is judged by itself.
    const AT_ONCE: usize = 64;

    fn fold(&self, event: &DomainEvent, left: &mut Left<'_, Judge>) {
        let mut known = self.known.lock();
        match event {
            DomainEvent::ScoringModel(scoring_model::Event::Published(published)) => {
                let Ok(id) = ScoringModelId::parse(left.stream_id()) else { return };
                known.model = Some((id, Arc::new(published.definition.clone())));
                for lead in known.open.values() {
                    left.set_now(Judge(*lead));
                }
            }
            DomainEvent::Lead(event) => {
                let Ok(id) = LeadId::parse(left.stream_id()) else { return };
                known.lead(event, id, left);
            }
            DomainEvent::Contact(event) => {
                let Ok(id) = ContactId::parse(left.stream_id()) else { return };
                known.contact(event, id, left);
            }
            DomainEvent::Interaction(event) => {
                let Ok(id) = ContactId::parse(left.stream_id()) else { return };
                known.interaction(event, id, left);
            }
            DomainEvent::Pipeline(_)
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
            | DomainEvent::RoutingPolicy(_)
            | DomainEvent::FieldSet(_)
            | DomainEvent::Task(_)
            | DomainEvent::PriceBook(_)
            | DomainEvent::Quote(_) => {}
        }
    }

    async fn act(&self, task: &Judge, call: Call) -> Result<Option<Instant>, Trouble> {
        let Some((model_id, model)) = self.known.lock().model.clone() else { return Ok(None) };
        Ok(self.application.judge_lead(&task.0, (model_id, &model), call).await?)
    }
}
