//! `rapport check`: everything that can be wrong with a data directory or a backup, looked for and named. What is
//! checked stays as it is, and a server may go on serving meanwhile. Beside it, in the same folder, a lock is taken, and
//! the memory that the readers of a database share: so the folder has to be one that can be written.

mod content;
mod logs;
mod places;
mod read_models;
mod report;
mod seals;
mod tree;

use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressStyle};
use rapport_event_store::{DirectoryLock, LogFile, OpenError as LogError};
use rapport_vault::{KeyFileReader, OpenError, RootKey};

use crate::backup::{self, Manifest};
use crate::error::Failure;
use crate::output::{self, Format};

pub(crate) use logs::unopened;
pub use places::{
    KURRENT_INDEX_FILE, LOG_FILE, READ_FOLDER, RESTORING_FOLDER, VAULT_FILE, assert_log_is_there,
};
pub(crate) use places::{beside, checkpoint_beside, log_key_beside, resolved};
pub use report::{Compared, Finding, Keys, Log, ReadModel, Report, Snapshot};
pub(crate) use seals::Seals;
use tree::Proven;

/// What `rapport check` takes.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// The data directory, or the folder of a backup.
    #[arg(value_name = "DIR")]
    pub directory: PathBuf,
    /// File of the root key. Without it the keys of contacts are not tried. Default: the directory's name with
    /// `.root-key` after it.
    #[arg(long, env = "RAPPORT_ROOT_KEY_FILE")]
    pub root_key: Option<PathBuf>,
    /// Folder of the keys, where it is not the data directory.
    #[arg(long, value_name = "FOLDER")]
    pub keys_dir: Option<PathBuf>,
    /// File of the key that signs checkpoints: what was signed last lies beside it. Default: the name of the folder of the
    /// keys with `.log-key` after it.
    #[arg(long, value_name = "FILE", env = "RAPPORT_LOG_KEY_FILE")]
    pub log_key: Option<PathBuf>,
}

/// What is checked.
pub(crate) struct Subject<'a> {
    pub(crate) directory: &'a Path,
    pub(crate) keys_dir: Option<&'a Path>,
    pub(crate) root_key: Option<&'a Path>,
    pub(crate) log_key: Option<&'a Path>,
    /// Whether no log is to be expected, because events are kept in KurrentDB.
    pub(crate) log_is_elsewhere: bool,
}

/// Checks, writes what was found, and fails where something is wrong.
///
/// # Errors
/// [`Failure::Damaged`], or that there is nothing to be checked.
pub async fn run(options: Options, format: Format) -> Result<(), Failure> {
    let checking = tokio::task::spawn_blocking(move || {
        let bar = progress_bar("checking", "events");
        let subject = Subject {
            directory: &options.directory,
            keys_dir: options.keys_dir.as_deref(),
            root_key: options.root_key.as_deref(),
            log_key: options.log_key.as_deref(),
            log_is_elsewhere: options.directory.join(KURRENT_INDEX_FILE).exists(),
        };
        let report = directory(&subject, &bar);
        bar.finish_and_clear();
        report
    });
    let report =
        checking.await.map_err(|error| Failure::Local(format!("the check was cut off: {error}")))??;
    match format {
        Format::Json => output::document(&report.document())?,
        Format::Table => output::words(&report.lines())?,
    }
    if report.is_good() { Ok(()) } else { Err(Failure::Damaged { count: report.count() }) }
}

