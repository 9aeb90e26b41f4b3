//! The rules that leads are judged and handed over by while it is measured.

use rapport_proto::v1::{
    CommandHeader, EngagementRule, FitRule, InteractionChannel, LeadCriterion, LeadSource,
    PublishRoutingPolicyRequest, PublishScoringModelRequest, RoutingCandidate, RoutingPolicyDefinition,
    RoutingRule, RoutingStrategy, ScoreThresholds, ScoringModelDefinition,
};

use crate::client::Client;
use crate::error::Failure;

/// Sellers who get the leads in turn.
const SELLERS: usize = 20;
/// A day: nobody is late while it is measured.
const RESPOND_MINUTES: u32 = 24 * 60;

/// Puts both in force.
///
/// # Errors
/// When the server refuses.
pub(super) async fn publish(client: &Client) -> Result<(), Failure> {
    let header = |request_id: &str| {
        Some(CommandHeader { request_id: request_id.to_owned(), ..CommandHeader::default() })
    };
    let model = PublishScoringModelRequest {
        header: header("scoring-model"),
        definition: Some(scoring_model()),
        ..PublishScoringModelRequest::default()
    };
    client.lead_rules().publish_scoring_model(model).await?;
    let policy = PublishRoutingPolicyRequest {
        header: header("routing-policy"),
        definition: Some(routing_policy()),
        ..PublishRoutingPolicyRequest::default()
    };
    client.lead_rules().publish_routing_policy(policy).await?;
    Ok(())
}

/// Forms fit; three visits to the pricing page in seven days are hot.
fn scoring_model() -> ScoringModelDefinition {
    let thresholds = Some(ScoreThresholds { high: 50, middle: 20, cap: 100 });
    let forms = LeadCriterion { sources: vec![LeadSource::WebForm.into()], ..LeadCriterion::default() };
    ScoringModelDefinition {
        name: "Standard".to_owned(),
        fit: thresholds,
        engagement: thresholds,
        fit_rules: vec![FitRule { key: "form".to_owned(), criteria: vec![forms], points: 30 }],
        engagement_rules: vec![EngagementRule {
            key: "pricing".to_owned(),
            channel: InteractionChannel::Web.into(),
            segment: "page".to_owned(),
            begins_with: "/pricing".to_owned(),
            within_days: 7,
            count: 3,
            points: 60,
            hot: true,
            ..EngagementRule::default()
        }],
        ..ScoringModelDefinition::default()
    }
}

/// Everything to the sellers in turn.
fn routing_policy() -> RoutingPolicyDefinition {
    let candidates = (1..=SELLERS)
        .map(|number| RoutingCandidate { owner: format!("seller-{number}"), ..RoutingCandidate::default() });
    RoutingPolicyDefinition {
        name: "Standard".to_owned(),
        respond_minutes: RESPOND_MINUTES,
        fallback_queue: "inbound".to_owned(),
        rules: vec![RoutingRule {
            key: "team".to_owned(),
            strategy: RoutingStrategy::RoundRobin.into(),
            candidates: candidates.collect(),
            ..RoutingRule::default()
        }],
        ..RoutingPolicyDefinition::default()
    }
}
