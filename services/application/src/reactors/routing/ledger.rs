//! Who has which leads, and who got how many on a day: a fold of what happened to leads.

use std::collections::BTreeMap;

use rapport_domain::id::LeadId;
use rapport_domain::lead::{Event, Holder};
use rapport_domain::routing_policy::Ledger;
use rapport_domain::value::{Date, Key, Reference};

/// The books.
#[derive(Default)]
pub(super) struct Books {
    leads: BTreeMap<LeadId, Entry>,
    open: BTreeMap<Reference, u32>,
    /// How many leads everybody got on the last day on which they got one.
    got: BTreeMap<Reference, (Date, u32)>,
    last: BTreeMap<Key, Reference>,
}

/// A lead that is not over.
#[derive(Default)]
struct Entry {
    holder: Option<Holder>,
    number: u32,
    /// Nothing is done for it now.
    rests: bool,
}

impl Entry {
    const fn is_nowhere(&self) -> bool {
        self.holder.is_none() && !self.rests
    }
}

impl Books {
    /// Something happened to a lead, and came to the log on a day.
    pub(super) fn take(&mut self, id: LeadId, event: &Event, day: Date) {
        match event {
            Event::Captured(_) => {
                self.leads.insert(id, Entry::default());
            }
            Event::Assigned(assigned) => {
                self.hand(id, Some(assigned.to.clone()), assigned.number);
                if let Holder::Owner(owner) = &assigned.to {
                    let rule = assigned.routing.as_ref().and_then(|routing| routing.rule.clone());
                    self.last.extend(rule.map(|rule| (rule, owner.clone())));
                    self.count(owner, day);
                }
            }
            Event::AssignmentDeclined(declined) => self.hand(id, None, declined.number),
            Event::AssignmentTimedOut(timed_out) => self.hand(id, None, timed_out.number),
            Event::Recycled(_) => {
                let number = self.assignment(id);
                self.hand(id, None, number);
                self.rest(id, true);
            }
            Event::CapturedAgain(_) | Event::Contacted(_) | Event::Qualified(_) => self.rest(id, false),
            Event::Disqualified(_) | Event::Converted(_) => {
                self.hand(id, None, 0);
                self.leads.remove(&id);
            }
            Event::Enriched(_) | Event::Scored(_) => {}
        }
    }

    fn hand(&mut self, id: LeadId, holder: Option<Holder>, number: u32) {
        let Some(entry) = self.leads.get_mut(&id) else { return };
        entry.number = number;
        entry.rests = false;
        let before = std::mem::replace(&mut entry.holder, holder.clone());
        if let Some(Holder::Owner(owner)) = before
            && let Some(count) = self.open.get_mut(&owner)
        {
            *count = count.saturating_sub(1);
        }
        if let Some(Holder::Owner(owner)) = holder {
            let count = self.open.entry(owner).or_default();
            *count = count.saturating_add(1);
        }
    }

    fn rest(&mut self, id: LeadId, rests: bool) {
        if let Some(entry) = self.leads.get_mut(&id) {
            entry.rests = rests;
        }
    }

    fn count(&mut self, owner: &Reference, day: Date) {
        let (known, count) = self.got.entry(owner.clone()).or_insert((day, 0));
        if *known != day {
            (*known, *count) = (day, 0);
        }
        *count = count.saturating_add(1);
    }

    /// Which assignment of a lead was the last one.
    pub(super) fn assignment(&self, id: LeadId) -> u32 {
        self.leads.get(&id).map_or(0, |entry| entry.number)
    }

    /// Whether a lead is not over, and nobody owns it.
    pub(super) fn is_unowned(&self, id: LeadId) -> bool {
        let owner = |entry: &Entry| entry.holder.as_ref().and_then(Holder::owner).is_some();
        self.leads.get(&id).is_some_and(|entry| !owner(entry))
    }

    /// Whether somebody should be working on a lead, and nobody owns it.
    pub(super) fn waits(&self, id: LeadId) -> bool {
        self.is_unowned(id) && self.leads.get(&id).is_some_and(|entry| !entry.rests)
    }

    /// Whether somebody should be working on a lead, and it is not even in a queue.
    pub(super) fn is_nowhere(&self, id: LeadId) -> bool {
        self.leads.get(&id).is_some_and(Entry::is_nowhere)
    }

    /// Every such lead.
    pub(super) fn nowhere(&self) -> Vec<LeadId> {
        self.leads.iter().filter(|(_, entry)| entry.is_nowhere()).map(|(id, _)| *id).collect()
    }

    /// What a policy looks at on a day.
    pub(super) fn ledger(&self, today: Date) -> Ledger {
        let got = self.got.iter().filter(|(_, (day, _))| *day == today);
        Ledger {
            open: self.open.clone(),
            today: got.map(|(owner, (_, count))| (owner.clone(), *count)).collect(),
            last: self.last.clone(),
        }
    }
}
