//! Given what a subject said, when it is asked where it stands, then this is the answer, and this the proof.

use proptest::collection::vec;
use proptest::prelude::*;
use rapport_domain::aggregate::Aggregate;
use rapport_domain::consent::{
    self, Channel, ConfirmationRequested, Event, Expired, Given, Invalidated, Refused, Renewed, Requested,
    Revoked, State, Status, Withdrawn,
};
use rapport_domain::contact::Contact;

mod checks;
mod notices;

use super::query::{consents, trail};
use super::*;
use crate::query::Thing;
use crate::testing::company::{given, notice, registered};
use crate::testing::{History, Model, actor, all_pages, at, contact, first_page, key, label, sealed};

const NOON: &str = "2026-06-01T12:00:00Z";

fn topic() -> Topic {
    Topic { purpose: key("newsletter"), channel: Channel::Email }
}

fn id(name: &str) -> ConsentId {
    ConsentId::derived("tests", name)
}

fn requested() -> Requested {
    Requested { topic: topic(), notice: notice(), jurisdiction: None }
}

fn given_until(until: &str) -> Given {
    Given { valid_until: Some(at(until)), ..given("a", topic()) }
}

fn withdrawn() -> Withdrawn {
    Withdrawn {
        consent_id: Some(id("a")),
        topic: topic(),
        method: Method::Button,
        evidence: None,
        jurisdiction: None,
        no_reask_before: None,
    }
}

fn refused() -> Refused {
    Refused { topic: topic(), method: Method::Button, jurisdiction: None, no_reask_before: None }
}

/// A first act, to be confirmed until noon of a day.
fn first_act(name: &str) -> ConfirmationRequested {
    ConfirmationRequested {
        consent_id: id(name),
        topic: topic(),
        notice: notice(),
        method: Method::Checkbox,
        evidence: None,
        token_sha256: Sha256::of(b"token"),
        confirm_by: at(NOON),
        valid_until: None,
        jurisdiction: None,
    }
}

fn renewed(name: &str, renews: &str) -> Renewed {
    Renewed {
        consent_id: id(name),
        renews: id(renews),
        topic: topic(),
        notice: notice(),
        method: Method::Button,
        evidence_grade: EvidenceGrade::B,
        evidence: sealed("what proves it"),
        valid_until: None,
    }
}

fn revoked(name: &str) -> Revoked {
    Revoked { consent_id: id(name), topic: topic(), reason: label("it ended") }
}

fn invalidated(name: &str, since: &str) -> Invalidated {
    Invalidated {
        consent_id: id(name),
        topic: topic(),
        since: at(since),
        authority: label("audit"),
        reason: label("bundled"),
        proposed_by: None,
        approved_by: None,
    }
}

/// Ann, and what she said day after day.
fn said(events: impl IntoIterator<Item = Event>) -> History {
    let mut history = History::new();
    history.add::<Contact>(&contact("ann"), "2026-01-01T00:00:00Z", registered(0));
    for (day, event) in events.into_iter().enumerate() {
        history.add::<consent::Consent>(&contact("ann"), &format!("2026-02-{:02}T00:00:00Z", day + 1), event);
    }
    history
}

fn standing(history: &History, valid_at: &str) -> Vec<Consent> {
    let model = Model::of(ConsentProjection, history);
    consents(&model.connection, contact("ann"), at(valid_at)).unwrap()
}

#[test]
fn a_consent_holds_before_its_end_and_not_at_it() {
    let history = said([requested().into(), given_until(NOON).into()]);
    let expected = Consent {
        topic: topic(),
        status: ConsentStatus::Given,
        consent_id: Some(id("a")),
        notice: Some(notice()),
        method: Some(Method::Checkbox),
        evidence_grade: Some(EvidenceGrade::B),
        valid_until: Some(at(NOON)),
        since: at("2026-02-02T00:00:00Z"),
        jurisdiction: None,
        confirm_by: None,
    };
    assert_eq!(standing(&history, "2026-06-01T11:59:59.999999Z").first(), Some(&expected));
    assert_eq!(standing(&history, NOON), [Consent { status: ConsentStatus::Expired, ..expected }]);
}

#[test]
fn an_end_that_was_recorded_stays_at_whatever_moment_it_is_judged() {
    let expired = Expired { consent_id: id("a"), topic: topic(), valid_until: at(NOON) };
    let history = said([requested().into(), given_until(NOON).into(), expired.into()]);
    assert_eq!(standing(&history, "2026-03-01T00:00:00Z")[0].status, ConsentStatus::Expired);
}

#[test]
fn asking_again_keeps_the_id_of_the_last_consent_and_nothing_else() {
    let newer = Requested { notice: Notice { version: label("4"), ..notice() }, ..requested() };
    let history =
        said([requested().into(), given_until(NOON).into(), withdrawn().into(), newer.clone().into()]);
    let now = standing(&history, NOON).remove(0);
    assert_eq!((now.status, now.consent_id), (ConsentStatus::Requested, Some(id("a"))));
    assert_eq!(
        (now.notice, now.method, now.evidence_grade, now.valid_until),
        (Some(newer.notice), None, None, None)
    );
}

#[test]
fn topics_are_ordered_by_purpose_then_channel() {
    let about =
        |purpose: &str, channel| Requested { topic: Topic { purpose: key(purpose), channel }, ..requested() };
    let asked = [
        about("terms", Channel::Email),
        about("offers", Channel::InApp),
        about("offers", Channel::Post),
        about("offers", Channel::Email),
    ];
    let topics: Vec<_> = standing(&said(asked.map(Event::from)), NOON)
        .into_iter()
        .map(|consent| (consent.topic.purpose.to_string(), consent.topic.channel))
        .collect();
    let offers = |channel| ("offers".to_owned(), channel);
    let terms = ("terms".to_owned(), Channel::Email);
    assert_eq!(topics, [offers(Channel::Email), offers(Channel::Post), offers(Channel::InApp), terms]);
}

