//! Reports on sales: how deals flow, why they are won and lost, how fast, and how sure forecasts were.

mod answers;

use rapport_domain::id::PipelineId;
use rapport_domain::pipeline::ForecastCategory;
use rapport_domain::value::{Invalid, Key, Reference};
use rapport_projections::Freshness;
use rapport_projections::deal_flow::{AccuracyQuery, DwellQuery};
use rapport_projections::pipeline::{WinLossGrouping, WinLossQuery};
use rapport_projections::sales::SalesScope;
use rapport_proto::v1 as wire;

use crate::error::Error;
use crate::parse::Fields;
use crate::services::Services;
use crate::services::moment::refused;
use crate::wire::{Known as _, known, timestamp};

impl Services {
    pub(super) async fn answer_stage_conversion(
        &self,
        message: wire::GetStageConversionRequest,
    ) -> Result<wire::GetStageConversionResponse, Error> {
        let mut fields = Fields::new();
        let scope = scope(&mut fields, message.scope.as_ref());
        let scope = fields.finish(scope)?;
        let moment = self.moment(message.header.as_ref()).await?;
        let answer = moment.known(self.projections.deal_flow().conversion(moment.freshness, scope).await)?;
        let stages = answer.value.unwrap_or_default().into_iter().map(answers::conversion).collect();
        let report =
            wire::GetStageConversionResponse { stages, ..wire::GetStageConversionResponse::default() };
        let certificate = Some(self.certificate(message, answer.position, &report).await?);
        let position = answer.position.0;
        Ok(wire::GetStageConversionResponse { position, as_of: moment.as_of(), certificate, ..report })
    }

    pub(super) async fn answer_stage_dwell(
        &self,
        message: wire::GetStageDwellRequest,
    ) -> Result<wire::GetStageDwellResponse, Error> {
        let mut fields = Fields::new();
        let scope = scope(&mut fields, message.scope.as_ref());
        let scope = fields.finish(scope)?;
        let moment = self.moment(message.header.as_ref()).await?;
        let query = DwellQuery { scope, by_owner: message.by_owner };
        let answer = moment.known(self.projections.deal_flow().dwell(moment.freshness, query).await)?;
        let stages = answer.value.unwrap_or_default().into_iter().map(answers::dwell).collect();
        let report = wire::GetStageDwellResponse { stages, ..wire::GetStageDwellResponse::default() };
        let certificate = Some(self.certificate(message, answer.position, &report).await?);
        let position = answer.position.0;
        Ok(wire::GetStageDwellResponse { position, as_of: moment.as_of(), certificate, ..report })
    }

    pub(super) async fn answer_win_loss(
        &self,
        message: wire::GetWinLossRequest,
    ) -> Result<wire::GetWinLossResponse, Error> {
        let mut fields = Fields::new();
        let scope = scope(&mut fields, message.scope.as_ref());
        let group_by = group_by(&mut fields, &message);
        let (scope, group_by) = fields.finish((scope, group_by))?;
        let moment = self.moment(message.header.as_ref()).await?;
        let query = WinLossQuery { scope, group_by };
        let answer = moment.known(self.projections.pipeline().win_loss(moment.freshness, query).await)?;
        let report = answer.value.map(answers::win_loss).unwrap_or_default();
        let certificate = Some(self.certificate(message, answer.position, &report).await?);
        let position = answer.position.0;
        Ok(wire::GetWinLossResponse { position, as_of: moment.as_of(), certificate, ..report })
    }

    pub(super) async fn answer_sales_velocity(
        &self,
        message: wire::GetSalesVelocityRequest,
    ) -> Result<wire::GetSalesVelocityResponse, Error> {
        let mut fields = Fields::new();
        let scope = scope(&mut fields, message.scope.as_ref());
        let scope = fields.finish(scope)?;
        let moment = self.moment(message.header.as_ref()).await?;
        let answer = moment.known(self.projections.pipeline().velocity(moment.freshness, scope).await)?;
        let report = answer.value.map(answers::velocity).unwrap_or_default();
        let certificate = Some(self.certificate(message, answer.position, &report).await?);
        let position = answer.position.0;
        Ok(wire::GetSalesVelocityResponse { position, as_of: moment.as_of(), certificate, ..report })
    }

