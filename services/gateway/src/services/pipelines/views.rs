//! Pipelines, and the view that a manager reads.

use rapport_domain::id::PipelineId;
use rapport_domain::pipeline::{ExitCriterion, Stage, StageTask};
use rapport_domain::value::{Currency, Money, Reference};
use rapport_projections::month::Month;
use rapport_projections::pipeline::{
    ClosedGroup, ClosedView, ConvertedView, ForecastGroup, OpenGroup, Pipeline, PipelineView,
    PipelineViewQuery, SegmentGroup, StageView, UnconvertedDeals,
};
use rapport_proto::v1 as wire;

use crate::error::Error;
use crate::parse::Fields;
use crate::services::Services;
use crate::wire::{Known as _, money, timestamp};

impl Services {
    pub(super) async fn answer_pipeline(
        &self,
        message: wire::GetPipelineRequest,
    ) -> Result<wire::GetPipelineResponse, Error> {
        let mut fields = Fields::new();
        let id = fields.required("pipeline_id", &message.pipeline_id, PipelineId::parse);
        let id = fields.finish(id)?;
        let moment = self.moment(message.header.as_ref()).await?;
        let answer = moment.known(self.projections.pipeline().pipeline(moment.freshness, id).await)?;
        Ok(wire::GetPipelineResponse {
            pipeline: answer.value.map(pipeline),
            position: answer.position.0,
            as_of: moment.as_of(),
        })
    }

    pub(super) async fn answer_pipelines(
        &self,
        message: wire::ListPipelinesRequest,
    ) -> Result<wire::ListPipelinesResponse, Error> {
        let moment = self.moment(message.header.as_ref()).await?;
        let answer = self.projections.pipeline().pipelines(moment.freshness).await?;
        let pipelines = answer.value.into_iter().map(pipeline).collect();
        Ok(wire::ListPipelinesResponse { pipelines, position: answer.position.0, as_of: moment.as_of() })
    }

    pub(super) async fn answer_pipeline_view(
        &self,
        message: wire::GetPipelineViewRequest,
    ) -> Result<wire::GetPipelineViewResponse, Error> {
        let mut fields = Fields::new();
        let pipeline_id = fields.optional("pipeline_id", &message.pipeline_id, PipelineId::parse);
        let closed_from = fields.optional("closed_from_month", &message.closed_from_month, Month::parse);
        let closed_to = fields.optional("closed_to_month", &message.closed_to_month, Month::parse);
        let owner = fields.optional("owner", &message.owner, Reference::parse);
        let team = fields.optional("team", &message.team, Reference::parse);
        let aged_at = fields.instant("aged_at", message.aged_at);
        let valid_at = fields.instant("valid_at", message.valid_at);
        let currency = fields.optional("currency", &message.currency, Currency::parse);
        let (pipeline_id, closed_from, closed_to, owner, team, aged_at, valid_at, currency) =
            fields.finish((pipeline_id, closed_from, closed_to, owner, team, aged_at, valid_at, currency))?;
        let moment = self.moment(message.header.as_ref()).await?;
        let aged_at = aged_at.or(valid_at).unwrap_or(moment.today);
        let query = PipelineViewQuery {
            pipeline_id,
            closed_from,
            closed_to,
            owner,
            team,
            aged_at,
            valid_at,
            currency,
        };
        let answer = moment.known(self.projections.pipeline().view(moment.freshness, query).await)?;
        let view = answer.value.map(view).unwrap_or_default();
        let question = wire::GetPipelineViewRequest { aged_at: Some(timestamp(aged_at)), ..message };
        let certificate = Some(self.certificate(question, answer.position, &view).await?);
        let position = answer.position.0;
        Ok(wire::GetPipelineViewResponse { position, as_of: moment.as_of(), certificate, ..view })
    }
}

fn view(view: PipelineView) -> wire::GetPipelineViewResponse {
    let by_month = view.by_month.into_iter().map(|(month, closed)| wire::ClosedGroup {
        key: month.to_string(),
        closed: Some(self::closed(closed)),
    });
    wire::GetPipelineViewResponse {
        pipeline: Some(pipeline(view.pipeline)),
        stages: view.stages.into_iter().map(stage_view).collect(),
        opportunities: view.opportunities,
        open: view.open,
        open_amount: amounts(view.open_amount),
        weighted_amount: amounts(view.weighted_amount),
        forecast: view.forecast.into_iter().map(forecast_group).collect(),
        closed: Some(closed(view.closed)),
        by_month: by_month.collect(),
        by_owner: view.by_owner.into_iter().map(closed_group).collect(),
        by_team: view.by_team.into_iter().map(closed_group).collect(),
        by_segment: view.by_segment.into_iter().map(segment_group).collect(),
        open_by_owner: view.open_by_owner.into_iter().map(open_group).collect(),
        open_by_team: view.open_by_team.into_iter().map(open_group).collect(),
        converted: view.converted.map(converted),
        ..wire::GetPipelineViewResponse::default()
    }
}

