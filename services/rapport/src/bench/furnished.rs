//! A data directory with the history of made-up customers in it, and the plain tables of the same history.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::TryStreamExt as _;
use rapport_domain::envelope::Position;
use rapport_event_store::{EmbeddedOptions, EmbeddedStore, EventStore as _, Filter};
use rapport_plain_crm::{PlainCrm, PlainError};
use rapport_vault::Vault;
use tempfile::TempDir;

use super::customers;
use super::folder::Folder;
use crate::error::Failure;
use crate::serve::open_vault;

/// Events that the plain tables take in one transaction: as many as a read model far behind does.
const BATCH_EVENTS: usize = rapport_projections::CATCH_UP_BATCH_EVENTS_MAX;
/// Where the plain tables lie, beside the data directory.
const PLAIN_FILE: &str = "plain.db";

/// The folder of a server, taken away when it is dropped.
pub(super) struct Furnished(TempDir);

impl Furnished {
    /// Makes up a history of so many events.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) async fn with(folder: &Folder, events: u64) -> Result<Self, Failure> {
        let furnished = Self(folder.fresh()?);
        let (store, vault) = furnished.open()?;
        let filled = customers::fill(&store, vault, events).await;
        store.close().await;
        filled.map(|()| furnished)
    }

    /// Makes up so many contacts, most of whom agree to be addressed.
    ///
    /// # Errors
    /// When they cannot be written.
    pub(super) async fn with_campaign(folder: &Folder, contacts: u64) -> Result<Self, Failure> {
        let furnished = Self(folder.fresh()?);
        let (store, vault) = furnished.open()?;
        let filled = customers::agree(&store, vault, contacts).await;
        store.close().await;
        filled.map(|()| furnished)
    }

    /// Opens the log and the keys; no server may run.
    ///
    /// # Errors
    /// When they cannot be opened.
    pub(super) fn open(&self) -> Result<(EmbeddedStore, Arc<Vault>), Failure> {
        let data = self.data();
        let store = EmbeddedStore::open(&data, EmbeddedOptions::default()).map_err(failed)?;
        Ok((store, Arc::new(open_vault(&data, None, None, false)?)))
    }

    /// What a server is started in.
    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Deletes the files of the read models whose names begin so; no server may run.
    ///
    /// # Errors
    /// When that fails.
    pub(super) fn forget(&self, beginning: &str) -> Result<(), Failure> {
        let read = self.data().join("read");
        let failed = |error| Failure::file(&read, error);
        let files = match fs::read_dir(&read) {
            Ok(files) => files,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(failed(error)),
        };
        for file in files {
            let file = file.map_err(failed)?;
            if file.file_name().to_string_lossy().starts_with(beginning) {
                let path = file.path();
                if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }
                    .map_err(failed)?;
            }
        }
        Ok(())
    }

    /// Folds the history into the plain tables, in a new file, as it would have come in; and how long that took. No server may
    /// run.
    ///
    /// # Errors
    /// When the log cannot be read, or the file not be written.
    pub(super) async fn plain(&self) -> Result<(PlainCrm, Duration), Failure> {
        let began = Instant::now();
        let plain = self.folded(PlainCrm::create).await?;
        Ok((plain, began.elapsed()))
    }

    /// The same tables, made sooner: their indexes come last.
    ///
    /// # Errors
    /// When the log cannot be read, or the file not be written.
    pub(super) async fn plain_to_ask(&self) -> Result<PlainCrm, Failure> {
        let plain = self.folded(PlainCrm::create_bare).await?;
        plain.index().map_err(failed)?;
        Ok(plain)
    }

    async fn folded(&self, create: fn(&Path) -> Result<PlainCrm, PlainError>) -> Result<PlainCrm, Failure> {
        let file = self.0.path().join(PLAIN_FILE);
        for ending in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(self.0.path().join(format!("{PLAIN_FILE}{ending}")));
        }
        let store = EmbeddedStore::open(&self.data(), EmbeddedOptions::default()).map_err(failed)?;
        let mut plain = create(&file).map_err(failed)?;
        let mut batches =
            store.read_all(Position::START.next(), &Filter::all()).map_err(failed).try_chunks(BATCH_EVENTS);
        while let Some(batch) = batches.try_next().await.map_err(|error| error.1)? {
            plain.take(&batch).map_err(failed)?;
        }
        drop(batches);
        store.close().await;
        Ok(plain)
    }

    fn data(&self) -> PathBuf {
        self.0.path().join("data")
    }
}

pub(super) fn failed(error: impl std::fmt::Display) -> Failure {
    Failure::Local(error.to_string())
}
