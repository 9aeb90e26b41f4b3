//! An event of the log, as all read models that fold it share it: decoded once, by the first of them.

use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use rapport_domain::envelope::Recorded;

use crate::projection::{Decoded, ProjectError, Projected};

/// What an event takes in memory besides its data and metadata, about, once it is decoded.
const BYTES_BESIDE: usize = 1_024;

/// Events in a row.
pub(crate) type Batch = Vec<Arc<LogEvent>>;

/// An event, and what it says as soon as somebody has asked.
#[derive(Debug)]
pub(crate) struct LogEvent {
    recorded: Recorded,
    decoded: OnceLock<Result<Option<Box<Decoded>>, ProjectError>>,
}

impl LogEvent {
    /// What it takes in memory, about.
    pub(super) const fn bytes(&self) -> usize {
        self.recorded.data.len() + self.recorded.metadata.len() + BYTES_BESIDE
    }

    /// What it says; `None` when its type is not one that this build knows.
    ///
    /// # Errors
    /// As [`Decoded::of`].
    pub(super) fn projected(&self) -> Result<Option<Projected<'_>>, ProjectError> {
        let decoded = self.decoded.get_or_init(|| Ok(Decoded::of(&self.recorded)?.map(Box::new)));
        match decoded {
            Ok(decoded) => Ok(decoded.as_ref().map(|decoded| decoded.beside(&self.recorded))),
            Err(error) => Err(error.clone()),
        }
    }
}

impl From<Recorded> for LogEvent {
    fn from(recorded: Recorded) -> Self {
        Self { recorded, decoded: OnceLock::new() }
    }
}

impl Deref for LogEvent {
    type Target = Recorded;

    fn deref(&self) -> &Recorded {
        &self.recorded
    }
}
