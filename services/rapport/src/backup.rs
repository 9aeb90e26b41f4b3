//! `rapport backup`: a copy of the log and of the keys, taken while a server serves.
//!
//! A backup is a folder with a log of the same format, the key file, and `backup.json`, which says what both hold. The
//! log is append only, so each run adds what came since the last one, in short reads that hold up no append. The key
//! file comes after: keys are on disk before anything is sealed under them, so the copied ones open the copied events.
//! It takes the place of the one before, which may hold keys that were destroyed since. `backup.json` comes last, in
//! one step; a run that was killed goes on where it was.
//!
//! Not in it: the root key, which must never lie beside the keys that it opens, and the read models, which are folded
//! again.

mod keys;
mod manifest;

use std::path::{Path, PathBuf};

use indicatif::ProgressBar;
use rapport_domain::envelope::Position;
use rapport_event_store::{CopyError, DirectoryLock, LogCopy, LogFile, OpenError, create_directory};
use serde_json::{Value, json};

use crate::check::{LOG_FILE, READ_FOLDER, VAULT_FILE, progress_bar, resolved, unopened};
use crate::error::Failure;
use crate::output::{self, Format, facts};

pub use keys::{KEYS_PARTIAL_FILE, key_file_of};
pub(crate) use manifest::sync_folder;
pub use manifest::{KeysPart, LogPart, MANIFEST_FILE, Manifest};

/// What `rapport backup` takes.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// The folder of the backup, on another disk; made when it is not there. A later run adds what is new.
    #[arg(value_name = "TARGET")]
    pub target: PathBuf,
    /// The data directory to back up.
    #[arg(long, env = "RAPPORT_DATA_DIR", default_value = "./rapport-data")]
    pub data_dir: PathBuf,
    /// Folder of the keys, where it is not the data directory.
    #[arg(long, value_name = "FOLDER")]
    pub keys_dir: Option<PathBuf>,
    /// Back up the keys only: where events are kept in KurrentDB, which has a backup of its own.
    #[arg(long)]
    pub keys_only: bool,
}

/// What a run did.
struct Outcome {
    target: PathBuf,
    manifest: Manifest,
    head_before: u64,
}

/// Backs up, and writes what is in the backup now.
///
/// # Errors
/// When the log or the keys cannot be read or are damaged, or the target cannot be written or is something else.
pub async fn run(options: Options, format: Format) -> Result<(), Failure> {
    let working = tokio::task::spawn_blocking(move || back_up(&options));
    let outcome =
        working.await.map_err(|error| Failure::Local(format!("the backup was cut off: {error}")))??;
    match format {
        Format::Json => output::document(&outcome.document()),
        Format::Table => output::words(&outcome.lines()),
    }
}

fn back_up(options: &Options) -> Result<Outcome, Failure> {
    let target = options.target.as_path();
    refuse_what_is_in_use(options)?;
    let lock = hold(target)?;
    let before = Manifest::read(target)?;
    if options.keys_only && before.as_ref().is_some_and(|before| before.log.is_some()) {
        let message = "the backup there is one of a log too; leave --keys-only out, or choose another folder";
        return Err(Failure::Usage(message.to_owned()));
    }
    if let Some(before) = &before {
        keys::finish_last_run(target, before)?;
    }
    let head_before = before.as_ref().and_then(Manifest::head).unwrap_or(0);
    let bar = progress_bar("backing up", "events");
    let log = if options.keys_only { None } else { Some(open_log(options)?) };
    let part = log.as_ref().map(|log| copy_log(options, &lock, log, &bar)).transpose()?;
    let keys = keys::copy(&keys_folder(options).join(VAULT_FILE), target)?;
    if let Some(before) = &before {
        keys::assert_none_is_gone(&before.keys, &keys)?;
    }
    if let Some(log) = &log {
        bar.set_message("looking up keys");
        keys::assert_they_open(target, log, Position(head_before), &bar)?;
    }
    bar.finish_and_clear();
    let manifest = Manifest::new(part, keys);
    manifest.write(target)?;
    keys::put_in_place(target)?;
    Ok(Outcome { target: target.to_owned(), manifest, head_before })
}

