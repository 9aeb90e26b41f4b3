//! What a subject's consents accept and refuse, state by state.

mod ended;
mod given;
mod law;
mod requested;
mod unknown;

use super::*;
use crate::Personal;
use crate::aggregate::Reason;
use crate::id::ConsentId;
use crate::testing::{self, at, key, label, reference};
use crate::value::Instant;

/// Before [`testing::NOON`].
const PAST: &str = "2026-11-20T12:00:00Z";
/// After [`testing::NOON`].
const FUTURE: &str = "2027-11-21T12:00:00Z";
/// After [`FUTURE`].
const LATER: &str = "2027-11-21T12:00:01Z";

fn history(events: impl IntoIterator<Item = Event>) -> testing::Given<Consent> {
    testing::given(events)
}

fn id(which: &str) -> ConsentId {
    ConsentId::derived("tests", which)
}

fn topic() -> Topic {
    Topic { purpose: key("newsletter"), channel: Channel::Email }
}

/// The same purpose through another channel: another topic.
fn by_sms() -> Topic {
    Topic { channel: Channel::Sms, ..topic() }
}

fn notice(version: &str) -> Notice {
    Notice {
        id: reference("newsletter-notice"),
        version: label(version),
        wording_sha256: Some(reference("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")),
        language: Some(reference("de-AT")),
    }
}

fn evidence() -> Option<Personal<Evidence>> {
    Some(Evidence { ip: Some(label("192.0.2.7")), ..Evidence::default() }.into())
}

fn request() -> Command {
    Command::Request { topic: topic(), notice: notice("1") }
}

fn give() -> Give {
    Give {
        consent_id: id("first"),
        topic: topic(),
        notice: notice("1"),
        method: Method::DoubleOptIn,
        evidence: evidence(),
        valid_until: Some(at(FUTURE)),
    }
}

/// The same, under a new id.
fn give_anew() -> Give {
    Give { consent_id: id("second"), ..give() }
}

/// The same, taken over from another system.
fn imported() -> Give {
    Give { method: Method::ApiImport, ..give() }
}

fn refuse() -> Command {
    Command::Refuse { topic: topic(), method: Method::Button }
}

fn withdraw() -> Command {
    Command::Withdraw { topic: topic(), method: Method::OneClickUnsubscribe, evidence: evidence() }
}

fn expire() -> Command {
    Command::Expire { topic: topic() }
}

fn was_requested() -> Event {
    Requested { topic: topic(), notice: notice("1") }.into()
}

fn was_given() -> Event {
    given_by(give())
}

fn given_by(give: Give) -> Event {
    Given {
        evidence_grade: give.method.grade(),
        consent_id: give.consent_id,
        topic: give.topic,
        notice: give.notice,
        method: give.method,
        evidence: give.evidence,
        valid_until: give.valid_until,
    }
    .into()
}

fn was_refused() -> Event {
    Refused { topic: topic(), method: Method::Button }.into()
}

fn was_withdrawn(consent_id: Option<ConsentId>) -> Event {
    Withdrawn { consent_id, topic: topic(), method: Method::OneClickUnsubscribe, evidence: evidence() }.into()
}

fn has_expired() -> Event {
    Expired { consent_id: id("first"), topic: topic(), valid_until: at(FUTURE) }.into()
}

fn in_force_until(valid_until: Option<Instant>) -> testing::Given<Consent> {
    history([was_requested(), given_by(Give { valid_until, ..give() })])
}

#[test]
fn a_confirmed_act_proves_more_than_one_act_and_that_more_than_an_import() {
    for method in [Method::DoubleOptIn, Method::VoiceRecorded, Method::PaperSigned] {
        assert_eq!(method.grade(), EvidenceGrade::A);
    }
    for method in [
        Method::Checkbox,
        Method::Button,
        Method::GpcSignal,
        Method::OneClickUnsubscribe,
        Method::StaffRecorded,
    ] {
        assert_eq!(method.grade(), EvidenceGrade::B);
    }
    assert_eq!(Method::ApiImport.grade(), EvidenceGrade::C);
}

#[test]
fn each_rejection_has_its_reason() {
    let reasons = [
        (Rejection::NotRequested, "CONSENT_NOT_REQUESTED"),
        (Rejection::NoticeDiffers { shown: "1".to_owned() }, "CONSENT_NOTICE_DIFFERS"),
        (Rejection::AlreadyGiven, "CONSENT_ALREADY_GIVEN"),
        (Rejection::ConsentIdUsed, "CONSENT_ID_USED"),
        (Rejection::ValidityOver, "CONSENT_VALIDITY_OVER"),
        (Rejection::NotExpired, "CONSENT_NOT_EXPIRED"),
        (Rejection::TooManyTopics, "CONSENT_TOPICS_EXHAUSTED"),
    ];
    for (rejection, reason) in reasons {
        assert_eq!(rejection.reason(), reason);
    }
}
