//! The clocks of cases: notes in a case that little time is left for a promise, or that it was not kept.
//!
//! The times are those that the case's own events carry, by working time, so a pause moves them and a later version of a
//! policy does not. What was due before anybody told of it is history: an import of old cases notes nothing. Whether it
//! was kept is judged by when it was done, as of all cases.

use std::sync::Arc;

use async_trait::async_trait;
use rapport_domain::aggregate::Aggregate as _;
use rapport_domain::case::{Case, Event};
use rapport_domain::event::DomainEvent;
use rapport_domain::id::CaseId;
use rapport_domain::sla_policy::{Clock, Target, missed_from};
use rapport_domain::value::Instant;

use super::{Left, Press, Pressing, Reactor, Task, Trouble};
use crate::call::Call;
use crate::{Application, CaseRequest};

/// A promise: to which case, and what.
type Promise = (CaseId, Target);

/// Notes what becomes of each promise to a case that is not solved.
pub struct Promises {
    application: Arc<Application>,
    pressing: Arc<Pressing<Promise>>,
}

impl Promises {
    /// Over the command side.
    #[must_use]
    pub fn new(application: Arc<Application>) -> Self {
        Self { application, pressing: Arc::default() }
    }

    /// What was noted and is open, for whoever watches.
    #[must_use]
    pub fn pressing(&self) -> Arc<Pressing<Promise>> {
        Arc::clone(&self.pressing)
    }

    /// What is promised from now on.
    fn watch(&self, id: CaseId, clock: Option<&Clock>, left: &mut Left<'_, Note>) {
        let Some(clock) = clock else { return };
        for target in Target::ALL {
            let missed_from = clock.due.of(target).map(missed_from);
            left.set_or_settle(Note { id, target, press: Press::DueSoon }, clock.warn.of(target));
            left.set_or_settle(Note { id, target, press: Press::Overdue }, missed_from);
            match (missed_from, clock.warn.of(target)) {
                (None, _) | (Some(_), Some(_)) => self.pressing.note((id, target), None),
                (Some(missed), None) if missed > left.came_at() => self.pressing.ease(&(id, target)),
                (Some(_), None) => {}
            }
        }
    }

    /// A promise was kept, or is none any more.
    fn keep(&self, id: CaseId, target: Target, left: &mut Left<'_, Note>) {
        for press in [Press::DueSoon, Press::Overdue] {
            left.settle(&Note { id, target, press });
        }
        self.pressing.note((id, target), None);
    }
}

/// A note that is due.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Note {
    id: CaseId,
    target: Target,
    press: Press,
}

impl Task for Note {
    fn rule(&self) -> &'static str {
        match (self.press, self.target) {
            (Press::DueSoon, Target::FirstResponse) => "warn_of_first_response",
            (Press::DueSoon, Target::NextResponse) => "warn_of_next_response",
            (Press::DueSoon, Target::Resolution) => "warn_of_resolution",
            (Press::Overdue, Target::FirstResponse) => "note_missed_first_response",
            (Press::Overdue, Target::NextResponse) => "note_missed_next_response",
            (Press::Overdue, Target::Resolution) => "note_missed_resolution",
        }
    }

    fn about(&self) -> String {
        self.id.to_string()
    }
}

#[async_trait]
impl Reactor for Promises {
    type Task = Note;
    const NAME: &'static str = "promises";
    const CATEGORIES: &'static [&'static str] = &[Case::CATEGORY];

    fn fold(&self, event: &DomainEvent, left: &mut Left<'_, Note>) {
        let DomainEvent::Case(event) = event else { return };
        let Ok(id) = CaseId::parse(left.stream_id()) else { return };
        match event {
            Event::Opened(opened) => self.watch(id, opened.clock.as_deref(), left),
            Event::CustomerReplied(replied) => self.watch(id, replied.clock.as_ref(), left),
            Event::Resumed(resumed) => self.watch(id, resumed.clock.as_ref(), left),
            Event::PriorityChanged(changed) => self.watch(id, changed.clock.as_ref(), left),
            Event::Reopened(reopened) => self.watch(id, reopened.clock.as_ref(), left),
            Event::Parted(parted) => self.watch(id, parted.clock.as_ref(), left),
            Event::Replied(_) => {
                self.keep(id, Target::FirstResponse, left);
                self.keep(id, Target::NextResponse, left);
            }
            Event::Awaited(awaited) => {
                if let Some(stopped_at) = awaited.stopped_at {
                    for target in Target::ALL {
                        for press in [Press::DueSoon, Press::Overdue] {
                            left.settle_after(&Note { id, target, press }, stopped_at);
                        }
                    }
                }
            }
            Event::TargetWarned(warned) => {
                self.pressing.note((id, warned.target), Some(Press::DueSoon));
                left.settle(&Note { id, target: warned.target, press: Press::DueSoon });
            }
            Event::TargetBreached(breached) => {
                if breached.due_at.is_some() {
                    self.pressing.note((id, breached.target), Some(Press::Overdue));
                    left.settle(&Note { id, target: breached.target, press: Press::Overdue });
                }
            }
            Event::Resolved(_) | Event::Merged(_) => {
                for target in Target::ALL {
                    self.keep(id, target, left);
                }
            }
            Event::Assigned(_)
            | Event::Escalated(_)
            | Event::Closed(_)
            | Event::BugLinked(_)
            | Event::Rated(_)
            | Event::RatingReviewed(_) => {}
        }
    }

    async fn act(&self, task: &Note, call: Call) -> Result<Option<Instant>, Trouble> {
        let target = task.target;
        let request = match task.press {
            Press::DueSoon => CaseRequest::NoteWarned { target },
            Press::Overdue => CaseRequest::NoteMissed { target },
        };
        self.application.case(task.id, request, call).await?;
        Ok(None)
    }
}
