//! Customers, told step by step.

use rapport_domain::id::{InteractionId, SubscriptionId};
use rapport_domain::interaction::{Channel, Direction, Interactions, Recorded};
use rapport_domain::subscription::{
    AmountChanged, CancellationKind, Cancelled, Reactivated, Started, Subscription,
};
use rapport_domain::value::Money;

use crate::churn::ChurnProjection;
use crate::testing::{History, Model, contact, eur, label, segments};

pub(super) struct Customers {
    pub(super) history: History,
}

pub(super) fn contract(name: &str) -> SubscriptionId {
    SubscriptionId::derived("tests", name)
}

/// An exchange through a channel.
pub(super) fn exchange(ordinal: usize, channel: Channel, value: Option<Money>) -> Recorded {
    Recorded {
        interaction_id: InteractionId::derived("tests", &ordinal.to_string()),
        channel,
        direction: Direction::Inbound,
        summary: None,
        topic: None,
        duration_seconds: None,
        outcome: None,
        value,
        source: None,
        related: Vec::new(),
        segments: segments([]),
        mentions: [].into(),
    }
}

impl Customers {
    pub(super) fn new() -> Self {
        Self { history: History::new() }
    }

    pub(super) fn start<const N: usize>(
        &mut self,
        who: &str,
        name: &str,
        occurred_at: &str,
        mrr: Money,
        fields: [(&str, &str); N],
    ) -> &mut Self {
        let plan = label("Plan");
        let started =
            Started { contact_id: contact(who), plan, mrr, term_ends_on: None, segments: segments(fields) };
        self.history.add::<Subscription>(&contract(name), occurred_at, started);
        self
    }

    pub(super) fn cancel(&mut self, name: &str, occurred_at: &str) -> &mut Self {
        let cancelled = Cancelled { mrr: eur(1), kind: CancellationKind::Voluntary, reason: None };
        self.history.add::<Subscription>(&contract(name), occurred_at, cancelled);
        self
    }

    pub(super) fn change(&mut self, name: &str, occurred_at: &str, mrr: Money) -> &mut Self {
        self.history.add::<Subscription>(&contract(name), occurred_at, AmountChanged { previous: mrr, mrr });
        self
    }

    pub(super) fn reactivate(&mut self, name: &str, occurred_at: &str, mrr: Money) -> &mut Self {
        self.history.add::<Subscription>(&contract(name), occurred_at, Reactivated { mrr });
        self
    }

    pub(super) fn order(&mut self, who: &str, occurred_at: &str, value: Option<Money>) -> &mut Self {
        self.exchange(who, occurred_at, Channel::Order, value)
    }

    pub(super) fn talk(&mut self, who: &str, occurred_at: &str) -> &mut Self {
        self.exchange(who, occurred_at, Channel::Call, None)
    }

    fn exchange(
        &mut self,
        who: &str,
        occurred_at: &str,
        channel: Channel,
        value: Option<Money>,
    ) -> &mut Self {
        let recorded = exchange(self.history.events.len(), channel, value);
        self.history.add::<Interactions>(&contact(who), occurred_at, recorded);
        self
    }

    pub(super) fn fold(&self) -> Model<ChurnProjection> {
        Model::of(ChurnProjection, &self.history)
    }
}
