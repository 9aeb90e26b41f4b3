//! A legal hold keeps a contact from being erased, and from nothing else.

use super::*;
use crate::envelope::Actor;
use crate::testing::{actor, day, other};
use crate::value::Date;

fn place(matter: &str, until: Option<&str>) -> Command {
    let (matter, reason, until) = (reference(matter), label("a claim is pending"), until.map(day));
    Command::PlaceLegalHold { matter, reason, until }
}

fn placed(matter: &str, until: Option<Date>) -> Event {
    let (matter, reason) = (reference(matter), label("a claim is pending"));
    LegalHoldPlaced { matter, reason, until, placed_by: actor() }.into()
}

fn release(matter: &str) -> Command {
    Command::ReleaseLegalHold { matter: reference(matter), reason: label("settled") }
}

fn released(matter: &str) -> Event {
    let (matter, reason, released_by) = (reference(matter), label("settled"), actor());
    LegalHoldReleased { matter, reason, released_by, proposed_by: None }.into()
}

fn propose(matter: &str, reason: &str) -> Command {
    Command::ProposeLegalHoldRelease { matter: reference(matter), reason: label(reason) }
}

fn proposed(matter: &str, reason: &str, proposed_by: Actor) -> Event {
    LegalHoldReleaseProposed { matter: reference(matter), reason: label(reason), proposed_by }.into()
}

fn approve(matter: &str) -> Command {
    Command::ApproveLegalHoldRelease { matter: reference(matter) }
}

fn erase() -> Command {
    Command::Erase { request_id: request("first") }
}

fn erased() -> Event {
    Erased { request_id: request("first") }.into()
}

#[test]
fn is_placed_on_an_active_and_on_an_archived_contact_and_named_when_it_refuses() {
    for history in [vec![registered()], vec![registered(), archived()]] {
        given::<Contact>(history.clone()).when(place("case_1", None)).then([placed("case_1", None)]);
        let held = [history, vec![placed("case_1", None)]].concat();
        let no = Rejection::OnLegalHold { matter: reference("case_1") };
        assert!(no.to_string().contains("case_1"));
        given::<Contact>(held.clone()).when(erase()).then_rejected(no);
        given::<Contact>(held).when(place("case_1", None)).then_nothing();
    }
}

#[test]
fn stands_on_its_last_day_and_no_longer() {
    let until = |day: Date| given::<Contact>([registered(), placed("case_1", Some(day))]);
    let no = Rejection::OnLegalHold { matter: reference("case_1") };
    until(day("2026-11-21")).when(erase()).then_rejected(no);
    until(day("2026-11-20")).when(erase()).then([erased()]);
}

#[test]
fn is_given_another_day_by_placing_it_again() {
    let history = [registered(), placed("case_1", Some(day("2026-11-20")))];
    let longer = placed("case_1", Some(day("2027-06-30")));
    given::<Contact>(history.clone()).when(place("case_1", Some("2027-06-30"))).then([longer.clone()]);
    let no = Rejection::OnLegalHold { matter: reference("case_1") };
    given::<Contact>([history.to_vec(), vec![longer]].concat()).when(erase()).then_rejected(no);
}

#[test]
fn is_released_by_its_matter_and_the_others_go_on() {
    let both = [registered(), placed("case_1", None), placed("case_2", None)];
    given::<Contact>(both.clone()).when(release("case_1")).then([released("case_1")]);
    let one = [both.to_vec(), vec![released("case_1")]].concat();
    let no = Rejection::OnLegalHold { matter: reference("case_2") };
    given::<Contact>(one.clone()).when(erase()).then_rejected(no);
    given::<Contact>(one.clone()).when(release("case_1")).then_nothing();
    given::<Contact>([one, vec![released("case_2")]].concat()).when(erase()).then([erased()]);
    given::<Contact>(both).when(release("case_3")).then_rejected(Rejection::LegalHoldUnknown);
}

#[test]
fn is_released_by_two_people_one_of_whom_proposes_it() {
    for history in [vec![registered()], vec![registered(), archived()]] {
        let held = [history, vec![placed("case_1", None)]].concat();
        given::<Contact>(held.clone())
            .when(approve("case_1"))
            .then_rejected(Rejection::LegalHoldReleaseNotProposed);
        given::<Contact>(held.clone()).when(propose("case_1", "settled")).then([proposed(
            "case_1",
            "settled",
            actor(),
        )]);
        let mine = [held.clone(), vec![proposed("case_1", "settled", actor())]].concat();
        given::<Contact>(mine.clone()).when(approve("case_1")).then_rejected(Rejection::LegalHoldSameActor);
        let no = Rejection::OnLegalHold { matter: reference("case_1") };
        given::<Contact>(mine.clone()).when(erase()).then_rejected(no);
        given::<Contact>(mine).when(propose("case_1", "settled")).then_nothing();

        let theirs = [held, vec![proposed("case_1", "settled", other())]].concat();
        let (matter, reason, released_by) = (reference("case_1"), label("settled"), actor());
        let released: Event =
            LegalHoldReleased { matter, reason, released_by, proposed_by: Some(other()) }.into();
        given::<Contact>(theirs.clone()).when(approve("case_1")).then([released.clone()]);
        let after = [theirs, vec![released]].concat();
        given::<Contact>(after.clone()).when(approve("case_1")).then_nothing();
        given::<Contact>(after.clone()).when(propose("case_1", "again")).then_nothing();
        given::<Contact>(after).when(erase()).then([erased()]);
    }
    let unknown = given::<Contact>([registered()]);
    unknown.when(approve("case_1")).then_rejected(Rejection::LegalHoldUnknown);
    given::<Contact>([registered()]).when(propose("case_1", "x")).then_rejected(Rejection::LegalHoldUnknown);
}

#[test]
fn that_is_placed_again_is_not_proposed_to_be_released_any_more() {
    let history = [registered(), placed("case_1", None), proposed("case_1", "settled", other())];
    given::<Contact>(history.clone()).when(place("case_1", None)).then([placed("case_1", None)]);
    let again = [history.to_vec(), vec![placed("case_1", None)]].concat();
    given::<Contact>(again).when(approve("case_1")).then_rejected(Rejection::LegalHoldReleaseNotProposed);
}

#[test]
fn is_released_for_the_reason_that_was_proposed_last() {
    let history = [registered(), placed("case_1", None), proposed("case_1", "settled", actor())];
    given::<Contact>(history.clone()).when(propose("case_1", "time-barred")).then([proposed(
        "case_1",
        "time-barred",
        actor(),
    )]);
    let newer = [history.to_vec(), vec![proposed("case_1", "time-barred", other())]].concat();
    let (matter, reason, released_by) = (reference("case_1"), label("time-barred"), actor());
    let released = LegalHoldReleased { matter, reason, released_by, proposed_by: Some(other()) };
    given::<Contact>(newer).when(approve("case_1")).then([released.into()]);
}

#[test]
fn comes_in_a_bounded_number() {
    let matters = (0..LEGAL_HOLDS_MAX).map(|number| placed(&format!("case_{number}"), None));
    let full = given::<Contact>([vec![registered()], matters.collect()].concat());
    full.when(place("another", None)).then_rejected(Rejection::TooManyLegalHolds);
}

#[test]
fn hinders_no_change() {
    given::<Contact>([registered(), placed("case_1", None)]).when(Command::Archive).then([archived()]);
}
