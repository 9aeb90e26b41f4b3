//! Which leads want a task, and which tasks are open: a fold of the log.

use std::collections::BTreeMap;

use rapport_domain::id::{LeadId, TaskId};
use rapport_domain::lead::{self, Holder};
use rapport_domain::task::{self, About};

use super::Step;
use crate::reactors::agenda::Change;
use crate::tasks::{FirstContact, first_contact_id, is_first_contact};

/// The leads that somebody has, or has had, or has reached out to, but for those that are over and have no task that is open.
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
    /// Whether the lead is over.
    is_over: bool,
    /// Its tasks that are open: one, or for a moment two.
    open: Vec<TaskId>,
}

impl Ledger {
    /// The task that a lead wants.
    pub(super) fn wanted(&self, lead: LeadId) -> Option<FirstContact> {
        self.leads.get(&lead)?.wanted.clone()
    }

    /// Something happened to a lead.
    pub(super) fn lead(&mut self, id: LeadId, event: &lead::Event) -> Vec<Change<Step>> {
        use lead::Event;
        // Whoever gets a lead that somebody has reached out to already has not to do it first.
        let begins = matches!(event, Event::Assigned(_) | Event::Contacted(_) | Event::Qualified(_));
        if !self.leads.contains_key(&id) && !begins {
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
            Event::Contacted(_) | Event::Qualified(_) => {
                entry.wanted = None;
                entry.is_done = true;
            }
            Event::Disqualified(_) | Event::Converted(_) => {
                entry.wanted = None;
                entry.is_done = true;
                entry.is_over = true;
            }
            Event::Captured(_) | Event::CapturedAgain(_) | Event::Enriched(_) | Event::Scored(_) => {
                return Vec::new();
            }
        }
        let changes = entry.changes(id);
        self.forget(id);
        changes
    }

    /// Forgets a lead of which nothing more is to be done.
    fn forget(&mut self, lead: LeadId) {
        if self.leads.get(&lead).is_some_and(|entry| entry.is_over && entry.open.is_empty()) {
            self.leads.remove(&lead);
        }
    }

    /// Something happened to a task.
    pub(super) fn task(&mut self, id: TaskId, event: &task::Event) -> Vec<Change<Step>> {
        use task::Event;
        match event {
            Event::Created(created) if is_first_contact(&created.details) => {
                let About::Lead(lead) = created.details.about else { return Vec::new() };
                // A task comes after its lead was handed over: one that is not known is over.
                let over = || Entry { is_done: true, is_over: true, ..Entry::default() };
                let entry = self.leads.entry(lead).or_insert_with(over);
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
                self.forget(lead);
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
    fn changes(&self, lead: LeadId) -> Vec<Change<Step>> {
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

#[cfg(test)]
mod tests {
    use rapport_domain::id::ContactId;
    use rapport_domain::lead::{Assigned, Converted};
    use rapport_domain::task::{Completed, Created, Details};
    use rapport_domain::value::{Key, Label, Reference};

    use super::*;

    fn lead() -> LeadId {
        LeadId::derived("tests", "lee")
    }

    fn task() -> TaskId {
        first_contact_id(lead(), 1)
    }

    fn assigned() -> lead::Event {
        let to = Holder::Owner(Reference::parse("ann").unwrap());
        Assigned { to, previous: None, number: 1, reason: None, routing: None, respond_by: None }.into()
    }

    fn converted() -> lead::Event {
        let contact_id = ContactId::derived("tests", "lee");
        Converted { contact_id, account_id: None, opportunity_id: None }.into()
    }

    fn created() -> task::Event {
        let details = Details {
            about: About::Lead(lead()),
            subject: Label::parse("First contact").unwrap(),
            owner: Reference::parse("ann").unwrap(),
            due_at: None,
            remind_at: None,
            rule: Some(Key::parse("first_contact").unwrap()),
            stage_rule: None,
        };
        Created { details }.into()
    }

    fn completed() -> task::Event {
        Completed { outcome: None }.into()
    }

    #[test]
    fn a_lead_that_is_over_is_remembered_until_its_task_is() {
        let mut ledger = Ledger::default();
        ledger.lead(lead(), &assigned());
        ledger.task(task(), &created());
        assert!(ledger.lead(lead(), &converted()).contains(&Change::Todo(Step::Complete(task()))));
        assert_eq!(ledger.leads.len(), 1);
        ledger.task(task(), &completed());
        assert!(ledger.leads.is_empty() && ledger.open.is_empty());
    }

    #[test]
    fn a_task_that_was_made_while_its_lead_ended_is_completed() {
        let mut ledger = Ledger::default();
        ledger.lead(lead(), &assigned());
        ledger.lead(lead(), &converted());
        assert!(ledger.leads.is_empty());
        assert!(ledger.task(task(), &created()).contains(&Change::Todo(Step::Complete(task()))));
        ledger.task(task(), &completed());
        assert!(ledger.leads.is_empty());
    }
}
