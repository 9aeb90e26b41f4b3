//! What customers say of a case that is solved, and who looks at it.

use super::SAID_MAX;
use crate::case::event::{Event, Rated, RatingReviewed};
use crate::case::rating::Rating;
use crate::case::rejection::Rejection;
use crate::case::state::Case;
use crate::id::InteractionId;

/// The last rating counts; the same one is told once.
pub(super) fn rated(
    case: &Case,
    rating: Rating,
    interaction_id: Option<InteractionId>,
) -> Result<Vec<Event>, Rejection> {
    let is_new = interaction_id.is_some_and(|id| !case.said.contains(&id));
    if !is_new && case.judged.is_some_and(|judged| judged.rating == rating) {
        return Ok(Vec::new());
    }
    if is_new && case.said.len() >= SAID_MAX {
        return Err(Rejection::TooMuchSaid);
    }
    Ok(vec![Rated { rating, interaction_id }.into()])
}

/// Only a low rating has to be looked at, and once.
pub(super) fn reviewed(case: &Case) -> Result<Vec<Event>, Rejection> {
    let judged = case.judged.ok_or(Rejection::NotRated)?;
    let is_open = judged.rating.is_low() && !judged.is_reviewed;
    Ok(if is_open { vec![RatingReviewed {}.into()] } else { Vec::new() })
}
