//! The read models and their snapshots, and whether each was folded from this log.

use std::path::Path;

use super::places::READ_FOLDER;
use super::report::{Finding, ReadModel, Report, Snapshot};
use rapport_domain::envelope::Position;
use rapport_event_store::LogFile;

/// The last event that was taken in, and that event's id; nothing where that cannot be read.
type Checkpoint = Option<(Position, Option<String>)>;

const TO_DO: &str = "stop the server and delete the file, or run `rapport projections rebuild` for it: it is folded again from the log";

const TO_DO_OF_ANOTHER_LOG: &str = "where the log was restored from a backup, delete the file with the server stopped, or run `rapport projections rebuild` for it; where it was not, the log has lost events: keep the files as they are, and restore";

const TO_DO_OF_A_SNAPSHOT: &str = "delete the file: it is a copy, from which moments of the past are answered sooner; the server does without it";

/// Looks at every read model that is there, and at every snapshot of one.
pub(super) fn check(directory: &Path, log: Option<&LogFile>, is_served: bool, report: &mut Report) {
    for model in rapport_projections::inspect(&directory.join(READ_FOLDER), !is_served) {
        let file = format!("{READ_FOLDER}/{}", model.file);
        model.faults.iter().for_each(|fault| report.found(Finding::of(&file, fault.clone(), TO_DO)));
        if let Some(Err(what)) = log.map(|log| belongs(&model.checkpoint, log)) {
            report.found(Finding::of(&file, what, TO_DO_OF_ANOTHER_LOG));
        }
        report.read_model(ReadModel { file, position: model.checkpoint.map(|(position, _)| position.0) });
    }
    snapshots(directory, log, report);
    if is_served {
        report.not_judged("the pages of the read models and of vault.db, while a server has them open");
    }
}

/// Looks through the snapshots. They never change, so a server may be there.
fn snapshots(directory: &Path, log: Option<&LogFile>, report: &mut Report) {
    for snapshot in rapport_projections::inspect_snapshots(&directory.join(READ_FOLDER)) {
        let file = format!("{READ_FOLDER}/{}", snapshot.file.display());
        let foreign = log.and_then(|log| belongs(&snapshot.checkpoint, log).err()).map(str::to_owned);
        let whats = snapshot.fault.map(|fault| fault.to_string()).into_iter().chain(foreign);
        whats.for_each(|what| report.found(Finding::of(&file, what, TO_DO_OF_A_SNAPSHOT)));
        report.snapshot(Snapshot { file, position: snapshot.checkpoint.map(|(position, _)| position.0) });
    }
}

/// Whether the log holds the last event that the read model has taken in. A server that goes on appending may have
/// taken it further than the log was when it was opened here.
fn belongs(checkpoint: &Checkpoint, log: &LogFile) -> Result<(), &'static str> {
    let Some((position, event_id)) = checkpoint else { return Ok(()) };
    if *position == Position::START || (*position > log.head() && log.is_served()) {
        return Ok(());
    }
    if *position > log.head() {
        return Err(
            "it has taken in more events than the log holds: the log lost its end, or it is another one",
        );
    }
    match log.event_id_at(*position) {
        Ok(found) if found.map(|id| id.to_string()) == *event_id => Ok(()),
        Ok(_) => Err("the event up to which it was folded is another one in the log: it is of another log"),
        // Named where the log was checked.
        Err(_) => Ok(()),
    }
}
