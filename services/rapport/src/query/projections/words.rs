//! The read models for people.

use std::fmt::Write as _;
use std::time::Duration;

use rapport_proto::v1::{Projection, ProjectionComparison, ProjectionState, RebuildPhase};

use crate::output::{Table, plain};
use crate::wire::word_of;

pub(super) fn projections(projections: &[Projection]) -> String {
    let mut table = Table::new(vec![
        "name",
        "#version",
        "state",
        "#position",
        "#behind",
        "#lag",
        "#p50",
        "#p99",
        "#p99.9",
        "#skipped",
        "parked",
    ]);
    for projection in projections {
        let latency = |of: fn(&rapport_proto::v1::VisibilityLatency) -> u64| {
            let latency = projection.visible_after.as_ref();
            latency.map_or_else(|| "-".to_owned(), |latency| short(Duration::from_micros(of(latency))))
        };
        table.row(vec![
            projection.name.clone(),
            projection.version.to_string(),
            word_of::<ProjectionState>(projection.state),
            projection.position.to_string(),
            behind(projection),
            projection.lag_millis.map_or_else(|| "-".to_owned(), |lag| short(Duration::from_millis(lag))),
            latency(|latency| latency.p50_micros),
            latency(|latency| latency.p99_micros),
            latency(|latency| latency.p999_micros),
            projection.skipped_events.to_string(),
            parked(projection.parked_position, &projection.parked_event_type, &projection.parked_error),
        ]);
    }
    let mut text = table.lines();
    for projection in projections {
        if projection.rebuild.is_some() {
            let _ = writeln!(text, "\n{}", rebuild(projection));
        }
        if let Some(compared) = &projection.comparison {
            let _ = write!(text, "\n{}", comparison(&projection.name, compared));
        }
    }
    text
}

/// How far it is behind: events, where positions count them; otherwise only whether.
fn behind(projection: &Projection) -> String {
    match projection.events_behind {
        Some(events) => events.to_string(),
        None if projection.position < projection.head => "yes".to_owned(),
        None => "no".to_owned(),
    }
}

fn parked(position: u64, event_type: &str, error: &str) -> String {
    match (error.is_empty(), position) {
        (true, _) => String::new(),
        (false, 0) => error.to_owned(),
        (false, _) => format!("at {position} {event_type}: {error}"),
    }
}

/// How a rebuild does, in a line.
pub(super) fn rebuild(projection: &Projection) -> String {
    let (name, head) = (&projection.name, projection.head);
    let Some(rebuild) = &projection.rebuild else {
        return format!("{name} is folded: position {} of {head}", projection.position);
    };
    let phase = match RebuildPhase::try_from(rebuild.phase) {
        Ok(RebuildPhase::Comparing) => "is compared",
        Ok(RebuildPhase::CatchingUp) => "catches up",
        Ok(RebuildPhase::Held) => "is held back",
        Ok(RebuildPhase::Building | RebuildPhase::Unspecified) | Err(_) => "is built",
    };
    let serves = if rebuild.beside { "the older file serves" } else { "queries wait for it" };
    let left = rebuild
        .seconds_left
        .map_or_else(String::new, |left| format!(", {} left", short(Duration::from_secs(left))));
    let parked = parked(rebuild.parked_position, &rebuild.parked_event_type, &rebuild.parked_error);
    let because = [rebuild.held_because.as_str(), parked.as_str()].concat();
    let because = if because.is_empty() { because } else { format!(": {because}") };
    format!(
        "{name} version {} {phase}: position {} of {head}, {} a second{left}; {serves}{}",
        rebuild.version,
        rebuild.position,
        rebuild.positions_per_second,
        plain(&because)
    )
}

fn comparison(name: &str, comparison: &ProjectionComparison) -> String {
    let outcome = if comparison.equal { "equal" } else { "different" };
    let mut text = format!(
        "{name}, compared with version {} at position {}: {outcome}\n",
        comparison.older_version, comparison.position
    );
    let mut table =
        Table::new(vec!["table", "#same", "#only_older", "#only_newer", "#changed", "not_compared"]);
    for compared in &comparison.tables {
        table.row(vec![
            compared.table.clone(),
            compared.same.to_string(),
            compared.only_in_older.to_string(),
            compared.only_in_newer.to_string(),
            compared.changed.to_string(),
            compared.columns_left_out.join(", "),
        ]);
    }
    text.push_str(&table.lines());
    for sample in comparison.tables.iter().flat_map(|compared| &compared.samples) {
        let _ = writeln!(
            text,
            "  {}: {} {}",
            sample.difference.replace('_', " "),
            plain(&sample.row),
            plain(&sample.changes.join(", "))
        );
    }
    for (where_it_is, tables) in [("older", &comparison.only_in_older), ("newer", &comparison.only_in_newer)]
    {
        if !tables.is_empty() {
            let _ = writeln!(text, "  tables of the {where_it_is} file alone: {}", tables.join(", "));
        }
    }
    text
}

/// A time in the unit that suits it.
fn short(time: Duration) -> String {
    let micros = time.as_micros();
    match micros {
        0 => "0".to_owned(),
        1..10_000 => format!("{micros} µs"),
        10_000..10_000_000 => format!("{} ms", micros / 1_000),
        10_000_000..600_000_000 => format!("{} s", micros / 1_000_000),
        _ => format!("{} min", micros / 60_000_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_in_the_unit_that_suits_it() {
        let told =
            [0, 42, 9_999, 12_345, 9_999_999, 59_000_000, 600_000_000].map(Duration::from_micros).map(short);
        assert_eq!(told, ["0", "42 µs", "9999 µs", "12 ms", "9999 ms", "59 s", "10 min"]);
    }
}
