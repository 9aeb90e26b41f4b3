//! What a quote accepts and refuses, state by state.

mod amounts;
mod law;

use super::*;
use crate::aggregate::Reason;
use crate::id::{OpportunityId, PriceBookId};
use crate::price_book::{Definition, Entry};
use crate::testing::{NOON, at, day, eur, given, key, label, usd};
use crate::value::{BasisPoints, Currency, ExchangeRate, FrozenRate, Money, Quantity, TimeZone};

/// The last day of the offers of these tests, and the moment that it is over in Berlin.
const LAST_DAY: &str = "2026-11-30";
const OVER: &str = "2026-11-30T23:00:00Z";

fn berlin() -> TimeZone {
    TimeZone::parse("Europe/Berlin").unwrap()
}

fn entry(product: &str, unit_price: i64, tax: u32) -> Entry {
    let tax_basis_points = BasisPoints::new(tax).unwrap();
    Entry { product: key(product), label: label(product), unit_price, tax_basis_points }
}

fn book(version: u32, chair: i64) -> Definition {
    Definition {
        version,
        name: label("List 2026"),
        currency: eur(0).currency,
        entries: vec![entry("chair", chair, 1_900), entry("hour", 12_345, 700), entry("screw", 1, 1_900)],
    }
}

fn line(product: &str, thousandths: u64, discount: u32) -> LineAsked {
    let quantity = Quantity::from_thousandths(thousandths).unwrap();
    LineAsked { product: key(product), quantity, discount: BasisPoints::new(discount).unwrap() }
}

fn to_dollars(rate: &str) -> FrozenRate {
    let base_currency = usd(0).currency;
    FrozenRate { base_currency, rate: ExchangeRate::parse(rate).unwrap(), rate_date: day("2026-11-20") }
}

fn asked(lines: Vec<LineAsked>, fx: Option<FrozenRate>) -> Asked {
    let price_book_id = PriceBookId::derived("tests", "list");
    Asked { price_book_id, price_book: book(1, 4_999), lines, fx }
}

/// Two chairs for 99.98 EUR, which are 108.43 USD; three for 149.97 EUR.
fn two_chairs() -> Asked {
    asked(vec![line("chair", 2_000, 0)], Some(to_dollars("1.0845")))
}

fn three_chairs() -> Asked {
    asked(vec![line("chair", 3_000, 0)], None)
}

fn chairs(version: u32, thousandths: u64, totals: Totals) -> Offer {
    Offer {
        version,
        price_book_id: PriceBookId::derived("tests", "list"),
        price_book_version: 1,
        currency: eur(0).currency,
        lines: vec![Line {
            product: key("chair"),
            label: label("chair"),
            quantity_thousandths: Quantity::from_thousandths(thousandths).unwrap(),
            unit_price: 4_999,
            discount_basis_points: BasisPoints::default(),
            tax_basis_points: BasisPoints::new(1_900).unwrap(),
            discount: 0,
            net: totals.net,
            tax: totals.tax,
        }],
        totals,
        fx: None,
        base_totals: None,
    }
}

fn offer_of_two() -> Offer {
    let totals = Totals { discount: 0, net: 9_998, tax: 1_900, gross: 11_898 };
    let base_totals = Some(Totals { discount: 0, net: 10_843, tax: 2_061, gross: 12_904 });
    Offer { fx: Some(to_dollars("1.0845")), base_totals, ..chairs(1, 2_000, totals) }
}

fn offer_of_three() -> Offer {
    chairs(2, 3_000, Totals { discount: 0, net: 14_997, tax: 2_849, gross: 17_846 })
}

fn deal() -> OpportunityId {
    OpportunityId::derived("tests", "deal")
}

fn create(asked: Asked) -> Command {
    Command::Create(Box::new(Create { opportunity_id: deal(), asked }))
}

fn revise(asked: Asked) -> Command {
    Command::Revise(Box::new(asked))
}

fn send(last_day: &str) -> Command {
    Command::Send { valid_until: day(last_day), time_zone: berlin() }
}

fn accept(version: u32) -> Command {
    Command::Accept { version, deal: Some(eur(0)), fx: None }
}

fn decline(version: u32) -> Command {
    Command::Decline { version, reason: Some(label("too dear")) }
}

fn withdraw() -> Command {
    Command::Withdraw { reason: label("out of stock") }
}

fn created() -> Event {
    Created { opportunity_id: deal(), offer: offer_of_two() }.into()
}

fn revised() -> Event {
    Revised { offer: offer_of_three() }.into()
}

fn sent(version: u32) -> Event {
    Sent { version, valid_until: day(LAST_DAY), time_zone: berlin(), expires_at: at(OVER) }.into()
}

fn accepted(deal_amount: Money) -> Event {
    Accepted { version: 1, deal_amount, deal_stands: false }.into()
}

fn declined() -> Event {
    Declined { version: 1, reason: Some(label("too dear")) }.into()
}

fn expired() -> Event {
    Expired { version: 1, expires_at: at(OVER) }.into()
}

fn withdrawn() -> Event {
    Withdrawn { version: 1, reason: label("out of stock") }.into()
}

