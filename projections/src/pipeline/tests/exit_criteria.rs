//! What a deal shows of its checklist.

use rapport_domain::opportunity::{CriterionMet, CriterionRetracted, Event, Opportunity as Aggregate};

use super::*;
use crate::testing::actor;

/// A deal in `new`, and nothing met yet.
fn begun() -> Deals {
    let mut deals = Deals::new();
    let stages = [
        ("new", StageType::Open, 10, None),
        ("offer", StageType::Open, 50, None),
        ("parked", StageType::OnHold, 5, None),
    ];
    deals.publish(1, &stages).open("a", "2026-01-01T06:00:00Z", "new", Some(eur(1_000)), "ann", "east", []);
    deals
}

fn happens(deals: &mut Deals, occurred_at: &str, event: impl Into<Event>) {
    deals.history.add::<Aggregate>(&deal("a"), occurred_at, event);
}

fn met(stage: &str, criterion: &str, note: Option<&str>) -> CriterionMet {
    CriterionMet { stage: key(stage), key: key(criterion), note: note.map(label) }
}

fn retracted(stage: &str, criterion: &str) -> CriterionRetracted {
    CriterionRetracted { stage: key(stage), key: key(criterion), note: None }
}

fn shown(deals: &Deals) -> Checklist {
    opportunity(&deals.fold().connection, deal("a")).unwrap().checklist
}

/// The stage of the checklist, and the keys of what is met.
fn keys(deals: &Deals) -> (String, Vec<String>) {
    let Checklist { stage, met } = shown(deals);
    (stage.to_string(), met.iter().map(|criterion| criterion.key.to_string()).collect())
}

fn expected(stage: &str, met: &[&str]) -> (String, Vec<String>) {
    (stage.to_owned(), met.iter().map(|&name| name.to_owned()).collect())
}

#[test]
fn a_deal_shows_what_is_met_and_who_said_so() {
    let mut deals = begun();
    assert_eq!(keys(&deals), expected("new", &[]));
    happens(&mut deals, "2026-01-02T00:00:00Z", met("new", "need", Some("By phone")));
    happens(&mut deals, "2026-01-03T00:00:00Z", met("new", "budget", None));
    let entry = |criterion: &str, note: Option<&str>, time: &str| MetCriterion {
        key: key(criterion),
        note: note.map(label),
        actor: actor(),
        met_at: at(time),
    };
    let met = vec![
        entry("budget", None, "2026-01-03T00:00:00Z"),
        entry("need", Some("By phone"), "2026-01-02T00:00:00Z"),
    ];
    assert_eq!(shown(&deals), Checklist { stage: key("new"), met });
    happens(&mut deals, "2026-01-04T00:00:00Z", retracted("new", "need"));
    assert_eq!(keys(&deals), expected("new", &["budget"]));
}

#[test]
fn a_checklist_begins_anew_in_another_open_stage_and_stays_while_the_deal_waits_or_is_closed() {
    let mut deals = begun();
    happens(&mut deals, "2026-01-02T00:00:00Z", met("new", "need", None));
    deals.move_to("a", "2026-01-03T00:00:00Z", "parked");
    assert_eq!(keys(&deals), expected("new", &["need"]));
    deals.lose("a", "2026-01-04T00:00:00Z");
    assert_eq!(keys(&deals), expected("new", &["need"]));
    happens(&mut deals, "2026-01-05T00:00:00Z", met("new", "budget", None));
    assert_eq!(keys(&deals), expected("new", &["need"]), "nothing is met of a deal that is closed");
    deals.reopen("a", "2026-01-06T00:00:00Z", "new").move_to("a", "2026-01-07T00:00:00Z", "offer");
    assert_eq!(keys(&deals), expected("offer", &[]));
    happens(&mut deals, "2026-01-08T00:00:00Z", met("new", "need", None));
    assert_eq!(keys(&deals), expected("offer", &[]), "it is another stage's");
    deals.move_to("a", "2026-01-09T00:00:00Z", "new");
    assert_eq!(keys(&deals), expected("new", &[]));
}

#[test]
fn what_is_said_again_leaves_who_said_it_first() {
    let mut deals = begun();
    happens(&mut deals, "2026-01-02T00:00:00Z", met("new", "need", Some("By phone")));
    let first = shown(&deals);
    happens(&mut deals, "2026-01-03T00:00:00Z", met("new", "need", Some("By letter")));
    assert_eq!(shown(&deals), first);
}
