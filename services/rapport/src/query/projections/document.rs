//! The read models as JSON.

use rapport_proto::v1::{
    Projection, ProjectionComparison, ProjectionRebuild, ProjectionState, RebuildPhase, TableComparison,
    VisibilityLatency,
};
use serde_json::{Value, json};

use crate::output;
use crate::wire::word_of;

pub(super) fn projections(projections: &[Projection]) -> Value {
    json!({ "projections": projections.iter().map(projection).collect::<Value>() })
}

fn projection(projection: &Projection) -> Value {
    let parked = (!projection.parked_error.is_empty()).then(|| {
        json!({
            "position": projection.parked_position,
            "event_type": output::text(&projection.parked_event_type),
            "error": projection.parked_error,
            "skippable": projection.parked_skippable,
        })
    });
    json!({
        "name": projection.name,
        "version": projection.version,
        "definition_sha256": output::text(&projection.definition_sha256),
        "state": output::text(&word_of::<ProjectionState>(projection.state)),
        "position": projection.position,
        "head": projection.head,
        "behind": projection.events_behind,
        "lag_millis": projection.lag_millis,
        "starting": projection.starting,
        "parked": parked,
        "skipped_events": projection.skipped_events,
        "visible_after": projection.visible_after.as_ref().map(latency),
        "rebuild": projection.rebuild.as_ref().map(rebuild),
        "comparison": projection.comparison.as_ref().map(comparison),
    })
}

fn latency(latency: &VisibilityLatency) -> Value {
    json!({
        "events": latency.events,
        "p50_micros": latency.p50_micros,
        "p99_micros": latency.p99_micros,
        "p999_micros": latency.p999_micros,
    })
}

fn rebuild(rebuild: &ProjectionRebuild) -> Value {
    let parked = (!rebuild.parked_error.is_empty()).then(|| {
        json!({
            "position": rebuild.parked_position,
            "event_type": output::text(&rebuild.parked_event_type),
            "error": rebuild.parked_error,
        })
    });
    json!({
        "phase": output::text(&word_of::<RebuildPhase>(rebuild.phase)),
        "version": rebuild.version,
        "definition_sha256": rebuild.definition_sha256,
        "beside": rebuild.beside,
        "require_equal": rebuild.require_equal,
        "state": output::text(&word_of::<ProjectionState>(rebuild.state)),
        "position": rebuild.position,
        "positions_per_second": rebuild.positions_per_second,
        "seconds_left": rebuild.seconds_left,
        "held_because": output::text(&rebuild.held_because),
        "parked": parked,
    })
}

fn comparison(comparison: &ProjectionComparison) -> Value {
    json!({
        "position": comparison.position,
        "older_version": comparison.older_version,
        "older_definition_sha256": output::text(&comparison.older_definition_sha256),
        "equal": comparison.equal,
        "tables": comparison.tables.iter().map(table).collect::<Value>(),
        "only_in_older": comparison.only_in_older,
        "only_in_newer": comparison.only_in_newer,
    })
}

fn table(table: &TableComparison) -> Value {
    let samples = table.samples.iter().map(
        |sample| json!({ "difference": sample.difference, "row": sample.row, "changes": sample.changes }),
    );
    json!({
        "table": table.table,
        "columns_left_out": table.columns_left_out,
        "same": table.same,
        "only_in_older": table.only_in_older,
        "only_in_newer": table.only_in_newer,
        "changed": table.changed,
        "samples": samples.collect::<Value>(),
    })
}
