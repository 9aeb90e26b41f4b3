//! Amounts, worked out by hand: each line by itself, each step rounded half up.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::quote::pricing::priced;

fn offer(lines: Vec<LineAsked>, fx: Option<FrozenRate>) -> Offer {
    priced(&asked(lines, fx), 1).unwrap()
}

/// Each line with its discount, net amount and tax.
fn table() -> Vec<(LineAsked, [i64; 3])> {
    vec![
        // 3 x 49.99 = 149.97; 19 % are 28.4943.
        (line("chair", 3_000, 0), [0, 14_997, 2_849]),
        // 1.5 x 49.99 = 74.985, so 74.99; 10 % are 7.499, so 7.50; 67.49 are left; 19 % are 12.8231.
        (line("chair", 1_500, 1_000), [750, 6_749, 1_282]),
        // 0.333 x 123.45 = 41.10885; 7 % of 41.11 are 2.8777.
        (line("hour", 333, 0), [0, 4_111, 288]),
        // Half of a cent is a cent, and nothing is left.
        (line("screw", 1_000, 5_000), [1, 0, 0]),
        // 12.5 % of 10 cents are 1.25; 19 % of 9 are 1.71.
        (line("screw", 10_000, 1_250), [1, 9, 2]),
        // Half a screw costs half a cent, so a cent; 19 % of it are 0.19.
        (line("screw", 500, 0), [0, 1, 0]),
        // A screw less than half of one costs nothing.
        (line("screw", 499, 0), [0, 0, 0]),
        // All of it is taken off.
        (line("chair", 1_000, 10_000), [4_999, 0, 0]),
    ]
}

#[test]
fn each_line_is_rounded_by_itself_and_the_totals_are_the_sums() {
    let lines: Vec<LineAsked> = table().into_iter().map(|(line, _)| line).collect();
    let offer = offer(lines, Some(to_dollars("1.0845")));
    let counted: Vec<[i64; 3]> = offer.lines.iter().map(|line| [line.discount, line.net, line.tax]).collect();
    assert_eq!(counted, table().into_iter().map(|(_, amounts)| amounts).collect::<Vec<_>>());
    assert_eq!(offer.totals, Totals { discount: 5_751, net: 25_867, tax: 4_421, gross: 30_288 });
    // 57.51 x 1.0845 = 62.3696; 258.67 x 1.0845 = 280.5276; 44.21 x 1.0845 = 47.9457.
    let base_totals = Totals { discount: 6_237, net: 28_053, tax: 4_795, gross: 32_848 };
    assert_eq!(offer.base_totals, Some(base_totals));
    assert_eq!((offer.net(), offer.base_net()), (eur(25_867), Some(usd(28_053))));
}

#[test]
fn what_an_offer_is_worth_does_not_change_when_rates_and_prices_do() {
    let before = offer(vec![line("chair", 2_000, 0)], Some(to_dollars("1.0845")));
    let stored = serde_json::to_string(&before).unwrap();
    let later = offer(vec![line("chair", 2_000, 0)], Some(to_dollars("1.2")));
    assert_eq!(later.base_net(), Some(usd(11_998)));
    let read: Offer = serde_json::from_str(&stored).unwrap();
    assert_eq!(read, before);
    assert_eq!((read.net(), read.base_net()), (eur(9_998), Some(usd(10_843))));
}

#[test]
fn an_amount_that_cannot_be_counted_is_refused() {
    let of = |chair, lines: Vec<LineAsked>, fx| {
        priced(&Asked { price_book: book(1, chair), ..asked(lines, fx) }, 1).unwrap_err()
    };
    let one = || line("chair", 1_000, 0);
    // The line alone, with its tax, the sum of two lines, and the sum in another currency.
    assert_eq!(of(i64::MAX, vec![line("chair", 2_000, 0)], None), Rejection::AmountOverflow);
    assert_eq!(of(i64::MAX, vec![one()], None), Rejection::AmountOverflow);
    assert_eq!(of(i64::MAX / 2, vec![one(), one()], None), Rejection::AmountOverflow);
    let dear = Some(to_dollars("100"));
    assert_eq!(of(i64::MAX / 10, vec![one()], dear), Rejection::AmountOverflow);
}

fn lines() -> impl Strategy<Value = Vec<LineAsked>> {
    let one = (select(vec!["chair", "hour", "screw"]), 1..5_000_000_u64, 0..=10_000_u32)
        .prop_map(|(product, thousandths, discount)| line(product, thousandths, discount));
    vec(one, 1..20)
}

/// A quotient rounded half up, in the simplest words: up where twice the rest is at least the divisor.
fn rounded(dividend: i128, divisor: i128) -> i128 {
    let (whole, rest) = (dividend / divisor, dividend % divisor);
    if rest * 2 >= divisor { whole + 1 } else { whole }
}

proptest! {
    #[test]
    fn the_totals_are_what_whoever_adds_up_comes_to(asked in lines()) {
        let offer = offer(asked.clone(), None);
        let (mut discounts, mut nets, mut taxes) = (0_i128, 0_i128, 0_i128);
        let book = book(1, 4_999);
        for line in &asked {
            let entry = book.entry(&line.product).unwrap();
            let list = rounded(i128::from(entry.unit_price) * i128::from(line.quantity.thousandths()), 1_000);
            let discount = rounded(list * i128::from(line.discount.get()), 10_000);
            let tax = rounded((list - discount) * i128::from(entry.tax_basis_points.get()), 10_000);
            discounts += discount;
            nets += list - discount;
            taxes += tax;
        }
        let Totals { discount, net, tax, gross } = offer.totals;
        prop_assert_eq!((i128::from(discount), i128::from(net)), (discounts, nets));
        prop_assert_eq!((i128::from(tax), i128::from(gross)), (taxes, nets + taxes));
    }
}
