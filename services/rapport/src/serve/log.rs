//! The log of a server, whichever it is: chosen, opened, closed.

use std::ffi::OsStr;
use std::path::Path;
use std::sync::Arc;

use clap::builder::TypedValueParser;
use clap::error::ErrorKind;
use prometheus_client::registry::Registry;
use rapport_event_store::{EmbeddedOptions, EmbeddedStore, EventStore, MemoryStore};
use rapport_gateway::Trouble;
use rapport_kurrentdb::{ConnectionString, KurrentStore};
use rapport_vault::Vault;
use tokio_util::sync::CancellationToken;

use super::binding;
use crate::check::assert_log_is_there;
use crate::error::Failure;

/// What a value begins with that names a file with the value in it.
const IN_FILE: &str = "file:";

/// What an operator is told once a write has failed in a way that leaves the log in doubt.
const READ_ONLY: &str =
    "the log takes no writes since one failed: look into the log of the server and the kernel, then restart";

/// What an operator is told while the log in KurrentDB cannot be followed.
const CUT_OFF: &str = "the log in KurrentDB cannot be followed: the log of the server says why";

/// Where events are kept.
#[derive(Debug, Clone)]
pub enum EventStoreKind {
    /// In the data directory.
    Embedded,
    /// In memory only: everything is gone when the process ends. The data directory is not used.
    Memory,
    /// In KurrentDB; the data directory holds what is folded from it.
    Kurrent(Box<ConnectionString>),
}

/// Reads `--event-store`. Its complaints do not repeat the value: there may be a password in it.
#[derive(Debug, Clone)]
pub(crate) struct EventStoreParser;

impl TypedValueParser for EventStoreParser {
    type Value = EventStoreKind;

    fn parse_ref(
        &self,
        command: &clap::Command,
        _: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<EventStoreKind, clap::Error> {
        let text = value.to_str().ok_or_else(|| "it is not UTF-8".to_owned());
        text.and_then(parse).map_err(|cause| {
            clap::Error::raw(ErrorKind::ValueValidation, format!("--event-store: {cause}\n"))
                .with_cmd(command)
        })
    }
}

fn parse(text: &str) -> Result<EventStoreKind, String> {
    if let Some(file) = text.strip_prefix(IN_FILE) {
        let text =
            std::fs::read_to_string(file).map_err(|error| format!("{file} cannot be read: {error}"))?;
        return parse_value(text.trim());
    }
    parse_value(text)
}

fn parse_value(text: &str) -> Result<EventStoreKind, String> {
    match text {
        "embedded" => Ok(EventStoreKind::Embedded),
        "memory" => Ok(EventStoreKind::Memory),
        text if text.contains("://") => text
            .parse()
            .map(|connection| EventStoreKind::Kurrent(Box::new(connection)))
            .map_err(|error: rapport_kurrentdb::AddressError| error.to_string()),
        _ => Err("expected `embedded`, `memory`, `esdb://...`, or `file:PATH` of a file with one of these"
            .to_owned()),
    }
}

/// The log; kept apart from the port to close it.
pub(super) enum Log {
    Embedded(Arc<EmbeddedStore>),
    Memory(Arc<MemoryStore>),
    Kurrent(Arc<KurrentStore>),
}

impl Log {
    /// Opens the log in, or for, a data directory, and holds the directory.
    pub(super) fn open(
        kind: &EventStoreKind,
        data_dir: &Path,
        stopping: &CancellationToken,
    ) -> Result<Self, Failure> {
        match kind {
            EventStoreKind::Embedded => {
                assert_log_is_there(data_dir)?;
                let log = EmbeddedStore::open(data_dir, EmbeddedOptions::default());
                log.map(|log| Self::Embedded(Arc::new(log)))
                    .map_err(|error| Failure::Local(error.to_string()))
            }
            EventStoreKind::Memory => {
                std::fs::create_dir(data_dir).map_err(|error| Failure::file(data_dir, error))?;
                Ok(Self::Memory(Arc::new(MemoryStore::new())))
            }
            EventStoreKind::Kurrent(connection) => {
                no_other_log(data_dir)?;
                let log = wait_for(KurrentStore::connect(connection, data_dir), stopping)?;
                log.map(|log| Self::Kurrent(Arc::new(log))).map_err(|error| Failure::Local(error.to_string()))
            }
        }
    }

