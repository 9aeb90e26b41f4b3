//! What one deal adds to the counters of the view.

use rapport_domain::value::Reference;
use rusqlite::Transaction;

use super::Opportunity;
use super::closed::ClosedDeal;
use super::counters::{Arrival, Counters, Place, Sums};
use super::sign::Sign;

/// Everything that a deal adds to the counters, as it stands.
#[derive(Default, PartialEq, Eq)]
pub(super) struct Contribution {
    standing: Option<(Place, Sums)>,
    arrival: Option<Arrival>,
    closed: Option<ClosedDeal>,
}

impl Contribution {
    pub(super) fn of(deal: &Opportunity) -> Self {
        Self {
            standing: Some((Place::of(deal), Sums::of(deal))),
            arrival: Some(Arrival::of(deal)),
            closed: ClosedDeal::of(deal),
        }
    }

    /// Brings the counters from what a deal added before to what it adds now. What is the same stays untouched.
    pub(super) fn replace(
        counters: &mut Counters,
        tx: &Transaction<'_>,
        before: Self,
        now: Self,
    ) -> rusqlite::Result<()> {
        if before.closed != now.closed {
            before.closed.iter().try_for_each(|deal| deal.count(tx, Sign::Minus))?;
            now.closed.iter().try_for_each(|deal| deal.count(tx, Sign::Plus))?;
        }
        if before.standing != now.standing {
            before.standing.into_iter().for_each(|(place, sums)| counters.stand(place, -sums));
            now.standing.into_iter().for_each(|(place, sums)| counters.stand(place, sums));
        }
        if before.arrival != now.arrival {
            before.arrival.into_iter().for_each(|arrival| counters.arrive(arrival, Sign::Minus));
            now.arrival.into_iter().for_each(|arrival| counters.arrive(arrival, Sign::Plus));
        }
        counters.settle_where_many(tx)
    }
}

pub(super) fn name(reference: Option<&Reference>) -> String {
    reference.map_or_else(String::new, Reference::to_string)
}
