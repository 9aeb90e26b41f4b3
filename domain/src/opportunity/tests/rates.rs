//! What an amount is worth in another currency, by a rate that stands with it.

use super::*;

/// A deal of 100.00 EUR, by a rate to dollars.
fn deal() -> Given<Opportunity> {
    given([opened_at("1.0845")])
}

fn opened_at(rate: &str) -> Event {
    Opened { fx: Some(to_dollars(rate)), ..began() }.into()
}

fn revise_at(amount: Money, fx: Option<FrozenRate>) -> Command {
    Command::ReviseAmount { amount, fx }
}

fn revised(amount: Money, fx: Option<FrozenRate>) -> Event {
    AmountRevised { previous: Some(eur(10_000)), amount, fx }.into()
}

fn win_at(amount: Option<Money>, fx: Option<FrozenRate>) -> Command {
    Command::Win { amount, fx, pipeline: sales() }
}

fn won_at(amount: Option<Money>, fx: Option<FrozenRate>) -> Event {
    Won { from: key("new"), place: place("won"), amount, fx }.into()
}

#[test]
fn a_deal_is_opened_with_a_rate_and_only_with_that_one_again() {
    let open_at = |rate: &str| open(Open { fx: Some(to_dollars(rate)), ..begin() });
    given::<Opportunity>([]).when(open_at("1.0845")).then([opened_at("1.0845")]);
    deal().when(open_at("1.0845")).then_nothing();
    deal().when(open_at("1.2")).then_rejected(Rejection::AlreadyOpened);
    deal().when(open(begin())).then_rejected(Rejection::AlreadyOpened);
}

#[test]
fn another_amount_has_its_own_rate_or_none() {
    let later = Some(to_dollars("1.2"));
    deal().when(revise_at(eur(12_000), later)).then([revised(eur(12_000), later)]);
    deal().when(revise_at(eur(12_000), None)).then([revised(eur(12_000), None)]);
}

#[test]
fn the_same_amount_by_another_rate_is_a_revision_and_by_the_same_one_nothing() {
    let later = Some(to_dollars("1.2"));
    deal().when(revise_at(eur(10_000), later)).then([revised(eur(10_000), later)]);
    deal().when(revise_at(eur(10_000), None)).then([revised(eur(10_000), None)]);
    deal().when(revise_at(eur(10_000), Some(to_dollars("1.0845")))).then_nothing();
    let another_day = FrozenRate { rate_date: day("2026-11-21"), ..to_dollars("1.0845") };
    deal().when(revise_at(eur(10_000), Some(another_day))).then([revised(eur(10_000), Some(another_day))]);
    let revised_before = || given::<Opportunity>([opened_at("1.0845"), revised(eur(12_000), None)]);
    revised_before().when(revise_at(eur(12_000), None)).then_nothing();
}

#[test]
fn a_deal_that_is_won_for_what_it_was_judged_keeps_the_rate_and_for_an_amount_has_that_ones() {
    let (known, later) = (Some(to_dollars("1.0845")), Some(to_dollars("1.2")));
    deal().when(win_at(None, None)).then([won_at(Some(eur(10_000)), known)]);
    deal().when(win_at(Some(eur(9_500)), later)).then([won_at(Some(eur(9_500)), later)]);
    deal().when(win_at(Some(eur(9_500)), None)).then([won_at(Some(eur(9_500)), None)]);
}

#[test]
fn a_win_that_comes_back_changes_nothing_and_by_another_rate_comes_too_late() {
    let (known, later) = (Some(to_dollars("1.0845")), Some(to_dollars("1.2")));
    let won = || given::<Opportunity>([opened(), won_at(Some(eur(9_500)), known)]);
    won().when(win_at(None, None)).then_nothing();
    won().when(win_at(Some(eur(9_500)), known)).then_nothing();
    for (amount, fx) in [(Some(eur(9_500)), later), (Some(eur(9_500)), None), (None, known)] {
        won().when(win_at(amount, fx)).then_rejected(Rejection::Closed);
    }
}

#[test]
fn a_reopened_deal_has_the_rate_that_it_was_won_by() {
    let later = Some(to_dollars("1.2"));
    let reopened = Reopened { from: key("won"), place: place("new") };
    let again = || {
        let won = won_at(Some(eur(9_500)), later);
        given::<Opportunity>([opened_at("1.0845"), won, reopened.clone().into()])
    };
    again().when(revise_at(eur(9_500), later)).then_nothing();
    again().when(win_at(None, None)).then([won_at(Some(eur(9_500)), later)]);
}

#[test]
fn a_rate_stands_with_an_amount_and_leads_to_another_currency() {
    let fx = Some(to_dollars("1.0845"));
    let bare = Open { amount: None, fx, ..begin() };
    given::<Opportunity>([]).when(open(bare)).then_rejected(Rejection::RateWithoutAmount);
    deal().when(win_at(None, fx)).then_rejected(Rejection::RateWithoutAmount);

    let to_dollars_already = || Rejection::RateToSameCurrency { currency: usd(0).currency };
    let dollars = Open { amount: Some(usd(500)), fx, ..begin() };
    given::<Opportunity>([]).when(open(dollars)).then_rejected(to_dollars_already());
    let of_nothing = || given::<Opportunity>([Opened { amount: None, ..began() }.into()]);
    of_nothing().when(revise_at(usd(500), fx)).then_rejected(to_dollars_already());
    of_nothing().when(win_at(Some(usd(500)), fx)).then_rejected(to_dollars_already());
}

#[test]
fn an_amount_that_its_rate_makes_larger_than_can_be_counted_is_refused() {
    let (amount, dear) = (eur(i64::MAX), Some(to_dollars("1.0845")));
    let large = Open { amount: Some(amount), fx: dear, ..begin() };
    given::<Opportunity>([]).when(open(large)).then_rejected(Rejection::AmountOverflow);
    deal().when(revise_at(amount, dear)).then_rejected(Rejection::AmountOverflow);
    deal().when(win_at(Some(amount), dear)).then_rejected(Rejection::AmountOverflow);
}
