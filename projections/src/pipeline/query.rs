use super::*; use rusqlite::Connection;
fn no<T>() -> Result<T, QueryError> { Err(QueryError::Unavailable{cause:"soon".into()}) }
pub(super) fn pipeline(_: &Connection, _: PipelineId) -> Result<Pipeline, QueryError> { no() }
pub(super) fn pipelines(_: &Connection) -> Result<Vec<Pipeline>, QueryError> { no() }
pub(super) fn opportunity(_: &Connection, _: OpportunityId) -> Result<Opportunity, QueryError> { no() }
pub(super) fn opportunities(_: &Connection, _: &OpportunityFilter, _: &PageRequest) -> Result<Page<Opportunity>, QueryError> { no() }