#[test]
fn a_quote_is_created_with_the_prices_in_force_and_keeps_them() {
    given::<Quote>([]).when(create(two_chairs())).then([created()]);
    let dearer = Asked { price_book: book(2, 5_499), ..two_chairs() };
    given::<Quote>([created()]).when(create(dearer)).then_nothing();
    for end in [accepted(eur(9_998)), declined(), expired(), withdrawn()] {
        given::<Quote>([created(), sent(1), end]).when(create(two_chairs())).then_nothing();
    }
}

#[test]
fn another_quote_under_the_same_id_is_refused() {
    let cheaper = asked(vec![line("chair", 2_000, 500)], Some(to_dollars("1.0845")));
    let at_another_rate = Asked { fx: Some(to_dollars("1.0846")), ..two_chairs() };
    for other in [three_chairs(), cheaper, at_another_rate] {
        given::<Quote>([created()]).when(create(other)).then_rejected(Rejection::AlreadyCreated);
    }
}

#[test]
fn nothing_is_asked_of_a_quote_that_was_not_created() {
    let all = [revise(two_chairs()), send(LAST_DAY), accept(1), decline(1), withdraw(), Command::Expire];
    for command in all {
        given::<Quote>([]).when(command).then_rejected(Rejection::NotCreated);
    }
}

#[test]
fn what_cannot_be_offered_is_refused() {
    let unknown = asked(vec![line("lamp", 1_000, 0)], None);
    let many = asked(vec![line("screw", 1_000, 0); LINES_MAX + 1], None);
    let to_itself = FrozenRate { base_currency: eur(0).currency, ..to_dollars("1") };
    let dear = Asked { price_book: book(1, i64::MAX), ..two_chairs() };
    for (asked, rejection) in [
        (asked(Vec::new(), None), Rejection::NoLines),
        (many, Rejection::TooManyLines),
        (unknown, Rejection::ProductUnknown { product: key("lamp") }),
        (
            Asked { fx: Some(to_itself), ..two_chairs() },
            Rejection::SameCurrency { currency: eur(0).currency },
        ),
        (dear, Rejection::AmountOverflow),
    ] {
        given::<Quote>([]).when(create(asked.clone())).then_rejected(rejection.clone());
        given::<Quote>([created()]).when(revise(asked)).then_rejected(rejection);
    }
}

#[test]
fn a_revision_is_the_next_version_and_supersedes_the_one_before() {
    given::<Quote>([created()]).when(revise(three_chairs())).then([revised()]);
    given::<Quote>([created(), sent(1)]).when(revise(three_chairs())).then([revised()]);
    given::<Quote>([created()]).when(revise(two_chairs())).then_nothing();
    let superseded = || Rejection::VersionSuperseded { version: 1, current: 2 };
    let history = || [created(), sent(1), revised(), sent(2)];
    given::<Quote>(history()).when(accept(1)).then_rejected(superseded());
    given::<Quote>(history()).when(decline(1)).then_rejected(superseded());
    given::<Quote>([created(), sent(1), revised()]).when(accept(1)).then_rejected(superseded());
    let by_two: Event = Accepted { version: 2, deal_amount: eur(14_997), deal_stands: false }.into();
    given::<Quote>(history()).when(accept(2)).then([by_two]);
    let last = Revised { offer: Offer { version: VERSIONS_MAX, ..offer_of_three() } };
    given::<Quote>([created(), last.into()])
        .when(revise(two_chairs()))
        .then_rejected(Rejection::TooManyVersions);
}

#[test]
fn a_quote_is_sent_with_a_last_day_that_ends_by_the_clock_of_a_zone() {
    given::<Quote>([created()]).when(send(LAST_DAY)).then([sent(1)]);
    given::<Quote>([created(), sent(1)]).when(send("2026-12-01")).then_rejected(Rejection::AlreadySent);
    let over_at = at("2026-11-20T23:00:00Z");
    given::<Quote>([created()])
        .at(NOON)
        .when(send("2026-11-20"))
        .then_rejected(Rejection::ValidUntilPassed { over_at });
}

#[test]
fn a_quote_is_accepted_until_its_last_day_is_over() {
    let history = || [created(), sent(1)];
    given::<Quote>([created()]).when(accept(1)).then_rejected(Rejection::NotSent);
    given::<Quote>([created()]).when(decline(1)).then_rejected(Rejection::NotSent);
    given::<Quote>(history()).at("2026-11-30T22:59:59Z").when(accept(1)).then([accepted(eur(9_998))]);
    given::<Quote>(history()).at(OVER).when(accept(1)).then_rejected(Rejection::Expired);
    given::<Quote>(history()).when(decline(1)).then([declined()]);
    given::<Quote>(history()).when(withdraw()).then([withdrawn()]);
    given::<Quote>([created()]).when(withdraw()).then([withdrawn()]);
}

