//! The log: opened, checked, and compared with what a backup says of it.

use std::path::Path;

use indicatif::ProgressBar;
use rapport_domain::envelope::Position;
use rapport_event_store::{LogFile, LogReport, OpenError, check_log};
use rapport_vault::KeyFileReader;

use super::content::Content;
use super::places::{LOG_FILE, assert_log_is_there};
use super::report::{Finding, Log, Report};
use super::tree::Proven;
use crate::backup::{MANIFEST_FILE, Manifest};
use crate::error::Failure;

/// Opens the log; nothing where there is none to be expected, or it is too damaged to be opened, which is a finding.
///
/// # Errors
/// When nobody can say what the log is like, because there is no way to it.
pub(super) fn open(
    directory: &Path,
    is_elsewhere: bool,
    report: &mut Report,
) -> Result<Option<LogFile>, Failure> {
    Ok(match LogFile::open(directory) {
        Ok(log) => Some(log),
        Err(OpenError::NoLog { .. }) if is_elsewhere => {
            report.not_judged("the log: events are kept in KurrentDB, which has a check of its own");
            None
        }
        Err(OpenError::NoLog { .. }) => {
            match assert_log_is_there(directory) {
                Err(lost) => report.found(Finding::of(LOG_FILE, lost.to_string(), TO_DO)),
                Ok(()) => report.not_judged("the log: there is none yet"),
            }
            None
        }
        Err(error) if error.is_damage() => {
            report.found(Finding::of(LOG_FILE, error.to_string(), TO_DO));
            None
        }
        Err(error) => return Err(unopened(directory, &error)),
    })
}

/// A log that cannot be opened: damaged, or out of reach.
pub(crate) fn unopened(directory: &Path, error: &OpenError) -> Failure {
    if error.is_damage() {
        return Failure::Unsound(error.to_string());
    }
    let why = format!("the log in {} cannot be opened: {error}", directory.display());
    match error {
        OpenError::Io { .. } | OpenError::Sqlite(_) | OpenError::NoSharedMemory { .. } => {
            Failure::Local(format!("{why}. {WAY_THERE}"))
        }
        OpenError::Held { .. }
        | OpenError::UnknownFormat { .. }
        | OpenError::NotALog { .. }
        | OpenError::Damaged { .. }
        | OpenError::NoLog { .. }
        | OpenError::LostFile { .. }
        | OpenError::CutShort { .. }
        | OpenError::WalDamaged { .. }
        | OpenError::Index { .. } => Failure::Local(why),
    }
}

const WAY_THERE: &str = "This says nothing of the log itself: a log is opened by a user who may write to its folder, on a disk that can be written; copy a backup on a read-only medium to such a place first";

const TO_DO: &str = "keep the files as they are, and restore log and keys with `rapport restore`";

/// Checks every event, its content and its keys, and the indexes.
pub(super) fn check(
    log: &LogFile,
    keys: Option<&KeyFileReader>,
    manifest: Option<&Manifest>,
    proven: Proven,
    bar: &ProgressBar,
    report: &mut Report,
) {
    bar.set_length(log.head().0);
    let mut content = Content::new(keys, manifest.and_then(Manifest::head), proven, bar);
    let found = check_log(log, &mut content);
    let digest_at_head = content.digest();
    report.log(Log {
        log_id: log.log_id().to_owned(),
        served: log.is_served(),
        head: log.head().0,
        events: found.events,
        streams: found.streams,
        digest: found.digest.map(|digest| digest.to_string()),
    });
    take_over(&found, report);
    content.proven().tell(report);
    if let Some(manifest) = manifest {
        compare(log, digest_at_head.as_deref(), manifest, report);
    }
}

fn take_over(found: &LogReport, report: &mut Report) {
    found.findings.iter().for_each(|finding| report.found(Finding::in_log(finding)));
    report.found_more(found.more);
    found.not_judged.iter().for_each(|what| report.not_judged(*what));
}

/// A backup holds what it says. Events after its head came with a run that was cut off.
fn compare(log: &LogFile, digest: Option<&str>, manifest: &Manifest, report: &mut Report) {
    let Some(part) = &manifest.log else { return };
    let mut wrong = |what: &str| {
        let to_do = "take a new backup into another folder, and keep this one until that is done";
        report.found(Finding::of(MANIFEST_FILE, what, to_do));
    };
    if part.log_id != log.log_id() {
        wrong("the backup says that it is one of another log");
    } else if Position(part.head) > log.head() {
        wrong("the backup says that it has more events than it has");
    } else if digest.is_some_and(|digest| digest != part.digest) {
        wrong("the events are not those of which the backup took the digest");
    }
}
