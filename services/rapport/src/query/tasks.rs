//! `rapport tasks`: who has to do what next, and what is late.

use rapport_domain::value::Instant;
use rapport_proto::v1::{GetTaskRequest, ListTasksRequest, StageRule, Task, TaskFilter, TaskStatus};
use serde_json::{Value, json};

use super::pages::{Extent, Page, gather};
use super::patience::ask;
use crate::client::{Client, ReadOptions, Standing};
use crate::error::Failure;
use crate::output::{self, Format, Table};
use crate::wire::{parse_moment, parse_word, rfc3339, timestamp, word_of};

/// What `rapport tasks` takes.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Tasks that are to be done, what is due first comes first; or others.
    List(Box<List>),
}

/// Which tasks.
#[derive(Debug, clap::Args)]
pub struct List {
    /// Only those of this owner.
    #[arg(long, default_value = "", hide_default_value = true)]
    owner: String,
    /// Only about this: the id of a contact, a lead, an opportunity or a case.
    #[arg(long, value_name = "ID", default_value = "", hide_default_value = true)]
    about: String,
    /// Only those that are due by then (RFC 3339, or a day).
    #[arg(long, value_name = "TIME", value_parser = parse_moment)]
    due_by: Option<Instant>,
    /// Only those that are late.
    #[arg(long, conflicts_with = "state")]
    overdue: bool,
    /// Instead: only where it stands so.
    #[arg(long, value_parser = parse_word::<TaskStatus>)]
    state: Option<TaskStatus>,
    /// How many.
    #[command(flatten)]
    extent: Extent,
    /// From which position on, or as of when.
    #[command(flatten)]
    read: ReadOptions,
}

/// Reads and writes it.
///
/// # Errors
/// When the gateway refuses, or standard output cannot be written.
pub async fn run(client: &Client, command: Command, format: Format) -> Result<(), Failure> {
    let Command::List(asked) = command;
    let List { owner, about, due_by, overdue, state, extent, read } = *asked;
    let status = state.unwrap_or(TaskStatus::Open).into();
    let filter = TaskFilter { owner, about, status, due_by: due_by.map(timestamp), overdue };
    let request = ListTasksRequest { header: read.header(), filter: Some(filter), page: None };
    let listed = gather(extent, |page| {
        let request = ListTasksRequest { page: Some(page), ..request.clone() };
        let mut service = client.tasks();
        async move {
            let answer = service.list_tasks(request).await?.into_inner();
            let standing = Standing::from(&answer);
            Ok(Page { entries: answer.tasks, next: answer.next_page_token, standing })
        }
    })
    .await?;
    match format {
        Format::Json => output::document(&listed.standing.beside(json!({
            "tasks": listed.entries.iter().map(document).collect::<Value>(),
            "more": listed.more,
        }))),
        Format::Table => {
            let heading = read.heading(listed.standing);
            output::words(&format!("{heading}{}", words(&listed.entries)))
        }
    }
}

/// Writes a task.
///
/// # Errors
/// When the gateway refuses, or standard output cannot be written.
pub async fn show(
    client: &Client,
    task_id: String,
    read: ReadOptions,
    format: Format,
) -> Result<(), Failure> {
    let request = GetTaskRequest { header: read.header(), task_id };
    let answer = ask(|| {
        let (mut service, request) = (client.tasks(), request.clone());
        async move { service.get_task(request).await }
    })
    .await?;
    let standing = Standing::from(&answer);
    match format {
        Format::Json => output::document(&standing.beside(json!({
            "task": answer.task.as_ref().map(document),
        }))),
        Format::Table => {
            let heading = read.heading(standing);
            let Some(task) = &answer.task else {
                return output::words(&format!("{heading}No such task yet.\n"));
            };
            output::words(&format!("{heading}{}", card(task)))
        }
    }
}

/// A task as JSON.
fn document(task: &Task) -> Value {
    json!({
        "task_id": task.task_id,
        "about": task.about,
        "subject": task.subject,
        "owner": task.owner,
        "status": word_of::<TaskStatus>(task.status),
        "due_at": output::instant(task.due_at.as_ref()),
        "remind_at": output::instant(task.remind_at.as_ref()),
        "reminded": task.reminded,
        "overdue": task.overdue,
        "rule": output::text(&task.rule),
        "stage_rule": task.stage_rule.as_ref().map(stage_rule),
        "outcome": output::text(&task.outcome),
        "reason": output::text(&task.reason),
        "created_at": output::instant(task.created_at.as_ref()),
        "closed_at": output::instant(task.closed_at.as_ref()),
        "revision": task.revision,
    })
}

fn stage_rule(rule: &StageRule) -> Value {
    json!({
        "pipeline_id": rule.pipeline_id,
        "pipeline_version": rule.pipeline_version,
        "stage": rule.stage,
        "task": rule.task,
    })
}

/// Tasks for people.
fn words(tasks: &[Task]) -> String {
    let mut table = Table::new(vec!["task", "due_at", "late", "owner", "about", "status", "subject"]);
    for task in tasks {
        table.row(vec![
            task.task_id.clone(),
            rfc3339(task.due_at.as_ref()),
            late(task),
            task.owner.clone(),
            task.about.clone(),
            word_of::<TaskStatus>(task.status),
            task.subject.clone(),
        ]);
    }
    table.lines()
}

fn late(task: &Task) -> String {
    let is_late = task.overdue && task.status() == TaskStatus::Open;
    if is_late { "yes".to_owned() } else { String::new() }
}

/// Which stage asks for a task.
fn asked_for(rule: &StageRule) -> String {
    let StageRule { pipeline_id, pipeline_version, stage, task } = rule;
    format!("{task} of stage {stage}, version {pipeline_version} of {pipeline_id}")
}

fn card(task: &Task) -> String {
    let facts = [
        ("task", task.task_id.clone()),
        ("about", task.about.clone()),
        ("subject", task.subject.clone()),
        ("owner", task.owner.clone()),
        ("status", word_of::<TaskStatus>(task.status)),
        ("due", rfc3339(task.due_at.as_ref())),
        ("late", late(task)),
        ("remind", rfc3339(task.remind_at.as_ref())),
        ("made by rule", task.rule.clone()),
        ("asked for by", task.stage_rule.as_ref().map(asked_for).unwrap_or_default()),
        ("outcome", task.outcome.clone()),
        ("reason", task.reason.clone()),
        ("created", rfc3339(task.created_at.as_ref())),
        ("closed", rfc3339(task.closed_at.as_ref())),
    ];
    let told: Vec<(&str, String)> = facts.into_iter().filter(|(_, fact)| !fact.is_empty()).collect();
    output::facts(&told)
}
