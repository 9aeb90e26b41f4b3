//! What a stage asks of a deal before it comes there.

use std::collections::BTreeSet;

use super::decide::Rejection;
use super::state::Deal;
use crate::pipeline::{DealField, Stage};

/// Whether all is known of the deal that the stage asks for.
pub(super) fn admitted(stage: &Stage, deal: &Deal) -> Result<(), Rejection> {
    let missing = stage.required.missing_in(&known(deal));
    if missing.is_empty() {
        Ok(())
    } else {
        Err(Rejection::FieldRequired { stage: stage.key.clone(), missing })
    }
}

fn known(deal: &Deal) -> BTreeSet<DealField> {
    let single = [
        (DealField::Amount, deal.amount.is_some()),
        (DealField::ExpectedCloseOn, deal.expected_close_on.is_some()),
        (DealField::Owner, deal.owner.is_some()),
        (DealField::Team, deal.team.is_some()),
        (DealField::Contact, deal.opened.contact_id.is_some() || !deal.contact_roles.is_empty()),
        (DealField::NextStep, deal.next_step.is_some()),
    ];
    let single = single.into_iter().filter_map(|(field, is_known)| is_known.then_some(field));
    let segments = deal.segments.keys().cloned().map(DealField::Segment);
    let roles = deal.contact_roles.iter().map(|entry| DealField::ContactRole(entry.role));
    single.chain(segments).chain(roles).collect()
}
