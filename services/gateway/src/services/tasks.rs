//! `TaskService`.

mod answers;

use rapport_domain::id::TaskId;
use rapport_domain::task::{About, Command, Details};
use rapport_domain::value::{Label, Reference};
use rapport_proto::v1 as wire;
use rapport_proto::v1::task_service_server::TaskService;
use tonic::{Request, Response, Status};

use super::commands::commands;
use super::queries::queries;
use super::{Answering, Services};
use crate::caller::circumstances;
use crate::error::Error;
use crate::parse::{Fields, request_id};
use crate::wire::receipt;

#[tonic::async_trait]
impl TaskService for Services {
    commands! {
        task by task_id: TaskId;
        reassign_task(ReassignTaskRequest) -> ReassignTaskResponse: |fields, message| {
            fields.required("owner", &message.owner, Reference::parse).map(|owner| Command::Reassign { owner })
        };
        reschedule_task(RescheduleTaskRequest) -> RescheduleTaskResponse: |fields, message| {
            let due_at = fields.instant("due_at", message.due_at);
            let remind_at = fields.instant("remind_at", message.remind_at);
            due_at.zip(remind_at).map(|(due_at, remind_at)| Command::Reschedule { due_at, remind_at })
        };
        complete_task(CompleteTaskRequest) -> CompleteTaskResponse: |fields, message| {
            fields.optional("outcome", &message.outcome, Label::parse).map(|outcome| Command::Complete { outcome })
        };
        cancel_task(CancelTaskRequest) -> CancelTaskResponse: |fields, message| {
            fields.required("reason", &message.reason, Label::parse).map(|reason| Command::Cancel { reason })
        };
        reopen_task(ReopenTaskRequest) -> ReopenTaskResponse: |fields, message| Some(Command::Reopen);
    }

    queries! {
        get_task(GetTaskRequest) -> GetTaskResponse: answer_task;
        list_tasks(ListTasksRequest) -> ListTasksResponse: answer_tasks;
    }

    async fn create_task(
        &self,
        request: Request<wire::CreateTaskRequest>,
    ) -> Result<Response<wire::CreateTaskResponse>, Status> {
        let circumstances = circumstances(request.metadata())?;
        let message = request.into_inner();
        let mut fields = Fields::new();
        let call = fields.call(&circumstances, message.header.as_ref(), &message);
        let id = fields.minted("task_id", &message.task_id, TaskId::parse, || {
            TaskId::derived("request", request_id(message.header.as_ref()))
        });
        let details = details(&mut fields, &message);
        let (id, details, call) = fields.finish((id, details, call))?;
        let command = Command::Create(Box::new(details));
        let done = self.application.task(id, command, call).await.map_err(Error::from)?;
        Ok(Response::new(wire::CreateTaskResponse { task_id: id.to_string(), receipt: Some(receipt(done)) }))
    }
}

/// What is to be done, by whom and when. Who names no rule is somebody.
fn details(fields: &mut Fields, message: &wire::CreateTaskRequest) -> Option<Details> {
    let about = fields.required("about", &message.about, About::parse);
    let subject = fields.required("subject", &message.subject, Label::parse);
    let owner = fields.required("owner", &message.owner, Reference::parse);
    let due_at = fields.instant("due_at", message.due_at);
    let remind_at = fields.instant("remind_at", message.remind_at);
    Some(Details {
        about: about?,
        subject: subject?,
        owner: owner?,
        due_at: due_at?,
        remind_at: remind_at?,
        rule: None,
        stage_rule: None,
    })
}
