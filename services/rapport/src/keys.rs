//! `rapport keys`: the keys of epochs, which wrap the keys of contacts. Works on the files, also while servers have them
//! open: a server has no say in which keys there are.

mod repeated;

use std::path::{Path, PathBuf};

use rapport_domain::value::Instant;
use rapport_vault::{EpochReport, KeyFileReader, RootKey, Rotation, Step, Vault};
use serde_json::{Value, json};

use crate::check::{VAULT_FILE, beside, progress_bar};
use crate::error::Failure;
use crate::output::{self, Format, Table};
use crate::serve::{EventStoreKind, EventStoreParser};

/// What `rapport keys` takes.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Wraps every key under a new epoch, then destroys the older one: copies of vault.db from before open no more, so nobody
    /// finds in them who was erased. Take a backup, and a copy of the new epoch key, when it is done. A rotation that was cut
    /// off is gone on with.
    Rotate {
        /// Where.
        #[command(flatten)]
        place: Place,
        /// Folder of another disk to keep copies of the epoch keys in: the new one is there before anything is wrapped anew,
        /// the older one goes at the end. Not where the backups are.
        #[arg(long, value_name = "FOLDER")]
        copies: Option<PathBuf>,
    },
    /// Every epoch, and how many keys it wraps.
    List(Place),
    /// Destroys every key again that a certificate of an erasure says was destroyed, where an older vault.db was put back
    /// and the newer one is lost. No server may have the data directory meanwhile.
    RepeatErasures {
        /// Where.
        #[command(flatten)]
        place: Place,
        /// Where events are kept; as for `rapport serve`.
        #[arg(long, env = "RAPPORT_EVENT_STORE", hide_env_values = true, default_value = "embedded", value_parser = EventStoreParser)]
        event_store: EventStoreKind,
    },
}

/// Where the keys lie.
#[derive(Debug, Clone, clap::Args)]
pub struct Place {
    /// The data directory.
    #[arg(long, env = "RAPPORT_DATA_DIR", default_value = "./rapport-data")]
    data_dir: PathBuf,
    /// Folder of the keys, where it is not the data directory.
    #[arg(long, value_name = "FOLDER")]
    keys_dir: Option<PathBuf>,
    /// File of the root key. Default: the name of the folder of the keys with `.root-key` after it.
    #[arg(long, env = "RAPPORT_ROOT_KEY_FILE")]
    root_key: Option<PathBuf>,
}

impl Place {
    fn folder(&self) -> &Path {
        self.keys_dir.as_deref().unwrap_or(&self.data_dir)
    }

    /// The key file, which has to be there.
    fn vault_file(&self) -> Result<PathBuf, Failure> {
        let file = self.folder().join(VAULT_FILE);
        if Vault::exists(&file) {
            return Ok(file);
        }
        let said = "there are no keys; say with --data-dir or --keys-dir where they are";
        Err(Failure::Usage(format!("{}: {said}", file.display())))
    }

    fn root_key(&self) -> Result<RootKey, Failure> {
        let file = self.root_key.clone().unwrap_or_else(|| beside(self.folder()));
        RootKey::load(&file).map_err(|error| Failure::Usage(error.to_string()))
    }
}

/// Does it, and writes every epoch as it is then.
///
/// # Errors
/// When the keys cannot be opened, or a step fails: then every key still opens, and the same command goes on.
pub async fn run(command: Command, format: Format) -> Result<(), Failure> {
    let place = match command {
        Command::Rotate { place, copies } => {
            let (rotating, copies) = (place.clone(), copies);
            off_thread(move || rotate(&rotating, copies)).await?;
            place
        }
        Command::List(place) => place,
        Command::RepeatErasures { place, event_store } => {
            return repeated::run(place, event_store, format).await;
        }
    };
    let epochs = off_thread(move || list(&place)).await?;
    match format {
        Format::Json => output::document(&document(&epochs)),
        Format::Table => output::words(&table(&epochs)),
    }
}

async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let working = tokio::task::spawn_blocking(work);
    working.await.map_err(|error| Failure::Local(format!("it was cut off: {error}")))?
}

fn rotate(place: &Place, copies: Option<PathBuf>) -> Result<(), Failure> {
    let file = place.vault_file()?;
    let root = place.root_key()?;
    let failed = |error| Failure::file(&file, error);
    let are_copied = copies.is_some();
    let mut rotation = Rotation::open(&file, &root).map_err(failed)?.with_copies(copies);
    let bar = progress_bar("wrapping keys anew", "keys");
    while let Some(step) = rotation.step().map_err(failed)? {
        match step {
            Step::Begun { keys, .. } => bar.set_length(keys),
            Step::WrappedAnew { keys } => bar.inc(keys),
            Step::Ended | Step::Scrubbed => {}
        }
    }
    bar.finish_and_clear();
    if !are_copied {
        let folder = root.epochs().display();
        eprintln!("Copy {folder} to where the copy of the root key is, in place of the older copy.");
    }
    eprintln!(
        "Run `rapport backup`: copies of {VAULT_FILE} from before this rotation cannot be opened any more."
    );
    Ok(())
}

fn list(place: &Place) -> Result<Vec<EpochReport>, Failure> {
    let file = place.vault_file()?;
    let keys = KeyFileReader::open(&file, None).map_err(|error| Failure::file(&file, error))?;
    keys.epochs().map_err(|error| Failure::file(&file, error))
}

fn document(epochs: &[EpochReport]) -> Value {
    let epoch = |epoch: &EpochReport| {
        json!({
            "epoch": epoch.epoch,
            "created_at": epoch.created_at.map(|at| at.to_string()),
            "destroyed_at": epoch.destroyed_at.map(|at| at.to_string()),
            "keys": epoch.keys,
            "is_in_key_file": epoch.is_in_key_file,
        })
    };
    json!({ "epochs": epochs.iter().map(epoch).collect::<Value>() })
}

fn table(epochs: &[EpochReport]) -> String {
    let mut table = Table::new(vec!["epoch", "keys", "since", "destroyed"]);
    let time = |at: Option<Instant>| at.map_or_else(String::new, |at| at.to_string());
    for epoch in epochs {
        let (created_at, destroyed_at) = (time(epoch.created_at), time(epoch.destroyed_at));
        table.row(vec![epoch.epoch.to_string(), epoch.keys.to_string(), created_at, destroyed_at]);
    }
    table.lines()
}
