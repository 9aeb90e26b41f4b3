//! Given cases, when they are asked for, then this is how they stand, and what is due.

mod model;

use rapport_domain::case::{
    self, Assigned, Awaited, Closed, CustomerReplied, Event, Merged, Opened, PriorityChanged, Rated, Rating,
    RatingReviewed, Reopened, Replied, Resolved, Resumed, TargetBreached,
};
use rapport_domain::sla_policy::Clock;

use super::query::{case as found, list};
use super::*;
use crate::query::Thing;
use crate::testing::{History, Model, all_pages, at, contact, first_page, label, month, reference};

const MONDAY: &str = "2026-11-23T09:00:00Z";

fn id(name: &str) -> CaseId {
    CaseId::derived("tests", name)
}

fn said(name: &str) -> InteractionId {
    InteractionId::derived("tests", name)
}

fn terms() -> Terms {
    let policy_id = SlaPolicyId::derived("tests", "standard");
    Terms { policy_id, policy_version: 2, calendar_version: Some(3) }
}

fn clock(first: Option<&str>, next: Option<&str>, resolution: Option<&str>) -> Option<Clock> {
    let due =
        Due { first_response: first.map(at), next_response: next.map(at), resolution: resolution.map(at) };
    Some(Clock { terms: terms(), due, warn: Due::default(), goes_up: None })
}

fn opened(clock: Option<Clock>) -> Opened {
    Opened {
        contact_id: Some(contact("ann")),
        channel: Channel::Email,
        title: label("The printer is on fire"),
        kind: Kind::Incident,
        priority: Priority::Urgent,
        opened_at: None,
        group: Some(reference("first")),
        assignee: None,
        product: None,
        source: None,
        split_from: None,
        interaction_id: None,
        clock: clock.map(Box::new),
        segments: Segments::new(),
    }
}

/// Promised: an answer at ten, a solution at noon.
fn promised() -> Opened {
    opened(clock(Some("2026-11-23T10:00:00Z"), None, Some("2026-11-23T12:00:00Z")))
}

/// A case, and what happened to it when.
fn history<const N: usize>(opened: Opened, events: [(&str, Event); N]) -> History {
    let mut history = History::new();
    history.add::<case::Case>(&id("1"), MONDAY, opened);
    for (occurred_at, event) in events {
        history.add::<case::Case>(&id("1"), occurred_at, event);
    }
    history
}

fn after<const N: usize>(opened: Opened, events: [(&str, Event); N]) -> Case {
    let model = Model::of(CaseProjection, &history(opened, events));
    found(&model.connection, id("1"), &first_page()).unwrap().0
}

fn due(model: &Model<CaseProjection>, filter: &DueFilter) -> Vec<(Target, String)> {
    let listed = all_pages(1, |page| due::list(&model.connection, filter, page));
    listed.into_iter().map(|promise| (promise.target, promise.due_at.to_string())).collect()
}

#[test]
fn an_answer_in_time_keeps_its_promise_and_one_too_late_does_not() {
    let replied = |when| after(promised(), [(when, Replied { interaction_id: said("answer") }.into())]);
    let in_time = replied("2026-11-23T10:00:00Z");
    assert_eq!((in_time.breached.len(), in_time.due.first_response), (0, None));
    assert_eq!(in_time.first_responded_at, Some(at("2026-11-23T10:00:00Z")));
    let late = replied("2026-11-23T10:00:01Z");
    assert_eq!(late.breached, [Target::FirstResponse].into());
}

#[test]
fn a_next_answer_is_judged_by_its_own_promise() {
    let heard = CustomerReplied {
        interaction_id: said("second"),
        clock: clock(None, Some("2026-11-23T10:30:00Z"), Some("2026-11-23T12:00:00Z")),
    };
    let answered = |when| {
        after(
            promised(),
            [
                ("2026-11-23T09:30:00Z", Replied { interaction_id: said("answer") }.into()),
                ("2026-11-23T10:00:00Z", heard.clone().into()),
                (when, Replied { interaction_id: said("more") }.into()),
            ],
        )
    };
    assert_eq!(answered("2026-11-23T10:30:00Z").breached.len(), 0);
    assert_eq!(answered("2026-11-23T11:00:00Z").breached, [Target::NextResponse].into());
}

