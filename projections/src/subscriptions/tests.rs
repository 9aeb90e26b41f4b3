//! Given contracts, when they are asked for, then this is how they stand.

use rapport_domain::contact::Contact;
use rapport_domain::subscription::{
    self, AmountChanged, CancellationKind, Cancelled, Event, Paused, Reactivated, Renewed, Started,
};

use super::query::{list, subscription as found};
use super::*;
use crate::query::Thing;
use crate::testing::company::registered;
use crate::testing::{History, Model, all_pages, at, contact, day, eur, first_page, label, segments};

const BEGIN: &str = "2026-01-01T00:00:00Z";

fn id(name: &str) -> SubscriptionId {
    SubscriptionId::derived("tests", name)
}

fn started() -> Started {
    let segments = segments([("type", "yearly")]);
    let term_ends_on = Some(day("2026-12-31"));
    Started { contact_id: contact("ann"), plan: label("Plan"), mrr: eur(500), term_ends_on, segments }
}

/// Ann's contract, and what happened to it day after day.
fn contract(events: impl IntoIterator<Item = Event>) -> Subscription {
    let mut history = History::new();
    history.add::<subscription::Subscription>(&id("1"), BEGIN, started());
    for (days, event) in events.into_iter().enumerate() {
        let occurred_at = format!("2026-02-{:02}T00:00:00Z", days + 1);
        history.add::<subscription::Subscription>(&id("1"), &occurred_at, event);
    }
    found(&Model::of(SubscriptionProjection, &history).connection, id("1")).unwrap()
}

fn cancelled() -> Cancelled {
    Cancelled { mrr: eur(500), kind: CancellationKind::Voluntary, reason: Some(label("moved")) }
}

#[test]
fn a_contract_begins_as_it_was_agreed() {
    let expected = Subscription {
        subscription_id: id("1"),
        contact_id: contact("ann"),
        plan: label("Plan"),
        status: SubscriptionStatus::Active,
        mrr: eur(500),
        term_ends_on: Some(day("2026-12-31")),
        segments: segments([("type", "yearly")]),
        started_at: at(BEGIN),
        cancelled_at: None,
        cancellation_reason: None,
        revision: Revision(0),
    };
    assert_eq!(contract([]), expected);
}

#[test]
fn amount_and_term_change() {
    let renewed = Renewed { term_ends_on: day("2027-12-31"), previous_term_ends_on: None };
    let changed = contract([renewed.into(), AmountChanged { previous: eur(500), mrr: eur(700) }.into()]);
    let expected = (eur(700), Some(day("2027-12-31")), Revision(2));
    assert_eq!((changed.mrr, changed.term_ends_on, changed.revision), expected);
}

#[test]
fn a_contract_rests_ends_and_goes_on() {
    let paused = contract([Paused { mrr: eur(500) }.into()]);
    assert_eq!((paused.status, paused.mrr), (SubscriptionStatus::Paused, eur(500)));
    let ended = contract([cancelled().into()]);
    assert_eq!(
        (ended.status, ended.cancelled_at),
        (SubscriptionStatus::Cancelled, Some(at("2026-02-01T00:00:00Z")))
    );
    assert_eq!(ended.cancellation_reason, Some(label("moved")));
    let again = contract([cancelled().into(), Reactivated { mrr: eur(300) }.into()]);
    assert_eq!((again.status, again.mrr), (SubscriptionStatus::Active, eur(300)));
    assert_eq!((again.cancelled_at, again.cancellation_reason), (None, None));
}

#[test]
fn contracts_are_listed_once_in_the_order_they_began() {
    let mut history = History::new();
    history.add::<Contact>(&contact("ann"), BEGIN, registered(0));
    for (name, begin) in [("1", "2026-03-01"), ("2", "2026-01-01"), ("3", "2026-02-01"), ("4", "2026-02-01")]
    {
        history.add::<subscription::Subscription>(&id(name), &format!("{begin}T00:00:00Z"), started());
    }
    let model = Model::of(SubscriptionProjection, &history);
    for size in [1, 2, 3, 200] {
        let listed = all_pages(size, |page| list(&model.connection, contact("ann"), page));
        let ids: Vec<_> = listed.iter().map(|contract| contract.subscription_id).collect();
        assert_eq!(ids, ["2", "3", "4", "1"].map(id), "pages of {size}");
    }
}

#[test]
fn nobody_is_not_the_same_as_nothing() {
    let mut history = History::new();
    history.add::<Contact>(&contact("ann"), BEGIN, registered(0));
    let model = Model::of(SubscriptionProjection, &history);
    assert_eq!(list(&model.connection, contact("ann"), &first_page()).unwrap().items, []);
    let nobody = list(&model.connection, contact("x"), &first_page());
    assert_eq!(nobody.unwrap_err(), QueryError::NotFound { what: Thing::Contact });
    let nothing = found(&model.connection, id("1"));
    assert_eq!(nothing.unwrap_err(), QueryError::NotFound { what: Thing::Subscription });
}
