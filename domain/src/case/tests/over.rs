//! A case that is solved, or that nobody comes back to.

use super::*;

fn hear(name: &str) -> Command {
    Command::Hear { interaction_id: said(name), level: None }
}

#[test]
fn what_is_solved_is_solved_once() {
    let solved = || given::<Case>([opened(None), resolved()]);
    solved().when(resolve()).then_nothing();
    solved().when(Command::Resolve { resolution: None }).then_rejected(Rejection::Resolved);
    solved().when(Command::Await { wait: Wait::Customer, level: None }).then_rejected(Rejection::Resolved);
    solved().when(Command::Close).then([Closed {}.into()]);
}

#[test]
fn a_word_of_the_customer_reopens_what_was_solved() {
    let heard = CustomerReplied { interaction_id: said("again"), clock: None };
    given::<Case>([opened(None), resolved()])
        .when(hear("again"))
        .then([Reopened { clock: None }.into(), heard.into()]);
}

#[test]
fn what_is_closed_is_reopened_or_left() {
    let closed = || given::<Case>([opened(None), resolved(), Closed {}.into()]);
    closed().when(Command::Reopen { level: None }).then([Reopened { clock: None }.into()]);
    closed().when(Command::Close).then_nothing();
    closed().when(hear("first")).then_nothing();
    for command in [hear("again"), resolve(), assign(None, None)] {
        closed().when(command).then_rejected(Rejection::Closed);
    }
    closed().when(Command::LinkBug { bug: bug(1) }).then([BugLinked { bug: bug(1) }.into()]);
}
