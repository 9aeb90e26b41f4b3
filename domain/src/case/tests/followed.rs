//! A case that another system keeps.

use super::*;

fn mirror(standing: Standing) -> Mirror {
    Mirror { open: open(), level: None, standing, resolution: Some(label("put out")), breached: false }
}

/// As it is opened where nothing was said in it.
fn opened_there() -> Event {
    let Event::Opened(begun) = opened(None) else { panic!("an opening") };
    Opened { interaction_id: None, ..begun }.into()
}

fn told(standing: Standing) -> Command {
    Command::Mirror(Box::new(mirror(standing)))
}

#[test]
fn it_is_opened_where_it_stands() {
    given::<Case>([]).when(told(Standing::Open)).then([opened_there()]);
    given::<Case>([])
        .when(told(Standing::Waiting(Wait::Customer)))
        .then([opened_there(), awaited(Wait::Customer, None)]);
    given::<Case>([]).when(told(Standing::Resolved)).then([opened_there(), resolved()]);
}

#[test]
fn it_follows_step_by_step() {
    let waits = awaited(Wait::ThirdParty, None);
    given::<Case>([opened(None), waits]).when(told(Standing::Open)).then([Resumed { clock: None }.into()]);
    let solved = || given::<Case>([opened(None), resolved()]);
    solved().when(told(Standing::Closed)).then([Closed {}.into()]);
    solved().when(told(Standing::Open)).then([Reopened { clock: None }.into()]);
    given::<Case>([opened(None), resolved(), Closed {}.into()]).when(told(Standing::Resolved)).then_nothing();
}

#[test]
fn priority_and_who_has_it_follow_and_how_it_began_stays() {
    let moved = Open {
        priority: Priority::High,
        group: Some(reference("team_second")),
        title: label("Renamed since"),
        ..open()
    };
    let moved = Mirror { open: moved, ..mirror(Standing::Open) };
    given::<Case>([opened(None)]).when(Command::Mirror(Box::new(moved))).then([
        PriorityChanged { from: Priority::Urgent, to: Priority::High, clock: None }.into(),
        assigned([Some("team_first"), None], [Some("team_second"), None]),
    ]);
}

#[test]
fn a_promise_that_was_not_kept_there_was_not_kept() {
    let late = Mirror { breached: true, ..mirror(Standing::Resolved) };
    given::<Case>([opened(None)])
        .when(Command::Mirror(Box::new(late)))
        .then([resolved(), TargetBreached { target: Target::Resolution, due_at: None }.into()]);
}

#[test]
fn what_was_merged_here_follows_no_more() {
    given::<Case>([opened(None), Merged { into: case_id("b") }.into()])
        .when(told(Standing::Open))
        .then_rejected(Rejection::Merged { into: case_id("b") });
}
