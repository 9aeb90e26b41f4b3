//! Which leads want a task, and which tasks are open: a fold of the log.

use std::collections::BTreeMap;

use rapport_domain::id::{LeadId, TaskId};
use rapport_domain::lead::{self, Holder};
use rapport_domain::task::{self, About};

use super::Step;
use crate::tasks::{FirstContact, first_contact_id, is_first_contact};

/// What changes on the agenda.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// This is to be done.
    Todo(Step),
    /// This is done, or to be done no more.
    Settled(Step),
}

/// The leads that somebody has, or has had, a task for.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    leads: BTreeMap<LeadId, Entry>,
    open: BTreeMap<TaskId, LeadId>,
}

/// A lead.
#[derive(Debug, Default)]
struct Entry {
    /// The task of the assignment that counts; none once something was done, or while nobody has the lead.
    wanted: Option<FirstContact>,
    /// Whether that task was made.
    is_made: bool,
    /// Whether the company has reached out, or the lead is qualified or over.
    is_done: bool,
    /// Its tasks that are open: one, or for a moment two.
    open: Vec<TaskId>,
}

impl Ledger {
    /// The task that a lead wants.
    pub(super) fn wanted(&self, lead: LeadId) -> Option<FirstContact> {
        self.leads.get(&lead)?.wanted.clone()
    }

    /// Something happened to a lead.
    pub(super) fn lead(&mut self, id: LeadId, event: &lead::Event) -> Vec<Change> {
        use lead::Event;
        if !self.leads.contains_key(&id) && !matches!(event, Event::Assigned(_)) {
            return Vec::new();
        }
        let entry = self.leads.entry(id).or_default();
        match event {
            Event::Assigned(assigned) => {
                entry.is_made = false;
                entry.wanted = match &assigned.to {
                    Holder::Owner(owner) if !entry.is_done => Some(FirstContact {
                        number: assigned.number,
                        owner: owner.clone(),
                        respond_by: assigned.respond_by,
                    }),
                    Holder::Owner(_) | Holder::Queue(_) => None,
                };
            }
            Event::AssignmentDeclined(_) | Event::AssignmentTimedOut(_) => entry.wanted = None,
            Event::Recycled(_) => {
                entry.wanted = None;
                entry.is_done = false;
            }
            Event::Contacted(_) | Event::Qualified(_) | Event::Disqualified(_) | Event::Converted(_) => {
                entry.wanted = None;
                entry.is_done = true;
            }
            Event::Captured(_) | Event::CapturedAgain(_) | Event::Enriched(_) | Event::Scored(_) => {
                return Vec::new();
            }
        }
        entry.changes(id)
    }

    /// Something happened to a task.
    pub(super) fn task(&mut self, id: TaskId, event: &task::Event) -> Vec<Change> {
        use task::Event;
        match event {
            Event::Created(created) if is_first_contact(&created.details) => {
                let About::Lead(lead) = created.details.about else { return Vec::new() };
                let entry = self.leads.entry(lead).or_default();
                entry.is_made |= entry.wants(lead) == Some(id);
                entry.open.push(id);
                self.open.insert(id, lead);
                entry.changes(lead)
            }
            Event::Completed(_) | Event::Cancelled(_) => {
                let Some(lead) = self.open.remove(&id) else { return Vec::new() };
                if let Some(entry) = self.leads.get_mut(&lead) {
                    entry.open.retain(|open| *open != id);
                }
                vec![Change::Settled(Step::Complete(id)), Change::Settled(Step::Cancel(id))]
            }
            // A task that somebody reopens is theirs.
            Event::Created(_)
            | Event::Reassigned(_)
            | Event::Rescheduled(_)
            | Event::Reopened(_)
            | Event::Reminded(_)
            | Event::FellOverdue(_) => Vec::new(),
        }
    }
}

impl Entry {
    /// The id of the task that it wants.
    fn wants(&self, lead: LeadId) -> Option<TaskId> {
        self.wanted.as_ref().map(|wanted| first_contact_id(lead, wanted.number))
    }

    /// What is to be done, so that the tasks are as they are wanted.
    fn changes(&self, lead: LeadId) -> Vec<Change> {
        let wants = self.wants(lead);
        let make = if wants.is_some() && !self.is_made {
            Change::Todo(Step::Make(lead))
        } else {
            Change::Settled(Step::Make(lead))
        };
        let unwanted = self.open.iter().filter(|open| Some(**open) != wants);
        let end = |id: &TaskId| {
            let (complete, cancel) = (Step::Complete(*id), Step::Cancel(*id));
            let (end, other) = if self.is_done { (complete, cancel) } else { (cancel, complete) };
            [Change::Settled(other), Change::Todo(end)]
        };
        unwanted.flat_map(end).chain([make]).collect()
    }
}
