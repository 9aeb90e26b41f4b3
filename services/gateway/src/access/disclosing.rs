//! Answers that hold personal data: what is opened for them is written down before they leave.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use futures::{Stream, StreamExt as _, stream};
use rapport_application::{Failure, Look, Reveal};
use rapport_authorization::Relation;
use tonic::Status;

use super::{AccessRecord, Admitted};
use crate::error::Error;
use crate::wire::Reader;

/// Most items of a stream that are written down together.
const ITEMS_AT_A_TIME_MAX: usize = 256;

impl AccessRecord {
    /// Makes an answer. It is handed out once it is on record whose personal data was opened for it.
    ///
    /// # Errors
    /// What making it can fail with, and [`Error::AccessUnrecorded`].
    pub(crate) async fn disclosing<T>(
        &self,
        admitted: &Admitted,
        make: impl FnOnce(&Reader<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let look = self.look(admitted).await;
        let answer = make(&Reader { application: &self.application, look: &look })?;
        self.opened(admitted, look.take()).await?;
        Ok(answer)
    }

    /// What a call may open: as far as the kind of its caller goes, and policies permit; of single subjects, as far as they
    /// permit with what is known of them. Waits until it is known of whom nothing is opened.
    pub(crate) async fn look(&self, admitted: &Admitted) -> Look {
        self.application.withheld_known().await;
        let clearance = |relation: &Relation| {
            let clearance = self.application.clearance(&admitted.visit.actor);
            clearance.narrowed(|class| admitted.may_open(*class, relation))
        };
        let of = admitted.relations.iter().map(|(subject, relation)| (*subject, clearance(relation)));
        Look::new(clearance(&Relation::default())).with(of.collect())
    }

    /// Refuses a call that asks for all personal data in the clear and may not have it.
    ///
    /// # Errors
    /// [`Failure::DisclosureDenied`].
    pub(crate) async fn may_have(
        &self,
        admitted: &Admitted,
        look: &Look,
        reveal: Reveal,
    ) -> Result<(), Failure> {
        let may = self.application.may_have(look, reveal);
        if may.is_err() {
            self.denied(admitted, true).await;
        }
        may
    }

    /// Hands out a stream's items once it is on record whose personal data was opened for them. The stream ends where that
    /// cannot be written down.
    pub(crate) fn disclosed<T: Send + 'static>(
        &self,
        admitted: Admitted,
        look: Arc<Look>,
        items: impl Stream<Item = Result<T, Status>> + Send + 'static,
    ) -> impl Stream<Item = Result<T, Status>> + Send + 'static {
        let record = self.clone();
        let chunks = stream::unfold(Some(items.ready_chunks(ITEMS_AT_A_TIME_MAX).boxed()), move |items| {
            let (record, admitted, look) = (record.clone(), admitted.clone(), Arc::clone(&look));
            async move {
                let mut items = items?;
                let chunk = items.next().await?;
                match record.opened(&admitted, look.take()).await {
                    Ok(()) => Some((chunk, Some(items))),
                    Err(error) => Some((vec![Err(error.into())], None)),
                }
            }
        });
        chunks.flat_map(stream::iter)
    }
}
