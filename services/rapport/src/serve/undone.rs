//! Whether who was erased stays erased: a server does not serve with keys that a certificate says were destroyed.
//!
//! Somebody put an older key file back, and every name that is sealed in the log could be read again. Whom to look for says
//! the directory, and the log from where that ends: a start does not read the log from its beginning, but where there is no
//! directory yet.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rapport_application::{Application, Disclosure, Failure as NotTold, SystemClock, Undone};
use rapport_domain::envelope::Position;
use rapport_projections::directory;
use tokio_util::sync::CancellationToken;

use super::EventStoreKind;
use super::keys::open_vault;
use super::log::{Log, wait_for};
use crate::check::READ_FOLDER;
use crate::error::Failure;

/// Where a log and its keys are.
pub(crate) struct House {
    pub(crate) event_store: EventStoreKind,
    pub(crate) data_dir: PathBuf,
    pub(crate) keys_dir: Option<PathBuf>,
    pub(crate) root_key: Option<PathBuf>,
}

/// Refuses keys that are back.
///
/// # Errors
/// [`Failure::Unsound`], with the first of them and what to do; or that it cannot be told.
pub(super) fn assert_none(
    application: &Application,
    data_dir: &Path,
    stopping: &CancellationToken,
) -> Result<(), Failure> {
    let undone = wait_for(find(application, data_dir), stopping)??;
    let Some(Undone { request_id, contact_id, .. }) = undone.first() else { return Ok(()) };
    Err(Failure::Unsound(format!(
        "the certificate of the erasure {request_id} says that the keys of {contact_id} were destroyed, and they are back, with those of {} others: an older vault.db was put back. Put the newer one back; where it is lost, destroy the keys again with `rapport keys repeat-erasures`",
        undone.len() - 1
    )))
}

/// Destroys every key again that a certificate says was destroyed. No server may have the data directory meanwhile. It
/// blocks, on a thread of a runtime.
///
/// # Errors
/// When log or keys cannot be opened, or a key cannot be destroyed: the same command goes on.
pub(crate) fn repeat_erasures(house: &House) -> Result<Vec<Undone>, Failure> {
    let stopping = CancellationToken::new();
    let log = Log::open(&house.event_store, &house.data_dir, &stopping)?;
    let (keys_dir, root_key) = (house.keys_dir.as_deref(), house.root_key.as_deref());
    let vault = Arc::new(open_vault(&house.data_dir, keys_dir, root_key, log.has_events())?);
    log.assert_bound(&vault, &stopping)?;
    let disclosure = Disclosure::to([]);
    let application = Application::new(log.store(), vault, Arc::new(SystemClock), disclosure);
    let destroyed = wait_for(
        async {
            let undone = find(&application, &house.data_dir).await?;
            for undone in &undone {
                application.erase_again(undone).await.map_err(untold)?;
            }
            Ok(undone)
        },
        &stopping,
    )?;
    drop(application);
    wait_for(log.close(), &stopping)?;
    destroyed
}

async fn find(application: &Application, data_dir: &Path) -> Result<Vec<Undone>, Failure> {
    let known = directory::erased(&data_dir.join(READ_FOLDER)).unwrap_or_else(|error| {
        tracing::warn!(%error, "the directory cannot be read; who was erased is looked for in the whole log");
        (Vec::new(), Position::START)
    });
    let (mut contacts, position) = known;
    contacts.extend(application.erased_since(position.next()).await.map_err(untold)?);
    let mut undone = Vec::new();
    for contact_id in contacts {
        undone.extend(application.undone(contact_id).await.map_err(untold)?);
    }
    Ok(undone)
}

fn untold(error: NotTold) -> Failure {
    Failure::Local(format!("whether who was erased stays erased cannot be told: {error}; start again"))
}
