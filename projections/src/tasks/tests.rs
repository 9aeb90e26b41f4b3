//! Given tasks, when they are asked for, then this is how they stand, and what is due first comes first.

use rapport_domain::id::{LeadId, PipelineId};
use rapport_domain::task::{
    self, Cancelled, Completed, Created, Details, Event, FellOverdue, Reassigned, Reminded, Reopened,
    Rescheduled, StageRule,
};

use super::query::{list, task as found};
use super::*;
use crate::query::Thing;
use crate::testing::{History, Model, all_pages, at, contact, key, label, reference};

const MONDAY: &str = "2026-11-23T09:00:00Z";
const TUESDAY: &str = "2026-11-24T09:00:00Z";
const WEDNESDAY: &str = "2026-11-25T09:00:00Z";

fn id(name: &str) -> TaskId {
    TaskId::derived("tests", name)
}

fn call_back(due_at: Option<&str>) -> Details {
    Details {
        about: About::Contact(contact("ann")),
        subject: label("Call back"),
        owner: reference("user_ann"),
        due_at: due_at.map(at),
        remind_at: due_at.map(at),
        rule: None,
        stage_rule: None,
    }
}

fn created(due_at: Option<&str>) -> Event {
    Created { details: call_back(due_at) }.into()
}

fn of_bob(due_at: Option<&str>) -> Event {
    let about = About::Lead(LeadId::derived("tests", "bob"));
    Created { details: Details { about, owner: reference("user_bob"), ..call_back(due_at) } }.into()
}

fn fell_overdue() -> Event {
    FellOverdue { due_at: at(TUESDAY) }.into()
}

fn happened(events: impl IntoIterator<Item = (&'static str, &'static str, Event)>) -> Model<TaskProjection> {
    let mut history = History::new();
    for (name, occurred_at, event) in events {
        history.add::<task::Task>(&id(name), occurred_at, event);
    }
    Model::of(TaskProjection, &history)
}

fn standing(model: &Model<TaskProjection>, name: &str) -> Task {
    found(&model.connection, id(name)).unwrap()
}

fn listed(model: &Model<TaskProjection>, filter: &TaskFilter) -> Vec<TaskId> {
    let tasks = all_pages(1, |page| list(&model.connection, filter, page));
    tasks.into_iter().map(|task| task.task_id).collect()
}

#[test]
fn a_task_stands_as_it_was_told() {
    let model = happened([
        ("a", MONDAY, created(Some(TUESDAY))),
        ("a", TUESDAY, Reminded { remind_at: at(TUESDAY) }.into()),
        ("a", TUESDAY, fell_overdue()),
        ("a", TUESDAY, Reassigned { owner: reference("user_bob"), previous: reference("user_ann") }.into()),
        ("a", WEDNESDAY, Completed { outcome: Some(label("reached")) }.into()),
    ]);
    let task = standing(&model, "a");
    assert_eq!((task.status, task.owner.as_str()), (TaskStatus::Completed, "user_bob"));
    assert_eq!((task.reminded, task.overdue), (true, true));
    assert_eq!((task.outcome, task.reason), (Some(label("reached")), None));
    assert_eq!((task.created_at, task.closed_at), (at(MONDAY), Some(at(WEDNESDAY))));
    assert_eq!(task.about, About::Contact(contact("ann")));
}

#[test]
fn a_task_that_a_stage_asks_for_says_which_one_and_why() {
    let stage_rule = StageRule {
        pipeline_id: PipelineId::derived("tests", "sales"),
        pipeline_version: 2,
        stage: key("offer"),
        task: key("call"),
    };
    let details = Details {
        rule: Some(key("stage_task")),
        stage_rule: Some(stage_rule.clone()),
        ..call_back(Some(TUESDAY))
    };
    let model = happened([("a", MONDAY, Created { details }.into()), ("b", MONDAY, created(None))]);
    let task = standing(&model, "a");
    assert_eq!((task.rule, task.stage_rule), (Some(key("stage_task")), Some(stage_rule)));
    assert_eq!(standing(&model, "b").stage_rule, None);
}

#[test]
fn what_is_due_later_is_late_no_more_and_what_is_reopened_has_no_end() {
    let later = Rescheduled {
        due_at: Some(at(WEDNESDAY)),
        remind_at: None,
        previous_due_at: Some(at(TUESDAY)),
        previous_remind_at: None,
    };
    let model = happened([
        ("a", MONDAY, created(Some(TUESDAY))),
        ("a", TUESDAY, fell_overdue()),
        ("a", TUESDAY, later.into()),
        ("a", TUESDAY, Cancelled { reason: label("twice") }.into()),
        ("a", TUESDAY, Reopened { due_at: None, remind_at: None, is_overdue: false }.into()),
    ]);
    let task = standing(&model, "a");
    assert_eq!((task.status, task.overdue, task.closed_at), (TaskStatus::Open, false, None));
    assert_eq!((task.due_at, task.remind_at, task.reason), (Some(at(WEDNESDAY)), None, None));
}

#[test]
fn a_task_that_is_not_there_is_not_found() {
    let model = happened([("a", MONDAY, fell_overdue())]);
    let missing = found(&model.connection, id("a"));
    assert!(matches!(missing, Err(QueryError::NotFound { what: Thing::Task })));
}

#[test]
fn tasks_are_listed_as_they_are_due_and_what_is_not_due_comes_last() {
    let model = happened([
        ("undated", MONDAY, created(None)),
        ("wednesday", MONDAY, created(Some(WEDNESDAY))),
        ("bob", MONDAY, of_bob(Some(TUESDAY))),
        ("tuesday", MONDAY, created(Some(TUESDAY))),
        ("done", MONDAY, created(Some(TUESDAY))),
        ("done", TUESDAY, fell_overdue()),
        ("tuesday", TUESDAY, fell_overdue()),
        ("done", TUESDAY, Completed { outcome: None }.into()),
    ]);
    let open = TaskFilter { status: Some(TaskStatus::Open), ..TaskFilter::default() };
    let ids = |names: &[&str]| names.iter().map(|name| id(name)).collect::<Vec<_>>();
    for (filter, expected) in [
        (TaskFilter::default(), ids(&["bob", "tuesday", "done", "wednesday", "undated"])),
        (open.clone(), ids(&["bob", "tuesday", "wednesday", "undated"])),
        (TaskFilter { owner: Some(reference("user_bob")), ..open.clone() }, ids(&["bob"])),
        (
            TaskFilter { about: Some(About::Contact(contact("ann"))), ..open.clone() },
            ids(&["tuesday", "wednesday", "undated"]),
        ),
        (TaskFilter { due_by: Some(at(TUESDAY)), ..open }, ids(&["bob", "tuesday"])),
        (TaskFilter { overdue: true, ..TaskFilter::default() }, ids(&["tuesday"])),
    ] {
        assert_eq!(listed(&model, &filter), expected, "{filter:?}");
    }
}
