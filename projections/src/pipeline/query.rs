//! What is answered about pipelines and deals.

use std::collections::BTreeSet;

use rapport_domain::id::{ContactId, OpportunityId, PipelineId};
use rapport_domain::value::Reference;
use rusqlite::{Connection, OptionalExtension as _, Row, ToSql, params_from_iter};

use super::{Opportunity, OpportunityFilter, OpportunityStatus, PIPELINES_MAX, Pipeline, PipelineProjection};
use crate::column::{Word, json, word};
use crate::page::{Listing, Page, PageRequest};
use crate::query::{QueryError, Thing};

pub(super) fn pipeline(connection: &Connection, pipeline_id: PipelineId) -> Result<Pipeline, QueryError> {
    connection
        .prepare_cached(
            "SELECT pipeline_id, definition FROM pipelines JOIN pipeline_versions USING (pipeline_id, version)
             WHERE pipeline_id = ?1",
        )?
        .query_row((Word(pipeline_id),), published)
        .optional()?
        .ok_or(QueryError::NotFound { what: Thing::Pipeline })
}

/// The pipeline that is asked about: the one that is named, or the only one.
pub(super) fn chosen(connection: &Connection, named: Option<PipelineId>) -> Result<Pipeline, QueryError> {
    match named {
        Some(pipeline_id) => pipeline(connection, pipeline_id),
        None => only_pipeline(connection),
    }
}

/// The pipeline of a company that has one.
pub(super) fn only_pipeline(connection: &Connection) -> Result<Pipeline, QueryError> {
    let mut found = first_pipelines(connection, 2)?;
    match (found.pop(), found.is_empty()) {
        (Some(pipeline), true) => Ok(pipeline),
        (Some(_), false) => Err(QueryError::PipelineAmbiguous),
        (None, _) => Err(QueryError::NotFound { what: Thing::Pipeline }),
    }
}

pub(super) fn pipelines(connection: &Connection) -> Result<Vec<Pipeline>, QueryError> {
    Ok(first_pipelines(connection, PIPELINES_MAX)?)
}

fn first_pipelines(connection: &Connection, limit: usize) -> rusqlite::Result<Vec<Pipeline>> {
    connection
        .prepare_cached(
            "SELECT pipeline_id, definition FROM pipelines JOIN pipeline_versions USING (pipeline_id, version)
             ORDER BY position LIMIT ?1",
        )?
        .query_map((i64::try_from(limit).unwrap_or(i64::MAX),), published)?
        .collect()
}

fn published(row: &Row<'_>) -> rusqlite::Result<Pipeline> {
    Ok(Pipeline { pipeline_id: word(row, "pipeline_id")?, definition: json(row, "definition")? })
}

pub(super) fn opportunity(
    connection: &Connection,
    opportunity_id: OpportunityId,
) -> Result<Opportunity, QueryError> {
    let found = Opportunity::find(connection, opportunity_id)?;
    found.map(|(_, deal)| deal).ok_or(QueryError::NotFound { what: Thing::Opportunity })
}

pub(super) fn opportunities(
    connection: &Connection,
    filter: &OpportunityFilter,
    page: &PageRequest,
) -> Result<Page<Opportunity>, QueryError> {
    let listing: Listing<i64> = Listing::open::<PipelineProjection>(&("opportunities", filter), page)?;
    let (conditions, mut values) = conditions(filter);
    values.push(Box::new(listing.after.unwrap_or(0)));
    values.push(Box::new(i64::try_from(listing.rows()).unwrap_or(i64::MAX)));
    let rows = connection
        .prepare_cached(&format!(
            "SELECT * FROM deals WHERE {conditions}position > ? ORDER BY position LIMIT ?"
        ))?
        .query_map(params_from_iter(values), Opportunity::from_row)?
        .collect::<Result<Vec<_>, _>>()?;
    Ok(listing.page(rows, |(position, _)| *position)?.map(|(_, deal)| deal))
}

pub(super) fn with_open_deals(
    connection: &Connection,
    owner: &Reference,
    contacts: &BTreeSet<ContactId>,
) -> Result<BTreeSet<ContactId>, QueryError> {
    // The plusses keep the engine from walking all deals of an owner, where it could walk those of one contact.
    let mut query = connection
        .prepare_cached("SELECT 1 FROM deals WHERE contact_id = ?1 AND +owner = ?2 AND +status = ?3")?;
    let mut found = BTreeSet::new();
    for contact in contacts {
        if query.exists((Word(*contact), Word(owner), Word(OpportunityStatus::Open)))? {
            found.insert(*contact);
        }
    }
    Ok(found)
}

/// Only the conditions that there are, so that the engine finds the index that serves them.
fn conditions(filter: &OpportunityFilter) -> (String, Vec<Box<dyn ToSql>>) {
    let OpportunityFilter { pipeline_id, stage, owner, contact_id, status } = filter.clone();
    let mut conditions = String::new();
    let mut values: Vec<Box<dyn ToSql>> = Vec::new();
    let mut only = |condition, value: Option<Box<dyn ToSql>>| {
        if let Some(value) = value {
            conditions.push_str(condition);
            values.push(value);
        }
    };
    // A pipeline has many deals: the plus keeps the engine from sorting them all, where it could walk the list.
    only("+pipeline_id = ? AND ", pipeline_id.map(|id| Box::new(Word(id)) as Box<dyn ToSql>));
    only("stage = ? AND ", stage.map(|stage| Box::new(Word(stage)) as Box<dyn ToSql>));
    only("owner = ? AND ", owner.map(|owner| Box::new(Word(owner)) as Box<dyn ToSql>));
    only("contact_id = ? AND ", contact_id.map(|id| Box::new(Word(id)) as Box<dyn ToSql>));
    only("status = ? AND ", status.map(|status| Box::new(Word(status)) as Box<dyn ToSql>));
    (conditions, values)
}
