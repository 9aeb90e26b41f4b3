//! Answers about contracts.

use rapport_domain::id::{ContactId, SubscriptionId};
use rapport_projections::Page;
use rapport_projections::subscriptions::{Subscription, SubscriptionStatus};
use rapport_proto::v1 as wire;

use crate::error::Error;
use crate::parse::Fields;
use crate::services::Services;
use crate::wire::{Known, money, segments, text, timestamp};

impl Known for wire::SubscriptionStatus {
    type Domain = SubscriptionStatus;
    const PAIRS: &'static [(Self, SubscriptionStatus)] = &[
        (Self::Active, SubscriptionStatus::Active),
        (Self::Paused, SubscriptionStatus::Paused),
        (Self::Cancelled, SubscriptionStatus::Cancelled),
    ];
}

impl Services {
    pub(super) async fn answer_subscription(
        &self,
        message: wire::GetSubscriptionRequest,
    ) -> Result<wire::GetSubscriptionResponse, Error> {
        let mut fields = Fields::new();
        let id = fields.required("subscription_id", &message.subscription_id, SubscriptionId::parse);
        let id = fields.finish(id)?;
        let moment = self.moment(message.header.as_ref()).await?;
        let answer = self.projections.subscriptions().subscription(moment.freshness, id).await;
        let answer = moment.known(answer)?;
        Ok(wire::GetSubscriptionResponse {
            subscription: answer.value.map(subscription),
            position: answer.position.0,
            as_of: moment.as_of(),
        })
    }

    pub(in crate::services) async fn answer_subscriptions(
        &self,
        message: wire::ListSubscriptionsRequest,
    ) -> Result<wire::ListSubscriptionsResponse, Error> {
        let mut fields = Fields::new();
        let contact_id = fields.required("contact_id", &message.contact_id, ContactId::parse);
        let page = fields.page(message.page.as_ref());
        let (contact_id, page) = fields.finish((contact_id, page))?;
        let moment = self.moment(message.header.as_ref()).await?;
        let answer = self.projections.subscriptions().list(moment.freshness, contact_id, page).await;
        let answer = moment.known(answer)?;
        let page = answer.value.unwrap_or_else(Page::empty);
        Ok(wire::ListSubscriptionsResponse {
            subscriptions: page.items.into_iter().map(subscription).collect(),
            next_page_token: page.next_page_token,
            position: answer.position.0,
            as_of: moment.as_of(),
        })
    }
}

fn subscription(subscription: Subscription) -> wire::Subscription {
    wire::Subscription {
        subscription_id: subscription.subscription_id.to_string(),
        contact_id: subscription.contact_id.to_string(),
        plan: subscription.plan.to_string(),
        status: wire::SubscriptionStatus::number(subscription.status),
        mrr: Some(money(subscription.mrr)),
        term_ends_on: text(subscription.term_ends_on.as_ref()),
        segments: segments(&subscription.segments),
        started_at: Some(timestamp(subscription.started_at)),
        cancelled_at: subscription.cancelled_at.map(timestamp),
        cancellation_reason: text(subscription.cancellation_reason.as_ref()),
        revision: subscription.revision.0,
    }
}
