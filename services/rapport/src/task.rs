//! `rapport task`: one task, from its creation to its end.

use rapport_domain::value::Instant;
use rapport_proto::v1::{
    CancelTaskRequest, CommandHeader, CompleteTaskRequest, CreateTaskRequest, ReassignTaskRequest, Receipt,
    ReopenTaskRequest, RescheduleTaskRequest,
};

use crate::client::{Client, ReadOptions};
use crate::error::Failure;
use crate::output::Format;
use crate::query::tasks::show;
use crate::wire::{parse_moment, timestamp};

/// What `rapport task` takes.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Begin one.
    Create {
        /// What it is about: the id of a contact, a lead, an opportunity or a case.
        #[arg(long, value_name = "ID")]
        about: String,
        /// What is to be done. Nothing personal.
        #[arg(long, value_name = "TEXT")]
        subject: String,
        /// Who is to do it.
        #[arg(long)]
        owner: String,
        /// When.
        #[command(flatten)]
        times: Times,
    },
    /// Give it to somebody else.
    Reassign {
        /// Which one.
        task_id: String,
        /// To whom.
        #[arg(long)]
        owner: String,
    },
    /// Say anew when it is due and when to remind of it; what is not said counts no more.
    Reschedule {
        /// Which one.
        task_id: String,
        /// When.
        #[command(flatten)]
        times: Times,
    },
    /// Say that it is done.
    Complete {
        /// Which one.
        task_id: String,
        /// What came of it. Nothing personal.
        #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
        outcome: String,
    },
    /// Say that it is to be done no more.
    Cancel {
        /// Which one.
        task_id: String,
        /// Why. Nothing personal.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Let it be done again.
    Reopen {
        /// Which one.
        task_id: String,
    },
    /// A task as it stands.
    Show {
        /// Which one.
        task_id: String,
        /// From which position on, or as of when.
        #[command(flatten)]
        read: ReadOptions,
    },
}

/// When something is to be done.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Times {
    /// When it is due (RFC 3339, or a day).
    #[arg(long = "due", value_name = "TIME", value_parser = parse_moment)]
    due_at: Option<Instant>,
    /// When to remind of it; not after it is due.
    #[arg(long = "remind", value_name = "TIME", value_parser = parse_moment)]
    remind_at: Option<Instant>,
}

/// The id of a task, and where what was done to it stands.
type Done = (String, Option<Receipt>);

/// Does it, and writes how the task stands afterwards.
///
/// # Errors
/// When the gateway refuses, or standard output cannot be written.
pub async fn run(client: &Client, command: Command, format: Format) -> Result<(), Failure> {
    let (task_id, receipt) = match command {
        Command::Show { task_id, read } => return show(client, task_id, read, format).await,
        Command::Create { .. }
        | Command::Reassign { .. }
        | Command::Reschedule { .. }
        | Command::Complete { .. }
        | Command::Cancel { .. }
        | Command::Reopen { .. } => moved(client, command).await?,
    };
    let read = ReadOptions { min_position: receipt.unwrap_or_default().position, as_of: None };
    show(client, task_id, read, format).await
}

/// What changes a task.
async fn moved(client: &Client, command: Command) -> Result<Done, Failure> {
    let (header, mut tasks) = (header(), client.tasks());
    Ok(match command {
        Command::Create { about, subject, owner, times } => {
            let request = CreateTaskRequest {
                header,
                task_id: String::new(),
                about,
                subject,
                owner,
                due_at: times.due_at.map(timestamp),
                remind_at: times.remind_at.map(timestamp),
            };
            let created = tasks.create_task(request).await?.into_inner();
            (created.task_id, created.receipt)
        }
        Command::Reassign { task_id, owner } => {
            let request = ReassignTaskRequest { header, task_id: task_id.clone(), owner };
            (task_id, tasks.reassign_task(request).await?.into_inner().receipt)
        }
        Command::Reschedule { task_id, times } => {
            let (due_at, remind_at) = (times.due_at.map(timestamp), times.remind_at.map(timestamp));
            let request = RescheduleTaskRequest { header, task_id: task_id.clone(), due_at, remind_at };
            (task_id, tasks.reschedule_task(request).await?.into_inner().receipt)
        }
        Command::Complete { task_id, outcome } => {
            let request = CompleteTaskRequest { header, task_id: task_id.clone(), outcome };
            (task_id, tasks.complete_task(request).await?.into_inner().receipt)
        }
        Command::Cancel { task_id, reason } => {
            let request = CancelTaskRequest { header, task_id: task_id.clone(), reason };
            (task_id, tasks.cancel_task(request).await?.into_inner().receipt)
        }
        Command::Reopen { task_id } => {
            let request = ReopenTaskRequest { header, task_id: task_id.clone() };
            (task_id, tasks.reopen_task(request).await?.into_inner().receipt)
        }
        Command::Show { .. } => (String::new(), None),
    })
}

fn header() -> Option<CommandHeader> {
    let request_id = format!("task:{}", uuid::Uuid::now_v7().simple());
    Some(CommandHeader { request_id, ..CommandHeader::default() })
}
