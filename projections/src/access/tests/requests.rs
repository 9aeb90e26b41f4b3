//! Requests against the aggregate: whatever is asked of them, each is listed as the aggregate has it, by its day.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use rapport_domain::aggregate::Aggregate as _;
use rapport_domain::context::Context;
use rapport_domain::id::SubjectRequestId;
use rapport_domain::subject_request::{self, Command, Event, Outcome, Receive, Right, State};
use rapport_domain::value::Reference;

use super::super::requests::list;
use super::*;
use crate::query::QueryError;
use crate::testing::day;

type Aggregate = subject_request::SubjectRequest;

fn id(number: usize) -> SubjectRequestId {
    SubjectRequestId::derived("tests", &number.to_string())
}

fn who(name: &str) -> Actor {
    Actor { id: Reference::parse(name).unwrap(), ..actor() }
}

fn commands() -> impl Strategy<Value = Vec<(usize, usize, u32)>> {
    vec((0..6_usize, 0..12_usize, 0..60_u32), 0..60)
}

fn command(number: usize, which: usize) -> Command {
    let right = [Right::Erasure, Right::Access, Right::Rectification][number % 3];
    let whose = contact(if number < 3 { "ann" } else { "bob" });
    match which {
        0..=2 => Command::Receive(Receive { contact_id: whose, right, ground: None }),
        3 => Command::Extend { reason: label("a great many of them") },
        4 => Command::Approve { erase_at: Some(at("2026-06-01T00:00:00Z")) },
        5 => Command::CancelErasure { reason: label("they want to stay") },
        6 => Command::BeginErasure,
        7 => Command::NoteOverdue,
        8 => Command::Refuse { reason: label("they are not who they say") },
        9 => Command::NoteRecipientTold { recipient: label("Parcel Post") },
        10 => Command::NoteRecipientNotTold { recipient: label("Mail House"), reason: label("wound up") },
        _ => Command::Fulfil {
            outcome: Outcome::ByHand { note: label("sent") },
            recipients: BTreeSet::from([label("Mail House"), label("Parcel Post")]),
        },
    }
}

/// The history, and what a fold by the aggregate makes of it, in the order in which it is due.
fn fold(steps: &[(usize, usize, u32)]) -> (History, Vec<SubjectRequest>) {
    let mut history = History::new();
    let mut states: BTreeMap<usize, State> = BTreeMap::new();
    let mut told: BTreeMap<usize, (u64, SubjectRequest)> = BTreeMap::new();
    for (number, which, days) in steps.iter().copied() {
        let micros = at(BEGIN).micros() + i64::from(days) * 86_400_000_000;
        let occurred_at = Instant::from_micros(micros).unwrap();
        // Whoever took it in does not approve it.
        let asker = if which == 4 { "second" } else { "first" };
        let context = Context { now: at("2026-07-01T00:00:00Z"), occurred_at, actor: who(asker) };
        let mut state = states.remove(&number).unwrap_or_default();
        for event in Aggregate::decide(&state, &command(number, which), &context).unwrap_or_default() {
            history.add_at::<Aggregate>(&id(number), occurred_at, event.clone());
            let position = history.head().0;
            state = Aggregate::evolve(state, &event);
            let known = told.remove(&number);
            told.insert(number, note(known, position, number, &state, &event, occurred_at));
        }
        states.insert(number, state);
    }
    let mut listed: Vec<(u64, SubjectRequest)> = told.into_values().collect();
    listed.sort_by_key(|(position, request)| (request.due_on, *position));
    (history, listed.into_iter().map(|(_, request)| request).collect())
}

fn note(
    known: Option<(u64, SubjectRequest)>,
    position: u64,
    number: usize,
    state: &State,
    event: &Event,
    occurred_at: Instant,
) -> (u64, SubjectRequest) {
    let request = state.request().unwrap();
    let (arrived, received_at) =
        known.as_ref().map_or((position, occurred_at), |(position, known)| (*position, known.received_at));
    let known = known.map(|(_, known)| known);
    let (status, approved_by, schedule) = match state {
        State::NotReceived => unreachable!(),
        State::Received(_) => (RequestStatus::Received, None, None),
        State::Approved(_, approval) => {
            (RequestStatus::Approved, Some(approval.by.clone()), Some(approval.erasure))
        }
        State::Refused(..) => (RequestStatus::Refused, known.as_ref().unwrap().approved_by.clone(), None),
        State::Fulfilled(..) => (RequestStatus::Fulfilled, known.as_ref().unwrap().approved_by.clone(), None),
    };
    let closes = matches!(event, Event::Refused(_) | Event::Fulfilled(_));
    let closed_at = closes.then_some(occurred_at).or(known.and_then(|known| known.closed_at));
    let erase_at = match schedule {
        Some(subject_request::Schedule::At(at)) => Some(at),
        Some(subject_request::Schedule::Unset | subject_request::Schedule::Begun) | None => None,
    };
    let told = SubjectRequest {
        subject_request_id: id(number),
        contact_id: request.received.contact_id,
        right: request.received.right,
        ground: None,
        status,
        received_at,
        received_by: request.received.received_by.clone(),
        due_on: request.due_on(),
        extended: request.extended.is_some(),
        approved_by,
        erase_at,
        erasing: schedule == Some(subject_request::Schedule::Begun),
        closed_at,
        recipients_untold: u32::try_from(request.recipients.untold()).unwrap(),
    };
    (arrived, told)
}

