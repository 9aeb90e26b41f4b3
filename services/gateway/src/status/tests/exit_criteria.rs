//! Every rejection of checklists.

use rapport_application::Failure;
use rapport_domain::{opportunity, pipeline};

use super::key;

pub(super) fn exit_criteria() -> Vec<Failure> {
    let stage = || key("new");
    let published = [
        pipeline::Rejection::ExitCriteriaMisplaced { stage: stage() },
        pipeline::Rejection::ExitCriterionRepeated { stage: stage(), key: key("budget") },
        pipeline::Rejection::TooManyExitCriteria { stage: stage() },
    ];
    let met = [
        opportunity::Rejection::ExitCriteriaNotMet { stage: stage(), missing: vec![key("budget")] },
        opportunity::Rejection::ExitCriterionUnknown { stage: stage(), key: key("need"), known: Vec::new() },
    ];
    published.map(Failure::from).into_iter().chain(met.map(Failure::from)).collect()
}
