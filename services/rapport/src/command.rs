//! Every command that an import or the demo sends, as one type: with its request id, what it is about, and how it
//! travels.

use prost_types::Timestamp;
use rapport_proto::v1::{
    CancelSubscriptionRequest, CaptureLeadRequest, ChangeSubscriptionAmountRequest, GiveConsentRequest,
    LoseOpportunityRequest, MeetExitCriterionRequest, MirrorCaseRequest, MoveOpportunityStageRequest,
    OpenOpportunityRequest, PauseSubscriptionRequest, PublishPipelineRequest, RaiseSuppressionRequest,
    ReactivateSubscriptionRequest, Receipt, RecordInteractionRequest, RefuseConsentRequest,
    RegisterContactRequest, RenewSubscriptionRequest, RequestConsentRequest, SetContactSegmentRequest,
    StartSubscriptionRequest, WinOpportunityRequest, WithdrawConsentRequest,
};

use crate::client::Client;

/// Declares the commands: what each is called in a mapping, its request, the service and the call that take it, and
/// the field that names what it is about.
macro_rules! commands {
    ($($(#[$doc:meta])* $name:ident($request:ident) = $word:literal, $service:ident.$call:ident, $about:ident;)+) => {
        /// A command, ready to be sent.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Command {
            $($(#[$doc])* $name(Box<$request>),)+
        }

        impl Command {
            /// What it is called in a mapping: `register_contact`.
            #[must_use]
            pub const fn word(&self) -> &'static str {
                match self { $(Self::$name(_) => $word,)+ }
            }

            /// Identity of the request.
            #[must_use]
            pub fn request_id(&self) -> &str {
                let header = match self { $(Self::$name(request) => &request.header,)+ };
                header.as_ref().map_or("", |header| &header.request_id)
            }

            /// When it happened, where that is said.
            #[must_use]
            pub fn occurred_at(&self) -> Option<Timestamp> {
                let header = match self { $(Self::$name(request) => &request.header,)+ };
                header.as_ref().and_then(|header| header.occurred_at)
            }

            /// Lets it be recorded at the time that it happened at.
            pub fn record_at(&mut self, occurred_at: Timestamp) {
                let header = match self { $(Self::$name(request) => &mut request.header,)+ };
                let header = header.get_or_insert_default();
                header.occurred_at = Some(occurred_at);
                header.record_at_occurred = true;
            }

            /// Id of what it is about; commands about the same thing go one after another.
            #[must_use]
            pub fn about(&self) -> &str {
                match self { $(Self::$name(request) => &request.$about,)+ }
            }

            /// Sends it once.
            ///
            /// # Errors
            /// When the gateway refuses, or cannot be reached.
            pub async fn send(&self, client: &Client) -> Result<Receipt, tonic::Status> {
                let receipt = match self {
                    $(Self::$name(request) => {
                        client.$service().$call((**request).clone()).await?.into_inner().receipt
                    })+
                };
                Ok(receipt.unwrap_or_default())
            }
        }

        $(impl From<$request> for Command {
            fn from(request: $request) -> Self { Self::$name(Box::new(request)) }
        })+
    };
}

commands! {
    /// Puts a version of a pipeline in force.
    PublishPipeline(PublishPipelineRequest) = "publish_pipeline", pipelines.publish_pipeline, pipeline_id;
    /// Begins a relationship.
    RegisterContact(RegisterContactRequest) = "register_contact", contacts.register_contact, contact_id;
    /// Sets a field that reports group by.
    SetContactSegment(SetContactSegmentRequest) = "set_contact_segment", contacts.set_contact_segment, contact_id;
    /// Records an exchange.
    RecordInteraction(RecordInteractionRequest) = "record_interaction", interactions.record_interaction, contact_id;
    /// Begins a deal.
    OpenOpportunity(OpenOpportunityRequest) = "open_opportunity", pipelines.open_opportunity, opportunity_id;
    /// Moves a deal.
    MoveOpportunityStage(MoveOpportunityStageRequest) = "move_opportunity_stage", pipelines.move_opportunity_stage, opportunity_id;
    /// Says that an exit criterion of a deal is met.
    MeetExitCriterion(MeetExitCriterionRequest) = "meet_exit_criterion", pipelines.meet_exit_criterion, opportunity_id;
    /// Closes a deal as won.
    WinOpportunity(WinOpportunityRequest) = "win_opportunity", pipelines.win_opportunity, opportunity_id;
    /// Closes a deal as lost.
    LoseOpportunity(LoseOpportunityRequest) = "lose_opportunity", pipelines.lose_opportunity, opportunity_id;
    /// Begins a contract.
    StartSubscription(StartSubscriptionRequest) = "start_subscription", subscriptions.start_subscription, subscription_id;
    /// Extends its term.
    RenewSubscription(RenewSubscriptionRequest) = "renew_subscription", subscriptions.renew_subscription, subscription_id;
    /// Changes what it brings.
    ChangeSubscriptionAmount(ChangeSubscriptionAmountRequest) = "change_subscription_amount", subscriptions.change_subscription_amount, subscription_id;
    /// Lets it rest.
    PauseSubscription(PauseSubscriptionRequest) = "pause_subscription", subscriptions.pause_subscription, subscription_id;
    /// Ends it.
    CancelSubscription(CancelSubscriptionRequest) = "cancel_subscription", subscriptions.cancel_subscription, subscription_id;
    /// Lets it go on.
    ReactivateSubscription(ReactivateSubscriptionRequest) = "reactivate_subscription", subscriptions.reactivate_subscription, subscription_id;
    /// The subject is asked.
    RequestConsent(RequestConsentRequest) = "request_consent", consents.request_consent, contact_id;
    /// The subject agrees.
    GiveConsent(GiveConsentRequest) = "give_consent", consents.give_consent, contact_id;
    /// The subject says no.
    RefuseConsent(RefuseConsentRequest) = "refuse_consent", consents.refuse_consent, contact_id;
    /// The subject takes it back.
    WithdrawConsent(WithdrawConsentRequest) = "withdraw_consent", consents.withdraw_consent, contact_id;
    /// The subject objects, opts out or unsubscribes.
    RaiseSuppression(RaiseSuppressionRequest) = "raise_suppression", consents.raise_suppression, contact_id;
    /// Lets a case stand as it stands in the system that keeps it.
    MirrorCase(MirrorCaseRequest) = "mirror_case", cases.mirror_case, case_id;
    /// Takes in that somebody is interested.
    CaptureLead(CaptureLeadRequest) = "capture_lead", leads.capture_lead, external_ref;
}

impl Command {
    /// Whose it is, where it is about something of a contact: the contact has to be registered before.
    #[must_use]
    pub fn contact(&self) -> Option<&str> {
        match self {
            Self::OpenOpportunity(request) => Some(&request.contact_id),
            Self::StartSubscription(request) => Some(&request.contact_id),
            Self::MirrorCase(request) => request.opening.as_ref().map(|opening| opening.contact_id.as_str()),
            Self::CaptureLead(request) => Some(&request.contact_id),
            Self::PublishPipeline(_)
            | Self::RegisterContact(_)
            | Self::SetContactSegment(_)
            | Self::RecordInteraction(_)
            | Self::MoveOpportunityStage(_)
            | Self::MeetExitCriterion(_)
            | Self::WinOpportunity(_)
            | Self::LoseOpportunity(_)
            | Self::RenewSubscription(_)
            | Self::ChangeSubscriptionAmount(_)
            | Self::PauseSubscription(_)
            | Self::CancelSubscription(_)
            | Self::ReactivateSubscription(_)
            | Self::RequestConsent(_)
            | Self::GiveConsent(_)
            | Self::RefuseConsent(_)
            | Self::WithdrawConsent(_)
            | Self::RaiseSuppression(_) => None,
        }
    }

    /// Whether a relationship begins with it.
    #[must_use]
    pub const fn is_registration(&self) -> bool {
        matches!(self, Self::RegisterContact(_))
    }
}
