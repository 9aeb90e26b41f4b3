//! One typed client for each service of the contract.

use rapport_proto::v1::access_service_client::AccessServiceClient;
use rapport_proto::v1::admin_service_client::AdminServiceClient;
use rapport_proto::v1::audit_service_client::AuditServiceClient;
use rapport_proto::v1::case_service_client::CaseServiceClient;
use rapport_proto::v1::consent_service_client::ConsentServiceClient;
use rapport_proto::v1::contact_service_client::ContactServiceClient;
use rapport_proto::v1::history_service_client::HistoryServiceClient;
use rapport_proto::v1::interaction_service_client::InteractionServiceClient;
use rapport_proto::v1::lead_rules_service_client::LeadRulesServiceClient;
use rapport_proto::v1::lead_service_client::LeadServiceClient;
use rapport_proto::v1::notice_service_client::NoticeServiceClient;
use rapport_proto::v1::pipeline_service_client::PipelineServiceClient;
use rapport_proto::v1::quote_service_client::QuoteServiceClient;
use rapport_proto::v1::report_service_client::ReportServiceClient;
use rapport_proto::v1::service_level_service_client::ServiceLevelServiceClient;
use rapport_proto::v1::subject_request_service_client::SubjectRequestServiceClient;
use rapport_proto::v1::subscription_service_client::SubscriptionServiceClient;
use rapport_proto::v1::task_service_client::TaskServiceClient;
use rapport_proto::v1::what_if_service_client::WhatIfServiceClient;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Channel;

use super::actor::Courier;
use super::{ANSWER_BYTES_MAX, Client};

type Carried = InterceptedService<Channel, Courier>;

/// Declares a method for each service.
macro_rules! services {
    ($($(#[$doc:meta])* $name:ident: $client:ident;)+) => {
        impl Client {
            $(
                $(#[$doc])*
                #[must_use]
                pub fn $name(&self) -> $client<Carried> {
                    $client::with_interceptor(self.channel.clone(), self.courier(true))
                        .max_decoding_message_size(ANSWER_BYTES_MAX)
                }
            )+
        }
    };
}

services! {
    /// People and organisations.
    contacts: ContactServiceClient;
    /// Interactions and timelines, one call at a time.
    interactions: InteractionServiceClient;
    /// Pipelines and deals.
    pipelines: PipelineServiceClient;
    /// Contracts.
    subscriptions: SubscriptionServiceClient;
    /// Consents.
    consents: ConsentServiceClient;
    /// The words that people are shown.
    notices: NoticeServiceClient;
    /// What people ask for about their own data.
    subject_requests: SubjectRequestServiceClient;
    /// Reports over many customers.
    reports: ReportServiceClient;
    /// What an operator does.
    admin: AdminServiceClient;
    /// Checkpoints and proofs.
    audit: AuditServiceClient;
    /// Who looked at personal data.
    accesses: AccessServiceClient;
    /// Cases.
    cases: CaseServiceClient;
    /// Leads.
    leads: LeadServiceClient;
    /// By which rules leads are judged and handed over.
    lead_rules: LeadRulesServiceClient;
    /// Tasks.
    tasks: TaskServiceClient;
    /// Price books and quotes.
    quotes: QuoteServiceClient;
    /// Calendars and SLA policies.
    service_levels: ServiceLevelServiceClient;
}

impl Client {
    /// Interactions and timelines as streams, which have no deadline.
    #[must_use]
    pub fn interaction_stream(&self) -> InteractionServiceClient<Carried> {
        InteractionServiceClient::with_interceptor(self.channel.clone(), self.courier(false))
            .max_decoding_message_size(ANSWER_BYTES_MAX)
    }

    /// Consents of a campaign, which stream and have no deadline.
    #[must_use]
    pub fn consent_stream(&self) -> ConsentServiceClient<Carried> {
        ConsentServiceClient::with_interceptor(self.channel.clone(), self.courier(false))
            .max_decoding_message_size(ANSWER_BYTES_MAX)
    }

    /// What is kept about somebody, which streams and has no deadline.
    #[must_use]
    pub fn subject_archive(&self) -> SubjectRequestServiceClient<Carried> {
        SubjectRequestServiceClient::with_interceptor(self.channel.clone(), self.courier(false))
            .max_decoding_message_size(ANSWER_BYTES_MAX)
    }

    /// Pipelines that are watched, without a deadline.
    #[must_use]
    pub fn pipeline_stream(&self) -> PipelineServiceClient<Carried> {
        PipelineServiceClient::with_interceptor(self.channel.clone(), self.courier(false))
            .max_decoding_message_size(ANSWER_BYTES_MAX)
    }

    /// Read models that are watched, without a deadline.
    #[must_use]
    pub fn admin_stream(&self) -> AdminServiceClient<Carried> {
        AdminServiceClient::with_interceptor(self.channel.clone(), self.courier(false))
    }

    /// Drafts that are tried on the past, which stream and have no deadline.
    #[must_use]
    pub fn what_if(&self) -> WhatIfServiceClient<Carried> {
        WhatIfServiceClient::with_interceptor(self.channel.clone(), self.courier(false))
            .max_decoding_message_size(ANSWER_BYTES_MAX)
    }

    /// The log, which streams and has no deadline.
    #[must_use]
    pub fn history(&self) -> HistoryServiceClient<Carried> {
        HistoryServiceClient::with_interceptor(self.channel.clone(), self.courier(false))
            .max_decoding_message_size(ANSWER_BYTES_MAX)
    }

    /// Facts that are added to the log, one call at a time.
    #[must_use]
    pub fn journal(&self) -> HistoryServiceClient<Carried> {
        HistoryServiceClient::with_interceptor(self.channel.clone(), self.courier(true))
    }

    fn courier(&self, with_deadline: bool) -> Courier {
        Courier { identity: self.identity.clone(), deadline: with_deadline.then_some(self.deadline) }
    }
}
