use super::*; use rusqlite::Connection;
fn no<T>() -> Result<T, QueryError> { Err(QueryError::Unavailable{cause:"soon".into()}) }
pub(super) fn report(_: &Connection, _: &ChurnQuery) -> Result<ChurnReport, QueryError> { no() }
pub(super) fn at_risk(_: &Connection, _: Date, _: &PageRequest) -> Result<Page<AtRiskCustomer>, QueryError> { no() }
