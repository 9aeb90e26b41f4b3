//! Once a deal is won or lost.

use super::*;

fn won_deal() -> Given<Opportunity> {
    given([opened(), moved("new", "offer"), won("offer", Some(eur(9_500)))])
}

fn lost_deal() -> Given<Opportunity> {
    given([opened(), moved("new", "offer"), lost("offer", "price")])
}

fn reopened(from: &str, to: &str) -> Event {
    Reopened { from: key(from), place: place(to) }.into()
}

/// Work that only an open deal takes.
fn work() -> [Command; 14] {
    [
        move_stage("new"),
        move_stage("paid"),
        revise(eur(1)),
        move_close_date("2027-01-31"),
        assign("user_2", None),
        set_next_step("Call", None),
        add_role(Role::Champion),
        Command::RemoveContactRole { contact_role: role(Role::Champion) },
        set_segment("region", "West"),
        clear_segment("product"),
        meet("budget", sales()),
        retract("budget"),
        choose_after("first", None),
        override_forecast(None, Some(80), "Signed"),
    ]
}

mod won {
    use super::*;

    #[test]
    fn won_again_for_the_same_changes_nothing() {
        won_deal().when(win(None)).then_nothing();
        won_deal().when(win(Some(eur(9_500)))).then_nothing();
    }

    #[test]
    fn cannot_be_won_for_another_amount_or_lost() {
        won_deal().when(win(Some(eur(9_000)))).then_rejected(Rejection::Closed);
        won_deal().when(win(Some(usd(9_500)))).then_rejected(Rejection::Closed);
        won_deal().when(lose("price")).then_rejected(Rejection::Closed);
    }

    #[test]
    fn takes_no_work() {
        for command in work() {
            won_deal().when(command).then_rejected(Rejection::Closed);
        }
    }

    #[test]
    fn opened_again_in_the_same_words_stays_won_and_in_others_is_refused() {
        won_deal().when(open(begin())).then_nothing();
        for other in other_beginnings() {
            won_deal().when(open(other)).then_rejected(Rejection::AlreadyOpened);
        }
    }

    #[test]
    fn can_be_reopened_where_it_was_closed_or_elsewhere() {
        won_deal().when(reopen(None)).then([reopened("won", "offer")]);
        won_deal().when(reopen(Some("parked"))).then([reopened("won", "parked")]);
    }
}

mod lost {
    use super::*;

    #[test]
    fn lost_again_for_the_same_reason_changes_nothing() {
        lost_deal().when(lose("price")).then_nothing();
    }

    #[test]
    fn cannot_be_lost_for_another_reason_or_to_another_or_won() {
        lost_deal().when(lose("timing")).then_rejected(Rejection::Closed);
        let competitor = Some(label("Acme"));
        lost_deal()
            .when(Command::Lose { reason: Some(label("price")), competitor, pipeline: sales() })
            .then_rejected(Rejection::Closed);
        lost_deal().when(win(None)).then_rejected(Rejection::Closed);
    }

    #[test]
    fn takes_no_work() {
        for command in work() {
            lost_deal().when(command).then_rejected(Rejection::Closed);
        }
    }

    #[test]
    fn opened_again_in_the_same_words_stays_lost_and_in_others_is_refused() {
        lost_deal().when(open(begin())).then_nothing();
        for other in other_beginnings() {
            lost_deal().when(open(other)).then_rejected(Rejection::AlreadyOpened);
        }
    }

    #[test]
    fn can_be_reopened_where_it_was_closed_or_elsewhere() {
        lost_deal().when(reopen(None)).then([reopened("lost", "offer")]);
        lost_deal().when(reopen(Some("new"))).then([reopened("lost", "new")]);
    }
}

#[test]
fn cannot_be_reopened_in_a_stage_that_closes_it_or_is_not_there() {
    for deal in [won_deal, lost_deal] {
        deal().when(reopen(Some("won"))).then_rejected(Rejection::StageCloses { stage: key("won") });
        deal().when(reopen(Some("paid"))).then_rejected(unknown("paid"));
    }
}

#[test]
fn cannot_be_reopened_in_a_stage_that_the_pipeline_has_no_longer() {
    let closed_from_new = || given::<Opportunity>([opened(), lost("new", "price")]);
    let rejection = Rejection::StageUnknown {
        pipeline: "Sales".to_owned(),
        stage: key("new"),
        known: "fresh, offer, parked, won, lost".to_owned(),
    };
    closed_from_new().when(Command::Reopen { stage: None, pipeline: sales_2() }).then_rejected(rejection);
    closed_from_new()
        .when(Command::Reopen { stage: Some(key("fresh")), pipeline: sales_2() })
        .then([Reopened { from: key("lost"), place: place_in(&sales_2(), "fresh") }.into()]);
}

#[test]
fn reopened_and_lost_again_is_lost_for_the_new_reason() {
    let again = || given::<Opportunity>([opened(), lost("new", "price"), reopened("lost", "new")]);
    again().when(lose("timing")).then([lost("new", "timing")]);
    again().when(lose("price")).then([lost("new", "price")]);
}
