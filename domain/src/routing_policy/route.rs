//! Who gets a lead by a policy: the same facts give the same answer.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::state::{Candidate, Definition, Rule, Strategy};
use crate::criterion::{Facts, all_met_by};
use crate::lead::{Grade, Holder, Rating};
use crate::value::{Key, Reference};

/// What is known of a lead beside its facts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// How it was judged last, where it was.
    pub judged: Option<(Grade, Rating)>,
    /// Who gave it back.
    pub declined_by: BTreeSet<Reference>,
    /// Who did nothing for it in time.
    pub timed_out_by: BTreeSet<Reference>,
}

/// What was handed over before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    /// How many open leads everybody has.
    pub open: BTreeMap<Reference, u32>,
    /// How many leads everybody got on the day.
    pub today: BTreeMap<Reference, u32>,
    /// Whom a rule chose last.
    pub last: BTreeMap<Key, Reference>,
}

/// Who gets a lead, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Who.
    pub to: Holder,
    /// The rule that it met; nothing where it met none.
    pub rule: Option<Key>,
    /// Everybody whom the rule looked at, in its order, up to whom it chose.
    pub looked: Vec<Looked>,
}

/// Somebody whom a rule looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looked {
    /// Who.
    pub owner: Reference,
    /// Why not them; absent: they were chosen.
    pub passed_over: Option<PassedOver>,
}

/// Why somebody was passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PassedOver {
    /// They gave it back before.
    Declined,
    /// They did nothing for it in time before.
    TimedOut,
    /// They have as many open leads as they may.
    Full {
        /// How many.
        open: u32,
    },
    /// They got as many leads as they may on the day.
    OverQuota {
        /// How many.
        today: u32,
    },
}

impl fmt::Display for PassedOver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Declined => f.write_str("declined it"),
            Self::TimedOut => f.write_str("did nothing in time"),
            Self::Full { open } => write!(f, "has {open} open leads"),
            Self::OverQuota { today } => write!(f, "got {today} leads today"),
        }
    }
}

/// In words: the rule, and why others were passed over.
impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.rule {
            Some(rule) => write!(f, "rule {rule}")?,
            None => f.write_str("no rule holds")?,
        }
        for Looked { owner, passed_over } in &self.looked {
            if let Some(why) = passed_over {
                write!(f, "; {owner} {why}")?;
            }
        }
        Ok(())
    }
}

/// Who gets a lead.
#[must_use]
pub fn route(policy: &Definition, facts: &Facts, standing: &Standing, ledger: &Ledger) -> Decision {
    let fallback = || Holder::Queue(policy.fallback_queue.clone());
    let Some(rule) = policy.rules.iter().find(|rule| rule.holds(facts, standing)) else {
        return Decision { to: fallback(), rule: None, looked: Vec::new() };
    };
    let mut looked = Vec::new();
    for candidate in rule.in_turn(ledger) {
        let passed_over = candidate.passed_over(standing, ledger);
        looked.push(Looked { owner: candidate.owner.clone(), passed_over });
        if passed_over.is_none() {
            let to = Holder::Owner(candidate.owner.clone());
            return Decision { to, rule: Some(rule.key.clone()), looked };
        }
    }
    Decision { to: fallback(), rule: Some(rule.key.clone()), looked }
}

impl Rule {
    fn holds(&self, facts: &Facts, standing: &Standing) -> bool {
        let (grade, rating) = standing.judged.unzip();
        // The hottest comes first.
        let is_hot_enough =
            self.rating_at_least.is_none_or(|least| rating.is_some_and(|rating| rating <= least));
        let is_of_grade = self.grades.is_empty() || grade.is_some_and(|grade| self.grades.contains(&grade));
        is_hot_enough && is_of_grade && all_met_by(&self.criteria, facts).is_some()
    }

    /// The candidates in the order in which they are looked at.
    fn in_turn(&self, ledger: &Ledger) -> Vec<&Candidate> {
        let mut turn: Vec<&Candidate> = self.candidates.iter().collect();
        match self.strategy {
            Strategy::InOrder => {}
            Strategy::RoundRobin => {
                let last = ledger.last.get(&self.key);
                let place = turn.iter().position(|candidate| Some(&candidate.owner) == last);
                turn.rotate_left(place.map_or(0, |place| place + 1));
            }
            // Candidates of the same load keep their order.
            Strategy::LeastLoad => turn.sort_by_key(|candidate| ledger.open_of(&candidate.owner)),
        }
        turn
    }
}

impl Candidate {
    fn passed_over(&self, standing: &Standing, ledger: &Ledger) -> Option<PassedOver> {
        let (open, today) = (ledger.open_of(&self.owner), ledger.today_of(&self.owner));
        if standing.declined_by.contains(&self.owner) {
            Some(PassedOver::Declined)
        } else if standing.timed_out_by.contains(&self.owner) {
            Some(PassedOver::TimedOut)
        } else if self.capacity.is_some_and(|most| open >= most) {
            Some(PassedOver::Full { open })
        } else if self.daily_quota.is_some_and(|most| today >= most) {
            Some(PassedOver::OverQuota { today })
        } else {
            None
        }
    }
}

impl Ledger {
    fn open_of(&self, owner: &Reference) -> u32 {
        self.open.get(owner).copied().unwrap_or(0)
    }

    fn today_of(&self, owner: &Reference) -> u32 {
        self.today.get(owner).copied().unwrap_or(0)
    }
}
