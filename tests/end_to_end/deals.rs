//! A deal that follows the company's own rules, and what a manager sees of those that stall.

use prost_types::Timestamp;
use rapport_proto::v1 as wire;
use rapport_proto::v1::query_header::AsOf;
use rapport_proto::v1::{ContactRole, DealRisk, ForecastCategory};
use rapport_tests::ask::{after, deal, euros, header, person, pipeline, reason};
use rapport_tests::{Clients, World};
use tonic::Code;

/// Stages as everywhere; an offer takes an amount, a next step and a champion, and rots after 30 days.
async fn strict(clients: &Clients) -> String {
    let mut request = pipeline("pipeline");
    request.stages[1].required = ["amount", "next_step", "contact_role:champion"].map(str::to_owned).into();
    request.stages[1].rot_after_days = Some(30);
    clients.pipelines().publish_pipeline(request).await.unwrap().into_inner().pipeline_id
}

async fn ann(clients: &Clients) -> String {
    let registered = clients.contacts().register_contact(person("ann", "Ann Lee")).await;
    registered.unwrap().into_inner().contact_id
}

async fn opened(clients: &Clients, pipeline_id: &str, contact_id: &str) -> String {
    let request =
        wire::OpenOpportunityRequest { owner: "ben".to_owned(), ..deal("deal", pipeline_id, contact_id) };
    clients.pipelines().open_opportunity(request).await.unwrap().into_inner().opportunity_id
}

async fn offered(
    clients: &Clients,
    request_id: &str,
    opportunity_id: &str,
) -> Result<tonic::Response<wire::MoveOpportunityStageResponse>, tonic::Status> {
    let (header, opportunity_id) = (header(request_id), opportunity_id.to_owned());
    let request = wire::MoveOpportunityStageRequest { header, opportunity_id, stage: "offered".to_owned() };
    clients.pipelines().move_opportunity_stage(request).await
}

/// Says what the stage asks for; the position of the last word.
async fn prepared(clients: &Clients, opportunity_id: &str, contact_id: &str) -> u64 {
    let revise = wire::ReviseOpportunityAmountRequest {
        header: header("amount"),
        opportunity_id: opportunity_id.to_owned(),
        amount: euros(500_000),
        fx: None,
    };
    clients.pipelines().revise_opportunity_amount(revise).await.unwrap();
    let champion = wire::AddContactRoleRequest {
        header: header("champion"),
        opportunity_id: opportunity_id.to_owned(),
        contact_id: contact_id.to_owned(),
        role: ContactRole::Champion.into(),
    };
    clients.pipelines().add_contact_role(champion).await.unwrap();
    let next = wire::SetOpportunityNextStepRequest {
        header: header("next"),
        opportunity_id: opportunity_id.to_owned(),
        what: "Send the contract".to_owned(),
        due_on: "2999-12-31".to_owned(),
    };
    let set = clients.pipelines().set_opportunity_next_step(next).await.unwrap().into_inner();
    set.receipt.unwrap().position
}

async fn at_risk(clients: &Clients, request: wire::ListOpportunitiesAtRiskRequest) -> Vec<Vec<DealRisk>> {
    let answer = clients.pipelines().list_opportunities_at_risk(request).await.unwrap().into_inner();
    answer.opportunities.iter().map(|found| found.risks().collect()).collect()
}

#[tokio::test]
async fn a_deal_is_offered_once_it_has_what_the_stage_asks_for() {
    let world = World::start().await;
    let clients: &Clients = &world;
    let (pipeline_id, contact_id) = (strict(clients).await, ann(clients).await);
    let opportunity_id = opened(clients, &pipeline_id, &contact_id).await;
    let refused = offered(clients, "early", &opportunity_id).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused)),
        (Code::FailedPrecondition, "DEAL_FIELD_REQUIRED".to_owned())
    );
    assert!(refused.message().contains("amount, next_step, contact_role:champion"), "{refused}");
    prepared(clients, &opportunity_id, &contact_id).await;
    let moved = offered(clients, "ready", &opportunity_id).await.unwrap().into_inner();
    let request =
        wire::GetOpportunityRequest { header: after(moved.receipt.unwrap().position), opportunity_id };
    let shown = clients.pipelines().get_opportunity(request).await.unwrap().into_inner();
    let shown = shown.opportunity.unwrap();
    assert_eq!((shown.stage.as_str(), shown.next_step.as_str()), ("offered", "Send the contract"));
    assert_eq!(shown.contact_roles[0].contact_id, contact_id);
}

/// An opening at the stage that asks for much, which says all of it.
fn offered_at_once(pipeline_id: &str, contact_id: &str) -> wire::OpenOpportunityRequest {
    let champion =
        wire::OpportunityContact { contact_id: contact_id.to_owned(), role: ContactRole::Champion.into() };
    wire::OpenOpportunityRequest {
        stage: "offered".to_owned(),
        amount: euros(500_000),
        next_step: "Send the contract".to_owned(),
        next_step_due_on: "2999-12-31".to_owned(),
        contact_roles: vec![champion],
        ..deal("deal", pipeline_id, contact_id)
    }
}

