//! Which deals the reports on sales are about. Values only: what is computed of them stands in the read models.

use rapport_domain::id::PipelineId;
use rapport_domain::value::{Instant, Reference};

/// Which deals a report is about, and in which period of business time something has to have happened to them. What that
/// is, and of when owner and team are, each report says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SalesScope {
    /// Of which pipeline; `None`: the only one there is.
    pub pipeline_id: Option<PipelineId>,
    /// The beginning of the period, inclusive.
    pub from: Instant,
    /// Its end, exclusive.
    pub to: Instant,
    /// Only deals of this owner.
    pub owner: Option<Reference>,
    /// Only deals of this team.
    pub team: Option<Reference>,
}
