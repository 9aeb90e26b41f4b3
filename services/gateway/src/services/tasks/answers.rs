//! Answers about tasks.

use rapport_domain::id::TaskId;
use rapport_domain::task::{About, StageRule};
use rapport_domain::value::Reference;
use rapport_projections::tasks::{Task, TaskFilter};
use rapport_proto::v1 as wire;

use crate::error::Error;
use crate::parse::Fields;
use crate::services::Services;
use crate::wire::{Known as _, known, text, timestamp};

impl Services {
    pub(super) async fn answer_task(
        &self,
        message: wire::GetTaskRequest,
    ) -> Result<wire::GetTaskResponse, Error> {
        let mut fields = Fields::new();
        let id = fields.required("task_id", &message.task_id, TaskId::parse);
        let id = fields.finish(id)?;
        let moment = self.moment(message.header.as_ref()).await?;
        let answer = moment.known(self.projections.tasks().task(moment.freshness, id).await)?;
        Ok(wire::GetTaskResponse {
            task: answer.value.map(task),
            position: answer.position.0,
            as_of: moment.as_of(),
        })
    }

    pub(super) async fn answer_tasks(
        &self,
        message: wire::ListTasksRequest,
    ) -> Result<wire::ListTasksResponse, Error> {
        let mut fields = Fields::new();
        let filter = filter(&mut fields, &message.filter.unwrap_or_default());
        let page = fields.page(message.page.as_ref());
        let (filter, page) = fields.finish((filter, page))?;
        let moment = self.moment(message.header.as_ref()).await?;
        let answer = self.projections.tasks().list(moment.freshness, filter, page).await?;
        Ok(wire::ListTasksResponse {
            tasks: answer.value.items.into_iter().map(task).collect(),
            next_page_token: answer.value.next_page_token,
            position: answer.position.0,
            as_of: moment.as_of(),
        })
    }
}

fn filter(fields: &mut Fields, filter: &wire::TaskFilter) -> Option<TaskFilter> {
    let owner = fields.optional("filter.owner", &filter.owner, Reference::parse);
    let about = fields.optional("filter.about", &filter.about, About::parse);
    let status = match wire::TaskStatus::try_from(filter.status) {
        Ok(status) => Some(known(status)),
        Err(_) => fields.unknown("filter.status"),
    };
    let due_by = fields.instant("filter.due_by", filter.due_by);
    Some(TaskFilter {
        owner: owner?,
        about: about?,
        status: status?,
        due_by: due_by?,
        overdue: filter.overdue,
    })
}

fn task(task: Task) -> wire::Task {
    wire::Task {
        task_id: task.task_id.to_string(),
        about: task.about.to_string(),
        subject: task.subject.to_string(),
        owner: task.owner.to_string(),
        status: wire::TaskStatus::number(task.status),
        due_at: task.due_at.map(timestamp),
        remind_at: task.remind_at.map(timestamp),
        reminded: task.reminded,
        overdue: task.overdue,
        rule: text(task.rule.as_ref()),
        outcome: text(task.outcome.as_ref()),
        reason: text(task.reason.as_ref()),
        created_at: Some(timestamp(task.created_at)),
        closed_at: task.closed_at.map(timestamp),
        revision: task.revision.0,
        stage_rule: task.stage_rule.as_ref().map(stage_rule),
    }
}

fn stage_rule(rule: &StageRule) -> wire::StageRule {
    wire::StageRule {
        pipeline_id: rule.pipeline_id.to_string(),
        pipeline_version: rule.pipeline_version,
        stage: rule.stage.to_string(),
        task: rule.task.to_string(),
    }
}