proptest! {
    #[test]
    fn each_request_is_listed_once_as_the_aggregate_has_it_by_the_day_on_which_it_is_due(
        steps in commands(),
        size in select(vec![1, 2, 200]),
    ) {
        let (history, expected) = fold(&steps);
        let model = Model::of(AccessProjection, &history);
        let all = RequestFilter::default();
        let listed = all_pages(size, |page| list(&model.connection, &all, page));
        prop_assert_eq!(&listed, &expected);
        for status in [RequestStatus::Received, RequestStatus::Approved, RequestStatus::Refused, RequestStatus::Fulfilled] {
            let filter = RequestFilter {
                contact_id: Some(contact("ann")),
                status: Some(status),
                due_by: Some(day("2026-02-20")),
                recipients_untold: false,
            };
            let listed = all_pages(size, |page| list(&model.connection, &filter, page));
            let mut expected = expected.clone();
            expected.retain(|request| {
                request.contact_id == contact("ann") && request.status == status && request.due_on <= day("2026-02-20")
            });
            prop_assert_eq!(listed, expected);
        }
        let untold = RequestFilter { recipients_untold: true, ..RequestFilter::default() };
        let listed = all_pages(size, |page| list(&model.connection, &untold, page));
        let mut expected = expected;
        expected.retain(|request| request.recipients_untold > 0);
        prop_assert_eq!(listed, expected);
    }
}

#[test]
fn who_has_recipients_to_be_told_is_listed_until_each_was_told_or_it_is_said_why_not() {
    let untold = RequestFilter { recipients_untold: true, ..RequestFilter::default() };
    // Rectifications are told to recipients, access is not. The last one was not fulfilled yet.
    let known: [(usize, usize, u32); 7] =
        [(2, 0, 0), (2, 4, 1), (2, 11, 2), (1, 0, 0), (1, 4, 1), (1, 11, 2), (5, 0, 0)];
    for (steps, expected) in [
        (&[(2, 9, 3)][..], vec![(2, 1)]),
        (&[], vec![(2, 2)]),
        (&[(2, 9, 3), (2, 10, 3)], vec![]),
        (&[(5, 4, 3), (5, 11, 3)], vec![(2, 2), (5, 2)]),
    ] {
        let (history, _) = fold(&[&known[..], steps].concat());
        let model = Model::of(AccessProjection, &history);
        for size in [1, 200] {
            let listed = all_pages(size, |page| list(&model.connection, &untold, page));
            let listed: Vec<_> = listed
                .iter()
                .map(|request| (request.subject_request_id, request.recipients_untold))
                .collect();
            let expected: Vec<_> = expected.iter().map(|(number, count)| (id(*number), *count)).collect();
            assert_eq!(listed, expected, "after {steps:?}, pages of {size}");
        }
    }
}

#[test]
fn a_request_is_overdue_from_the_day_after_the_last_one_until_it_is_closed() {
    let (_, listed) = fold(&[(0, 0, 0), (0, 3, 5)]);
    let mut request = listed[0].clone();
    assert_eq!((request.due_on, request.extended), (day("2026-04-01"), true), "a month, and two more");
    assert!(!request.is_overdue(at("2026-04-01T23:59:59Z")));
    assert!(request.is_overdue(at("2026-04-02T00:00:00Z")));
    request.status = RequestStatus::Fulfilled;
    assert!(!request.is_overdue(at("2026-04-02T00:00:00Z")));
}

#[test]
fn the_token_of_another_filter_is_refused() {
    let (history, _) = fold(&[(0, 0, 0), (1, 0, 1)]);
    let model = Model::of(AccessProjection, &history);
    let one = PageRequest::first(1);
    let page = list(&model.connection, &RequestFilter::default(), &one).unwrap();
    let token = PageRequest { token: page.next_page_token, ..one };
    let of_ann = RequestFilter { contact_id: Some(contact("ann")), ..RequestFilter::default() };
    assert_eq!(list(&model.connection, &of_ann, &token).unwrap_err(), QueryError::PageToken);
}
