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
fn a_case_that_is_split_off_names_where_it_came_from() {
    let split = Open { split_from: Some(case_id("a")), interaction_id: None, ..open(None) };
    let Event::Opened(whole) = opened(None) else { panic!("an opening") };
    let part = Opened { split_from: Some(case_id("a")), interaction_id: None, ..whole };
    given::<Case>([]).when(Command::Open(Box::new(split))).then([part.into()]);
}
