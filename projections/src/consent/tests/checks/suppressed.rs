//! Given what a subject does not want, when somebody wants to address them, then no consent allows it.

use rapport_domain::contact::{ContactPointEntry, Event as ContactEvent, Registered};
use rapport_domain::id::ContactPointId;
use rapport_domain::personal::PersonalFields as _;
use rapport_domain::suppression::{Event as SuppressionEvent, LiftRequested, Lifted, Raised, Retained};
use rapport_domain::value::{ContactPoint, ContactPointKind};
use rapport_vault::Vault;

use super::*;
use crate::testing::reference;

const ADDRESS: &str = "ann@example.com";

fn about(purpose: Option<&str>, channel: Option<Channel>) -> Scope {
    Scope { purpose: purpose.map(key), channel }
}

fn raised(kind: Kind, scope: Scope) -> SuppressionEvent {
    Raised { kind, scope, method: Method::Button, evidence: None, jurisdiction: None, no_reask_before: None }
        .into()
}

fn lifted(kind: Kind, scope: Scope) -> SuppressionEvent {
    Lifted { kind, scope, method: Method::Button, reason: label("asked"), evidence: None }.into()
}

/// Ann asked and agreed on the 1st and 2nd of February; what she does not want follows from March on, day after day.
fn agreed_but(events: impl IntoIterator<Item = SuppressionEvent>) -> History {
    let mut history = said([requested().into(), given_until(NOON).into()]);
    for (day, event) in events.into_iter().enumerate() {
        let time = format!("2026-03-{:02}T00:00:00Z", day + 1);
        history.add::<Suppression>(&contact("ann"), &time, event);
    }
    history
}

#[test]
fn a_suppression_dominates_a_consent_from_when_it_was_raised_until_it_is_lifted() {
    let everything = Scope::default();
    let history =
        agreed_but([raised(Kind::Objection, everything.clone()), lifted(Kind::Objection, everything)]);
    for (time, expected) in [
        ("2026-02-28T23:59:59Z", Verdict::Allowed),
        ("2026-03-01T00:00:00Z", Verdict::Objected),
        ("2026-03-01T23:59:59Z", Verdict::Objected),
        ("2026-03-02T00:00:00Z", Verdict::Allowed),
    ] {
        assert_eq!(verdict(&history, time), expected, "{time}");
    }
    let decided = checked(&history, "2026-03-01T12:00:00Z").decided_by.unwrap();
    assert_eq!((decided.position, decided.consent_id), (Position(4), None));
}

#[test]
fn a_consent_that_is_given_later_does_not_end_a_suppression() {
    let mut history = agreed_but([raised(Kind::Unsubscribe, about(Some("newsletter"), None))]);
    let consent = |history: &mut History, event: Event| {
        history.add::<consent::Consent>(&contact("ann"), "2026-03-02T00:00:00Z", event);
    };
    consent(&mut history, withdrawn().into());
    consent(&mut history, requested().into());
    consent(&mut history, given("b", topic()).into());
    assert_eq!(verdict(&history, "2026-03-03T00:00:00Z"), Verdict::Unsubscribed);
}

#[test]
fn it_forbids_what_its_scope_covers_and_nothing_else() {
    let forbids = |scope: Scope| {
        let history = agreed_but([raised(Kind::OptOutSignal, scope)]);
        verdict(&history, "2026-03-02T00:00:00Z") == Verdict::OptedOut
    };
    assert!(forbids(about(None, None)));
    assert!(forbids(about(Some("newsletter"), None)));
    assert!(forbids(about(None, Some(Channel::Email))));
    assert!(forbids(about(Some("newsletter"), Some(Channel::Email))));
    assert!(!forbids(about(Some("offers"), None)));
    assert!(!forbids(about(None, Some(Channel::Sms))));
    assert!(!forbids(about(Some("newsletter"), Some(Channel::Sms))));
}

#[test]
fn who_was_never_asked_and_objected_has_objected() {
    let mut history = said([]);
    let objection = raised(Kind::Objection, Scope::default());
    history.add::<Suppression>(&contact("ann"), "2026-03-01T00:00:00Z", objection);
    assert_eq!(verdict(&history, "2026-03-02T00:00:00Z"), Verdict::Objected);
}

