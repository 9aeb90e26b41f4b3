//! What a routing policy accepts and refuses, and whom it chooses.

mod choice;
mod law;

use super::*;
use crate::aggregate::Reason;
use crate::criterion::Criterion;
use crate::testing::{given, key, label, reference};

fn candidate(owner: &str) -> Candidate {
    Candidate { owner: reference(owner), capacity: None, daily_quota: None }
}

fn rule(name: &str, strategy: Strategy, owners: &[&str]) -> Rule {
    Rule {
        key: key(name),
        criteria: Vec::new(),
        rating_at_least: None,
        grades: [].into(),
        strategy,
        candidates: owners.iter().map(|owner| candidate(owner)).collect(),
    }
}

fn policy(version: u32, rules: Vec<Rule>) -> Definition {
    Definition {
        version,
        name: label("Standard"),
        calendar_id: None,
        respond_minutes: 30,
        fallback_queue: reference("inbound"),
        rules,
    }
}

fn usual(version: u32) -> Definition {
    policy(version, vec![rule("all", Strategy::RoundRobin, &["ann", "ben"])])
}

fn publish(definition: Definition) -> Command {
    Command::Publish(Box::new(definition))
}

fn published(definition: Definition) -> Event {
    Published { definition }.into()
}

/// Each definition that is refused, with the reason.
fn faulty() -> Vec<(Definition, Rejection)> {
    let one = |change: fn(&mut Rule)| {
        let mut changed = rule("all", Strategy::InOrder, &["ann", "ben"]);
        change(&mut changed);
        policy(0, vec![changed])
    };
    let many = |count: usize| (0..count).map(|n| rule(&format!("rule_{n}"), Strategy::InOrder, &["ann"]));
    let all = || key("all");
    let limit =
        |definition| (definition, Rejection::LimitOutOfRange { rule: all(), owner: reference("ben") });
    let nobody = |definition| (definition, Rejection::CandidatesOutOfRange { rule: all() });
    vec![
        (policy(0, many(RULES_MAX + 1).collect()), Rejection::TooManyRules),
        (
            policy(
                0,
                vec![rule("all", Strategy::InOrder, &["ann"]), rule("all", Strategy::LeastLoad, &["ben"])],
            ),
            Rejection::RuleRepeated { rule: all() },
        ),
        (
            one(|rule| rule.criteria = vec![Criterion::Source { one_of: [].into() }]),
            Rejection::CriterionImpossible { rule: all() },
        ),
        nobody(one(|rule| rule.candidates.clear())),
        nobody(one(|rule| rule.candidates = vec![candidate("ann"); CANDIDATES_MAX + 1])),
        (
            one(|rule| rule.candidates = vec![candidate("ann"), candidate("ann")]),
            Rejection::CandidateRepeated { rule: all(), owner: reference("ann") },
        ),
        limit(one(|rule| rule.candidates[1].capacity = Some(0))),
        limit(one(|rule| rule.candidates[1].daily_quota = Some(0))),
        (Definition { respond_minutes: 0, ..usual(0) }, Rejection::MinutesOutOfRange),
        (Definition { respond_minutes: MINUTES_MAX + 1, ..usual(0) }, Rejection::MinutesOutOfRange),
    ]
}

#[test]
fn it_is_published_in_one_version_after_another() {
    given::<RoutingPolicy>([]).when(publish(usual(9))).then([published(usual(1))]);
    given::<RoutingPolicy>([published(usual(1))])
        .when(publish(policy(0, Vec::new())))
        .then([published(policy(2, Vec::new()))]);
}

#[test]
fn published_again_as_it_is_changes_nothing() {
    given::<RoutingPolicy>([published(usual(1))]).when(publish(usual(0))).then_nothing();
}

#[test]
fn faulty_ones_are_refused_before_and_after_the_first_version() {
    for (definition, rejection) in faulty() {
        given::<RoutingPolicy>([]).when(publish(definition.clone())).then_rejected(rejection.clone());
        given::<RoutingPolicy>([published(usual(1))]).when(publish(definition)).then_rejected(rejection);
    }
}

#[test]
fn each_rejection_has_its_reason() {
    let mut reasons: Vec<&str> = faulty().into_iter().map(|(_, rejection)| rejection.reason()).collect();
    reasons.dedup();
    assert_eq!(
        reasons,
        [
            "ROUTING_POLICY_RULES_EXHAUSTED",
            "ROUTING_POLICY_RULE_REPEATED",
            "ROUTING_POLICY_CRITERION_IMPOSSIBLE",
            "ROUTING_POLICY_CANDIDATES_OUT_OF_RANGE",
            "ROUTING_POLICY_CANDIDATE_REPEATED",
            "ROUTING_POLICY_LIMIT_OUT_OF_RANGE",
            "ROUTING_POLICY_MINUTES_OUT_OF_RANGE",
        ]
    );
}