/// One run at a time, from its beginning to its end.
fn hold(target: &Path) -> Result<DirectoryLock, Failure> {
    let held = create_directory(target).and_then(|()| DirectoryLock::acquire(target));
    held.map_err(|error| match error {
        OpenError::Held { pid, .. } => {
            let by = pid.map_or(String::new(), |pid| format!(" (process {pid})"));
            Failure::Local(format!(
                "{} is in use{by}: a run of the backup is under way, or a check or a restore of it; run it again when that has ended",
                target.display()
            ))
        }
        error => Failure::Local(error.to_string()),
    })
}

fn open_log(options: &Options) -> Result<LogFile, Failure> {
    let mut log = LogFile::open(&options.data_dir).map_err(|error| match error {
        error @ OpenError::NoLog { .. } => Failure::Usage(format!(
            "{error}; where events are kept in KurrentDB, back that up with its own tools, and the keys with --keys-only"
        )),
        error => unopened(&options.data_dir, &error),
    })?;
    // A server may be started while the backup goes on.
    log.share();
    Ok(log)
}

fn copy_log(
    options: &Options,
    lock: &DirectoryLock,
    log: &LogFile,
    bar: &ProgressBar,
) -> Result<LogPart, Failure> {
    bar.set_length(log.head().0);
    let mut progress = |at: Position| bar.set_position(at.0);
    let copy = LogCopy::open_held(&options.target, lock.clone(), log.log_id(), &mut progress);
    let mut copy = copy.map_err(uncopied)?;
    copy.extend(log, log.head(), &mut progress).map_err(uncopied)?;
    Ok(LogPart { log_id: log.log_id().to_owned(), head: copy.head().0, digest: copy.digest().to_string() })
}

/// A log that could not be copied: it or its copy is damaged, or there is no way to one of them.
pub(crate) fn uncopied(error: CopyError) -> Failure {
    if error.is_damage() { Failure::Unsound(error.to_string()) } else { Failure::Local(error.to_string()) }
}

fn keys_folder(options: &Options) -> &Path {
    options.keys_dir.as_deref().unwrap_or(&options.data_dir)
}

/// A backup goes nowhere near what it is a backup of, and over nothing that is in use.
fn refuse_what_is_in_use(options: &Options) -> Result<(), Failure> {
    let target = resolved(&options.target)?;
    let (data_dir, keys_dir) = (resolved(&options.data_dir)?, resolved(keys_folder(options))?);
    let meets = |folder: &Path| target.starts_with(folder) || folder.starts_with(&target);
    let why = if meets(&data_dir) {
        "it and the data directory lie in each other"
    } else if meets(&keys_dir) {
        "it and the folder of the keys lie in each other"
    } else if target.join(READ_FOLDER).exists() {
        "it is a data directory itself"
    } else if target.join(VAULT_FILE).exists() && !target.join(MANIFEST_FILE).exists() {
        "it holds the keys of a server, and is no backup"
    } else {
        return Ok(());
    };
    Err(Failure::Usage(format!(
        "{} cannot take the backup: {why}; choose another folder",
        options.target.display()
    )))
}

impl Outcome {
    fn document(&self) -> Value {
        json!({
            "target": self.target,
            "events_added": self.events_added(),
            "backup": self.manifest,
            "root_key_in_backup": false,
        })
    }

    fn events_added(&self) -> u64 {
        self.manifest.head().unwrap_or(0).saturating_sub(self.head_before)
    }

    fn lines(&self) -> String {
        let mut rows = vec![("backup", self.target.display().to_string())];
        if let Some(log) = &self.manifest.log {
            rows.push((LOG_FILE, format!("{} events, {} of them new", log.head, self.events_added())));
            rows.push(("digest", log.digest.clone()));
        }
        let keys = &self.manifest.keys;
        rows.push((VAULT_FILE, format!("{} keys in use, {} destroyed", keys.live, keys.destroyed)));
        rows.push((
            "not in it",
            "root key and epoch keys: keep copies of them, and never beside this backup; without them no personal data can be read"
                .to_owned(),
        ));
        rows.push((
            "erasure",
            "other copies of vault.db from before it hold the keys until `rapport keys rotate`; this folder does not"
                .to_owned(),
        ));
        facts(&rows)
    }
}