    pub(super) async fn answer_forecast_accuracy(
        &self,
        message: wire::GetForecastAccuracyRequest,
    ) -> Result<wire::GetForecastAccuracyResponse, Error> {
        let mut fields = Fields::new();
        let scope = scope(&mut fields, message.scope.as_ref());
        let forecast_at = fields.instant("forecast_at", message.forecast_at);
        let category = category(&mut fields, message.category);
        let (scope, forecast_at, category) = fields.finish((scope, forecast_at, category))?;
        let moment = self.moment(message.header.as_ref()).await?;
        // A fault is told of the field that the time is from.
        let told = forecast_at.map(|time| ("forecast_at", time));
        let (field, forecast_at) = told.unwrap_or(("scope.from", scope.from));
        let known_at = self.log_at(field, forecast_at).await?;
        if moment.freshness.as_of.is_some_and(|as_of| known_at > as_of) {
            let expected = "expected a time that had come at the moment asked about";
            return Err(refused(field, "FORECAST_AFTER_AS_OF", expected));
        }
        // What was superseded by then has to have been taken in.
        let min_position = moment.freshness.min_position.max(known_at);
        let freshness = Freshness { min_position, ..moment.freshness };
        let query = AccuracyQuery { scope, known_at, category };
        let answer = moment.known(self.projections.deal_flow().accuracy(freshness, query).await)?;
        let report = wire::GetForecastAccuracyResponse {
            currencies: answer.value.unwrap_or_default().into_iter().map(answers::accuracy).collect(),
            forecast_at: Some(timestamp(forecast_at)),
            forecast_position: known_at.0,
            ..wire::GetForecastAccuracyResponse::default()
        };
        let question = wire::GetForecastAccuracyRequest {
            forecast_at: Some(timestamp(forecast_at)),
            category: wire::ForecastCategory::number(category),
            ..message
        };
        let certificate = Some(self.certificate(question, answer.position, &report).await?);
        let position = answer.position.0;
        Ok(wire::GetForecastAccuracyResponse { position, as_of: moment.as_of(), certificate, ..report })
    }
}

fn scope(fields: &mut Fields, scope: Option<&wire::SalesScope>) -> Option<SalesScope> {
    let Some(scope) = scope else { return fields.missing("scope") };
    let pipeline_id = fields.optional("scope.pipeline_id", &scope.pipeline_id, PipelineId::parse);
    let (from, to) = fields.period("scope.", scope.from, scope.to);
    let owner = fields.optional("scope.owner", &scope.owner, Reference::parse);
    let team = fields.optional("scope.team", &scope.team, Reference::parse);
    Some(SalesScope { pipeline_id: pipeline_id?, from: from?, to: to?, owner: owner?, team: team? })
}

/// By what to group; the inner `None`: not at all.
fn group_by(fields: &mut Fields, message: &wire::GetWinLossRequest) -> Option<Option<WinLossGrouping>> {
    use wire::WinLossGrouping as Wire;
    let Ok(wanted) = Wire::try_from(message.group_by) else { return fields.unknown("group_by") };
    let group_by = match wanted {
        Wire::Unspecified => None,
        Wire::Reason => Some(WinLossGrouping::Reason),
        Wire::Competitor => Some(WinLossGrouping::Competitor),
        Wire::Owner => Some(WinLossGrouping::Owner),
        Wire::Team => Some(WinLossGrouping::Team),
        Wire::Segment => {
            let field = fields.required("segment", &message.segment, Key::parse);
            return field.map(|field| Some(WinLossGrouping::Segment(field)));
        }
    };
    if !message.segment.is_empty() {
        let expected = "expected nothing: deals are not grouped by SEGMENT";
        fields.refuse("segment", Invalid::new("FIELDS_EXCLUSIVE", expected));
    }
    Some(group_by)
}

/// How sure the deals of a forecast were; not said: as sure as a promise.
fn category(fields: &mut Fields, number: i32) -> Option<ForecastCategory> {
    match wire::ForecastCategory::try_from(number) {
        Ok(category) => Some(known(category).unwrap_or(ForecastCategory::Commit)),
        Err(_) => fields.unknown("category"),
    }
}
