//! `SubscriptionService`.

mod answers;

use rapport_domain::id::{ContactId, SubscriptionId};
use rapport_domain::subscription::{Command, Start};
use rapport_domain::value::{Date, Label};
use rapport_proto::v1 as wire;
use rapport_proto::v1::subscription_service_server::SubscriptionService;
use tonic::{Request, Response, Status};

use super::commands::commands;
use super::{Answering, Services};
use crate::caller::circumstances;
use crate::error::Error;
use crate::parse::{Fields, request_id};
use crate::wire::{known, receipt};

#[tonic::async_trait]
impl SubscriptionService for Services {
    commands! {
        subscription by subscription_id: SubscriptionId;
        renew_subscription(RenewSubscriptionRequest) -> RenewSubscriptionResponse: |fields, message| {
            fields
                .required("term_ends_on", &message.term_ends_on, Date::parse)
                .map(|term_ends_on| Command::Renew { term_ends_on })
        };
        change_subscription_amount(ChangeSubscriptionAmountRequest) -> ChangeSubscriptionAmountResponse:
            |fields, message| {
                fields.required_money("mrr", message.mrr.as_ref()).map(|mrr| Command::ChangeAmount { mrr })
            };
        pause_subscription(PauseSubscriptionRequest) -> PauseSubscriptionResponse:
            |fields, message| Some(Command::Pause);
        cancel_subscription(CancelSubscriptionRequest) -> CancelSubscriptionResponse: |fields, message| {
            let kind = fields.enumerated("kind", message.kind, known::<wire::CancellationKind>);
            let reason = fields.optional("reason", &message.reason, Label::parse);
            kind.zip(reason).map(|(kind, reason)| Command::Cancel { kind, reason })
        };
        reactivate_subscription(ReactivateSubscriptionRequest) -> ReactivateSubscriptionResponse:
            |fields, message| {
                fields.money("mrr", message.mrr.as_ref()).map(|mrr| Command::Reactivate { mrr })
            };
    }

    async fn start_subscription(
        &self,
        request: Request<wire::StartSubscriptionRequest>,
    ) -> Result<Response<wire::StartSubscriptionResponse>, Status> {
        let circumstances = circumstances(request.metadata())?;
        let message = request.into_inner();
        let mut fields = Fields::new();
        let call = fields.call(&circumstances, message.header.as_ref(), &message);
        let id = fields.minted("subscription_id", &message.subscription_id, SubscriptionId::parse, || {
            SubscriptionId::derived("request", request_id(message.header.as_ref()))
        });
        let start = beginning(&mut fields, &message);
        let (id, start, call) = fields.finish((id, start, call))?;
        let done =
            self.application.subscription(id, Command::Start(start), call).await.map_err(Error::from)?;
        let subscription_id = id.to_string();
        Ok(Response::new(wire::StartSubscriptionResponse { subscription_id, receipt: Some(receipt(done)) }))
    }

    async fn get_subscription(
        &self,
        request: Request<wire::GetSubscriptionRequest>,
    ) -> Result<Response<wire::GetSubscriptionResponse>, Status> {
        Ok(Response::new(self.answer_subscription(request.into_inner()).await?))
    }

    async fn list_subscriptions(
        &self,
        request: Request<wire::ListSubscriptionsRequest>,
    ) -> Result<Response<wire::ListSubscriptionsResponse>, Status> {
        Ok(Response::new(self.answer_subscriptions(request.into_inner()).await?))
    }
}

fn beginning(fields: &mut Fields, message: &wire::StartSubscriptionRequest) -> Option<Start> {
    let contact_id = fields.required("contact_id", &message.contact_id, ContactId::parse);
    let plan = fields.required("plan", &message.plan, Label::parse);
    let mrr = fields.required_money("mrr", message.mrr.as_ref());
    let term_ends_on = fields.optional("term_ends_on", &message.term_ends_on, Date::parse);
    let segments = fields.segments("segments", &message.segments);
    Some(Start {
        contact_id: contact_id?,
        plan: plan?,
        mrr: mrr?,
        term_ends_on: term_ends_on?,
        segments: segments?,
    })
}