#[tokio::test]
async fn a_deal_is_opened_at_a_stage_with_all_that_it_asks_for_and_its_fields_are_set_later() {
    let world = World::start().await;
    let clients: &Clients = &world;
    let (pipeline_id, contact_id) = (strict(clients).await, ann(clients).await);
    let opening = offered_at_once(&pipeline_id, &contact_id);
    let opened = clients.pipelines().open_opportunity(opening).await.unwrap().into_inner();
    let opportunity_id = opened.opportunity_id;
    for (key, value) in [("region", "West"), ("product", "chairs")] {
        let set = wire::SetOpportunitySegmentRequest {
            header: header(key),
            opportunity_id: opportunity_id.clone(),
            key: key.to_owned(),
            value: value.to_owned(),
        };
        clients.pipelines().set_opportunity_segment(set).await.unwrap();
    }
    let clear = wire::ClearOpportunitySegmentRequest {
        header: header("clear"),
        opportunity_id: opportunity_id.clone(),
        key: "product".to_owned(),
    };
    let cleared = clients.pipelines().clear_opportunity_segment(clear).await.unwrap().into_inner();
    let header = after(cleared.receipt.unwrap().position);
    let request = wire::GetOpportunityRequest { header, opportunity_id };
    let shown = clients.pipelines().get_opportunity(request).await.unwrap().into_inner();
    let shown = shown.opportunity.unwrap();
    assert_eq!((shown.stage.as_str(), shown.next_step.as_str()), ("offered", "Send the contract"));
    assert_eq!((shown.contact_roles.len(), shown.next_step_due_on.as_str()), (1, "2999-12-31"));
    assert_eq!(shown.segments, [("region".to_owned(), "West".to_owned())].into());
}

#[tokio::test]
async fn an_opening_names_a_step_with_its_day_and_people_who_are_registered() {
    let world = World::start().await;
    let clients: &Clients = &world;
    let (pipeline_id, contact_id) = (strict(clients).await, ann(clients).await);
    let opening = offered_at_once(&pipeline_id, &contact_id);
    let day_alone = wire::OpenOpportunityRequest { next_step: String::new(), ..opening.clone() };
    let refused = clients.pipelines().open_opportunity(day_alone).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument, "{refused}");
    let mut unknown = opening;
    unknown.contact_roles[0].contact_id = "contact_00000000000000000000000000".to_owned();
    let refused = clients.pipelines().open_opportunity(unknown).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound, "{refused}");
}

#[tokio::test]
async fn a_contact_takes_part_only_once_they_are_registered() {
    let world = World::start().await;
    let clients: &Clients = &world;
    let (pipeline_id, contact_id) = (strict(clients).await, ann(clients).await);
    let opportunity_id = opened(clients, &pipeline_id, &contact_id).await;
    let nobody = wire::AddContactRoleRequest {
        header: header("nobody"),
        opportunity_id,
        contact_id: "contact_00000000000000000000000000".to_owned(),
        role: ContactRole::Legal.into(),
    };
    let refused = clients.pipelines().add_contact_role(nobody).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound, "{refused}");
}

#[tokio::test]
async fn a_manager_sees_what_stalls_as_of_any_moment_and_what_is_committed() {
    let world = World::start().await;
    let clients: &Clients = &world;
    let (pipeline_id, contact_id) = (strict(clients).await, ann(clients).await);
    let opportunity_id = opened(clients, &pipeline_id, &contact_id).await;
    let prepared = prepared(clients, &opportunity_id, &contact_id).await;
    let moved = offered(clients, "ready", &opportunity_id).await.unwrap().into_inner();
    let position = moved.receipt.unwrap().position;
    let now = wire::ListOpportunitiesAtRiskRequest { header: after(position), ..Default::default() };
    assert!(at_risk(clients, now.clone()).await.is_empty(), "it is looked after");
    let later = Timestamp { seconds: 32_503_593_600, nanos: 0 };
    let later = wire::ListOpportunitiesAtRiskRequest { aged_at: Some(later), ..now.clone() };
    assert_eq!(at_risk(clients, later).await, [[DealRisk::Stalled]], "on 2999-12-31 the step is not past");
    let before = Some(wire::QueryHeader { min_position: 0, as_of: Some(AsOf::AsOfPosition(prepared - 1)) });
    let before = wire::ListOpportunitiesAtRiskRequest { header: before, ..now };
    assert_eq!(at_risk(clients, before).await, [[DealRisk::NextStepMissing]], "as it was known then");

    let commit = wire::OverrideForecastRequest {
        header: header("commit"),
        opportunity_id,
        category: ForecastCategory::Commit.into(),
        probability_percent: Some(90),
        reason: "The board has agreed".to_owned(),
    };
    let committed = clients.pipelines().override_forecast(commit).await.unwrap().into_inner();
    let request = wire::GetPipelineViewRequest {
        header: after(committed.receipt.unwrap().position),
        ..Default::default()
    };
    let view = clients.pipelines().get_pipeline_view(request).await.unwrap().into_inner();
    let group = wire::ForecastGroup {
        category: ForecastCategory::Commit.into(),
        count: 1,
        amount: euros(500_000).into_iter().collect(),
        weighted_amount: euros(450_000).into_iter().collect(),
    };
    assert_eq!(view.forecast, [group]);
}
