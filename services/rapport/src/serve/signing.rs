//! Who signs checkpoints of the log: the key, found or made on the first start, and what was signed with it last.

use std::path::Path;

use rapport_transparency::note::{SEED_BYTES, Signer};
use rapport_transparency::{Hash, Notary};
use rapport_vault::LogKey;

use super::keys::outside;
use crate::check::{checkpoint_beside, log_key_beside};
use crate::error::Failure;

/// What the name of a log begins with where nobody gives it one.
const ORIGIN_PREFIX: &str = "rapport.local/";
/// Digits of the key's hash in such a name.
const ORIGIN_DIGITS: usize = 16;

/// Where keys lie, and what is there already.
pub(super) struct Place<'a> {
    pub(super) data_dir: &'a Path,
    pub(super) keys_dir: Option<&'a Path>,
    pub(super) log_key: Option<&'a Path>,
    pub(super) origin: Option<&'a str>,
    pub(super) log_has_events: bool,
}

/// Opens the notary. A key that is new, or that has signed nothing of an empty log yet, begins a history.
pub(super) fn open_notary(place: &Place<'_>) -> Result<Notary, Failure> {
    let keys_dir = place.keys_dir.unwrap_or(place.data_dir);
    let key_file = place.log_key.map_or_else(|| log_key_beside(keys_dir), Path::to_path_buf);
    outside(place.data_dir, &key_file, "log key")?;
    outside(keys_dir, &key_file, "log key")?;
    let is_new = !key_file.exists();
    let key = if is_new { made(&key_file)? } else { loaded(&key_file)? };
    let seed = key.seed();
    let origin = match place.origin {
        Some(origin) => origin.to_owned(),
        None => own_name(&seed)?,
    };
    let begin_as = (is_new || !place.log_has_events).then_some(origin.as_str());
    let notary = Notary::open(seed, &checkpoint_beside(&key_file), begin_as)
        .map_err(|error| Failure::Local(error.to_string()))?;
    let named = notary.standing().checkpoint.origin;
    if place.origin.is_some_and(|origin| named != origin && !named.starts_with(&format!("{origin}/fork-"))) {
        return Err(Failure::Usage(format!(
            "the log is called {named} since its key was made, and keeps that name; leave --log-origin out"
        )));
    }
    Ok(notary)
}

fn made(key_file: &Path) -> Result<LogKey, Failure> {
    let key = LogKey::create(key_file).map_err(|error| Failure::Local(error.to_string()))?;
    tracing::warn!(
        file = %key_file.display(),
        "made a new log key, which signs checkpoints; `rapport audit key` prints its public half, to be given to auditors"
    );
    Ok(key)
}

fn loaded(key_file: &Path) -> Result<LogKey, Failure> {
    LogKey::load(key_file).map_err(|error| Failure::Local(error.to_string()))
}

/// A name that no other log has.
fn own_name(seed: &[u8; SEED_BYTES]) -> Result<String, Failure> {
    let signer = Signer::new(ORIGIN_PREFIX, seed).map_err(|error| Failure::Local(error.to_string()))?;
    let digits = Hash::of(signer.key().to_string().as_bytes()).to_hex();
    Ok(format!("{ORIGIN_PREFIX}{}", &digits[..ORIGIN_DIGITS]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(folder: &Path, origin: Option<&str>, log_has_events: bool) -> Result<Notary, Failure> {
        let data_dir = folder.join("data");
        open_notary(&Place { data_dir: &data_dir, keys_dir: None, log_key: None, origin, log_has_events })
    }

    #[test]
    fn the_key_is_made_beside_the_data_and_the_log_keeps_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let first = open(folder.path(), Some("crm.example/log"), false).unwrap().standing();
        assert!(folder.path().join("data.log-key").exists());
        assert_eq!(open(folder.path(), None, true).unwrap().standing(), first);
        let other = open(folder.path(), Some("crm.example/other"), true);
        assert!(matches!(other, Err(Failure::Usage(said)) if said.contains("crm.example/log")));
        let name =
            open(tempfile::tempdir().unwrap().path(), None, false).unwrap().standing().checkpoint.origin;
        assert!(name.starts_with(ORIGIN_PREFIX) && name.len() == ORIGIN_PREFIX.len() + ORIGIN_DIGITS);
    }

    #[test]
    fn what_was_signed_last_is_not_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        drop(open(folder.path(), None, false).unwrap());
        std::fs::remove_file(folder.path().join("data.log-key.checkpoint")).unwrap();
        assert!(matches!(open(folder.path(), None, true), Err(Failure::Local(_))));
    }

    #[test]
    fn a_log_key_in_the_data_directory_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (data_dir, key) = (folder.path().join("data"), folder.path().join("data/log-key"));
        let place = Place {
            data_dir: &data_dir,
            keys_dir: None,
            log_key: Some(&key),
            origin: None,
            log_has_events: false,
        };
        assert!(matches!(open_notary(&place), Err(Failure::Usage(_))));
    }
}
