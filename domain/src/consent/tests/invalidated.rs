//! A consent that is found to be invalid.

use super::*;
use crate::context::Context;

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
        proposed_by: None,
        approved_by: None,
    }
    .into()
}

fn propose(since: &str) -> Command {
    Command::ProposeInvalidation {
        consent_id: id("first"),
        since: at(since),
        authority: label("audit"),
        reason: label("the box was ticked in advance"),
    }
}

fn was_proposed(since: &str, proposed_by: crate::envelope::Actor) -> Event {
    InvalidationProposed {
        consent_id: id("first"),
        topic: topic(),
        since: at(since),
        authority: label("audit"),
        reason: label("the box was ticked in advance"),
        proposed_by,
    }
    .into()
}

fn approve(which: &str) -> Command {
    Command::ApproveInvalidation { consent_id: id(which), since: None }
}

/// The same, as it was seen.
fn approve_since(since: &str) -> Command {
    Command::ApproveInvalidation { consent_id: id("first"), since: Some(at(since)) }
}

fn was_approved(since: &str) -> Event {
    let Event::Invalidated(found) = was_invalidated(since) else { panic!("an invalidation") };
    let (proposed_by, approved_by) = (Some(testing::other()), Some(testing::actor()));
    Invalidated { proposed_by, approved_by, ..found }.into()
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
fn is_proposed_by_one_and_approved_by_another_and_counts_until_then() {
    given().when(propose(PAST)).then([was_proposed(PAST, testing::actor())]);
    let proposed = || history([was_requested(), was_given(), was_proposed(PAST, testing::other())]);
    proposed().when(Command::Give(give_anew())).then_rejected(Rejection::AlreadyGiven);
    proposed().when(approve("first")).then([was_approved(PAST)]);
    let mine = history([was_requested(), was_given(), was_proposed(PAST, testing::actor())]);
    mine.when(approve("first")).then_rejected(Rejection::InvalidationSameActor);
    let state = testing::fold::<Consent>(
        State::default(),
        [was_requested(), was_given(), was_proposed(PAST, testing::actor())],
    );
    let context = Context { actor: testing::other(), ..testing::context(at(testing::NOON)) };
    assert_eq!(Consent::decide(&state, &approve("first"), &context).map(|events| events.len()), Ok(1));
}

#[test]
fn is_not_approved_before_somebody_proposed_it_nor_for_another_consent() {
    given().when(approve("first")).then_rejected(Rejection::InvalidationNotProposed);
    given().when(approve("other")).then_rejected(Rejection::ConsentUnknown);
    given().when(propose(FUTURE)).then_rejected(Rejection::InvalidSinceAhead);
}

#[test]
fn is_approved_since_the_time_that_is_proposed_and_since_no_other() {
    let earlier = "2026-11-01T00:00:00Z";
    let proposed = || history([was_requested(), was_given(), was_proposed(PAST, testing::other())]);
    proposed().when(approve_since(PAST)).then([was_approved(PAST)]);
    proposed().when(approve_since(earlier)).then_rejected(Rejection::InvalidationNotProposed);
    let changed = [
        was_requested(),
        was_given(),
        was_proposed(PAST, testing::other()),
        was_proposed(earlier, testing::other()),
    ];
    history(changed).when(approve_since(PAST)).then_rejected(Rejection::InvalidationNotProposed);
}

#[test]
fn a_proposal_in_other_words_takes_the_place_of_the_one_before_and_one_that_is_known_says_nothing_new() {
    let proposed = || history([was_requested(), was_given(), was_proposed(PAST, testing::other())]);
    proposed().when(propose(PAST)).then_nothing();
    let earlier = "2026-11-01T00:00:00Z";
    proposed().when(propose(earlier)).then([was_proposed(earlier, testing::actor())]);
    let found = || history([was_requested(), was_given(), was_invalidated(PAST)]);
    found().when(propose(PAST)).then_nothing();
    found().when(approve("first")).then_nothing();
    let both = [was_requested(), was_given(), was_proposed(earlier, testing::other()), was_invalidated(PAST)];
    history(both).when(approve("first")).then([was_approved(earlier)]);
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
