//! A consent that is found to be invalid.

use super::*;

fn invalidate(which: &str, since: &str) -> Command {
    Command::Invalidate {
        consent_id: id(which),
        since: at(since),
        authority: label("audit"),
        reason: label("the box was ticked in advance"),
    }
}

fn was_invalidated(since: &str) -> Event {
    Invalidated {
        consent_id: id("first"),
        topic: topic(),
        since: at(since),
        authority: label("audit"),
        reason: label("the box was ticked in advance"),
    }
    .into()
}

fn given() -> testing::Given<Consent> {
    history([was_requested(), was_given()])
}

#[test]
fn is_over_since_a_time_that_may_lie_before_it_was_given() {
    given().when(invalidate("first", PAST)).then([was_invalidated(PAST)]);
    let over = || history([was_requested(), was_given(), was_invalidated(PAST)]);
    over().when(Command::Give(give_anew())).then_rejected(Rejection::NotRequested);
    over().when(Command::Give(give())).then_rejected(Rejection::ConsentIdUsed);
    over().when(request()).then([was_requested()]);
}

#[test]
fn the_earliest_time_holds() {
    let found = || history([was_requested(), was_given(), was_invalidated(PAST)]);
    found().when(invalidate("first", testing::NOON)).then_nothing();
    found().when(invalidate("first", "2026-11-01T00:00:00Z")).then([was_invalidated("2026-11-01T00:00:00Z")]);
}

#[test]
fn has_to_be_one_of_the_subject_and_was_so_before_it_was_found() {
    given().when(invalidate("other", PAST)).then_rejected(Rejection::ConsentUnknown);
    given().when(invalidate("first", FUTURE)).then_rejected(Rejection::InvalidSinceAhead);
}

#[test]
fn touches_no_other_consent() {
    let withdrawn = [was_requested(), was_given(), was_withdrawn(Some(id("first")))];
    history(withdrawn.clone()).when(invalidate("first", PAST)).then([was_invalidated(PAST)]);
    let anew = withdrawn.into_iter().chain([was_requested(), given_by(give_anew()), was_invalidated(PAST)]);
    let state = testing::fold::<Consent>(State::default(), anew);
    let in_force = Status::Given { consent_id: id("second"), valid_until: Some(at(FUTURE)) };
    assert_eq!(state.topics.get(&topic()), Some(&in_force));
}
