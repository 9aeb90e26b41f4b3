//! What holds for every routing policy, and whomever it chooses.

use std::collections::BTreeMap;

use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::{prop_assert, prop_assert_eq, proptest};
use proptest::sample::select;
use proptest::strategy::Strategy as Generated;
use uuid::Uuid;

use super::*;
use crate::criterion::{Facts, Told};
use crate::envelope::EventId;
use crate::lead::{Holder, Source};
use crate::testing::{Law, NOON, at, context};
use crate::value::Reference;

const LAW: Law<RoutingPolicy> = Law { legal, step };

/// What is in force could be published again.
fn legal(state: &State) -> bool {
    match state {
        State::Unpublished => true,
        State::Published(definition) => {
            definition.version >= 1 && draft(&Command::Publish(definition.clone())).is_ok()
        }
    }
}

/// The version in force is the one that was published last.
fn step(_before: &State, event: &Event, after: &State) -> bool {
    let Event::Published(published) = event;
    *after == State::Published(Box::new(published.definition.clone()))
}

fn owners() -> impl Generated<Value = Reference> {
    select(vec!["ann", "ben", "cem", "dan"]).prop_map(reference)
}

fn rules(fewest: u32) -> impl Generated<Value = Rule> {
    let limit = move || option::of(fewest..4_u32);
    let candidates = btree_map(owners(), (limit(), limit()), 0..4).prop_map(|all| {
        let candidate = |(owner, (capacity, daily_quota))| Candidate { owner, capacity, daily_quota };
        all.into_iter().map(candidate).collect()
    });
    let strategies = vec![Strategy::InOrder, Strategy::RoundRobin, Strategy::LeastLoad];
    ("[a-c]", select(strategies), candidates)
        .prop_map(|(name, strategy, candidates)| Rule { candidates, ..rule(&name, strategy, &[]) })
}

fn policies() -> impl Generated<Value = Definition> {
    vec(rules(0), 0..4).prop_map(|rules| policy(0, rules))
}

fn ledgers() -> impl Generated<Value = Ledger> {
    let counts = || btree_map(owners(), 0..5_u32, 0..4);
    let last = btree_map("[a-c]".prop_map(|name| key(&name)), owners(), 0..3);
    (counts(), counts(), last).prop_map(|(open, today, last)| Ledger { open, today, last })
}

proptest! {
    #[test]
    fn no_commands_lead_to_an_illegal_state_and_a_repeated_one_changes_nothing(asked in vec(policies(), 0..12)) {
        let asked = asked.into_iter().map(|policy| (publish(policy), context(at(NOON))));
        LAW.holds_for_commands(asked.collect())?;
    }

    #[test]
    fn every_history_folds_to_the_version_published_last(history in vec(policies(), 0..12)) {
        LAW.holds_for_events(&history.into_iter().map(published).collect::<Vec<_>>())?;
    }

    #[test]
    fn nobody_is_chosen_who_declined_was_late_is_full_or_over_quota_and_somebody_always_holds_it(
        rule in rules(1),
        declined_by in btree_set(owners(), 0..3),
        timed_out_by in btree_set(owners(), 0..2),
        ledger in ledgers(),
    ) {
        let source = Told { value: Source::Call, event_id: EventId(Uuid::nil()) };
        let facts = Facts { source, fields: [].into(), segments: [].into(), touches: Vec::new() };
        let standing = Standing { judged: None, declined_by, timed_out_by };
        let is_free = |candidate: &Candidate| {
            let Candidate { owner, capacity, daily_quota } = candidate;
            let count = |counts: &BTreeMap<Reference, u32>| counts.get(owner).copied().unwrap_or(0);
            !standing.declined_by.contains(owner)
                && !standing.timed_out_by.contains(owner)
                && capacity.is_none_or(|most| count(&ledger.open) < most)
                && daily_quota.is_none_or(|most| count(&ledger.today) < most)
        };
        let free: Vec<&Reference> =
            rule.candidates.iter().filter(|one| is_free(one)).map(|one| &one.owner).collect();
        let policy = policy(1, vec![rule.clone()]);
        let decision = route(&policy, &facts, &standing, &ledger);
        prop_assert_eq!(&decision, &route(&policy, &facts, &standing, &ledger));
        match &decision.to {
            Holder::Owner(owner) => prop_assert!(free.contains(&owner)),
            Holder::Queue(queue) => {
                prop_assert!(free.is_empty());
                prop_assert_eq!(queue, &policy.fallback_queue);
            }
        }
    }
}
