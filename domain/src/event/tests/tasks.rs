//! One sample of every event about tasks, with every field that it can have.

use crate::id::{LeadId, PipelineId};
use crate::task::{
    About, Cancelled, Completed, Created, Details, Event, FellOverdue, Reassigned, Reminded, Reopened,
    Rescheduled, StageRule,
};
use crate::testing::{at, key, label, reference};

pub(super) fn task() -> Vec<Event> {
    let details = Details {
        about: About::Lead(LeadId::derived("golden", "lead")),
        subject: label("Call back about the offer"),
        owner: reference("user_ann"),
        due_at: Some(at("2026-11-23T15:00:00Z")),
        remind_at: Some(at("2026-11-23T14:30:00Z")),
        rule: Some(key("first_contact")),
        stage_rule: Some(StageRule {
            pipeline_id: PipelineId::derived("golden", "sales"),
            pipeline_version: 2,
            stage: key("offer"),
            task: key("call"),
        }),
    };
    vec![
        Created { details }.into(),
        Reassigned { owner: reference("user_bob"), previous: reference("user_ann") }.into(),
        Rescheduled {
            due_at: Some(at("2026-11-24T15:00:00Z")),
            remind_at: Some(at("2026-11-24T14:30:00Z")),
            previous_due_at: Some(at("2026-11-23T15:00:00Z")),
            previous_remind_at: Some(at("2026-11-23T14:30:00Z")),
        }
        .into(),
        Completed { outcome: Some(label("wants an offer")) }.into(),
        Cancelled { reason: label("not wanted any more") }.into(),
        Reopened {
            due_at: Some(at("2026-11-24T15:00:00Z")),
            remind_at: Some(at("2026-11-24T14:30:00Z")),
            is_overdue: false,
        }
        .into(),
        Reminded { remind_at: at("2026-11-24T14:30:00Z") }.into(),
        FellOverdue { due_at: at("2026-11-24T15:00:00Z") }.into(),
    ]
}
