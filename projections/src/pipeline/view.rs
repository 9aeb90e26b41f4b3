use super::*; use rusqlite::Connection;
pub(super) fn view(_: &Connection, _: &PipelineViewQuery) -> Result<PipelineView, QueryError> { Err(QueryError::Unavailable{cause:"soon".into()}) }
