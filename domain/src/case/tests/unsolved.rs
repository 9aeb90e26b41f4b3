//! A case before it is solved.

use super::*;

#[test]
fn nothing_is_asked_of_what_was_never_opened() {
    for command in [resolve(), assign(None, None), Command::Close, Command::LinkBug { bug: bug(1) }] {
        given::<Case>([]).when(command).then_rejected(Rejection::NotOpened);
    }
}

#[test]
fn another_case_under_its_id_is_refused() {
    given::<Case>([opened(None)]).when(opening(None)).then_nothing();
    let other = Open { title: label("The printer smells"), ..open() };
    given::<Case>([opened(None), resolved()])
        .when(opening_of(other, None))
        .then_rejected(Rejection::AlreadyOpened);
}

#[test]
fn it_is_handed_over_with_what_the_next_one_should_know() {
    let to_ann = assigned([Some("team_first"), None], [Some("team_first"), Some("user_ann")]);
    given::<Case>([opened(None)]).when(assign(Some("team_first"), Some("user_ann"))).then([to_ann.clone()]);
    let note = Command::Assign {
        group: Some(reference("team_second")),
        assignee: None,
        interaction_id: Some(said("note")),
    };
    let Event::Assigned(handed_over) =
        assigned([Some("team_first"), Some("user_ann")], [Some("team_second"), None])
    else {
        panic!("a hand-over")
    };
    let handed_over = Assigned { interaction_id: Some(said("note")), ..handed_over };
    given::<Case>([opened(None), to_ann]).when(note).then([handed_over.into()]);
}

#[test]
fn what_was_said_is_told_once() {
    let reply = Command::Reply { interaction_id: said("answer") };
    given::<Case>([opened(None)]).when(reply.clone()).then([replied("answer")]);
    given::<Case>([opened(None), replied("answer"), replied("more")]).when(reply).then_nothing();
}

#[test]
fn it_waits_for_one_thing_after_another() {
    let wait = |wait| Command::Await { wait, level: None };
    let waits = awaited(Wait::Customer, None);
    given::<Case>([opened(None)]).when(wait(Wait::Customer)).then([waits.clone()]);
    given::<Case>([opened(None), waits])
        .when(wait(Wait::ThirdParty))
        .then([Resumed { clock: None }.into(), awaited(Wait::ThirdParty, None)]);
    given::<Case>([opened(None)]).when(Command::Resume { level: None }).then_nothing();
}

#[test]
fn it_goes_up_and_never_down() {
    let escalate = |level| Command::Escalate { level, reason: label("open for more than 48 hours") };
    let escalated =
        |level| Escalated { level, reason: label("open for more than 48 hours"), terms: None }.into();
    given::<Case>([opened(None)]).when(escalate(1)).then([escalated(1)]);
    given::<Case>([opened(None), escalated(2)]).when(escalate(1)).then_nothing();
}

#[test]
fn it_is_solved_and_closed() {
    given::<Case>([opened(None)]).when(resolve()).then([resolved()]);
    given::<Case>([opened(None), awaited(Wait::Customer, None)]).when(resolve()).then([resolved()]);
    given::<Case>([opened(None)])
        .when(Command::Close)
        .then([Resolved { resolution: None }.into(), Closed {}.into()]);
}

#[test]
fn a_bug_is_named_once_and_there_is_a_limit() {
    let link = |number| Command::LinkBug { bug: bug(number) };
    let linked = |number| Event::from(BugLinked { bug: bug(number) });
    given::<Case>([opened(None)]).when(link(1)).then([linked(1)]);
    let full: Vec<Event> = [opened(None)].into_iter().chain((0..BUGS_MAX).map(linked)).collect();
    given::<Case>(full.clone()).when(link(7)).then_nothing();
    given::<Case>(full).when(link(BUGS_MAX)).then_rejected(Rejection::TooManyBugs);
}

#[test]
fn as_much_can_be_said_as_the_limit() {
    let full: Vec<Event> =
        [opened(None)].into_iter().chain((1..SAID_MAX).map(|n| replied(&n.to_string()))).collect();
    let reply = |name: &str| Command::Reply { interaction_id: said(name) };
    given::<Case>(full.clone()).when(reply("too much")).then_rejected(Rejection::TooMuchSaid);
    given::<Case>(full).when(reply("7")).then_nothing();
}
