//! Read models, as an operator is told of them.

use std::time::Duration;

use rapport_projections::{
    Comparison, Difference, Held, Latency, Parked, Phase, ProjectionStatus, RebuildStatus, Sample, State,
    TableComparison,
};
use rapport_proto::v1 as wire;

pub(super) fn projection(status: ProjectionStatus) -> wire::Projection {
    let state = state(&status.state);
    let parked = parked(&status.state);
    let parked_skippable = parked.is_some_and(Parked::is_about_an_event);
    let (parked_position, parked_event_type, parked_error) = told(parked);
    wire::Projection {
        name: status.name.to_owned(),
        version: status.version,
        state: state.into(),
        position: status.position.0,
        head: status.head.0,
        parked_position,
        parked_event_type,
        parked_error,
        events_behind: status.events_behind,
        definition_sha256: status.definition,
        lag_millis: status.lag.map(|lag| u64::try_from(lag.as_millis()).unwrap_or(u64::MAX)),
        starting: status.is_starting,
        parked_skippable,
        skipped_events: status.skipped,
        visible_after: status.latency.map(latency),
        rebuild: status.rebuild.map(rebuild),
        comparison: status.compared.map(comparison),
    }
}

const fn state(state: &State) -> wire::ProjectionState {
    match state {
        State::Running => wire::ProjectionState::Running,
        State::Paused => wire::ProjectionState::Paused,
        State::Parked(_) => wire::ProjectionState::Parked,
    }
}

const fn parked(state: &State) -> Option<&Parked> {
    match state {
        State::Parked(parked) => Some(parked),
        State::Running | State::Paused => None,
    }
}

/// Position, type and error.
fn told(parked: Option<&Parked>) -> (u64, String, String) {
    parked.map_or_else(Default::default, |parked| {
        (parked.position.0, parked.event_type.clone(), parked.error.to_string())
    })
}

fn latency(latency: Latency) -> wire::VisibilityLatency {
    let micros = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
    wire::VisibilityLatency {
        events: latency.events,
        p50_micros: micros(latency.p50),
        p99_micros: micros(latency.p99),
        p999_micros: micros(latency.p999),
    }
}

fn rebuild(rebuild: RebuildStatus) -> wire::ProjectionRebuild {
    let phase = match &rebuild.phase {
        Phase::Building => wire::RebuildPhase::Building,
        Phase::Comparing => wire::RebuildPhase::Comparing,
        Phase::CatchingUp => wire::RebuildPhase::CatchingUp,
        Phase::Held(_) => wire::RebuildPhase::Held,
    };
    let held_because = match rebuild.phase {
        Phase::Building | Phase::Comparing | Phase::CatchingUp => String::new(),
        Phase::Held(Held::Differs) => "it differs from the older file, and was asked to be equal".to_owned(),
        Phase::Held(Held::NotCompared { cause }) => format!("it could not be compared: {cause}"),
    };
    let (parked_position, parked_event_type, parked_error) = told(parked(&rebuild.state));
    wire::ProjectionRebuild {
        phase: phase.into(),
        version: rebuild.version,
        definition_sha256: rebuild.definition,
        beside: rebuild.beside,
        require_equal: rebuild.require_equal,
        state: state(&rebuild.state).into(),
        position: rebuild.position.0,
        positions_per_second: rebuild.pace.map_or(0, |pace| pace.positions_per_second),
        seconds_left: rebuild.pace.and_then(|pace| pace.left).map(|left| left.as_secs()),
        held_because,
        parked_position,
        parked_event_type,
        parked_error,
    }
}

fn comparison(comparison: Comparison) -> wire::ProjectionComparison {
    wire::ProjectionComparison {
        position: comparison.position.0,
        older_version: comparison.older_version,
        equal: comparison.is_equal(),
        older_definition_sha256: comparison.older_definition,
        tables: comparison.tables.into_iter().map(table).collect(),
        only_in_older: comparison.only_in_older,
        only_in_newer: comparison.only_in_newer,
    }
}

fn table(table: TableComparison) -> wire::TableComparison {
    wire::TableComparison {
        table: table.table,
        columns_left_out: table.columns_left_out,
        same: table.same,
        only_in_older: table.only_in_older,
        only_in_newer: table.only_in_newer,
        changed: table.changed,
        samples: table.samples.into_iter().map(sample).collect(),
    }
}

fn sample(sample: Sample) -> wire::RowDifference {
    let difference = match sample.difference {
        Difference::OnlyInOlder => "only_in_older",
        Difference::OnlyInNewer => "only_in_newer",
        Difference::Changed => "changed",
    };
    wire::RowDifference { difference: difference.to_owned(), row: sample.row, changes: sample.changes }
}
