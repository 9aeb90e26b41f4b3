//! How much money is won in a day.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rapport_domain::envelope::Recorded;

use super::oracle::{self, Told};
use super::win_loss::{is_closed_in, is_of, scopes};
use super::*;
use crate::pipeline::velocity::velocity;
use crate::testing::Model;
use crate::testing::any_deals::histories;

fn first_quarter() -> SalesScope {
    SalesScope {
        pipeline_id: None,
        from: at("2026-01-01T00:00:00Z"),
        to: at("2026-04-01T00:00:00Z"),
        owner: None,
        team: None,
    }
}

/// Two deals are won, one of them in dollars, one is lost, and three are open, one without an amount.
fn two_currencies() -> Deals {
    let mut deals = Deals::new();
    deals.publish(1, &[("new", StageType::Open, 10, None)]);
    let amounts = [Some(eur(300)), Some(usd(501)), None, Some(eur(1)), Some(usd(7)), None];
    for (name, amount) in ["a", "b", "c", "d", "e", "f"].into_iter().zip(amounts) {
        deals.open(name, "2026-01-01T00:00:00Z", "new", amount, "ann", "east", []);
    }
    deals.win("a", "2026-01-11T00:00:00Z", Some(eur(300)));
    deals.win("b", "2026-01-21T00:00:00.900Z", Some(usd(501)));
    deals.lose("c", "2026-02-01T00:00:00Z");
    deals
}

#[test]
fn four_numbers_make_money_a_day() {
    let answer = velocity(&two_currencies().fold().connection, &first_quarter()).unwrap();
    let expected = SalesVelocity {
        open: 3,
        won: 2,
        lost: 1,
        win_rate_basis_points: Some(6_667),
        median_cycle_seconds: Some(10 * 86_400),
        amounts: vec![
            // 3 open x 2/3 won x 150 / 10 days.
            VelocityAmount {
                won_amount: eur(300),
                average_won_amount: eur(150),
                amount_per_day: Some(eur(30)),
            },
            // 3 open x 2/3 won x 250.5 / 10 days = 50.1.
            VelocityAmount {
                won_amount: usd(501),
                average_won_amount: usd(251),
                amount_per_day: Some(usd(50)),
            },
        ],
    };
    assert_eq!(answer, expected);
}

#[test]
fn owner_and_period_limit_every_number() {
    let model = two_currencies().fold();
    let of_bob = SalesScope { owner: Some(reference("bob")), ..first_quarter() };
    assert_eq!(velocity(&model.connection, &of_bob).unwrap(), SalesVelocity::default());
    let later = SalesScope { from: at("2026-01-15T00:00:00Z"), ..first_quarter() };
    let later = velocity(&model.connection, &later).unwrap();
    assert_eq!((later.open, later.won, later.lost), (3, 1, 1), "what is open has no period");
    // 20 days and nine tenths of a second, rounded down: 3 x 1/2 x 501 / 20 = 37.575.
    assert_eq!(later.median_cycle_seconds, Some(20 * 86_400));
    assert_eq!(later.amounts[0].amount_per_day, Some(usd(38)));
}

#[test]
fn deals_that_are_won_at_once_have_no_pace() {
    let mut deals = Deals::new();
    deals.publish(1, &[("new", StageType::Open, 10, None)]);
    deals.open("a", "2026-03-01T00:00:00Z", "new", None, "", "", []);
    deals.win("a", "2026-03-01T00:00:00.5Z", Some(usd(9)));
    let answer = velocity(&deals.fold().connection, &first_quarter()).unwrap();
    assert_eq!((answer.won, answer.median_cycle_seconds), (1, Some(0)));
    assert_eq!(answer.amounts[0].amount_per_day, None);
}

/// Every deal told by the aggregate, and counted one by one.
fn expected(events: &[Recorded], scope: &SalesScope) -> SalesVelocity {
    let (_, told) = oracle::tell(events);
    let deals: Vec<&Told> = told.values().filter(|told| is_of(told, scope)).collect();
    let closed: Vec<&Told> = deals.iter().copied().filter(|told| is_closed_in(told, scope)).collect();
    let won: Vec<&Told> = closed.iter().copied().filter(|told| told.is_won()).collect();
    let open = deals.iter().filter(|told| told.is_open()).count() as i64;
    let (all, wins) = (closed.len() as i64, won.len() as i64);
    let half_up = |part: i64, whole: i64| (whole > 0).then(|| (2 * part + whole).div_euclid(2 * whole));
    let cycle = |told: &&Told| (told.closed_at.micros() - told.opened_at.micros()).div_euclid(1_000_000);
    let mut seconds: Vec<i64> = won.iter().map(cycle).collect();
    seconds.sort_unstable();
    let median = seconds.get(seconds.len().saturating_sub(1) / 2).copied();
    let mut sums: BTreeMap<&str, Money> = BTreeMap::new();
    for amount in won.iter().filter_map(|told| told.deal().amount) {
        let nothing = Money { minor_units: 0, ..amount };
        sums.entry(amount.currency.code()).or_insert(nothing).minor_units += amount.minor_units;
    }
    let amount = |sum: Money| {
        let per_day = median.and_then(|median| half_up(open * sum.minor_units * 86_400, all * median));
        VelocityAmount {
            won_amount: sum,
            average_won_amount: Money { minor_units: half_up(sum.minor_units, wins).unwrap(), ..sum },
            amount_per_day: per_day.map(|minor_units| Money { minor_units, ..sum }),
        }
    };
    SalesVelocity {
        open: open as u64,
        won: wins as u64,
        lost: (all - wins) as u64,
        win_rate_basis_points: half_up(10_000 * wins, all),
        median_cycle_seconds: median,
        amounts: sums.into_values().map(amount).collect(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn it_is_what_counting_every_deal_says(history in histories(), scope in scopes()) {
        let model = Model::of(PipelineProjection::default(), &history);
        prop_assert_eq!(velocity(&model.connection, &scope).unwrap(), expected(&history.events, &scope));
    }
}
