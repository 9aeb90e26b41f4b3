//! Who received data of a contact is known to the end, and to whom it went twice is said once.

use std::collections::BTreeSet;

use super::*;
use crate::testing::{NOON, actor, at};

fn disclosure(recipient: &str, purpose: &str) -> Disclosure {
    let (recipient, purpose) = (label(recipient), label(purpose));
    Disclosure { recipient, data_categories: [label("name"), label("address")].into(), purpose }
}

fn record(recipient: &str, purpose: &str) -> Command {
    Command::RecordDisclosure(disclosure(recipient, purpose))
}

fn disclosed(recipient: &str, purpose: &str) -> Event {
    let Disclosure { recipient, data_categories, purpose } = disclosure(recipient, purpose);
    Disclosed { recipient, data_categories, purpose, disclosed_at: at(NOON), recorded_by: actor() }.into()
}

#[test]
fn is_recorded_of_an_active_and_of_an_archived_contact() {
    for history in [vec![registered()], vec![registered(), archived()]] {
        let ann = given::<Contact>(history);
        ann.when(record("Parcel Post", "delivery")).then([disclosed("Parcel Post", "delivery")]);
    }
}

#[test]
fn is_recorded_with_the_time_at_which_it_took_place() {
    let Event::Disclosed(told) = disclosed("Parcel Post", "delivery") else { panic!("a disclosure") };
    let earlier = Disclosed { disclosed_at: at("2026-03-01T08:00:00Z"), ..told };
    given::<Contact>([registered()])
        .about("2026-03-01T08:00:00Z")
        .when(record("Parcel Post", "delivery"))
        .then([earlier.into()]);
}

#[test]
fn counts_once_for_the_same_recipient_data_and_purpose() {
    let history = [registered(), disclosed("Parcel Post", "delivery")];
    let ann = || given::<Contact>(history.clone());
    ann().at("2026-12-01T00:00:00Z").when(record("Parcel Post", "delivery")).then_nothing();
    ann().when(record("Parcel Post", "billing")).then([disclosed("Parcel Post", "billing")]);
    ann().when(record("Mail House", "delivery")).then([disclosed("Mail House", "delivery")]);
}

#[test]
fn is_known_by_when_it_first_went_out_also_where_that_is_heard_of_later() {
    let Event::Disclosed(told) = disclosed("Parcel Post", "delivery") else { panic!("a disclosure") };
    let first = Disclosed { disclosed_at: at("2026-03-01T08:00:00Z"), ..told };
    let known = [registered(), disclosed("Parcel Post", "delivery")];
    let delivery = || record("Parcel Post", "delivery");
    given::<Contact>(known.clone())
        .about("2026-03-01T08:00:00Z")
        .when(delivery())
        .then([first.clone().into()]);

    let history: Vec<Event> = known.into_iter().chain([first.clone().into()]).collect();
    given::<Contact>(history.clone()).about("2026-03-01T08:00:00Z").when(delivery()).then_nothing();
    given::<Contact>(history.clone()).when(delivery()).then_nothing();
    let State::Active(profile) = crate::testing::fold::<Contact>(State::default(), history) else {
        panic!("an active contact")
    };
    assert_eq!(profile.disclosures.all().collect::<Vec<_>>(), [&first]);
}

#[test]
fn names_each_recipient_once() {
    let history = [
        registered(),
        disclosed("Parcel Post", "delivery"),
        disclosed("Mail House", "newsletter"),
        disclosed("Parcel Post", "billing"),
    ];
    let State::Active(profile) = crate::testing::fold::<Contact>(State::default(), history) else {
        panic!("an active contact")
    };
    let expected = BTreeSet::from([label("Mail House"), label("Parcel Post")]);
    assert_eq!((profile.disclosures.count(), profile.disclosures.recipients()), (3, expected));
}

#[test]
fn is_bounded() {
    let recipients = (0..DISCLOSURES_MAX).map(|number| disclosed(&format!("recipient {number}"), "billing"));
    let full = given::<Contact>([vec![registered()], recipients.collect()].concat());
    full.when(record("one more", "billing")).then_rejected(Rejection::TooManyDisclosures);
}

#[test]
fn keeps_nobody_from_being_erased_and_is_recorded_of_nobody_who_was() {
    let history = [registered(), disclosed("Parcel Post", "delivery")];
    let erased: Event = Erased { request_id: request("first") }.into();
    given::<Contact>(history.clone())
        .when(Command::Erase { request_id: request("first") })
        .then([erased.clone()]);
    let gone = given::<Contact>(history.into_iter().chain([erased]));
    gone.when(record("Parcel Post", "delivery")).then_rejected(Rejection::Erased);
}
