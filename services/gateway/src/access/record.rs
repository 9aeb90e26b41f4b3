//! What is written down about who saw what, and who did not.

use std::sync::Arc;

use rapport_application::{Application, Opened};
use rapport_domain::value::Reference;
use uuid::Uuid;

use super::Admitted;
use super::denials::Denials;
use crate::error::Error;

/// Writes the access record, where one is kept.
#[derive(Clone)]
pub(crate) struct AccessRecord {
    pub(super) application: Arc<Application>,
    kept: bool,
    denials: Arc<Denials>,
}

impl AccessRecord {
    pub(crate) fn new(application: Arc<Application>, kept: bool) -> Self {
        Self { application, kept, denials: Arc::default() }
    }

    /// For answers that are parts of one look, which is on record as a whole.
    pub(crate) fn of_parts(&self) -> Self {
        Self { kept: false, ..self.clone() }
    }

    /// Writes down what was opened for an answer. It is on disk when this comes back; the answer leaves after that, or not
    /// at all.
    ///
    /// # Errors
    /// [`Error::AccessUnrecorded`].
    pub(crate) async fn opened(&self, admitted: &Admitted, opened: Opened) -> Result<(), Error> {
        if !self.kept || opened.is_empty() {
            return Ok(());
        }
        self.opened_whole(admitted, opened).await
    }

    /// The same, of a look at everything: written down also where no other looks are.
    ///
    /// # Errors
    /// [`Error::AccessUnrecorded`].
    pub(crate) async fn opened_whole(&self, admitted: &Admitted, opened: Opened) -> Result<(), Error> {
        let seen = opened.into_iter().map(|(subject, classes)| (subject, admitted.seen(&subject, classes)));
        let recorded = self.application.record_access(writing()?, &admitted.visit, seen.collect()).await;
        recorded.map_err(Error::AccessUnrecorded)
    }

    /// Writes down that a call was denied, or personal data in the clear. Nothing leaves in any case: where it cannot be
    /// written down, the log of the process says so.
    pub(crate) async fn denied(&self, admitted: &Admitted, personal: bool) {
        if !self.kept {
            return;
        }
        let now = self.application.now();
        let Some(unwritten) = self.denials.note(&admitted.visit, personal, now) else { return };
        let Ok(id) = writing() else { return };
        let denied = admitted.denied(personal);
        let written = self.application.record_denial(id, &admitted.visit, personal, unwritten, denied).await;
        if let Err(error) = written {
            tracing::error!(%error, "a denial could not be written down");
        }
    }
}

/// A name for one writing.
fn writing() -> Result<Reference, Error> {
    Reference::parse(&format!("access:{}", Uuid::now_v7().simple())).map_err(|_| Error::Panicked)
}
