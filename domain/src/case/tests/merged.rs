//! Cases that are one.

use super::*;

fn merge(into: &str) -> Command {
    Command::Merge { case_id: case_id("a"), into: case_id(into) }
}

fn merged() -> Event {
    Merged { into: case_id("b") }.into()
}

#[test]
fn a_case_is_never_merged_into_itself() {
    for history in [vec![opened(None)], vec![opened(None), resolved()]] {
        given::<Case>(history).when(merge("a")).then_rejected(Rejection::MergedIntoItself);
    }
}

#[test]
fn it_is_merged_once_wherever_it_stands() {
    for history in [
        vec![opened(None)],
        vec![opened(None), awaited(Wait::Customer, None)],
        vec![opened(None), resolved()],
        vec![opened(None), resolved(), Closed {}.into()],
    ] {
        given::<Case>(history).when(merge("b")).then([merged()]);
    }
    let rejection = || Rejection::Merged { into: case_id("b") };
    given::<Case>([opened(None), merged()]).when(merge("c")).then_rejected(rejection());
    given::<Case>([opened(None), merged()]).when(resolve()).then_rejected(rejection());
}

#[test]
fn a_case_that_is_no_part_any_more_stands_where_it_stood_and_its_clock_runs_as_it_was() {
    let part = |from| Command::Part { from: case_id(from) };
    let parted = |clock| Event::from(Parted { from: case_id("b"), clock });
    let Event::Opened(Opened { clock: running, .. }) = promised() else { panic!("an opening") };
    given::<Case>([promised(), merged()]).when(part("b")).then([parted(running.map(|clock| *clock))]);
    let stopped = awaited(Wait::Customer, Some(NOON));
    for history in [vec![opened(None)], vec![promised(), resolved()], vec![promised(), stopped]] {
        given::<Case>([history.clone(), vec![merged()]].concat()).when(part("b")).then([parted(None)]);
        // Parted once, it is no part of anything.
        given::<Case>([history, vec![merged(), parted(None)]].concat()).when(part("b")).then([]);
    }
    given::<Case>([opened(None), merged(), parted(None)]).when(resolve()).then([resolved()]);
    let elsewhere = Rejection::Merged { into: case_id("b") };
    given::<Case>([opened(None), merged()]).when(part("c")).then_rejected(elsewhere);
}

#[test]
fn a_case_that_is_split_off_names_where_it_came_from() {
    let split = Open { split_from: Some(case_id("a")), ..open() };
    let Event::Opened(whole) = opened(None) else { panic!("an opening") };
    let part = Opened { split_from: Some(case_id("a")), ..whole };
    given::<Case>([]).when(opening_of(split, None)).then([part.into()]);
}
