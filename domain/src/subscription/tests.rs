//! What a subscription accepts and refuses, state by state.

mod law;

use super::*;
use crate::aggregate::Reason;
use crate::id::ContactId;
use crate::testing::{Given, contact_id, day, eur, given, label, segments, usd};
use crate::value::{Money, Segments};

fn start() -> Start {
    Start {
        contact_id: contact_id(),
        plan: label("Team"),
        mrr: eur(5_000),
        term_ends_on: Some(day("2026-12-31")),
        segments: segments([("contract_type", "yearly")]),
    }
}

fn started() -> Event {
    start().into()
}

fn paused() -> Event {
    Paused { mrr: eur(5_000) }.into()
}

fn cancelled() -> Event {
    Cancelled { mrr: eur(5_000), kind: CancellationKind::Voluntary, reason: Some(label("moved away")) }.into()
}

fn reactivated(mrr: Money) -> Event {
    Reactivated { mrr }.into()
}

fn renew(date: &str) -> Command {
    Command::Renew { term_ends_on: day(date) }
}

fn change(mrr: Money) -> Command {
    Command::ChangeAmount { mrr }
}

fn cancel() -> Command {
    Command::Cancel { kind: CancellationKind::Voluntary, reason: Some(label("moved away")) }
}

fn reactivate(mrr: Option<Money>) -> Command {
    Command::Reactivate { mrr }
}

fn currency_differs() -> Rejection {
    Rejection::CurrencyDiffers { expected: "EUR".to_owned(), actual: "USD".to_owned() }
}

/// Starts that say something else than [`start`].
fn other_starts() -> [Start; 5] {
    [
        Start { contact_id: ContactId::derived("tests", "bob"), ..start() },
        Start { plan: label("Company"), ..start() },
        Start { mrr: eur(6_000), ..start() },
        Start { term_ends_on: None, ..start() },
        Start { segments: Segments::new(), ..start() },
    ]
}

mod not_started {
    use super::*;

    fn nothing() -> Given<Subscription> {
        given([])
    }

    #[test]
    fn can_be_started() {
        nothing().when(Command::Start(start())).then([started()]);
        let endless = Start { term_ends_on: None, ..start() };
        nothing().when(Command::Start(endless.clone())).then([endless.into()]);
    }

    #[test]
    fn cannot_bring_nothing_or_less() {
        for units in [0, -1] {
            nothing()
                .when(Command::Start(Start { mrr: eur(units), ..start() }))
                .then_rejected(Rejection::AmountNotPositive);
        }
    }

    #[test]
    fn takes_nothing_else() {
        for command in [renew("2027-12-31"), change(eur(1)), Command::Pause, cancel(), reactivate(None)] {
            nothing().when(command).then_rejected(Rejection::NotStarted);
        }
    }
}

mod active {
    use super::*;

    fn contract() -> Given<Subscription> {
        given([started()])
    }

    #[test]
    fn started_again_in_the_same_words_changes_nothing() {
        contract().when(Command::Start(start())).then_nothing();
        let changed = AmountChanged { previous: eur(5_000), mrr: eur(6_000) }.into();
        given::<Subscription>([started(), changed]).when(Command::Start(start())).then_nothing();
    }

    #[test]
    fn cannot_be_started_in_other_words() {
        for other in other_starts() {
            contract().when(Command::Start(other)).then_rejected(Rejection::AlreadyStarted);
        }
    }

    #[test]
    fn can_be_renewed_to_a_later_day() {
        let renewed = |previous| Renewed { term_ends_on: day("2027-12-31"), previous_term_ends_on: previous };
        contract().when(renew("2027-12-31")).then([renewed(Some(day("2026-12-31"))).into()]);
        contract().when(renew("2026-12-31")).then_nothing();
        given::<Subscription>([Start { term_ends_on: None, ..start() }.into()])
            .when(renew("2027-12-31"))
            .then([renewed(None).into()]);
    }

    #[test]
    fn cannot_be_renewed_to_an_earlier_day() {
        contract()
            .when(renew("2026-12-30"))
            .then_rejected(Rejection::TermNotLater { current: day("2026-12-31") });
    }

    #[test]
    fn can_bring_more_or_less() {
        for mrr in [eur(6_000), eur(1)] {
            contract().when(change(mrr)).then([AmountChanged { previous: eur(5_000), mrr }.into()]);
        }
        contract().when(change(eur(5_000))).then_nothing();
    }

    #[test]
    fn cannot_bring_nothing_or_another_currency() {
        contract().when(change(eur(0))).then_rejected(Rejection::AmountNotPositive);
        contract().when(change(eur(-1))).then_rejected(Rejection::AmountNotPositive);
        contract().when(change(usd(5_000))).then_rejected(currency_differs());
    }

    #[test]
    fn can_be_paused() {
        contract().when(Command::Pause).then([paused()]);
    }

    #[test]
    fn can_be_cancelled() {
        contract().when(cancel()).then([cancelled()]);
        let kind = CancellationKind::Involuntary;
        contract().when(Command::Cancel { kind, reason: None }).then([Cancelled {
            mrr: eur(5_000),
            kind,
            reason: None,
        }
        .into()]);
    }