fn pipeline(pipeline: Pipeline) -> wire::Pipeline {
    wire::Pipeline {
        pipeline_id: pipeline.pipeline_id.to_string(),
        version: pipeline.definition.version,
        name: pipeline.definition.name.to_string(),
        stages: pipeline.definition.stages.iter().map(stage).collect(),
    }
}

fn stage(stage: &Stage) -> wire::Stage {
    wire::Stage {
        key: stage.key.to_string(),
        name: stage.name.to_string(),
        r#type: wire::StageType::number(stage.stage_type),
        probability_percent: stage.probability.get(),
        forecast_category: wire::ForecastCategory::number(stage.forecast_category),
        rot_after_days: stage.rot_after_days,
        required: stage.required.iter().map(ToString::to_string).collect(),
        exit_criteria: stage.exit_criteria.iter().map(exit_criterion).collect(),
        tasks: stage.tasks.iter().map(stage_task).collect(),
    }
}

fn stage_task(task: &StageTask) -> wire::StageTask {
    wire::StageTask {
        key: task.key.to_string(),
        subject: task.subject.to_string(),
        due_in_days: task.due_in_days.get(),
    }
}

fn exit_criterion(criterion: &ExitCriterion) -> wire::ExitCriterion {
    wire::ExitCriterion { key: criterion.key.to_string(), name: criterion.name.to_string() }
}

fn stage_view(view: StageView) -> wire::StageView {
    wire::StageView {
        stage: Some(stage(&view.stage)),
        count: view.count,
        amount: amounts(view.amount),
        weighted_amount: amounts(view.weighted_amount),
        mean_age_seconds: view.mean_age_seconds,
        oldest_age_seconds: view.oldest_age_seconds,
        stalled: view.stalled,
    }
}

pub(super) fn closed(view: ClosedView) -> wire::ClosedView {
    wire::ClosedView {
        won: view.won,
        lost: view.lost,
        won_amount: amounts(view.won_amount),
        lost_amount: amounts(view.lost_amount),
        win_rate_basis_points: view.win_rate_basis_points,
        mean_cycle_seconds: view.mean_cycle_seconds,
        median_cycle_days: view.median_cycle_days,
    }
}

fn closed_group(group: ClosedGroup) -> wire::ClosedGroup {
    wire::ClosedGroup { key: group.key, closed: Some(closed(group.closed)) }
}

fn segment_group(group: SegmentGroup) -> wire::SegmentGroup {
    wire::SegmentGroup {
        segment: group.segment.to_string(),
        groups: group.groups.into_iter().map(closed_group).collect(),
    }
}

fn open_group(group: OpenGroup) -> wire::OpenGroup {
    wire::OpenGroup {
        key: group.key,
        count: group.count,
        amount: amounts(group.amount),
        weighted_amount: amounts(group.weighted_amount),
    }
}

fn forecast_group(group: ForecastGroup) -> wire::ForecastGroup {
    wire::ForecastGroup {
        category: wire::ForecastCategory::number(group.category),
        count: group.count,
        amount: amounts(group.amount),
        weighted_amount: amounts(group.weighted_amount),
    }
}

fn converted(view: ConvertedView) -> wire::ConvertedView {
    wire::ConvertedView {
        currency: view.currency.to_string(),
        open_amount: Some(money(view.open_amount)),
        weighted_amount: Some(money(view.weighted_amount)),
        won_amount: Some(money(view.won_amount)),
        lost_amount: Some(money(view.lost_amount)),
        unconverted: Some(unconverted(view.unconverted)),
    }
}

fn unconverted(deals: UnconvertedDeals) -> wire::UnconvertedDeals {
    wire::UnconvertedDeals {
        open: deals.open,
        open_amount: amounts(deals.open_amount),
        won: deals.won,
        won_amount: amounts(deals.won_amount),
        lost: deals.lost,
        lost_amount: amounts(deals.lost_amount),
    }
}

fn amounts(sums: Vec<Money>) -> Vec<wire::Money> {
    sums.into_iter().map(money).collect()
}
