//! What a subject's consents accept and refuse, state by state.

mod confirmation;
mod ended;
mod given;
mod invalidated;
mod jurisdictions;
mod law;
mod renewed;
mod requested;
mod revoked;
mod unknown;

use super::*;
use crate::Personal;
use crate::aggregate::Reason;
use crate::id::ConsentId;
use crate::testing::{self, at, key, label, reference};
use crate::value::{Instant, Sha256};

/// Before [`testing::NOON`].
const PAST: &str = "2026-11-20T12:00:00Z";
/// After [`testing::NOON`].
const FUTURE: &str = "2027-11-21T12:00:00Z";
/// As long after [`testing::NOON`] as a confirmation may take.
const A_WEEK_LATER: &str = "2026-11-28T12:00:00Z";
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
    request_in(notice("1"))
}

fn request_in(notice: Notice) -> Command {
    Command::Request { topic: topic(), notice, jurisdiction: None, opted_out_until: None }
}

fn give() -> Give {
    Give {
        consent_id: id("first"),
        topic: topic(),
        notice: notice("1"),
        method: Method::DoubleOptIn,
        evidence: evidence(),
        valid_until: Some(at(FUTURE)),
        jurisdiction: None,
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
    Command::Refuse { topic: topic(), method: Method::Button, jurisdiction: None }
}

fn withdraw() -> Command {
    Command::Withdraw {
        topic: topic(),
        method: Method::OneClickUnsubscribe,
        evidence: evidence(),
        jurisdiction: None,
    }
}

fn expire() -> Command {
    Command::Expire { topic: topic() }
}

fn was_requested() -> Event {
    Requested { topic: topic(), notice: notice("1"), jurisdiction: None }.into()
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
        jurisdiction: give.jurisdiction,
    }
    .into()
}

fn was_refused() -> Event {
    Refused { topic: topic(), method: Method::Button, jurisdiction: None, no_reask_before: None }.into()
}

fn was_withdrawn(consent_id: Option<ConsentId>) -> Event {
    Withdrawn {
        consent_id,
        topic: topic(),
        method: Method::OneClickUnsubscribe,
        evidence: evidence(),
        jurisdiction: None,
        no_reask_before: None,
    }
    .into()
}

fn has_expired() -> Event {
    Expired { consent_id: id("first"), topic: topic(), valid_until: at(FUTURE) }.into()
}

fn token(which: &str) -> Sha256 {
    Sha256::of(which.as_bytes())
}

/// The first of two acts.
fn first_act() -> Give {
    Give { method: Method::Checkbox, jurisdiction: testing::california(), ..give() }
}

fn request_confirmation() -> Command {
    Command::RequestConfirmation { give: first_act(), token_sha256: token("sent"), confirm_by: None }
}

fn confirmation_was_requested() -> Event {
    let Give { consent_id, topic, notice, method, evidence, valid_until, jurisdiction } = first_act();
    let (token_sha256, confirm_by) = (token("sent"), at(A_WEEK_LATER));
    ConfirmationRequested {
        consent_id,
        topic,
        notice,
        method,
        evidence,
        token_sha256,
        confirm_by,
        valid_until,
        jurisdiction,
    }
    .into()
}

/// What the second act leads to.
fn was_confirmed() -> Event {
    given_by(Give { jurisdiction: testing::california(), ..give() })
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
        (Rejection::NotConfirmed, "CONSENT_NOT_CONFIRMED"),
        (Rejection::ConfirmationTimeInvalid, "CONSENT_CONFIRMATION_TIME_INVALID"),
        (Rejection::TokenUnknown, "CONSENT_TOKEN_UNKNOWN"),
        (Rejection::TokenUsed, "CONSENT_TOKEN_USED"),
        (Rejection::TokenExpired { confirm_by: at(FUTURE) }, "CONSENT_TOKEN_EXPIRED"),
        (Rejection::NotGiven, "CONSENT_NOT_GIVEN"),
        (Rejection::ConsentUnknown, "CONSENT_NOT_FOUND"),
        (Rejection::InvalidSinceAhead, "CONSENT_INVALID_SINCE_AHEAD"),
        (Rejection::ReaskTooEarly { no_reask_before: at(FUTURE) }, "CONSENT_REASK_TOO_EARLY"),
    ];
    for (rejection, reason) in reasons {
        assert_eq!(rejection.reason(), reason);
    }
}