#[test]
fn the_trail_tells_every_step_with_its_proof() {
    let history = said([requested().into(), given_until(NOON).into(), withdrawn().into()]);
    let model = Model::of(ConsentProjection, &history);
    let steps = trail(&model.connection, contact("ann"), None, &first_page()).unwrap().0.items;
    let expected = ConsentStep {
        position: Position(3),
        event_type: "consent.given.v1".to_owned(),
        event_id: history.events[2].id.to_string(),
        occurred_at: at("2026-02-02T00:00:00Z"),
        recorded_at: at("2030-01-01T00:00:02Z"),
        actor: actor(),
        scope: Scope { purpose: Some(topic().purpose), channel: Some(topic().channel) },
        consent_id: Some(id("a")),
        notice: Some(notice()),
        method: Some(Method::Checkbox),
        evidence_grade: Some(EvidenceGrade::B),
        valid_until: Some(at(NOON)),
        evidence: Some(sealed("what proves it")),
        suppression_kind: None,
        reason: None,
        jurisdiction: None,
        token_sha256: None,
        confirm_by: None,
        renews: None,
        invalid_since: None,
        authority: None,
        no_reask_before: None,
        payload_sha256: "ab".repeat(32),
    };
    assert_eq!(steps[1], expected);
    let types: Vec<_> = steps.iter().map(|step| step.event_type.as_str()).collect();
    assert_eq!(types, ["consent.requested.v1", "consent.given.v1", "consent.withdrawn.v1"]);
}

#[test]
fn a_trail_is_read_in_pages_and_by_purpose() {
    let other = Requested { topic: Topic { purpose: key("offers"), channel: Channel::Sms }, ..requested() };
    let history = said([requested().into(), other.into(), given_until(NOON).into(), withdrawn().into()]);
    let model = Model::of(ConsentProjection, &history);
    let positions = |purpose: Option<&str>, size| -> Vec<u64> {
        let purpose = purpose.map(key);
        let page = |page: &_| {
            trail(&model.connection, contact("ann"), purpose.as_ref(), page).map(|(steps, _)| steps)
        };
        all_pages(size, page).into_iter().map(|step| step.position.0).collect()
    };
    assert_eq!(positions(None, 1), [2, 3, 4, 5]);
    assert_eq!(positions(Some("newsletter"), 2), [2, 4, 5]);
    assert_eq!(positions(Some("unheard_of"), 2), [] as [u64; 0]);
    let one = PageRequest::first(1);
    let token = trail(&model.connection, contact("ann"), None, &one).unwrap().0.next_page_token;
    let refused =
        trail(&model.connection, contact("ann"), Some(&key("offers")), &PageRequest { token, ..one });
    assert_eq!(refused.unwrap_err(), QueryError::PageToken);
}

#[test]
fn nobody_is_not_the_same_as_nothing() {
    let model = Model::of(ConsentProjection, &said([]));
    let not_found = QueryError::NotFound { what: Thing::Contact };
    assert_eq!(consents(&model.connection, contact("ann"), at(NOON)), Ok(Vec::new()));
    assert_eq!(consents(&model.connection, contact("x"), at(NOON)), Err(not_found.clone()));
    assert_eq!(trail(&model.connection, contact("x"), None, &first_page()), Err(not_found));
}

fn any_event() -> impl Strategy<Value = Event> {
    let name = || proptest::sample::select(vec!["a", "b"]);
    prop_oneof![
        Just(requested().into()),
        name().prop_map(|name| given(name, topic()).into()),
        Just(refused().into()),
        Just(withdrawn().into()),
        name()
            .prop_map(|name| Expired { consent_id: id(name), topic: topic(), valid_until: at(NOON) }.into()),
        name().prop_map(|name| first_act(name).into()),
        name().prop_map(|name| renewed(name, "a").into()),
        name().prop_map(|name| revoked(name).into()),
        name().prop_map(|name| invalidated(name, NOON).into()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Whatever stands in the log, the read model and the aggregate agree on where a topic stands.
    #[test]
    fn a_topic_stands_where_the_aggregate_says(events in vec(any_event(), 0..12)) {
        let state = events.iter().fold(State::default(), consent::Consent::evolve);
        let expected = state.topics.get(&topic()).map(|status| match status {
            Status::Requested { .. } => ConsentStatus::Requested,
            Status::Pending(_) => ConsentStatus::Pending,
            Status::Given { .. } => ConsentStatus::Given,
            Status::Revoked { .. } => ConsentStatus::Revoked,
            Status::Invalidated { .. } => ConsentStatus::Invalidated,
            Status::Refused => ConsentStatus::Refused,
            Status::Withdrawn => ConsentStatus::Withdrawn,
            Status::Expired { .. } => ConsentStatus::Expired,
        });
        let standing = standing(&said(events), "2026-03-01T00:00:00Z");
        // The aggregate has no state of its own for what was renewed.
        let stands = standing.first().map(|consent| match consent.status {
            ConsentStatus::Renewed => ConsentStatus::Given,
            status @ (ConsentStatus::Requested
            | ConsentStatus::Given
            | ConsentStatus::Refused
            | ConsentStatus::Withdrawn
            | ConsentStatus::Expired
            | ConsentStatus::Pending
            | ConsentStatus::Lapsed
            | ConsentStatus::Revoked
            | ConsentStatus::Invalidated) => status,
        });
        prop_assert_eq!(stands, expected);
    }
}
