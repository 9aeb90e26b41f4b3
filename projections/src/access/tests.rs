//! Given that personal data was read, when a subject asks by whom, then every time is told, the last one first.

mod requests;

use std::collections::BTreeMap;

use rapport_domain::StoredEvent as _;
use rapport_domain::access::{Denied, Event, Recorded};
use rapport_domain::envelope::StreamId;

use super::query::{denials, of};
use super::*;
use crate::testing::{FIRST_RECORDED_AT, History, Model, actor, all_pages, at, contact, first_page, label};

const BEGIN: &str = "2026-01-01T00:00:00Z";

fn add(history: &mut History, event: impl Into<Event>) {
    let event = event.into();
    let data = event.encode().unwrap().to_string();
    let stream = StreamId::parse("access-2026-01-01").unwrap();
    history.add_raw(stream, event.event_type(), at(BEGIN), data);
}

fn read(rpc: &str, subjects: &[&str], classes: &[DataClass]) -> Recorded {
    Recorded {
        rpc: label(rpc),
        subjects: subjects.iter().map(|name| contact(name)).collect(),
        classes: classes.iter().copied().collect(),
        purpose: None,
        permitted: None,
        cases: BTreeMap::new(),
    }
}

fn basis() -> Basis {
    let policies = ["support.opens-with-a-case".to_owned()].into();
    Basis { policies, policies_sha256: "ab".repeat(32) }
}

#[test]
fn an_access_is_told_to_each_of_its_subjects_as_it_was_written_down() {
    let mut history = History::new();
    let printer = CaseId::derived("tests", "printer");
    let with_case = Recorded {
        purpose: Some(label("CASE-7")),
        permitted: Some(basis()),
        cases: [(contact("ann"), [printer].into())].into(),
        ..read("GetContact", &["ann", "bob"], &[DataClass::Contact, DataClass::Notes])
    };
    add(&mut history, with_case);
    let model = Model::of(AccessProjection, &history);
    let expected = |cases: &[CaseId]| Access {
        position: Position(1),
        recorded_at: at(FIRST_RECORDED_AT),
        actor: actor(),
        rpc: label("GetContact"),
        classes: [DataClass::Contact, DataClass::Notes].into(),
        purpose: Some(label("CASE-7")),
        permitted: Some(basis()),
        cases: cases.iter().copied().collect(),
        subjects: 2,
    };
    for (name, cases) in [("ann", [printer].as_slice()), ("bob", &[])] {
        let told = of(&model.connection, contact(name), &first_page()).unwrap().items;
        assert_eq!(told, [expected(cases)], "{name} is told of their own cases only");
    }
    assert_eq!(of(&model.connection, contact("eve"), &first_page()).unwrap().items, []);
}

#[test]
fn the_last_access_comes_first_and_pages_leave_none_out() {
    let mut history = History::new();
    for (rpc, subjects) in
        [("A", &["ann"][..]), ("B", &["bob"]), ("C", &["ann", "bob"]), ("D", &["ann"]), ("E", &["ann"])]
    {
        add(&mut history, read(rpc, subjects, &[DataClass::Contact]));
    }
    let model = Model::of(AccessProjection, &history);
    for size in [1, 2, 3, 200] {
        let listed = all_pages(size, |page| of(&model.connection, contact("ann"), page));
        let rpcs: Vec<&str> = listed.iter().map(|access| access.rpc.as_str()).collect();
        assert_eq!(rpcs, ["E", "D", "C", "A"], "pages of {size}");
    }
}

#[test]
fn what_was_denied_is_no_access_and_is_told_as_it_was_written_down() {
    let mut history = History::new();
    let denied = |rpc, unwritten| Denied {
        rpc: label(rpc),
        personal: true,
        unwritten,
        purpose: None,
        denied: Some(basis()),
    };
    add(&mut history, denied("Export", 0));
    add(&mut history, Denied { personal: false, purpose: Some(label("CASE-7")), ..denied("GetHead", 0) });
    add(&mut history, denied("Export", 17));
    let model = Model::of(AccessProjection, &history);
    assert_eq!(of(&model.connection, contact("ann"), &first_page()).unwrap().items, []);
    for size in [1, 2, 200] {
        let listed = all_pages(size, |page| denials(&model.connection, page));
        let told: Vec<_> = listed
            .iter()
            .map(|denial| {
                (
                    denial.position.0,
                    denial.rpc.as_str(),
                    denial.personal,
                    denial.unwritten,
                    denial.purpose.as_ref(),
                )
            })
            .collect();
        let case = label("CASE-7");
        let expected = [
            (3, "Export", true, 17, None),
            (2, "GetHead", false, 0, Some(&case)),
            (1, "Export", true, 0, None),
        ];
        assert_eq!(told, expected, "pages of {size}");
        assert!(listed.iter().all(|denial| denial.actor == actor() && denial.denied == Some(basis())));
        assert_eq!(listed[2].recorded_at, at(FIRST_RECORDED_AT));
    }
}
