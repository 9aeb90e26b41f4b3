//! Contracts: some grow, some shrink, some rest, some end, some come back.

use rapport_domain::id::SubscriptionId;
use rapport_proto::v1::{
    CancelSubscriptionRequest, CancellationKind, ChangeSubscriptionAmountRequest, Money,
    PauseSubscriptionRequest, ReactivateSubscriptionRequest, RenewSubscriptionRequest,
    StartSubscriptionRequest,
};

use super::customer::Customer;
use super::diary::{Diary, Moment, SOURCE};

const PLANS: [(&str, i64, &str); 4] = [
    ("Starter", 2_900, "monthly"),
    ("Team", 9_900, "monthly"),
    ("Business", 39_900, "yearly"),
    ("Enterprise", 149_900, "yearly"),
];
const REASONS: [&str; 4] = ["Too expensive", "Not used any more", "Missing a feature", "Company closed"];
/// Days of a term.
const TERM_DAYS: i64 = 365;
/// Most changes of one contract.
const CHANGES_MAX: usize = 4;

/// A contract with this customer, as far as it has come.
pub(super) fn start(diary: &mut Diary, customer: &Customer) {
    let Some(at) = diary.later(customer.since, 1, 60) else { return };
    let plans: Vec<&(&str, i64, &str)> = PLANS.iter().collect();
    let (plan, price, contract) = *diary.chance.pick(&plans);
    let subscription_id = SubscriptionId::derived(SOURCE, &diary.key("contract")).to_string();
    let mut mrr = price * diary.chance.between(1, 5);
    let request = StartSubscriptionRequest {
        header: diary.header("contract-start", at),
        subscription_id: subscription_id.clone(),
        contact_id: diary.contact_id.clone(),
        plan: plan.to_owned(),
        mrr: euros(mrr),
        term_ends_on: if contract == "yearly" { diary.day_after(at, TERM_DAYS) } else { String::new() },
        segments: [
            ("contract".to_owned(), contract.to_owned()),
            ("region".to_owned(), customer.region.to_owned()),
        ]
        .into(),
    };
    diary.note(at, request);
    if contract == "yearly" {
        renew(diary, &subscription_id, at);
    }
    let mut last = at;
    for place in 0..CHANGES_MAX {
        let Some(at) = diary.later(last, 30, 150) else { return };
        last = at;
        let header = diary.header(&format!("contract-change-{place}"), at);
        match diary.chance.between(0, 99) {
            0..50 => mrr += price,
            50..64 => mrr = (mrr / 2).max(price / 2),
            64..72 => return pause(diary, &subscription_id, at),
            72..86 => return cancel(diary, &subscription_id, at),
            _ => continue,
        }
        let subscription_id = subscription_id.clone();
        diary.note(at, ChangeSubscriptionAmountRequest { header, subscription_id, mrr: euros(mrr) });
    }
}

/// Renewals are said early, at the beginning of the last month; a contract that has ended by then has none.
fn renew(diary: &mut Diary, subscription_id: &str, began: Moment) {
    // Only contracts that nothing else happens to are sure to be in force a year later; the first weeks are.
    let Some(at) = diary.later(began, 5, 25) else { return };
    let header = diary.header("contract-renew", at);
    let term_ends_on = diary.day_after(began, 2 * TERM_DAYS);
    diary.note(
        at,
        RenewSubscriptionRequest { header, subscription_id: subscription_id.to_owned(), term_ends_on },
    );
}

fn pause(diary: &mut Diary, subscription_id: &str, at: Moment) {
    let subscription_id = subscription_id.to_owned();
    let header = diary.header("contract-pause", at);
    diary.note(at, PauseSubscriptionRequest { header, subscription_id: subscription_id.clone() });
    reactivate(diary, subscription_id, at, 70);
}

fn cancel(diary: &mut Diary, subscription_id: &str, at: Moment) {
    let subscription_id = subscription_id.to_owned();
    let by_will = diary.chance.percent(85);
    let kind = if by_will { CancellationKind::Voluntary } else { CancellationKind::Involuntary };
    let reason = if by_will { diary.chance.pick(&REASONS) } else { "Payment failed" };
    let request = CancelSubscriptionRequest {
        header: diary.header("contract-cancel", at),
        subscription_id: subscription_id.clone(),
        kind: kind.into(),
        reason: reason.to_owned(),
    };
    diary.note(at, request);
    reactivate(diary, subscription_id, at, 15);
}

fn reactivate(diary: &mut Diary, subscription_id: String, rests_since: Moment, percent: u32) {
    if !diary.chance.percent(percent) {
        return;
    }
    let Some(at) = diary.later(rests_since, 20, 90) else { return };
    let header = diary.header("contract-reactivate", at);
    diary.note(at, ReactivateSubscriptionRequest { header, subscription_id, mrr: None });
}

fn euros(minor_units: i64) -> Option<Money> {
    Some(Money { minor_units, currency: "EUR".to_owned() })
}