#[test]
fn a_lift_that_is_asked_for_forbids_still_and_the_first_event_decides() {
    let scope = about(Some("newsletter"), None);
    let asked = LiftRequested {
        kind: Kind::OptOutSignal,
        scope: scope.clone(),
        method: Method::Checkbox,
        evidence: None,
    };
    let history = agreed_but([raised(Kind::OptOutSignal, scope), asked.into()]);
    let decision = checked(&history, "2026-03-05T00:00:00Z");
    assert_eq!((decision.verdict, decision.decided_by.unwrap().position), (Verdict::OptedOut, Position(4)));
}

/// A contact with an e-mail address, sealed as the application would have.
async fn reached_at(vault: &Vault, name: &str, address: &str) -> Registered {
    let point = ContactPoint::parse(ContactPointKind::Email, address).unwrap();
    let entry = ContactPointEntry::new(ContactPointId::derived("tests", name), point);
    let mut event = ContactEvent::from(Registered { contact_points: vec![entry], ..registered(0) });
    vault.ensure_keys(&[contact(name)]).await.unwrap();
    vault.seal(&contact(name), event.personal_fields()).unwrap();
    let ContactEvent::Registered(registered) = event else { panic!("it is a registration") };
    registered
}

#[tokio::test]
async fn who_was_erased_is_left_alone_under_another_id_with_the_same_address() {
    let directory = tempfile::tempdir().unwrap();
    let vault = open_vault(directory.path());
    let mut history = agreed_but([raised(Kind::Objection, about(None, Some(Channel::Email)))]);
    let address = ContactPoint::parse(ContactPointKind::Email, ADDRESS).unwrap();
    let digest = reference(&vault.suppression_digest(&address));
    history.add::<Suppression>(
        &contact("ann"),
        "2026-04-01T00:00:00Z",
        Retained { point_digests: [digest].into() },
    );
    let request_id = SubjectRequestId::derived("tests", "erasure");
    history.add::<Contact>(&contact("ann"), "2026-04-01T00:00:00Z", Erased { request_id });
    for (name, address) in [("ann-again", "Ann@Example.com"), ("bob", "bob@example.com")] {
        let registered = reached_at(&vault, name, address).await;
        history.add::<Contact>(&contact(name), "2026-01-01T00:00:00Z", registered);
        history.add::<consent::Consent>(&contact(name), "2026-01-01T00:00:00Z", given(name, topic()));
    }
    let model = Model::of(ConsentProjection, &history);
    let judge = |name, topic, time| judged(&model, &vault, name, topic, at(time));

    let again = judge("ann-again", topic(), "2026-05-01T00:00:00Z");
    assert_eq!((again.verdict, again.decided_by.unwrap().position), (Verdict::Objected, Position(5)));
    assert_eq!(judge("bob", topic(), "2026-05-01T00:00:00Z").verdict, Verdict::Allowed);
    let before = judge("ann-again", topic(), "2026-03-31T00:00:00Z");
    assert_eq!(before.verdict, Verdict::Allowed, "it was not on the list yet");
    let by_sms = Topic { channel: Channel::Sms, ..topic() };
    assert_eq!(judge("ann-again", by_sms, "2026-05-01T00:00:00Z").verdict, Verdict::NotAsked);

    let scope = about(None, Some(Channel::Email));
    for event in [raised(Kind::Objection, scope.clone()), lifted(Kind::Objection, scope)] {
        history.add::<Suppression>(&contact("ann-again"), "2026-06-01T00:00:00Z", event);
    }
    let model = Model::of(ConsentProjection, &history);
    let judge = |time| judged(&model, &vault, "ann-again", topic(), at(time)).verdict;
    assert_eq!(judge("2026-05-31T00:00:00Z"), Verdict::Objected);
    assert_eq!(judge("2026-06-01T00:00:00Z"), Verdict::Allowed, "they came back themselves");
}
