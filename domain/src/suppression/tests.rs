//! What a subject's suppressions accept and refuse, state by state.

mod law;

use std::collections::BTreeSet;

use super::*;
use crate::Personal;
use crate::aggregate::Reason as _;
use crate::consent::{Channel, Evidence, Method, Topic};
use crate::testing::{self, key, label, reference};
use crate::value::Reference;

fn history(events: impl IntoIterator<Item = Event>) -> testing::Given<Suppression> {
    testing::given(events)
}

/// E-mails of one purpose.
fn newsletter() -> Scope {
    Scope { purpose: Some(key("newsletter")), channel: Some(Channel::Email) }
}

fn evidence() -> Option<Personal<Evidence>> {
    Some(Evidence { ip: Some(label("192.0.2.7")), ..Evidence::default() }.into())
}

fn said(kind: Kind, method: Method) -> Said {
    Said { kind, scope: newsletter(), method, evidence: evidence() }
}

/// By a link in a message.
fn no() -> Said {
    said(Kind::Unsubscribe, Method::OneClickUnsubscribe)
}

/// By a button, about the same.
fn yes() -> Said {
    said(Kind::Unsubscribe, Method::Button)
}

fn signal() -> Said {
    said(Kind::OptOutSignal, Method::GpcSignal)
}

fn signed_back_in() -> Said {
    said(Kind::OptOutSignal, Method::Checkbox)
}

fn raise(said: Said) -> Command {
    Command::Raise { said, jurisdiction: None }
}

fn lift(said: Said) -> Command {
    Command::Lift { said, reason: label("signed up again") }
}

fn retain(digests: &[&str]) -> Command {
    Command::Retain { point_digests: digested(digests) }
}

fn digested(digests: &[&str]) -> BTreeSet<Reference> {
    digests.iter().map(|digest| reference(digest)).collect()
}

fn raised(Said { kind, scope, method, evidence }: Said) -> Event {
    Raised { kind, scope, method, evidence, jurisdiction: None, no_reask_before: None }.into()
}

fn lift_requested(Said { kind, scope, method, evidence }: Said) -> Event {
    LiftRequested { kind, scope, method, evidence }.into()
}

fn lifted(Said { kind, scope, method, evidence }: Said) -> Event {
    Lifted { kind, scope, method, reason: label("signed up again"), evidence }.into()
}

fn retained(digests: &[&str]) -> Event {
    Retained { point_digests: digested(digests) }.into()
}

#[test]
fn a_no_is_accepted_unasked_and_recorded_once() {
    history([]).when(raise(no())).then([raised(no())]);
    history([raised(no())]).when(raise(yes())).then_nothing();
}

#[test]
fn kinds_and_scopes_stand_side_by_side() {
    let everything = Said { scope: Scope::default(), ..no() };
    history([raised(no())]).when(raise(everything.clone())).then([raised(everything)]);
    history([raised(no())]).when(raise(signal())).then([raised(signal())]);
}

#[test]
fn an_unsubscription_is_lifted_by_one_act_of_the_subject() {
    history([raised(no())]).when(lift(yes())).then([lifted(yes())]);
    history([raised(no()), lifted(yes())]).when(lift(yes())).then_nothing();
    history([raised(no()), lifted(yes())]).when(raise(no())).then([raised(no())]);
}

#[test]
fn after_an_opt_out_signal_it_takes_two_acts() {
    history([raised(signal())]).when(lift(signed_back_in())).then_rejected(Rejection::LiftNotRequested);
    let asked = [raised(signal()), lift_requested(signed_back_in())];
    history([raised(signal())])
        .when(Command::RequestLift(signed_back_in()))
        .then([lift_requested(signed_back_in())]);
    history(asked.clone()).when(Command::RequestLift(signed_back_in())).then_nothing();
    history(asked.clone()).when(lift(signed_back_in())).then([lifted(signed_back_in())]);
    history(asked).when(raise(signal())).then([raised(signal())]);
}

#[test]
fn a_lift_that_was_broken_off_begins_anew() {
    history([raised(signal()), lift_requested(signed_back_in()), raised(signal())])
        .when(lift(signed_back_in()))
        .then_rejected(Rejection::LiftNotRequested);
}

