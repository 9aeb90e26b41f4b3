//! The time between the approval of an erasure and the destruction of the keys.

use super::*;

/// Received, and approved with a window.
fn waiting() -> [Event; 3] {
    [received(Right::Erasure), approved(), scheduled()]
}

fn begun() -> Event {
    ErasureBegun {}.into()
}

#[test]
fn an_approved_erasure_waits_for_its_window_and_no_other_right_has_one() {
    for (right, expected) in
        [(Right::Erasure, vec![approved(), scheduled()]), (Right::Access, vec![approved()])]
    {
        let state = fold::<SubjectRequest>(State::default(), [received(right)]);
        let context = Context { actor: other(), ..context(at(crate::testing::NOON)) };
        let decided = SubjectRequest::decide(&state, &approve(Some(WINDOW_CLOSES)), &context);
        assert_eq!(decided, Ok(expected));
    }
}

#[test]
fn nothing_is_destroyed_while_the_window_is_open() {
    asked(waiting())
        .at("2026-11-24T11:59:59.999999Z")
        .when(Command::BeginErasure)
        .then_rejected(Rejection::WindowOpen);
    asked(waiting()).when(fulfil(erasure())).then_rejected(Rejection::WindowOpen);
    asked(waiting()).at(WINDOW_CLOSES).when(Command::BeginErasure).then([begun()]);
    let done = asked([waiting().to_vec(), vec![begun()]].concat()).when(fulfil(erasure()));
    done.then([Fulfilled { outcome: erasure() }.into()]);
}

#[test]
fn until_it_closes_the_erasure_can_be_cancelled_and_the_request_is_open_as_before() {
    asked(waiting()).when(cancel("the wrong person")).then([cancelled("the wrong person")]);
    let history = [waiting().to_vec(), vec![cancelled("the wrong person")]].concat();
    asked(history.clone()).when(Command::BeginErasure).then_rejected(Rejection::NotApproved);
    asked(history.clone()).when(fulfil(erasure())).then_rejected(Rejection::NotApproved);
    let refused: Event = Refused { reason: label("the wrong person") }.into();
    asked(history).when(Command::Refuse { reason: label("the wrong person") }).then([refused]);
}

#[test]
fn what_has_begun_cannot_be_taken_back() {
    let late = asked(waiting()).at(WINDOW_CLOSES).when(cancel("the wrong person"));
    late.then_rejected(Rejection::ErasureBegun);
    let history = [waiting().to_vec(), vec![begun()]].concat();
    asked(history.clone()).when(cancel("the wrong person")).then_rejected(Rejection::ErasureBegun);
    let refuse = Command::Refuse { reason: label("a contract is open") };
    asked(history.clone()).when(refuse).then_rejected(Rejection::ErasureBegun);
    asked(history).when(Command::BeginErasure).then_nothing();
}

#[test]
fn a_request_that_is_refused_while_its_window_is_open_ends() {
    let refused: Event = Refused { reason: label("a contract is open") }.into();
    asked(waiting()).when(Command::Refuse { reason: label("a contract is open") }).then([refused.clone()]);
    let history = [waiting().to_vec(), vec![refused]].concat();
    asked(history).at(WINDOW_CLOSES).when(Command::BeginErasure).then_rejected(Rejection::Closed);
}

#[test]
fn without_a_window_there_is_nothing_to_cancel_and_nothing_to_begin() {
    let history = [received(Right::Erasure), approved()];
    asked(history.clone()).when(cancel("the wrong person")).then_rejected(Rejection::ErasureNotScheduled);
    asked(history).when(Command::BeginErasure).then_nothing();
    asked([received(Right::Erasure)])
        .when(cancel("the wrong person"))
        .then_rejected(Rejection::ErasureNotScheduled);
}
