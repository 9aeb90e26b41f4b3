//! Reactors, as an operator is told of them.

use rapport_application::reactors::{ReactorState, ReactorStatus, SetAside};
use rapport_proto::v1 as wire;

use crate::wire::timestamp;

pub(super) fn reactor(status: ReactorStatus) -> wire::Reactor {
    let late_seconds = status.late_seconds();
    let (state, parked_position, parked_error) = match status.state {
        ReactorState::Running => (wire::ReactorState::Running, 0, String::new()),
        ReactorState::Paused => (wire::ReactorState::Paused, 0, String::new()),
        ReactorState::Parked { position, cause } => (wire::ReactorState::Parked, position.0, cause),
    };
    wire::Reactor {
        name: status.name.to_owned(),
        state: state.into(),
        position: status.position.0,
        open_tasks: count(status.open),
        next_at: status.next_at.map(timestamp),
        late_seconds,
        fired: status.fired,
        set_aside: count(status.set_aside),
        set_aside_tasks: status.first_set_aside.into_iter().map(set_aside).collect(),
        parked_position,
        parked_error,
    }
}

fn set_aside(task: SetAside) -> wire::SetAsideTask {
    wire::SetAsideTask {
        rule: task.rule.to_owned(),
        about: task.about,
        due: Some(timestamp(task.due)),
        attempts: task.attempts,
        error: task.cause,
        again_at: task.again_at.map(timestamp),
    }
}

fn count(tasks: usize) -> u64 {
    u64::try_from(tasks).unwrap_or(u64::MAX)
}