    #[test]
    fn reactivated_as_it_is_changes_nothing() {
        contract().when(reactivate(None)).then_nothing();
        contract().when(reactivate(Some(eur(5_000)))).then_nothing();
    }

    #[test]
    fn cannot_be_reactivated_with_another_amount() {
        contract().when(reactivate(Some(eur(6_000)))).then_rejected(Rejection::NotAtRest { mrr: eur(5_000) });
    }
}

mod paused_subscription {
    use super::*;

    fn contract() -> Given<Subscription> {
        given([started(), paused()])
    }

    #[test]
    fn paused_again_changes_nothing() {
        contract().when(Command::Pause).then_nothing();
    }

    #[test]
    fn can_be_reactivated_as_before_or_with_another_amount() {
        contract().when(reactivate(None)).then([reactivated(eur(5_000))]);
        contract().when(reactivate(Some(eur(4_000)))).then([reactivated(eur(4_000))]);
    }

    #[test]
    fn cannot_be_reactivated_with_nothing_or_another_currency() {
        contract().when(reactivate(Some(eur(0)))).then_rejected(Rejection::AmountNotPositive);
        contract().when(reactivate(Some(usd(1)))).then_rejected(currency_differs());
    }

    #[test]
    fn can_be_cancelled_with_what_it_brought_before() {
        contract().when(cancel()).then([cancelled()]);
    }

    #[test]
    fn takes_no_change_of_term_or_amount() {
        contract().when(renew("2027-12-31")).then_rejected(Rejection::Paused);
        contract().when(change(eur(6_000))).then_rejected(Rejection::Paused);
    }

    #[test]
    fn started_again_in_the_same_words_stays_paused_and_in_others_is_refused() {
        contract().when(Command::Start(start())).then_nothing();
        for other in other_starts() {
            contract().when(Command::Start(other)).then_rejected(Rejection::AlreadyStarted);
        }
    }
}

mod cancelled_subscription {
    use super::*;

    fn contract() -> Given<Subscription> {
        given([started(), cancelled()])
    }

    #[test]
    fn cancelled_again_for_the_same_reason_changes_nothing() {
        contract().when(cancel()).then_nothing();
    }

    #[test]
    fn cannot_be_cancelled_by_another_or_for_another_reason() {
        let reason = Some(label("moved away"));
        for other in [
            Command::Cancel { kind: CancellationKind::Involuntary, reason },
            Command::Cancel { kind: CancellationKind::Voluntary, reason: None },
        ] {
            contract().when(other).then_rejected(Rejection::Cancelled);
        }
    }

    #[test]
    fn can_be_reactivated_as_before_or_with_another_amount() {
        contract().when(reactivate(None)).then([reactivated(eur(5_000))]);
        contract().when(reactivate(Some(eur(4_000)))).then([reactivated(eur(4_000))]);
    }

    #[test]
    fn cannot_be_reactivated_with_nothing_or_another_currency() {
        contract().when(reactivate(Some(eur(0)))).then_rejected(Rejection::AmountNotPositive);
        contract().when(reactivate(Some(usd(1)))).then_rejected(currency_differs());
    }

    #[test]
    fn takes_no_change() {
        for command in [renew("2027-12-31"), change(eur(6_000)), Command::Pause] {
            contract().when(command).then_rejected(Rejection::Cancelled);
        }
    }

    #[test]
    fn started_again_in_the_same_words_stays_cancelled_and_in_others_is_refused() {
        contract().when(Command::Start(start())).then_nothing();
        for other in other_starts() {
            contract().when(Command::Start(other)).then_rejected(Rejection::AlreadyStarted);
        }
    }

    #[test]
    fn reactivated_and_cancelled_again_is_cancelled_once_more() {
        given::<Subscription>([started(), cancelled(), reactivated(eur(5_000))])
            .when(cancel())
            .then([cancelled()]);
    }
}

#[test]
fn each_rejection_has_its_reason() {
    let reasons = [
        (Rejection::NotStarted, "SUBSCRIPTION_NOT_FOUND"),
        (Rejection::AlreadyStarted, "SUBSCRIPTION_ALREADY_STARTED"),
        (Rejection::Paused, "SUBSCRIPTION_PAUSED"),
        (Rejection::Cancelled, "SUBSCRIPTION_CANCELLED"),
        (Rejection::NotAtRest { mrr: eur(1) }, "SUBSCRIPTION_NOT_AT_REST"),
        (Rejection::AmountNotPositive, "SUBSCRIPTION_AMOUNT_NOT_POSITIVE"),
        (currency_differs(), "SUBSCRIPTION_CURRENCY_DIFFERS"),
        (Rejection::TermNotLater { current: day("2026-12-31") }, "SUBSCRIPTION_TERM_NOT_LATER"),
    ];
    for (rejection, reason) in reasons {
        assert_eq!(rejection.reason(), reason);
    }
}
