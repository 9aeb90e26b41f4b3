//! Clients of a server.

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
use tonic::transport::{Channel, Endpoint};

/// A connection to a server, for the clients of its services.
#[derive(Clone)]
pub struct Clients(Channel);

macro_rules! clients {
    ($($name:ident: $client:ident;)+) => {$(
        /// A client of the service.
        #[must_use]
        pub fn $name(&self) -> $client<Channel> { $client::new(self.0.clone()) }
    )+};
}

impl Clients {
    /// Connects to `HOST:PORT`.
    ///
    /// # Panics
    /// When nobody answers there.
    pub async fn connect(address: &str) -> Self {
        let endpoint = Endpoint::from_shared(format!("http://{address}")).expect("an address");
        Self(endpoint.tcp_nodelay(true).connect().await.expect("it answers"))
    }

    clients! {
        contacts: ContactServiceClient;
        interactions: InteractionServiceClient;
        notices: NoticeServiceClient;
        pipelines: PipelineServiceClient;
        subscriptions: SubscriptionServiceClient;
        consents: ConsentServiceClient;
        subject_requests: SubjectRequestServiceClient;
        reports: ReportServiceClient;
        history: HistoryServiceClient;
        admin: AdminServiceClient;
        accesses: AccessServiceClient;
        audit: AuditServiceClient;
        cases: CaseServiceClient;
        leads: LeadServiceClient;
        tasks: TaskServiceClient;
        quotes: QuoteServiceClient;
        lead_rules: LeadRulesServiceClient;
        service_levels: ServiceLevelServiceClient;
    }
}