#[test]
fn nothing_is_lifted_by_a_signal_a_click_that_stops_or_an_import() {
    for method in [Method::GpcSignal, Method::OneClickUnsubscribe, Method::ApiImport] {
        let said = Said { method, ..no() };
        history([raised(no())]).when(lift(said.clone())).then_rejected(Rejection::MethodNotExplicit);
        history([raised(no())]).when(Command::RequestLift(said)).then_rejected(Rejection::MethodNotExplicit);
    }
    for method in [
        Method::Checkbox,
        Method::Button,
        Method::DoubleOptIn,
        Method::VoiceRecorded,
        Method::PaperSigned,
        Method::StaffRecorded,
    ] {
        let said = Said { method, ..no() };
        history([raised(no())]).when(lift(said.clone())).then([lifted(said)]);
    }
}

#[test]
fn what_was_not_raised_like_this_is_not_lifted() {
    let wider = Said { scope: Scope::default(), ..yes() };
    history([raised(no())]).when(lift(wider.clone())).then_rejected(Rejection::NotRaised);
    history([raised(no())]).when(Command::RequestLift(wider)).then_rejected(Rejection::NotRaised);
    history([raised(no()), lifted(yes())])
        .when(Command::RequestLift(yes()))
        .then_rejected(Rejection::NotRaised);
}

#[test]
fn an_erasure_keeps_digests_of_the_contact_points_where_something_stands() {
    history([raised(no())]).when(retain(&["aa", "bb"])).then([retained(&["aa", "bb"])]);
    history([]).when(retain(&["aa"])).then_nothing();
    history([raised(no()), lifted(yes())]).when(retain(&["aa"])).then_nothing();
    history([raised(no())]).when(retain(&[])).then_nothing();
    history([raised(no()), retained(&["aa", "bb"])]).when(retain(&["aa"])).then_nothing();
}

#[test]
fn a_scope_covers_what_it_names_and_every_one_of_what_it_does_not() {
    let topic = Topic { purpose: key("newsletter"), channel: Channel::Email };
    let by_sms = Topic { channel: Channel::Sms, ..topic.clone() };
    let offers = Topic { purpose: key("offers"), ..topic };
    let covered = |scope: &Scope| [&topic, &by_sms, &offers].map(|topic| scope.covers(topic));
    assert_eq!(covered(&newsletter()), [true, false, false]);
    assert_eq!(covered(&Scope { channel: None, ..newsletter() }), [true, true, false]);
    assert_eq!(covered(&Scope { purpose: None, ..newsletter() }), [true, false, true]);
    assert_eq!(covered(&Scope::default()), [true, true, true]);
}

#[test]
fn each_rejection_has_its_reason() {
    let reasons = [
        (Rejection::NotRaised, "SUPPRESSION_NOT_RAISED"),
        (Rejection::MethodNotExplicit, "SUPPRESSION_METHOD_NOT_EXPLICIT"),
        (Rejection::LiftNotRequested, "SUPPRESSION_LIFT_NOT_REQUESTED"),
    ];
    for (rejection, reason) in reasons {
        assert_eq!(rejection.reason(), reason);
    }
}

#[test]
fn where_the_law_says_so_who_opted_out_is_not_asked_for_a_year() {
    let jurisdiction = testing::california();
    let until = Some(testing::at("2027-11-22T00:00:00Z"));
    let Said { kind, scope, method, evidence } = signal();
    let opted_out: Event =
        Raised { kind, scope, method, evidence, jurisdiction: jurisdiction.clone(), no_reask_before: until }
            .into();
    history([]).when(Command::Raise { said: signal(), jurisdiction }).then([opted_out.clone()]);

    let topic = |channel| Topic { purpose: key("newsletter"), channel };
    let state = testing::fold::<Suppression>(State::default(), [opted_out]);
    assert_eq!(state.no_reask_before(&topic(Channel::Email)), until);
    assert_eq!(state.no_reask_before(&topic(Channel::Sms)), None);
    let lifted = lifted(Said { kind: Kind::OptOutSignal, ..signed_back_in() });
    let state = testing::fold::<Suppression>(state, [lifted]);
    assert_eq!(state.no_reask_before(&topic(Channel::Email)), None);
}
