//! Cases that were merged into each other at the same time. Each command saw that the other case stood for itself, and both
//! were right; the log has an order, so the merge that closed the circle is undone, whoever looks.
//!
//! Only merges that were under way together can close a circle, since no case is merged into one that is merged already. So
//! the last ones are remembered, not all.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use async_trait::async_trait;
use parking_lot::Mutex;
use rapport_domain::aggregate::Aggregate as _;
use rapport_domain::case::{Case, Event};
use rapport_domain::event::DomainEvent;
use rapport_domain::id::CaseId;
use rapport_domain::value::Instant;

use super::{Left, Reactor, Task, Trouble};
use crate::call::Call;
use crate::{Application, CaseRequest};

/// Merges that are remembered: many more than are ever under way at a time.
const MERGES_REMEMBERED_MAX: usize = 10_000;

/// Undoes a merge that closed a circle.
pub struct Circles {
    application: Arc<Application>,
    merges: Mutex<Merges>,
}

impl Circles {
    /// Over the command side.
    #[must_use]
    pub fn new(application: Arc<Application>) -> Self {
        Self { application, merges: Mutex::default() }
    }
}

/// The last merges, in the order of the log.
#[derive(Debug, Default)]
struct Merges {
    into: BTreeMap<CaseId, CaseId>,
    order: VecDeque<CaseId>,
}

impl Merges {
    /// Takes one in, and tells whether it closes a circle.
    fn add(&mut self, part: CaseId, whole: CaseId) -> bool {
        let mut last = whole;
        while let Some(next) = self.into.get(&last) {
            last = *next;
            if last == part {
                break;
            }
        }
        // What closes a circle is undone, so it is not remembered: no circle is walked for ever.
        if last == part {
            return true;
        }
        self.order.push_back(part);
        self.into.insert(part, whole);
        if self.order.len() > MERGES_REMEMBERED_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.into.remove(&oldest);
        }
        false
    }

    fn remove(&mut self, part: CaseId) {
        self.into.remove(&part);
        self.order.retain(|known| *known != part);
    }
}

/// A merge to undo.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Undo {
    part: CaseId,
    whole: CaseId,
}

impl Task for Undo {
    fn rule(&self) -> &'static str {
        "part_of_a_circle"
    }

    fn about(&self) -> String {
        self.part.to_string()
    }
}

#[async_trait]
impl Reactor for Circles {
    type Task = Undo;
    const NAME: &'static str = "circles";
    const CATEGORIES: &'static [&'static str] = &[Case::CATEGORY];

    fn fold(&self, event: &DomainEvent, left: &mut Left<'_, Undo>) {
        let DomainEvent::Case(event) = event else { return };
        let Ok(part) = CaseId::parse(left.stream_id()) else { return };
        match event {
            Event::Merged(merged) => {
                if self.merges.lock().add(part, merged.into) {
                    left.set_now(Undo { part, whole: merged.into });
                }
            }
            Event::Parted(parted) => {
                left.settle(&Undo { part, whole: parted.from });
                self.merges.lock().remove(part);
            }
            Event::Opened(_)
            | Event::Assigned(_)
            | Event::Replied(_)
            | Event::CustomerReplied(_)
            | Event::Awaited(_)
            | Event::Resumed(_)
            | Event::PriorityChanged(_)
            | Event::Escalated(_)
            | Event::TargetBreached(_)
            | Event::TargetWarned(_)
            | Event::Resolved(_)
            | Event::Reopened(_)
            | Event::Closed(_)
            | Event::BugLinked(_)
            | Event::Rated(_)
            | Event::RatingReviewed(_) => {}
        }
    }

    async fn act(&self, task: &Undo, call: Call) -> Result<Option<Instant>, Trouble> {
        self.application.case(task.part, CaseRequest::Part { from: task.whole }, call).await?;
        Ok(None)
    }
}
