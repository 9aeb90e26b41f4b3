//! The view that a manager reads, put together from the counters.

use rapport_domain::id::PipelineId;
use rusqlite::Connection;

use super::closed::ClosedDeals;
use super::query::{only_pipeline, pipeline};
use super::standing::Standings;
use super::{GROUPS_MAX, PipelineView, PipelineViewQuery};
use crate::month::Month;
use crate::query::{Measure, QueryError};

/// Which deals are in the view.
pub(super) struct Scope {
    pub(super) pipeline_id: PipelineId,
    pub(super) owner: Option<String>,
    pub(super) team: Option<String>,
    pub(super) closed_from: Option<Month>,
    pub(super) closed_to: Option<Month>,
}

pub(super) fn view(connection: &Connection, query: &PipelineViewQuery) -> Result<PipelineView, QueryError> {
    let pipeline = match query.pipeline_id {
        Some(pipeline_id) => pipeline(connection, pipeline_id)?,
        None => only_pipeline(connection)?,
    };
    let scope = Scope {
        pipeline_id: pipeline.pipeline_id,
        owner: query.owner.as_ref().map(ToString::to_string),
        team: query.team.as_ref().map(ToString::to_string),
        closed_from: query.closed_from,
        closed_to: query.closed_to,
    };
    let standings = Standings::read(connection, &scope)?;
    let closed = ClosedDeals::read(connection, &scope)?;
    if standings.groups() + closed.groups() > GROUPS_MAX {
        return Err(QueryError::TooLarge { what: Measure::Rows, limit: GROUPS_MAX });
    }
    Ok(PipelineView {
        stages: standings.stages(connection, &scope, &pipeline.definition, query.aged_at)?,
        pipeline,
        opportunities: standings.all.count(),
        open: standings.open.count(),
        open_amount: standings.open.amount(),
        weighted_amount: standings.open.weighted(),
        closed: closed.all(),
        by_month: closed.by_month(),
        by_owner: closed.by_owner(),
        by_team: closed.by_team(),
        by_segment: closed.by_segment(),
        open_by_owner: standings.open_by_owner(),
        open_by_team: standings.open_by_team(),
    })
}
