//! The view that a manager reads, put together from the counters.

use std::collections::BTreeMap;

use rapport_domain::id::PipelineId;
use rapport_domain::value::Key;
use rusqlite::Connection;

use super::closed;
use super::converted::converted;
use super::query::chosen;
use super::standing::Standings;
use super::{ClosedGroup, ClosedView, GROUPS_MAX, PipelineView, PipelineViewQuery, SegmentGroup};
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

impl Scope {
    /// Whether it is the whole pipeline.
    pub(super) const fn is_whole(&self) -> bool {
        let Self { pipeline_id: _, owner, team, closed_from, closed_to } = self;
        owner.is_none() && team.is_none() && closed_from.is_none() && closed_to.is_none()
    }
}

pub(super) fn view(connection: &Connection, query: &PipelineViewQuery) -> Result<PipelineView, QueryError> {
    let pipeline = chosen(connection, query.pipeline_id)?;
    let scope = Scope {
        pipeline_id: pipeline.pipeline_id,
        owner: query.owner.as_ref().map(ToString::to_string),
        team: query.team.as_ref().map(ToString::to_string),
        closed_from: query.closed_from,
        closed_to: query.closed_to,
    };
    let standings = Standings::read(connection, &scope)?;
    let closed = closed::read(connection, &scope)?;
    let in_one = query.currency.map(|currency| converted(connection, &scope, currency)).transpose()?;
    if standings.groups() + closed.len() > GROUPS_MAX {
        return Err(QueryError::TooLarge { what: Measure::Rows, limit: GROUPS_MAX });
    }
    Ok(PipelineView {
        stages: standings.stages(connection, &scope, &pipeline.definition, query.aged_at)?,
        pipeline,
        opportunities: standings.all.count(),
        open: standings.open.count(),
        open_amount: standings.open.amount(),
        weighted_amount: standings.open.weighted(),
        forecast: standings.forecast(),
        closed: closed.all,
        by_month: closed.by_month.into_iter().collect(),
        by_owner: closed_groups(closed.by_owner),
        by_team: closed_groups(closed.by_team),
        by_segment: segment_groups(closed.by_field),
        open_by_owner: standings.open_by_owner(),
        open_by_team: standings.open_by_team(),
        converted: in_one,
    })
}

fn closed_groups(groups: BTreeMap<String, ClosedView>) -> Vec<ClosedGroup> {
    groups.into_iter().map(|(key, closed)| ClosedGroup { key, closed }).collect()
}

fn segment_groups(fields: BTreeMap<Key, BTreeMap<String, ClosedView>>) -> Vec<SegmentGroup> {
    let field = |(segment, values)| SegmentGroup { segment, groups: closed_groups(values) };
    fields.into_iter().map(field).collect()
}
