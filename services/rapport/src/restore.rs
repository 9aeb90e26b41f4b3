//! `rapport restore`: a data directory made of a backup. It is built and checked in a folder of its own inside the new
//! directory and put in place at the end; no server starts on a directory where that has not happened.

use std::fs;
use std::path::{Path, PathBuf};

use rapport_domain::envelope::Position;
use rapport_event_store::{LogCopy, LogFile, OpenError, create_directory};
use serde_json::{Value, json};

use crate::backup::{LogPart, Manifest, key_file_of, uncopied};
use crate::check::{self, LOG_FILE, RESTORING_FOLDER, Report, Subject, VAULT_FILE, progress_bar};
use crate::error::Failure;
use crate::output::{self, Format, facts};

/// What may be in a directory that a restore goes on with.
const LEFT_BY_A_RESTORE: [&str; 2] = [RESTORING_FOLDER, VAULT_FILE];

/// What `rapport restore` takes.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// The folder of the backup.
    #[arg(value_name = "BACKUP")]
    pub backup: PathBuf,
    /// The data directory to make; it must not be there, or be empty.
    #[arg(long, env = "RAPPORT_DATA_DIR")]
    pub data_dir: PathBuf,
    /// File of the root key that belongs to the backup, to try the keys with. Default: the data directory's name with
    /// `.root-key` after it, where that is there.
    #[arg(long, env = "RAPPORT_ROOT_KEY_FILE")]
    pub root_key: Option<PathBuf>,
}

/// Restores, checks everything on the way, and writes what is in the directory now.
///
/// # Errors
/// When the backup is not finished or damaged, or the directory is not empty.
pub async fn run(options: Options, format: Format) -> Result<(), Failure> {
    let working = tokio::task::spawn_blocking(move || restore(&options));
    let outcome =
        working.await.map_err(|error| Failure::Local(format!("the restore was cut off: {error}")))??;
    match format {
        Format::Json => output::document(&outcome.document()),
        Format::Table => output::words(&outcome.lines()),
    }
}

/// What was restored.
struct Outcome {
    data_dir: PathBuf,
    manifest: Manifest,
    report: Report,
}

fn restore(options: &Options) -> Result<Outcome, Failure> {
    let manifest = Manifest::read(&options.backup)?.ok_or_else(|| {
        Failure::Usage(format!(
            "{} holds no finished backup: there is no backup.json; give another folder, or run the backup to its end",
            options.backup.display()
        ))
    })?;
    let keys = key_file_of(&options.backup, &manifest.keys)?;
    assert_empty(&options.data_dir)?;
    let building = options.data_dir.join(RESTORING_FOLDER);
    make(&options.data_dir)?;
    let bar = progress_bar("restoring", "events");
    match &manifest.log {
        Some(log) => copy_log(&options.backup, log, &building, &bar)?,
        None => make(&building)?,
    }
    copy_keys(&keys, &building.join(VAULT_FILE))?;
    let root_file = check::beside(&options.data_dir);
    let root_key = options.root_key.clone().or_else(|| root_file.exists().then_some(root_file));
    bar.set_message("checking");
    let subject = Subject {
        directory: &building,
        keys_dir: None,
        root_key: root_key.as_deref(),
        log_key: None,
        log_is_elsewhere: manifest.log.is_none(),
    };
    let report = check::directory(&subject, &bar)?;
    bar.finish_and_clear();
    if !report.is_sound() {
        eprint!("{}", report.lines());
        return Err(Failure::Damaged { count: report.count() });
    }
    put_in_place(&building, &options.data_dir, manifest.log.is_some())?;
    Ok(Outcome { data_dir: options.data_dir.clone(), manifest, report })
}

/// What is exchanged with customers is nobody else's to read.
fn make(directory: &Path) -> Result<(), Failure> {
    create_directory(directory).map_err(|error| Failure::Local(error.to_string()))
}

