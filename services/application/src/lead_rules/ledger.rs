//! Who has which leads, and who got how many on a day: a fold of what happened to leads.

use std::collections::{BTreeMap, VecDeque};

use rapport_domain::id::LeadId;
use rapport_domain::lead::{Event, Holder};
use rapport_domain::routing_policy::{Decision, Definition, Ledger, route};
use rapport_domain::value::{Date, Key, Reference};

use super::KnownLead;

/// The books.
#[derive(Default)]
pub(crate) struct Books {
    leads: BTreeMap<LeadId, Entry>,
    open: BTreeMap<Reference, u32>,
    /// How many leads everybody got on the last day on which they got one.
    got: BTreeMap<Reference, (Date, u32)>,
    last: BTreeMap<Key, Reference>,
    /// Who was chosen, in the order of the choices, from the first one on that is not in the log yet.
    chosen: VecDeque<Choice>,
}

/// That somebody was chosen for a lead.
struct Choice {
    lead: LeadId,
    rule: Key,
    owner: Reference,
    is_logged: bool,
}

/// A lead that is not over.
#[derive(Default)]
struct Entry {
    holder: Option<Holder>,
    number: u32,
    /// That nothing is done for it now.
    rests: Option<Rest>,
}

/// The rest of a lead.
struct Rest {
    /// The day on which it is over, where that was said.
    until: Option<Date>,
}

impl Entry {
    const fn is_nowhere(&self) -> bool {
        self.holder.is_none() && self.rests.is_none()
    }
}

impl Books {
    /// Something happened to a lead, and came to the log on a day.
    pub(crate) fn take(&mut self, id: LeadId, event: &Event, day: Date) {
        match event {
            Event::Captured(_) => {
                self.leads.insert(id, Entry::default());
            }
            Event::Assigned(assigned) => {
                self.hand(id, Some(assigned.to.clone()), assigned.number);
                let rule = assigned.routing.as_ref().and_then(|routing| routing.rule.as_ref());
                self.came_true(id, assigned.to.owner(), rule);
                if let Holder::Owner(owner) = &assigned.to {
                    self.count(owner, day);
                }
            }
            Event::AssignmentDeclined(declined) => self.hand(id, None, declined.number),
            Event::AssignmentTimedOut(timed_out) => self.hand(id, None, timed_out.number),
            Event::Recycled(recycled) => {
                let number = self.assignment(id);
                self.give_up(id);
                self.hand(id, None, number);
                self.rest(id, Some(Rest { until: recycled.until }));
            }
            Event::CapturedAgain(_) | Event::Contacted(_) | Event::Qualified(_) => self.rest(id, None),
            Event::Disqualified(_) | Event::Converted(_) => {
                self.give_up(id);
                self.hand(id, None, 0);
                self.leads.remove(&id);
            }
            Event::Enriched(_) | Event::Scored(_) => {}
        }
    }

    fn hand(&mut self, id: LeadId, holder: Option<Holder>, number: u32) {
        let Some(entry) = self.leads.get_mut(&id) else { return };
        entry.number = number;
        entry.rests = None;
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

    fn rest(&mut self, id: LeadId, rests: Option<Rest>) {
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
    pub(crate) fn assignment(&self, id: LeadId) -> u32 {
        self.leads.get(&id).map_or(0, |entry| entry.number)
    }

    /// Whether a lead is not over, and nobody owns it.
    pub(crate) fn is_unowned(&self, id: LeadId) -> bool {
        let owner = |entry: &Entry| entry.holder.as_ref().and_then(Holder::owner).is_some();
        self.leads.get(&id).is_some_and(|entry| !owner(entry))
    }

    /// Whether somebody should be working on a lead, and nobody owns it.
    pub(crate) fn waits(&self, id: LeadId) -> bool {
        self.is_unowned(id) && self.leads.get(&id).is_some_and(|entry| entry.rests.is_none())
    }

    /// Whether somebody should be working on a lead, and it is not even in a queue.
    pub(crate) fn is_nowhere(&self, id: LeadId) -> bool {
        self.leads.get(&id).is_some_and(Entry::is_nowhere)
    }

    /// Every such lead.
    pub(crate) fn nowhere(&self) -> impl Iterator<Item = LeadId> {
        self.leads.iter().filter(|(_, entry)| entry.is_nowhere()).map(|(id, _)| *id)
    }

    /// Every lead that rests until a day.
    pub(crate) fn resting(&self) -> impl Iterator<Item = (LeadId, Date)> {
        self.leads.iter().filter_map(|(id, entry)| Some((*id, entry.rests.as_ref()?.until?)))
    }

    /// Whom a policy chooses for a lead on a day. It is theirs from now on, until the log says so or it is given up. Asked again
    /// meanwhile, the choice keeps its place in the order.
    pub(crate) fn choose(
        &mut self,
        id: LeadId,
        policy: &Definition,
        lead: &KnownLead,
        today: Date,
    ) -> Decision {
        let place = self.open_choice(id).unwrap_or(self.chosen.len());
        let decision = route(policy, &lead.facts, &lead.standing, &self.ledger_at(today, place));
        self.give_up(id);
        if let (Holder::Owner(owner), Some(rule)) = (&decision.to, &decision.rule) {
            let choice = Choice { lead: id, rule: rule.clone(), owner: owner.clone(), is_logged: false };
            self.chosen.insert(place.min(self.chosen.len()), choice);
        }
        decision
    }

    /// Forgets whom was chosen for a lead, where the log does not say so yet.
    pub(crate) fn give_up(&mut self, id: LeadId) {
        if let Some(place) = self.open_choice(id) {
            self.chosen.remove(place);
        }
    }

    fn open_choice(&self, id: LeadId) -> Option<usize> {
        self.chosen.iter().position(|choice| choice.lead == id && !choice.is_logged)
    }

    /// The log says who got a lead. Whom a rule chose last follows the order of the choices: what was chosen side by side may
    /// come to the log in another one.
    fn came_true(&mut self, id: LeadId, owner: Option<&Reference>, rule: Option<&Key>) {
        let place = self.open_choice(id);
        match place.and_then(|place| self.chosen.get_mut(place)) {
            Some(choice) if Some(&choice.owner) == owner && Some(&choice.rule) == rule => {
                choice.is_logged = true;
            }
            Some(_) | None => {
                self.give_up(id);
                self.last.extend(rule.cloned().zip(owner.cloned()));
            }
        }
        while let Some(choice) = self.chosen.pop_front_if(|choice| choice.is_logged) {
            self.last.insert(choice.rule, choice.owner);
        }
    }

    /// What a policy looks at on a day.
    pub(crate) fn ledger(&self, today: Date) -> Ledger {
        self.ledger_at(today, self.chosen.len())
    }

    /// The same for the choice at a place in the order.
    fn ledger_at(&self, today: Date, place: usize) -> Ledger {
        let got = self.got.iter().filter(|(_, (day, _))| *day == today);
        let mut ledger = Ledger {
            open: self.open.clone(),
            today: got.map(|(owner, (_, count))| (owner.clone(), *count)).collect(),
            last: self.last.clone(),
        };
        for (at, Choice { rule, owner, is_logged, .. }) in self.chosen.iter().enumerate() {
            if at != place && !is_logged {
                for counted in [&mut ledger.open, &mut ledger.today] {
                    let count = counted.entry(owner.clone()).or_default();
                    *count = count.saturating_add(1);
                }
            }
            if at < place {
                ledger.last.insert(rule.clone(), owner.clone());
            }
        }
        ledger
    }
}
