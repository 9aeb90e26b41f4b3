//! What is noted when the time to answer runs out.

use super::*;

fn due_soon(due_on: &str) -> Event {
    DueSoon { due_on: day(due_on) }.into()
}

fn overdue(due_on: &str) -> Event {
    Overdue { due_on: day(due_on) }.into()
}

#[test]
fn a_week_before_the_last_day_it_is_noted_once_that_little_time_is_left() {
    let open = [received(Right::Access)];
    asked(open.clone()).at("2026-12-13T23:59:59Z").when(Command::NoteDueSoon).then_nothing();
    asked(open).at("2026-12-14T00:00:00Z").when(Command::NoteDueSoon).then([due_soon("2026-12-21")]);
    let approved = [received(Right::Access), approved()];
    asked(approved).at("2026-12-14T00:00:00Z").when(Command::NoteDueSoon).then([due_soon("2026-12-21")]);
}

#[test]
fn the_last_day_is_in_time_and_the_day_after_is_not() {
    let open = [received(Right::Access), due_soon("2026-12-21")];
    asked(open.clone()).at("2026-12-21T23:59:59Z").when(Command::NoteOverdue).then_nothing();
    asked(open).at("2026-12-22T00:00:00Z").when(Command::NoteOverdue).then([overdue("2026-12-21")]);
}

#[test]
fn an_extension_moves_both_and_each_last_day_is_noted_for_itself() {
    let extended = Extended { due_on: day("2027-02-21"), reason: label("many systems") }.into();
    let open = [received(Right::Access), due_soon("2026-12-21"), extended];
    asked(open.clone()).at("2026-12-22T00:00:00Z").when(Command::NoteOverdue).then_nothing();
    asked(open.clone()).at("2027-02-13T00:00:00Z").when(Command::NoteDueSoon).then_nothing();
    asked(open.clone()).at("2027-02-14T00:00:00Z").when(Command::NoteDueSoon).then([due_soon("2027-02-21")]);
    asked(open).at("2027-02-22T00:00:00Z").when(Command::NoteOverdue).then([overdue("2027-02-21")]);
}

#[test]
fn nothing_is_noted_of_a_request_that_is_closed() {
    let refused = Refused { reason: label("a contract is open") }.into();
    let closed = [received(Right::Access), refused];
    for command in [Command::NoteDueSoon, Command::NoteOverdue] {
        asked(closed.clone()).at("2027-06-01T00:00:00Z").when(command).then_nothing();
    }
}