#[test]
fn a_solution_is_judged_when_it_comes_and_not_while_the_clock_stands_still() {
    let resolved: Event = Resolved { resolution: Some(label("put out")) }.into();
    let late = after(promised(), [("2026-11-23T13:00:00Z", resolved.clone())]);
    assert_eq!(late.breached, [Target::Resolution].into());
    assert_eq!((late.status, late.resolved_at), (CaseStatus::Resolved, Some(at("2026-11-23T13:00:00Z"))));
    let waits = Awaited { wait: Wait::Customer, stopped_at: Some(at("2026-11-23T11:00:00Z")) };
    let waited = [("2026-11-23T11:00:00Z", waits.into()), ("2026-11-25T13:00:00Z", resolved)];
    assert_eq!(after(promised(), waited).breached.len(), 0);
}

#[test]
fn what_was_overdue_is_too_late_whatever_is_promised_afterwards() {
    let changed = PriorityChanged {
        from: Priority::Urgent,
        to: Priority::Low,
        clock: clock(None, None, Some("2026-11-30T12:00:00Z")),
    };
    let case = after(promised(), [("2026-11-23T11:00:00Z", changed.into())]);
    assert_eq!((case.priority, case.breached), (Priority::Low, [Target::FirstResponse].into()));
}

#[test]
fn what_is_due_first_comes_first_and_nothing_is_due_of_what_waits_or_is_solved() {
    let both = [
        (Target::FirstResponse, "2026-11-23T10:00:00.000000Z".to_owned()),
        (Target::Resolution, "2026-11-23T12:00:00.000000Z".to_owned()),
    ];
    let model = |events: Vec<Event>| {
        let mut history = history(promised(), []);
        for event in events {
            history.add::<case::Case>(&id("1"), MONDAY, event);
        }
        Model::of(CaseProjection, &history)
    };
    assert_eq!(due(&model(vec![]), &DueFilter::default()), both);
    let before = DueFilter { due_before: Some(at("2026-11-23T12:00:00Z")), ..DueFilter::default() };
    assert_eq!(due(&model(vec![]), &before), both[..1]);
    let of = |group: &str| DueFilter { group: Some(reference(group)), ..DueFilter::default() };
    assert_eq!(due(&model(vec![]), &of("first")).len(), 2);
    assert_eq!(due(&model(vec![]), &of("second")), []);
    let waits: Event = Awaited { wait: Wait::Customer, stopped_at: Some(at(MONDAY)) }.into();
    assert_eq!(due(&model(vec![waits.clone()]), &DueFilter::default()), []);
    let goes_on: Event = Resumed { clock: clock(None, None, Some("2026-11-24T12:00:00Z")) }.into();
    assert_eq!(due(&model(vec![waits, goes_on]), &DueFilter::default()).len(), 1);
    assert_eq!(due(&model(vec![Resolved { resolution: None }.into()]), &DueFilter::default()), []);
}

#[test]
fn queues_are_those_of_a_group_or_of_somebody_and_hold_what_is_not_solved() {
    let mut history = History::new();
    for name in ["1", "2", "3", "4"] {
        history.add::<case::Case>(&id(name), MONDAY, opened(None));
    }
    let to_bob = Assigned {
        group: Some(reference("second")),
        assignee: Some(reference("bob")),
        previous_group: Some(reference("first")),
        previous_assignee: None,
        interaction_id: None,
    };
    history.add::<case::Case>(&id("2"), MONDAY, to_bob);
    history.add::<case::Case>(&id("3"), MONDAY, Resolved { resolution: None });
    let model = Model::of(CaseProjection, &history);
    let ids = |filter: CaseFilter| {
        let cases = all_pages(1, |page| list(&model.connection, &filter, page));
        cases.into_iter().map(|case| case.case_id).collect::<Vec<_>>()
    };
    let unsolved = CaseFilter { unsolved: true, ..CaseFilter::default() };
    assert_eq!(ids(CaseFilter { group: Some(reference("first")), ..unsolved.clone() }), ["1", "4"].map(id));
    assert_eq!(ids(CaseFilter { assignee: Some(reference("bob")), ..unsolved }), ["2"].map(id));
    assert_eq!(
        ids(CaseFilter { status: Some(CaseStatus::Resolved), ..CaseFilter::default() }),
        ["3"].map(id)
    );
    let of_ann = CaseFilter { contact_id: Some(contact("ann")), ..CaseFilter::default() };
    assert_eq!(ids(of_ann).len(), 4);
}

