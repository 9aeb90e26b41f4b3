//! Whom a policy chooses, and why.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::*;
use crate::calendar::{self, Hours, Weekday};
use crate::criterion::{Facts, Told};
use crate::envelope::EventId;
use crate::lead::{Grade, Holder, Rating, Source};
use crate::testing::at;
use crate::value::{Reference, TimeOfDay, TimeZone};

fn facts(country: &str) -> Facts {
    let event_id = EventId(Uuid::nil());
    Facts {
        source: Told { value: Source::WebForm, event_id },
        fields: [].into(),
        segments: [(key("country"), Told { value: label(country), event_id })].into(),
        touches: Vec::new(),
    }
}

fn counts(all: &[(&str, u32)]) -> BTreeMap<Reference, u32> {
    all.iter().map(|(owner, count)| (reference(owner), *count)).collect()
}

fn owner(name: &str) -> Holder {
    Holder::Owner(reference(name))
}

fn inbound() -> Holder {
    Holder::Queue(reference("inbound"))
}

fn chosen(policy: &Definition, standing: &Standing, ledger: &Ledger) -> Holder {
    route(policy, &facts("DE"), standing, ledger).to
}

#[test]
fn the_first_rule_that_a_lead_meets_is_followed() {
    let within = |name, codes: [&str; 2], owner| Rule {
        criteria: vec![Criterion::Segment { key: key("country"), one_of: codes.map(label).into() }],
        ..rule(name, Strategy::InOrder, &[owner])
    };
    let best = Rule { grades: [Grade::A1].into(), ..rule("best", Strategy::InOrder, &["fay"]) };
    let hot = Rule { rating_at_least: Some(Rating::Warm), ..rule("hot", Strategy::InOrder, &["eve"]) };
    let rules = vec![best, hot, within("dach", ["AT", "DE"], "ann"), within("benelux", ["BE", "NL"], "ben")];
    let policy = policy(1, rules);
    for (country, judged, to, by) in [
        ("DE", None, owner("ann"), Some("dach")),
        ("NL", None, owner("ben"), Some("benelux")),
        ("FR", None, inbound(), None),
        ("FR", Some((Grade::C3, Rating::Cold)), inbound(), None),
        ("FR", Some((Grade::C1, Rating::Warm)), owner("eve"), Some("hot")),
        ("DE", Some((Grade::C1, Rating::Hot)), owner("eve"), Some("hot")),
        ("DE", Some((Grade::A1, Rating::Hot)), owner("fay"), Some("best")),
    ] {
        let standing = Standing { judged, ..Standing::default() };
        let decision = route(&policy, &facts(country), &standing, &Ledger::default());
        assert_eq!((decision.to, decision.rule), (to, by.map(key)), "{country} {judged:?}");
    }
}

#[test]
fn a_round_goes_on_after_whom_it_chose_last() {
    let policy = policy(1, vec![rule("all", Strategy::RoundRobin, &["ann", "ben", "cem"])]);
    for (last, next) in [(None, "ann"), (Some("ann"), "ben"), (Some("cem"), "ann"), (Some("gone"), "ann")] {
        let last = last.map(|last| (key("all"), reference(last))).into_iter().collect();
        let ledger = Ledger { last, ..Ledger::default() };
        assert_eq!(chosen(&policy, &Standing::default(), &ledger), owner(next));
    }
}

#[test]
fn the_least_load_is_that_of_open_leads_and_of_equals_the_first_is_chosen() {
    let policy = policy(1, vec![rule("all", Strategy::LeastLoad, &["ann", "ben", "cem"])]);
    for (open, next) in [
        (counts(&[]), "ann"),
        (counts(&[("ann", 1)]), "ben"),
        (counts(&[("ann", 3), ("ben", 2), ("cem", 1)]), "cem"),
        (counts(&[("ann", 2), ("ben", 1), ("cem", 1)]), "ben"),
    ] {
        let ledger = Ledger { open, ..Ledger::default() };
        assert_eq!(chosen(&policy, &Standing::default(), &ledger), owner(next));
    }
}

#[test]
fn whoever_declined_was_late_is_full_or_has_had_enough_for_the_day_is_passed_over_and_it_is_said_why() {
    let names = ["ann", "ben", "cem", "dan"];
    let mut team = rule("team", Strategy::InOrder, &names);
    team.candidates[2].capacity = Some(20);
    team.candidates[3].daily_quota = Some(5);
    let policy = policy(1, vec![team]);
    let standing = Standing {
        judged: None,
        declined_by: [reference("ann")].into(),
        timed_out_by: [reference("ben")].into(),
    };
    let ledger = Ledger { open: counts(&[("cem", 20)]), today: counts(&[("dan", 5)]), ..Ledger::default() };
    let decision = route(&policy, &facts("DE"), &standing, &ledger);
    let why = [
        PassedOver::Declined,
        PassedOver::TimedOut,
        PassedOver::Full { open: 20 },
        PassedOver::OverQuota { today: 5 },
    ];
    let looked =
        names.iter().zip(why).map(|(name, why)| Looked { owner: reference(name), passed_over: Some(why) });
    assert_eq!(decision.to, inbound());
    assert_eq!(decision.looked, looked.collect::<Vec<_>>());
    assert_eq!(
        decision.to_string(),
        "rule team; ann declined it; ben did nothing in time; cem has 20 open leads; dan got 5 leads today"
    );
    let room = Ledger { open: counts(&[("cem", 19)]), today: counts(&[("dan", 4)]), ..Ledger::default() };
    let decision = route(&policy, &facts("DE"), &standing, &room);
    assert_eq!(decision.to, owner("cem"));
    assert_eq!(decision.to_string(), "rule team; ann declined it; ben did nothing in time");
}

#[test]
fn the_time_to_respond_is_counted_by_the_calendar_where_there_is_one() {
    let time = |text| TimeOfDay::parse(text).unwrap();
    let calendar = calendar::Definition {
        version: 1,
        name: label("Mondays"),
        time_zone: TimeZone::parse("UTC").unwrap(),
        hours: vec![Hours { day: Weekday::Monday, from: time("09:00"), to: time("17:00") }],
        holidays: [].into(),
    };
    let saturday = at("2026-11-21T12:00:00Z");
    assert_eq!(usual(1).respond_by(None, saturday), at("2026-11-21T12:30:00Z"));
    assert_eq!(usual(1).respond_by(Some(&calendar), saturday), at("2026-11-23T09:30:00Z"));
}
