//! What is answered about tasks.

use rapport_domain::id::TaskId;
use rusqlite::{Connection, ToSql, params_from_iter};

use super::{Task, TaskFilter, TaskProjection};
use crate::column::{Micros, Word};
use crate::page::{Listing, Page, PageRequest};
use crate::query::{QueryError, Thing};
use crate::row::Entity as _;

pub(super) fn task(connection: &Connection, task_id: TaskId) -> Result<Task, QueryError> {
    let found = Task::find(connection, task_id)?;
    found.map(|(_, task)| task).ok_or(QueryError::NotFound { what: Thing::Task })
}

/// When the last task of a page is due, as its row orders it, and its position.
type Place = (i64, i64);

pub(super) fn list(
    connection: &Connection,
    filter: &TaskFilter,
    page: &PageRequest,
) -> Result<Page<Task>, QueryError> {
    let listing: Listing<Place> = Listing::open::<TaskProjection>(&("tasks", filter), page)?;
    let (mut conditions, mut values) = conditions(filter);
    if let Some((due_order, position)) = listing.after {
        conditions.push_str("(due_order, position) > (?, ?) AND ");
        values.extend([Box::new(due_order) as Value, Box::new(position) as Value]);
    }
    values.push(Box::new(i64::try_from(listing.rows()).unwrap_or(i64::MAX)));
    let rows = connection
        .prepare_cached(&format!(
            "SELECT * FROM tasks WHERE {conditions}true ORDER BY due_order, position LIMIT ?"
        ))?
        .query_map(params_from_iter(values), Task::from_row)?
        .collect::<Result<Vec<_>, _>>()?;
    let page = listing.page(rows, |(position, task)| (task.due_order(), *position))?;
    Ok(page.map(|(_, task)| task))
}

/// A value of a condition.
type Value = Box<dyn ToSql>;

/// The conditions of a filter, each with an AND behind it, and the values of them.
fn conditions(filter: &TaskFilter) -> (String, Vec<Value>) {
    let TaskFilter { owner, about, status, due_by, overdue } = filter.clone();
    let conditions: [(&str, Option<Value>); 5] = [
        ("owner = ? AND ", owner.map(|owner| Box::new(Word(owner)) as _)),
        ("about = ? AND ", about.map(|about| Box::new(Word(about)) as _)),
        ("status = ? AND ", status.map(|status| Box::new(Word(status)) as _)),
        ("due_order <= ? AND ", due_by.map(|due_by| Box::new(Micros(due_by)) as _)),
        // The second condition is that of the index.
        ("late = ? AND late = 1 AND ", overdue.then_some(Box::new(1_i64) as _)),
    ];
    conditions.into_iter().filter_map(|(condition, value)| Some((condition, value?))).unzip()
}