/// Checks the log, the keys, and the read models and their snapshots against the log.
///
/// # Errors
/// When there is neither a log nor keys, there is no way to them, or a root key was named that cannot be read.
pub(crate) fn directory(subject: &Subject<'_>, bar: &ProgressBar) -> Result<Report, Failure> {
    let Subject { directory, keys_dir, root_key, log_key, log_is_elsewhere } = *subject;
    let vault_file = keys_dir.unwrap_or(directory).join(VAULT_FILE);
    if !directory.join(LOG_FILE).exists() && !vault_file.exists() && !directory.join(READ_FOLDER).exists() {
        return Err(Failure::Usage(format!(
            "{} holds neither a log nor keys; give a data directory or the folder of a backup",
            directory.display()
        )));
    }
    let mut report = Report::of(directory);
    let manifest = manifest(directory, &mut report)?;
    let log_is_elsewhere =
        log_is_elsewhere || manifest.as_ref().is_some_and(|manifest| manifest.log.is_none());
    let proven = Proven::of(directory, keys_dir.unwrap_or(directory), log_key, &mut report);
    let log = logs::open(directory, log_is_elsewhere, &mut report)?;
    // Where there is no log, its lock still tells whether a server is there.
    let lock = if log.is_none() { hold(directory)? } else { None };
    let is_served = log.as_ref().map_or(lock.is_none(), LogFile::is_served);
    let are_shared = resolved(keys_dir.unwrap_or(directory))? != resolved(directory)?;
    let keys = open_keys(directory, &vault_file, root_key, &mut report)?;
    if let Some(keys) = &keys {
        report.keys(keys, !is_served && !are_shared);
    }
    if are_shared {
        report.not_judged("the pages of vault.db, which other servers may have open: check a backup of it");
    }
    if let Some(log) = &log {
        logs::check(log, keys.as_ref(), manifest.as_ref(), proven, bar, &mut report);
    }
    read_models::check(directory, log.as_ref(), is_served, &mut report);
    Ok(report)
}

/// What a backup says of itself; nothing where the directory is none.
fn manifest(directory: &Path, report: &mut Report) -> Result<Option<Manifest>, Failure> {
    match Manifest::read(directory) {
        Err(Failure::Unsound(what)) => {
            report.found(Finding::of(backup::MANIFEST_FILE, what, "take the backup again"));
            Ok(None)
        }
        read => read,
    }
}

/// Keeps servers away from a directory; nothing where one is there.
fn hold(directory: &Path) -> Result<Option<DirectoryLock>, Failure> {
    match DirectoryLock::acquire_to_read(directory) {
        Ok(lock) => Ok(Some(lock)),
        Err(LogError::Held { .. }) => Ok(None),
        Err(error) => Err(unopened(directory, &error)),
    }
}

fn open_keys(
    directory: &Path,
    vault_file: &Path,
    root_key: Option<&Path>,
    report: &mut Report,
) -> Result<Option<KeyFileReader>, Failure> {
    let keys_dir = vault_file.parent().unwrap_or(directory);
    let root_file = root_key.map_or_else(|| beside(keys_dir), Path::to_path_buf);
    let root = if root_key.is_some() || root_file.exists() {
        Some(RootKey::load(&root_file).map_err(|error| Failure::Usage(error.to_string()))?)
    } else {
        report.not_judged(format!(
            "whether the keys of contacts open: there is no root key at {}; name it with --root-key",
            root_file.display()
        ));
        None
    };
    if !vault_file.metadata().is_ok_and(|file| file.len() > 0) {
        let what = "the keys of the contacts are gone";
        report.found(Finding::of(VAULT_FILE, what, "restore log and keys together with `rapport restore`"));
        return Ok(None);
    }
    match KeyFileReader::open(vault_file, root.as_ref()) {
        Ok(keys) => {
            report.keys_were_tried(root.is_some());
            Ok(Some(keys))
        }
        Err(error) => {
            let to_do = match error {
                OpenError::WrongRootKey => "name the root key of this server with --root-key",
                OpenError::NewerFormat { .. } => "check it with the version of Rapport that wrote it",
                OpenError::Epoch(_) => {
                    "put the folder of the epoch keys beside the root key; a backup from before the last rotation opens no more"
                }
                OpenError::Damaged { .. }
                | OpenError::StorageFull
                | OpenError::Crypto
                | OpenError::Storage { .. } => "restore log and keys together with `rapport restore`",
            };
            report.found(Finding::of(VAULT_FILE, error.to_string(), to_do));
            Ok(None)
        }
    }
}

/// A line on standard error that says how far it is; the length is set once it is known.
pub(crate) fn progress_bar(doing: &'static str, of: &'static str) -> ProgressBar {
    let bar = ProgressBar::new(0);
    let style = ProgressStyle::with_template(&format!(
        "{{msg}} {{wide_bar}} {{human_pos}} of {{human_len}} {of}, {{eta}}"
    ));
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.set_message(doing);
    bar
}
