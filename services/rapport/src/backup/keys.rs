//! The key file in a backup. Which of two files is the backup's tells `backup.json`: the new one lies ready beside the
//! old one, is named there, and takes its place then.

use std::fs::{self, File};
use std::io::{ErrorKind, Read as _};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use indicatif::ProgressBar;
use rapport_domain::envelope::Position;
use rapport_domain::value::hex;
use rapport_event_store::LogFile;
use rapport_vault::{KeyFileReader, OpenError};
use sha2::{Digest as _, Sha256};

use super::manifest::{KeysPart, Manifest, sync_folder};
use super::uncopied;
use crate::check::{Seals, VAULT_FILE};
use crate::error::Failure;

/// The name of a key file that has not taken its place yet.
pub const KEYS_PARTIAL_FILE: &str = "vault.db.partial";
/// What the storage engine puts beside a file while it is open.
const COMPANIONS: [&str; 3] = ["-wal", "-shm", "-journal"];
/// Bytes of a file that are read at a time.
const BUFFER_BYTES: usize = 1024 * 1024;

/// Copies the keys beside those of the last run, and looks at the copy. The keys themselves stay wrapped.
pub(super) fn copy(vault_file: &Path, target: &Path) -> Result<KeysPart, Failure> {
    if !vault_file.exists() {
        let what = "it is gone; look for it with `rapport check`, or restore log and keys from a backup";
        return Err(Failure::unsound(vault_file, what));
    }
    let partial = target.join(KEYS_PARTIAL_FILE);
    remove(&partial)?;
    let failed = |error: OpenError| match error {
        OpenError::Damaged { .. } => Failure::unsound(vault_file, error),
        OpenError::WrongRootKey
        | OpenError::NewerFormat { .. }
        | OpenError::Epoch(_)
        | OpenError::StorageFull
        | OpenError::Crypto
        | OpenError::Storage { .. } => Failure::file(vault_file, error),
    };
    KeyFileReader::open(vault_file, None).map_err(failed)?.copy(&partial).map_err(failed)?;
    let found = KeyFileReader::open(&partial, None).map_err(failed)?.check(true);
    remove_companions(&partial)?;
    if let Some((_, what)) = found.findings.first() {
        return Err(Failure::unsound(
            vault_file,
            format!("{what}; run `rapport check` on the data directory"),
        ));
    }
    Ok(KeysPart { sha256: sha256(&partial)?, live: found.live, destroyed: found.destroyed })
}

/// Gives the file that `backup.json` names its place, where the last run was killed before it did.
pub(super) fn finish_last_run(target: &Path, last: &Manifest) -> Result<(), Failure> {
    match key_file_of(target, &last.keys) {
        Ok(file) if file.ends_with(KEYS_PARTIAL_FILE) => put_in_place(target),
        // A backup that has lost its keys gets new ones.
        Ok(_) | Err(Failure::Unsound(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

/// A key that was destroyed keeps its row: fewer of them are those of an earlier state.
///
/// # Errors
/// When there are fewer than in the last run.
pub(super) fn assert_none_is_gone(last: &KeysPart, keys: &KeysPart) -> Result<(), Failure> {
    let (had, has) = (last.live + last.destroyed, keys.live + keys.destroyed);
    if has >= had {
        return Ok(());
    }
    Err(Failure::Unsound(format!(
        "{VAULT_FILE} has {has} keys, and had {had} when the last backup was taken: it was replaced by an older one; put the newer one back, or choose another folder for the backup"
    )))
}

/// Whether the copied keys are those of the events that came since the last run. Those before it were looked up then.
///
/// # Errors
/// The first event that has a key which is not there, or that the log cannot be read.
pub(super) fn assert_they_open(
    target: &Path,
    log: &LogFile,
    since: Position,
    bar: &ProgressBar,
) -> Result<(), Failure> {
    let partial = target.join(KEYS_PARTIAL_FILE);
    let keys = KeyFileReader::open(&partial, None).map_err(|error| Failure::file(&partial, error))?;
    let (mut seals, mut judged) = (Seals::new(&keys), Ok(()));
    let read = log.walk(since.next(), log.head(), &mut |event| {
        bar.set_position(event.position.0);
        judged = seals.judge(&event).map_err(|what| (event.position, what));
        if judged.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    read.map_err(|error| uncopied(error.into()))?;
    drop(keys);
    remove_companions(&partial)?;
    judged.map_err(|(position, what)| {
        Failure::Unsound(format!(
            "the keys of the event at position {position} do not fit it: {what}; this {VAULT_FILE} is not the one of this log, say with --keys-dir where that is"
        ))
    })
}

/// Gives the copied file its place.
pub(super) fn put_in_place(target: &Path) -> Result<(), Failure> {
    let file = target.join(VAULT_FILE);
    remove_companions(&file)?;
    fs::rename(target.join(KEYS_PARTIAL_FILE), &file).map_err(|error| Failure::file(&file, error))?;
    sync_folder(target)
}

/// The key file that a backup names.
///
/// # Errors
/// When neither file is the one that was backed up.
pub fn key_file_of(folder: &Path, keys: &KeysPart) -> Result<PathBuf, Failure> {
    for name in [VAULT_FILE, KEYS_PARTIAL_FILE] {
        let file = folder.join(name);
        if file.exists() && sha256(&file)? == keys.sha256 {
            return Ok(file);
        }
    }
    let what =
        "it is not the key file that was backed up: it was damaged or replaced; take the next older backup";
    Err(Failure::unsound(&folder.join(VAULT_FILE), what))
}

/// SHA-256 of a file, in hex.
fn sha256(file: &Path) -> Result<String, Failure> {
    let failed = |error| Failure::file(file, error);
    let (mut reading, mut sha) = (File::open(file).map_err(failed)?, Sha256::new());
    let mut bytes = vec![0; BUFFER_BYTES];
    loop {
        match reading.read(&mut bytes).map_err(failed)? {
            0 => break,
            read => sha.update(&bytes[..read]),
        }
    }
    Ok(hex(&sha.finalize()))
}

fn remove(file: &Path) -> Result<(), Failure> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(Failure::file(file, error)),
        Ok(()) | Err(_) => remove_companions(file),
    }
}

/// They hold nothing once the file is closed.
fn remove_companions(file: &Path) -> Result<(), Failure> {
    for ending in COMPANIONS {
        let mut companion = file.as_os_str().to_owned();
        companion.push(ending);
        match fs::remove_file(&companion) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(Failure::file(file, error)),
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}
