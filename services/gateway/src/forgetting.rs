//! What the read models do when somebody is erased.

use std::sync::Arc;

use async_trait::async_trait;
use rapport_application::reactors::{Forget, Trouble};
use rapport_domain::envelope::Position;
use rapport_domain::subject_request::Store;
use rapport_projections::{ControlError, Freshness, Projections};

use crate::services::FRESHNESS_WAIT_MAX;

/// The read model that somebody could be found in after their keys are gone: it alone has blind indexes.
const DIRECTORY: &str = "directory";
/// What is done there, for the certificate.
const DIRECTORY_METHOD: &str = "blind indexes deleted, journal cut off, snapshots thrown away";

/// The read models, for those who erase without a caller.
pub struct ForgetfulReadModels(Arc<Projections>);

impl ForgetfulReadModels {
    /// These.
    #[must_use]
    pub const fn new(projections: Arc<Projections>) -> Self {
        Self(projections)
    }
}

#[async_trait]
impl Forget for ForgetfulReadModels {
    async fn forget(&self, position: Position) -> Result<Vec<Store>, Trouble> {
        let forgotten = forget(&self.0, position).await;
        forgotten.map_err(|error| Trouble::NotForgotten { cause: error.to_string() })
    }
}

/// Leaves nothing of the subjects that were erased up to a position.
pub(crate) async fn forget(
    projections: &Projections,
    position: Position,
) -> Result<Vec<Store>, ControlError> {
    let freshness = Freshness::at_least(position, FRESHNESS_WAIT_MAX);
    projections.scrub(DIRECTORY, freshness).await?;
    Ok(vec![Store { name: DIRECTORY.to_owned(), method: DIRECTORY_METHOD.to_owned() }])
}
