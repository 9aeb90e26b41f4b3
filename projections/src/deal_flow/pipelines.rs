//! Which pipelines there are, and in which order their stages come.

use rapport_domain::envelope::Position;
use rapport_domain::id::PipelineId;
use rapport_domain::pipeline::Definition;
use rapport_domain::value::Key;
use rusqlite::{Connection, Transaction};

use crate::published::Published;
use crate::query::{QueryError, Thing};

const PIPELINES: Published = Published { table: "pipelines", id: "pipeline_id" };

/// A pipeline that a report is about.
pub(super) struct Pipeline {
    pub(super) pipeline_id: PipelineId,
    definition: Definition,
}

pub(super) fn publish(
    tx: &Transaction<'_>,
    position: Position,
    pipeline_id: PipelineId,
    definition: &Definition,
) -> rusqlite::Result<()> {
    PIPELINES.put(tx, position, pipeline_id, definition)
}

/// The pipeline that is named, or the only one.
pub(super) fn chosen(connection: &Connection, named: Option<PipelineId>) -> Result<Pipeline, QueryError> {
    let pipeline = |(pipeline_id, definition)| Pipeline { pipeline_id, definition };
    let not_found = QueryError::NotFound { what: Thing::Pipeline };
    if let Some(pipeline_id) = named {
        return PIPELINES.find(connection, pipeline_id)?.map(pipeline).ok_or(not_found);
    }
    let mut found = PIPELINES.listed(connection, 2)?;
    match (found.pop(), found.is_empty()) {
        (Some(only), true) => Ok(pipeline(only)),
        (Some(_), false) => Err(QueryError::PipelineAmbiguous),
        (None, _) => Err(not_found),
    }
}

impl Pipeline {
    /// Where a stage comes in an answer: in the order of the process; stages of older versions last, by their keys.
    pub(super) fn place_of(&self, stage: &Key) -> (usize, Key) {
        let place = self.definition.stages.iter().position(|known| known.key == *stage);
        (place.unwrap_or(usize::MAX), stage.clone())
    }
}
