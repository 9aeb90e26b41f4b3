//! A pipeline, and deals in all its stages.

use rapport_domain::id::{OpportunityId, PipelineId};
use rapport_proto::v1::{
    CommandHeader, LoseOpportunityRequest, Money, MoveOpportunityStageRequest, OpenOpportunityRequest,
    PublishPipelineRequest, Stage, StageType, WinOpportunityRequest,
};

use super::customer::Customer;
use super::diary::{Diary, Moment, SOURCE};

/// Stages that are worked on, in their order, with their chance in percent.
const WORKED_ON: [(&str, &str, u32); 4] = [
    ("qualification", "Qualification", 10),
    ("discovery", "Discovery", 25),
    ("proposal", "Proposal", 50),
    ("negotiation", "Negotiation", 75),
];
const PRODUCTS: [&str; 5] = ["Starter", "Team", "Business", "Onboarding", "Data migration"];
const REASONS: [&str; 5] =
    ["Price", "No budget this year", "Chose another supplier", "No answer", "Project stopped"];
const TEAMS: [(&str, &str); 4] =
    [("north", "emea-1"), ("south", "emea-2"), ("east", "apac"), ("west", "amer")];
/// Days in a stage after which a deal is called stalled.
const ROT_AFTER_DAYS: u32 = 45;

/// How a deal goes on from a stage, in percent of the deals there; the rest waits.
const MOVES_ON: u32 = 78;
const IS_LOST: u32 = 14;

/// Id of the pipeline.
pub(super) fn pipeline_id() -> String {
    PipelineId::derived(SOURCE, "sales").to_string()
}

/// The pipeline.
pub(super) fn pipeline() -> PublishPipelineRequest {
    let stage = |key: &str, name: &str, stage_type: StageType, percent: u32| Stage {
        key: key.to_owned(),
        name: name.to_owned(),
        r#type: stage_type.into(),
        probability_percent: percent,
        forecast_category: 0,
        rot_after_days: (stage_type == StageType::Open).then_some(ROT_AFTER_DAYS),
        required: Vec::new(),
        tasks: Vec::new(),
        exit_criteria: Vec::new(),
    };
    let mut stages: Vec<Stage> =
        WORKED_ON.iter().map(|(key, name, percent)| stage(key, name, StageType::Open, *percent)).collect();
    stages.push(stage("on_hold", "On hold", StageType::OnHold, 20));
    stages.push(stage("won", "Won", StageType::Won, 100));
    stages.push(stage("lost", "Lost", StageType::Lost, 0));
    let header = CommandHeader {
        request_id: format!("{SOURCE}:pipeline"),
        source: SOURCE.to_owned(),
        ..CommandHeader::default()
    };
    PublishPipelineRequest {
        header: Some(header),
        pipeline_id: pipeline_id(),
        name: "Sales".to_owned(),
        stages,
    }
}

/// A deal with this customer, as far as it has come.
pub(super) fn open(diary: &mut Diary, customer: &Customer, number: usize) {
    let days = diary.age(customer.since);
    let start = diary.chance.between(0, days);
    let Some(at) = diary.later(customer.since, start, start) else { return };
    let name = format!("deal-{number}");
    let opportunity_id = OpportunityId::derived(SOURCE, &diary.key(&name)).to_string();
    let product = diary.chance.pick(&PRODUCTS);
    let amount = Money { minor_units: diary.chance.between(8, 900) * 10_000, currency: "EUR".to_owned() };
    let team = TEAMS.iter().find(|(region, _)| *region == customer.region).map_or("", |(_, team)| team);
    let request = OpenOpportunityRequest {
        header: diary.header(&format!("{name}-open"), at),
        opportunity_id: opportunity_id.clone(),
        pipeline_id: pipeline_id(),
        stage: WORKED_ON[0].0.to_owned(),
        title: format!("{product} for C-{:05}", diary.customer),
        contact_id: diary.contact_id.clone(),
        amount: Some(amount),
        expected_close_on: diary.day_after(at, 90),
        owner: customer.owner.to_owned(),
        team: team.to_owned(),
        segments: [("product".to_owned(), product.to_owned())].into(),
        ..OpenOpportunityRequest::default()
    };
    diary.note(at, request);
    work_on(diary, &name, &opportunity_id, at);
}

/// From stage to stage, until it is closed or rests where it is.
fn work_on(diary: &mut Diary, name: &str, opportunity_id: &str, opened: Moment) {
    let opportunity_id = opportunity_id.to_owned();
    let mut at = opened;
    for (next, _, _) in WORKED_ON.iter().skip(1).chain([&("won", "", 100)]) {
        let Some(later) = diary.later(at, 3, 30) else { return };
        at = later;
        let draw = u32::try_from(diary.chance.between(0, 99)).unwrap_or_default();
        let header = diary.header(&format!("{name}-{next}"), at);
        if draw < IS_LOST {
            let reason = diary.chance.pick(&REASONS).to_owned();
            diary.note(
                at,
                LoseOpportunityRequest { header, opportunity_id, reason, competitor: String::new() },
            );
            return;
        }
        if draw >= IS_LOST + MOVES_ON {
            if diary.chance.percent(30) {
                diary.note(
                    at,
                    MoveOpportunityStageRequest { header, opportunity_id, stage: "on_hold".to_owned() },
                );
            }
            return;
        }
        if *next == "won" {
            diary.note(at, WinOpportunityRequest { header, opportunity_id, amount: None, fx: None });
            return;
        }
        let stage = (*next).to_owned();
        diary.note(at, MoveOpportunityStageRequest { header, opportunity_id: opportunity_id.clone(), stage });
    }
}
