//! The directory as a start reads it, before anything follows the log.

use std::path::Path;

use rapport_domain::envelope::Position;
use rapport_domain::id::ContactId;

use super::DirectoryProjection;
use crate::column::word;
use crate::read_model::{Survey, position_of};
use crate::storage::StorageTrouble;

/// Who was erased, as the directory knows that serves, and the last event that it has taken in; nobody, and nothing taken
/// in, where there is none yet. Nothing is written.
///
/// # Errors
/// When the file cannot be read.
pub fn erased(directory: &Path) -> Result<(Vec<ContactId>, Position), StorageTrouble> {
    let serving = Survey::of::<DirectoryProjection>(directory, false).serving;
    if !serving.path().metadata().is_ok_and(|file| file.len() > 0) {
        return Ok((Vec::new(), Position::START));
    }
    let connection = serving.open_reader()?;
    // First, so that nobody is missed who is erased in between.
    let position = position_of(&connection)?;
    let mut statement = connection.prepare("SELECT contact_id FROM contacts WHERE erased = 1")?;
    let contacts = statement.query_map((), |row| word(row, "contact_id"))?.collect::<Result<_, _>>()?;
    Ok((contacts, position))
}