fn assert_empty(data_dir: &Path) -> Result<(), Failure> {
    let entries = match fs::read_dir(data_dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Failure::file(data_dir, error)),
    };
    let goes_on = data_dir.join(RESTORING_FOLDER).exists();
    for entry in entries {
        let name = entry.map_err(|error| Failure::file(data_dir, error))?.file_name();
        if !goes_on || !LEFT_BY_A_RESTORE.iter().any(|left| name.to_string_lossy().starts_with(left)) {
            return Err(Failure::Usage(format!(
                "{} is not empty ({} is there); move it away, or restore into another directory",
                data_dir.display(),
                name.to_string_lossy()
            )));
        }
    }
    Ok(())
}

/// Copies the events that the backup names; later ones in its file are of a run that was cut off, and their keys may
/// be missing.
fn copy_log(
    backup: &Path,
    part: &LogPart,
    building: &Path,
    bar: &indicatif::ProgressBar,
) -> Result<(), Failure> {
    let log = LogFile::open(backup).map_err(|error| match error {
        OpenError::NoLog { .. } => Failure::unsound(backup, format!("{error}; take the next older backup")),
        error => check::unopened(backup, &error),
    })?;
    let head = Position(part.head);
    if log.log_id() != part.log_id || log.head() < head {
        return Err(Failure::unsound(
            &backup.join(LOG_FILE),
            "it is not the log that was backed up, or has lost its end; take the next older backup",
        ));
    }
    bar.set_length(part.head);
    let mut progress = |at: Position| bar.set_position(at.0);
    let mut copy = LogCopy::open(building, log.log_id(), &mut progress).map_err(uncopied)?;
    copy.extend(&log, head, &mut progress).map_err(uncopied)?;
    if copy.head() == head && copy.digest().to_string() == part.digest {
        return Ok(());
    }
    Err(Failure::unsound(
        &backup.join(LOG_FILE),
        "its events are not those that were backed up; take the next older backup, and restore into another directory",
    ))
}

fn copy_keys(from: &Path, to: &Path) -> Result<(), Failure> {
    fs::copy(from, to).map_err(|error| Failure::file(to, error))?;
    fs::File::open(to).and_then(|file| file.sync_all()).map_err(|error| Failure::file(to, error))
}

/// The keys first, then the log: with the log in place, a server may start.
fn put_in_place(building: &Path, data_dir: &Path, with_log: bool) -> Result<(), Failure> {
    let names = [VAULT_FILE, LOG_FILE].into_iter().take(if with_log { 2 } else { 1 });
    for name in names {
        let to = data_dir.join(name);
        fs::rename(building.join(name), &to).map_err(|error| Failure::file(&to, error))?;
        crate::backup::sync_folder(data_dir)?;
    }
    fs::remove_dir_all(building).map_err(|error| Failure::file(building, error))
}

impl Outcome {
    fn document(&self) -> Value {
        json!({ "data_dir": self.data_dir, "backup": self.manifest, "checked": self.report.document() })
    }

    fn lines(&self) -> String {
        let mut rows = vec![("restored", self.data_dir.display().to_string())];
        if let Some(head) = self.manifest.head() {
            rows.push(("events", format!("{head}, as of {}", self.manifest.taken_at)));
        }
        rows.push(("next", format!("rapport serve --data-dir {}", self.data_dir.display())));
        rows.push((
            "root key",
            "the one of the backed-up server; the read models are folded again".to_owned(),
        ));
        format!("{}{}", facts(&rows), self.report.remarks())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_empty_directory_takes_a_restore_or_one_that_a_restore_left() {
        let folder = tempfile::tempdir().unwrap();
        assert!(assert_empty(&folder.path().join("absent")).is_ok());
        assert!(assert_empty(folder.path()).is_ok());
        fs::write(folder.path().join(VAULT_FILE), "keys").unwrap();
        assert!(matches!(assert_empty(folder.path()), Err(Failure::Usage(_))));
        fs::create_dir(folder.path().join(RESTORING_FOLDER)).unwrap();
        assert!(assert_empty(folder.path()).is_ok());
        fs::write(folder.path().join("lock"), "1").unwrap();
        assert!(matches!(assert_empty(folder.path()), Err(Failure::Usage(_))));
    }
}
