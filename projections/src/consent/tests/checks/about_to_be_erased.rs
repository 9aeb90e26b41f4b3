//! Given a request to be erased, when somebody wants to address the subject, then its approval forbids it while it stands.

use rapport_domain::subject_request::{
    Approved, ErasureBegun, ErasureCancelled, ErasureScheduled, Event as RequestEvent, Received,
    Refused as TurnedDown, Right, SubjectRequest,
};
use rapport_domain::value::Date;

use super::*;

/// Long before anything was approved, and long after.
const BEFORE_AND_AFTER: [&str; 2] = ["2026-02-10T00:00:00Z", "2026-05-01T00:00:00Z"];

/// Ann agreed, and asks for something by a request of a name.
fn asks(history: &mut History, name: &str, right: Right) {
    let due_on = Date::parse("2026-04-01").unwrap();
    let received = Received { contact_id: contact("ann"), right, ground: None, received_by: actor(), due_on };
    goes_on(history, name, received);
}

fn goes_on(history: &mut History, name: &str, event: impl Into<RequestEvent>) {
    let id = SubjectRequestId::derived("tests", name);
    history.add::<SubjectRequest>(&id, "2026-03-01T00:00:00Z", event);
}

fn agreed() -> History {
    said([requested().into(), given_until(NOON).into()])
}

/// A request of Ann's for a right, approved at position 5.
fn approved_for(right: Right) -> History {
    let mut history = agreed();
    asks(&mut history, "one", right);
    goes_on(&mut history, "one", Approved { approved_by: actor() });
    history
}

fn verdicts(history: &History) -> [Verdict; 2] {
    BEFORE_AND_AFTER.map(|time| verdict(history, time))
}

#[test]
fn an_approved_erasure_forbids_at_any_time_and_its_approval_decides() {
    let mut history = agreed();
    asks(&mut history, "one", Right::Erasure);
    assert_eq!(verdicts(&history), [Verdict::Allowed; 2], "one person alone stops nothing");

    let mut history = approved_for(Right::Erasure);
    assert_eq!(verdicts(&history), [Verdict::ErasureApproved; 2], "with no window");
    let erase_at = at("2026-03-04T00:00:00Z");
    goes_on(&mut history, "one", ErasureScheduled { contact_id: contact("ann"), erase_at });
    goes_on(&mut history, "one", ErasureBegun {});
    assert_eq!(verdicts(&history), [Verdict::ErasureApproved; 2]);
    let decided = checked(&history, NOON).decided_by.unwrap();
    assert_eq!((decided.position, decided.consent_id), (Position(5), None));
    assert_eq!(verdicts(&history.until(Position(4))), [Verdict::Allowed; 2], "as of before the approval");
}

#[test]
fn one_that_is_taken_back_or_turned_down_allows_again() {
    let cancelled = ErasureCancelled { reason: label("the wrong person"), cancelled_by: actor() };
    for end in [RequestEvent::from(cancelled), TurnedDown { reason: label("a duty to keep") }.into()] {
        let mut history = approved_for(Right::Erasure);
        goes_on(&mut history, "one", end);
        assert_eq!(verdicts(&history), [Verdict::Allowed; 2]);
        goes_on(&mut history, "one", Approved { approved_by: actor() });
        let decided = checked(&history, NOON);
        assert_eq!(decided.verdict, Verdict::ErasureApproved, "approved anew");
        assert_eq!(decided.decided_by.unwrap().position, Position(7));
    }
}

#[test]
fn of_two_that_are_approved_one_that_is_taken_back_leaves_the_other() {
    let mut history = approved_for(Right::Erasure);
    asks(&mut history, "two", Right::Erasure);
    goes_on(&mut history, "two", Approved { approved_by: actor() });
    let cancelled = ErasureCancelled { reason: label("asked twice"), cancelled_by: actor() };
    goes_on(&mut history, "one", cancelled);
    let decided = checked(&history, NOON);
    assert_eq!(decided.verdict, Verdict::ErasureApproved);
    assert_eq!(decided.decided_by.unwrap().position, Position(7));
}

#[test]
fn another_right_and_another_subject_stop_nothing() {
    assert_eq!(verdicts(&approved_for(Right::Restriction)), [Verdict::Allowed; 2]);
    let mut history = approved_for(Right::Erasure);
    history.add::<Contact>(&contact("bob"), "2026-01-01T00:00:00Z", registered(0));
    history.add::<consent::Consent>(&contact("bob"), "2026-01-02T00:00:00Z", given("b", topic()));
    assert_eq!(asked(&history, "bob", topic(), at("2026-05-01T00:00:00Z")).verdict, Verdict::Allowed);
}

#[test]
fn an_erasure_that_was_done_says_so_instead() {
    let mut history = approved_for(Right::Erasure);
    let request_id = SubjectRequestId::derived("tests", "one");
    history.add::<Contact>(&contact("ann"), "2026-03-05T00:00:00Z", Erased { request_id });
    assert_eq!(verdicts(&history), [Verdict::ContactErased; 2]);
}