    /// Makes sure that the log is written with these keys. One in the data directory has its keys with it.
    pub(super) fn assert_bound(&self, vault: &Vault, stopping: &CancellationToken) -> Result<(), Failure> {
        match self {
            Self::Embedded(_) | Self::Memory(_) => Ok(()),
            Self::Kurrent(store) => wait_for(binding::assert_bound(store.as_ref(), vault), stopping)?,
        }
    }

    pub(super) fn store(&self) -> Arc<dyn EventStore> {
        match self {
            Self::Embedded(store) => Arc::<EmbeddedStore>::clone(store),
            Self::Memory(store) => Arc::<MemoryStore>::clone(store),
            Self::Kurrent(store) => Arc::<KurrentStore>::clone(store),
        }
    }

    /// Whether anything was ever written.
    pub(super) fn has_events(&self) -> bool {
        match self {
            Self::Embedded(store) => !store.is_empty(),
            Self::Memory(_) => false,
            Self::Kurrent(store) => !store.is_empty(),
        }
    }

    /// What it tells about itself.
    pub(super) fn register(&self, registry: &mut Registry) {
        match self {
            Self::Embedded(store) => store.metrics().register(registry),
            Self::Memory(_) => {}
            Self::Kurrent(store) => store.metrics().register(registry),
        }
    }

    /// Tells why nothing can be written, while that is so.
    pub(super) fn trouble(&self) -> Trouble {
        match self {
            Self::Embedded(store) => {
                let store = Arc::clone(store);
                Arc::new(move || store.is_read_only().then_some(READ_ONLY))
            }
            Self::Memory(_) => Arc::new(|| None),
            Self::Kurrent(store) => {
                let store = Arc::clone(store);
                Arc::new(move || store.is_cut_off().then_some(CUT_OFF))
            }
        }
    }

    pub(super) async fn close(&self) {
        match self {
            Self::Embedded(store) => store.close().await,
            Self::Memory(_) => {}
            Self::Kurrent(store) => store.close(),
        }
    }
}

/// Waits for a server elsewhere, but not once this one is stopping.
pub(super) fn wait_for<T>(
    answer: impl Future<Output = T>,
    stopping: &CancellationToken,
) -> Result<T, Failure> {
    let answered = stopping.run_until_cancelled(answer);
    tokio::runtime::Handle::current().block_on(answered).ok_or(Failure::Interrupted)
}

/// A directory with a log of its own belongs to that log.
fn no_other_log(data_dir: &Path) -> Result<(), Failure> {
    if data_dir.join("log.db").exists() {
        return Err(Failure::Usage(format!(
            "{} holds a log of its own; choose another --data-dir for what is folded from KurrentDB",
            data_dir.display()
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        options: super::super::Options,
    }

    fn read(value: &str) -> Result<EventStoreKind, clap::Error> {
        Line::try_parse_from(["serve", "--event-store", value]).map(|line| line.options.event_store)
    }

    #[test]
    fn the_log_is_chosen_by_a_word_or_a_connection_string() {
        assert!(matches!(read("embedded"), Ok(EventStoreKind::Embedded)));
        assert!(matches!(read("memory"), Ok(EventStoreKind::Memory)));
        assert!(matches!(read("esdb://db.example:2113?tls=false"), Ok(EventStoreKind::Kurrent(_))));
        assert!(read("redis").is_err());
    }

    #[test]
    fn a_complaint_does_not_repeat_the_password() {
        for wrong in
            ["esdb://crm:s3cret@db.example:port", "esdb://crm:s3cret@db?nodePreference=follower", "s3cret"]
        {
            let told = read(wrong).unwrap_err().to_string();
            assert!(told.contains("--event-store") && !told.contains("s3cret"), "{told}");
        }
    }

    #[test]
    fn the_connection_string_may_stand_in_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("event-store");
        std::fs::write(&file, "esdb://crm:s3cret@db.example:2113\n").unwrap();
        let Ok(EventStoreKind::Kurrent(connection)) = read(&format!("file:{}", file.display())) else {
            panic!("no connection string");
        };
        assert_eq!(connection.to_string(), "esdb://***@db.example:2113");
        assert!(read("file:/nowhere").is_err());
    }

    #[test]
    fn a_directory_with_a_log_of_its_own_is_not_taken() {
        let folder = tempfile::tempdir().unwrap();
        assert!(no_other_log(folder.path()).is_ok());
        std::fs::write(folder.path().join("log.db"), "").unwrap();
        assert!(matches!(no_other_log(folder.path()), Err(Failure::Usage(_))));
    }
}
