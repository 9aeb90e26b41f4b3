//! How fresh an answer is wanted, or as of when; and what it turned out to stand for.

use prost_types::Timestamp;
use rapport_proto::v1::QueryHeader;
use rapport_proto::v1::query_header::AsOf;
use serde_json::{Value, json};

use crate::output;
use crate::wire::{Bound, rfc3339, timestamp};

/// From which position on an answer is wanted, or as of which moment; part of every read.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub struct ReadOptions {
    /// Answer only from a state that includes this position of the log, as a write returned it.
    #[arg(long, value_name = "POSITION", default_value_t = 0)]
    pub min_position: u64,
    /// What was known then: at a time by the log's clock (RFC 3339), at the beginning of a day, or at a position.
    #[arg(long, value_name = "TIME|POSITION")]
    pub as_of: Option<Bound>,
}

impl ReadOptions {
    /// As it travels.
    #[must_use]
    pub fn header(self) -> Option<QueryHeader> {
        let as_of = self.as_of.map(|bound| match bound {
            Bound::Position(position) => AsOf::AsOfPosition(position),
            Bound::Time(time) => AsOf::AsOfTime(timestamp(time)),
        });
        Some(QueryHeader { min_position: self.min_position, as_of })
    }

    /// A first line for people where the past was asked about.
    #[must_use]
    pub fn heading(self, standing: Standing) -> String {
        if self.as_of.is_none() {
            return String::new();
        }
        let Standing { position, as_of } = standing;
        let time = if as_of.is_some() { format!("{}, ", rfc3339(as_of.as_ref())) } else { String::new() };
        format!("As of {time}position {position}.\n\n")
    }
}

/// What an answer stands for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Standing {
    /// Position of the last event in it.
    pub position: u64,
    /// Log time, where the past was asked about.
    pub as_of: Option<Timestamp>,
}

impl Standing {
    /// Adds it to a document, under `position` and `as_of`.
    #[must_use]
    pub fn beside(self, mut document: Value) -> Value {
        document["position"] = json!(self.position);
        document["as_of"] = output::instant(self.as_of.as_ref());
        document
    }
}

/// Declares that an answer says what it stands for.
macro_rules! standing {
    ($($answer:ident)+) => {$(
        impl From<&rapport_proto::v1::$answer> for Standing {
            fn from(answer: &rapport_proto::v1::$answer) -> Self {
                Self { position: answer.position, as_of: answer.as_of }
            }
        }
    )+};
}

standing! {
    CheckConsentsResponse GetCaseReportResponse GetCaseResponse GetDueTimeResponse ListCalendarsResponse
    GetPriceBookResponse ListPriceBooksResponse GetQuoteResponse ListQuotesResponse
    GetTaskResponse ListTasksResponse GetLeadResponse ListLeadsResponse GetLeadReportResponse ListScoringModelsResponse ListRoutingPoliciesResponse
    ListLeadFieldsResponse
    ListCasesResponse ListDueCasesResponse ListSlaPoliciesResponse GetChurnReportResponse GetConsentTrailResponse GetConsentsResponse GetContactResponse GetPipelineViewResponse
    GetTimelineResponse ListAccessesResponse ListDenialsResponse ListAtRiskCustomersResponse ListSubjectRequestsResponse ListContactsResponse ListNoticesResponse
    SearchContactsResponse GetOpportunityResponse ListOpportunitiesAtRiskResponse GetStageConversionResponse
    GetStageDwellResponse GetWinLossResponse GetSalesVelocityResponse GetForecastAccuracyResponse
}