#[test]
fn a_low_rating_is_listed_until_somebody_looked_at_it() {
    let rated = |stars| Event::from(Rated { rating: Rating::new(stars).unwrap(), interaction_id: None });
    let resolved = Event::from(Resolved { resolution: None });
    let low_rated = |events: &[Event]| -> Vec<u32> {
        let mut history = history(opened(None), []);
        for event in events {
            history.add::<case::Case>(&id("1"), MONDAY, event.clone());
        }
        let model = Model::of(CaseProjection, &history);
        let filter = CaseFilter { low_rated: true, ..CaseFilter::default() };
        let cases = all_pages(1, |page| list(&model.connection, &filter, page));
        cases.into_iter().map(|case| case.rating.unwrap().get()).collect()
    };
    assert_eq!(low_rated(&[resolved.clone(), rated(2)]), [2]);
    assert_eq!(low_rated(&[resolved.clone(), rated(2), Reopened { clock: None }.into()]), [2]);
    assert_eq!(low_rated(&[resolved.clone(), rated(2), RatingReviewed {}.into()]), [0_u32; 0]);
    assert_eq!(low_rated(&[resolved.clone(), rated(2), RatingReviewed {}.into(), rated(1)]), [1]);
    assert_eq!(low_rated(&[resolved, rated(2), rated(3)]), [0_u32; 0]);
}

#[test]
fn what_happened_to_a_case_is_told_newest_first_and_in_the_case_that_it_became_a_part_of() {
    let mut history = history(opened(None), [("2026-11-23T10:00:00Z", Merged { into: id("2") }.into())]);
    history.add::<case::Case>(&id("2"), MONDAY, opened(None));
    let model = Model::of(CaseProjection, &history);
    let told = |name: &str| {
        let entries = found(&model.connection, id(name), &first_page()).unwrap().1.items;
        entries.into_iter().map(|entry| entry.description).collect::<Vec<_>>()
    };
    let opened = "opened: The printer is on fire, urgent".to_owned();
    assert_eq!(told("1"), [format!("became a part of {}", id("2")), opened.clone()]);
    assert_eq!(told("2"), [opened, format!("{} became a part of this case", id("1"))]);
    let nothing = found(&model.connection, id("3"), &first_page());
    assert_eq!(nothing.unwrap_err(), QueryError::NotFound { what: Thing::Case });
}

#[test]
fn a_contacts_open_cases_are_told_until_each_is_solved_or_a_part_of_another_one() {
    let mut history = History::new();
    let case_of = |name: &str| Opened { contact_id: Some(contact(name)), ..opened(None) };
    for (case, who) in [("1", "ann"), ("2", "ann"), ("3", "bob"), ("4", "ann")] {
        history.add::<case::Case>(&id(case), MONDAY, case_of(who));
    }
    history.add::<case::Case>(&id("4"), MONDAY, Awaited { wait: Wait::Customer, stopped_at: None });
    let told = |history: &History| {
        let contacts = ["ann", "bob", "eve"].map(contact).into();
        query::open(&Model::of(CaseProjection, history).connection, &contacts).unwrap()
    };
    let expected = [(contact("ann"), ["1", "2", "4"].map(id).into()), (contact("bob"), [id("3")].into())];
    assert_eq!(told(&history), expected.into(), "one that waits is open; who has none is not named");
    history.add::<case::Case>(&id("1"), MONDAY, Merged { into: id("2") });
    history.add::<case::Case>(&id("3"), MONDAY, Resolved { resolution: None });
    history.add::<case::Case>(&id("4"), MONDAY, Resolved { resolution: None });
    assert_eq!(told(&history), [(contact("ann"), [id("2")].into())].into());
}

#[test]
fn of_many_open_cases_the_last_ones_are_told() {
    let mut history = History::new();
    for number in 0..12 {
        history.add::<case::Case>(&id(&number.to_string()), MONDAY, opened(None));
    }
    let model = Model::of(CaseProjection, &history);
    let told = query::open(&model.connection, &[contact("ann")].into()).unwrap();
    let last: BTreeSet<CaseId> = (2..12).map(|number| id(&number.to_string())).collect();
    assert_eq!(told, [(contact("ann"), last)].into());
}