#[test]
fn a_quote_expires_once_and_not_before_its_last_day_is_over() {
    let history = || [created(), sent(1)];
    given::<Quote>(history()).at("2026-11-30T22:59:59Z").when(Command::Expire).then_nothing();
    given::<Quote>(history()).at(OVER).when(Command::Expire).then([expired()]);
    given::<Quote>([created()]).at(OVER).when(Command::Expire).then_nothing();
    given::<Quote>([created(), sent(1), revised()]).at(OVER).when(Command::Expire).then_nothing();
    for end in [accepted(eur(9_998)), declined(), withdrawn()] {
        given::<Quote>([created(), sent(1), end]).at(OVER).when(Command::Expire).then_nothing();
    }
}

#[test]
fn what_comes_after_the_last_day_finds_the_same_before_and_after_that_is_noted() {
    let late = [revise(three_chairs()), send(LAST_DAY), accept(1), accept(2), decline(1), withdraw()];
    for command in late {
        let unnoted = given::<Quote>([created(), sent(1)]).at(OVER);
        unnoted.when(command.clone()).then_rejected(Rejection::Expired);
        let noted = given::<Quote>([created(), sent(1), expired()]).at(OVER);
        noted.when(command).then_rejected(Rejection::Expired);
    }
    given::<Quote>([created(), sent(1)]).at(OVER).when(create(two_chairs())).then_nothing();
    given::<Quote>([created(), sent(1)])
        .at("2026-11-30T22:59:59Z")
        .when(revise(three_chairs()))
        .then([revised()]);
}

#[test]
fn what_is_over_stays_so() {
    for (end, rejection) in [
        (accepted(eur(9_998)), Rejection::Accepted),
        (declined(), Rejection::Declined),
        (expired(), Rejection::Expired),
        (withdrawn(), Rejection::Withdrawn),
    ] {
        let otherwise = Command::Decline { version: 1, reason: None };
        for command in [revise(three_chairs()), send(LAST_DAY), accept(2), otherwise] {
            let history = [created(), sent(1), end.clone()];
            given::<Quote>(history).when(command).then_rejected(rejection.clone());
        }
    }
}

#[test]
fn the_deal_is_worth_what_was_accepted_in_its_own_currency() {
    let by = |deal: Option<Money>| Command::Accept { version: 1, deal, fx: None };
    let history = || [created(), sent(1)];
    given::<Quote>(history()).when(by(None)).then([accepted(eur(9_998))]);
    given::<Quote>(history()).when(by(Some(eur(9_997)))).then([accepted(eur(9_998))]);
    given::<Quote>(history()).when(by(Some(usd(9_998)))).then([accepted(usd(10_843))]);
    let (deal, quote) = (Currency::parse("CHF").unwrap(), eur(0).currency);
    given::<Quote>(history())
        .when(by(Some(Money { currency: deal, ..eur(9_998) })))
        .then_rejected(Rejection::CurrencyUnmatched { deal, quote });
}

#[test]
fn a_deal_that_is_worth_what_was_accepted_already_stands() {
    let rate = to_dollars("1.0845");
    let other = FrozenRate { rate_date: day("2026-01-01"), ..rate };
    for (worth, fx, deal_stands) in [
        (eur(9_998), Some(rate), true),
        (eur(9_998), None, false),
        (eur(9_998), Some(other), false),
        (usd(10_843), None, true),
    ] {
        let accepted = Accepted { version: 1, deal_amount: worth, deal_stands };
        given::<Quote>([created(), sent(1)])
            .when(Command::Accept { version: 1, deal: Some(worth), fx })
            .then([accepted.into()]);
    }
}

#[test]
fn each_rejection_has_its_reason() {
    let currency = eur(0).currency;
    for (rejection, reason) in [
        (Rejection::NotCreated, "QUOTE_NOT_FOUND"),
        (Rejection::AlreadyCreated, "QUOTE_ALREADY_CREATED"),
        (Rejection::NoLines, "QUOTE_HAS_NO_LINES"),
        (Rejection::TooManyLines, "QUOTE_LINES_EXHAUSTED"),
        (Rejection::TooManyVersions, "QUOTE_VERSIONS_EXHAUSTED"),
        (Rejection::ProductUnknown { product: key("lamp") }, "QUOTE_PRODUCT_UNKNOWN"),
        (Rejection::AmountOverflow, "QUOTE_AMOUNT_OVERFLOW"),
        (Rejection::SameCurrency { currency }, "QUOTE_RATE_TO_SAME_CURRENCY"),
        (Rejection::NotSent, "QUOTE_NOT_SENT"),
        (Rejection::AlreadySent, "QUOTE_ALREADY_SENT"),
        (Rejection::ValidUntilPassed { over_at: at(OVER) }, "QUOTE_VALID_UNTIL_PASSED"),
        (Rejection::VersionSuperseded { version: 1, current: 2 }, "QUOTE_VERSION_SUPERSEDED"),
        (Rejection::CurrencyUnmatched { deal: currency, quote: currency }, "QUOTE_CURRENCY_UNMATCHED"),
        (Rejection::Expired, "QUOTE_EXPIRED"),
        (Rejection::Accepted, "QUOTE_ACCEPTED"),
        (Rejection::Declined, "QUOTE_DECLINED"),
        (Rejection::Withdrawn, "QUOTE_WITHDRAWN"),
    ] {
        assert_eq!(rejection.reason(), reason);
    }
}
