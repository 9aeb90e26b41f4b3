//! While a deal is worked on.

use super::*;

fn deal() -> Given<Opportunity> {
    given([opened()])
}

/// A deal that nobody has put a value, a day or a seller on.
fn bare_deal() -> Given<Opportunity> {
    given([Opened { amount: None, expected_close_on: None, owner: None, team: None, ..began() }.into()])
}

#[test]
fn opened_again_in_the_same_words_changes_nothing() {
    deal().when(open(begin())).then_nothing();
    deal().when(open(Open { stage: Some(key("new")), ..begin() })).then_nothing();
    given::<Opportunity>([opened(), moved("new", "offer")]).when(open(begin())).then_nothing();
}

#[test]
fn opened_again_under_a_newer_pipeline_changes_nothing() {
    deal().when(open(Open { pipeline: sales_2(), ..begin() })).then_nothing();
    deal().when(open(Open { pipeline: sales_2(), stage: Some(key("new")), ..begin() })).then_nothing();
}

#[test]
fn cannot_be_opened_in_other_words() {
    for other in other_beginnings() {
        deal().when(open(other)).then_rejected(Rejection::AlreadyOpened);
    }
}

#[test]
fn can_move_to_a_stage_that_is_open_or_waits() {
    deal().when(move_stage("offer")).then([moved("new", "offer")]);
    deal().when(move_stage("parked")).then([moved("new", "parked")]);
    deal().when(move_stage("new")).then_nothing();
    given::<Opportunity>([opened(), moved("new", "parked")])
        .when(move_stage("new"))
        .then([moved("parked", "new")]);
}

#[test]
fn a_move_keeps_the_version_of_the_pipeline_that_judged_it() {
    deal().when(Command::MoveStage { stage: key("offer"), pipeline: sales_2() }).then([StageMoved {
        from: key("new"),
        place: place_in(&sales_2(), "offer"),
    }
    .into()]);
}

#[test]
fn cannot_move_to_a_stage_that_closes_it_or_is_not_there() {
    deal().when(move_stage("won")).then_rejected(Rejection::StageCloses { stage: key("won") });
    deal().when(move_stage("lost")).then_rejected(Rejection::StageCloses { stage: key("lost") });
    deal().when(move_stage("paid")).then_rejected(unknown("paid"));
}

#[test]
fn can_have_its_amount_revised() {
    deal().when(revise(eur(12_000))).then([AmountRevised {
        previous: Some(eur(10_000)),
        amount: eur(12_000),
        fx: None,
    }
    .into()]);
    deal().when(revise(eur(10_000))).then_nothing();
    let first = AmountRevised { previous: None, amount: usd(500), fx: None };
    bare_deal().when(revise(usd(500))).then([first.into()]);
}

#[test]
fn cannot_have_an_amount_in_another_currency_or_below_nothing() {
    deal().when(revise(usd(12_000))).then_rejected(currency_differs());
    deal().when(revise(eur(-1))).then_rejected(Rejection::AmountNegative);
    deal().when(win(Some(usd(12_000)))).then_rejected(currency_differs());
    deal().when(win(Some(eur(-1)))).then_rejected(Rejection::AmountNegative);
}

#[test]
fn can_have_its_close_date_moved() {
    let (december, january) = (day("2026-12-24"), day("2027-01-31"));
    deal().when(move_close_date("2027-01-31")).then([CloseDateMoved {
        previous: Some(december),
        expected_close_on: january,
    }
    .into()]);
    deal().when(move_close_date("2026-12-24")).then_nothing();
    bare_deal().when(move_close_date("2027-01-31")).then([CloseDateMoved {
        previous: None,
        expected_close_on: january,
    }
    .into()]);
}

#[test]
fn can_be_handed_to_another_owner_or_team() {
    let handed = |owner, team: Option<&str>| -> Event {
        OwnerAssigned { owner: reference(owner), team: team.map(reference) }.into()
    };
    deal().when(assign("user_2", Some("north"))).then([handed("user_2", Some("north"))]);
    deal().when(assign("user_1", Some("south"))).then([handed("user_1", Some("south"))]);
    deal().when(assign("user_1", None)).then([handed("user_1", None)]);
    deal().when(assign("user_1", Some("north"))).then_nothing();
    bare_deal().when(assign("user_1", None)).then([handed("user_1", None)]);
}

#[test]
fn can_be_won_for_what_it_was_judged_or_for_another_amount() {
    deal().when(win(None)).then([won("new", Some(eur(10_000)))]);
    deal().when(win(Some(eur(9_500)))).then([won("new", Some(eur(9_500)))]);
    bare_deal().when(win(None)).then([won("new", None)]);
    bare_deal().when(win(Some(usd(500)))).then([won("new", Some(usd(500)))]);
}

#[test]
fn can_be_lost_with_a_reason_and_a_competitor_or_without() {
    deal().when(lose("price")).then([lost("new", "price")]);
    deal().when(Command::Lose { reason: None, competitor: Some(label("Acme")), pipeline: sales() }).then([
        Lost { from: key("new"), place: place("lost"), reason: None, competitor: Some(label("Acme")) }.into(),
    ]);
}

#[test]
fn reopened_where_it_stands_changes_nothing() {
    deal().when(reopen(None)).then_nothing();
    deal().when(reopen(Some("new"))).then_nothing();
}

#[test]
fn cannot_be_reopened_elsewhere() {
    deal().when(reopen(Some("offer"))).then_rejected(Rejection::NotClosed { stage: key("new") });
}
