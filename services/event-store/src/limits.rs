//! The limits of an append, checked before it is queued.

use std::iter::Peekable;
use std::vec::IntoIter;

use rapport_domain::envelope::NewEvent;

use crate::port::{APPEND_BYTES_MAX, Append, AppendError, EVENT_BYTES_MAX, EVENTS_PER_APPEND_MAX};

/// Bytes of an append: types, metadata and data of all its events.
///
/// # Errors
/// [`AppendError::TooLarge`] when a limit of the port is passed.
pub fn measure(events: &[NewEvent]) -> Result<usize, AppendError> {
    within("events", EVENTS_PER_APPEND_MAX, events.len())?;
    let mut total = 0_usize;
    for event in events {
        let bytes = event.event_type.len() + event.metadata.len() + event.data.len();
        within("bytes in one event", EVENT_BYTES_MAX, bytes)?;
        total += bytes;
    }
    within("bytes", APPEND_BYTES_MAX, total)?;
    Ok(total)
}

/// The next of these appends that go to the disk together: no more than one append may be, and at least one.
pub(crate) fn together(appends: &mut Peekable<IntoIter<Append>>) -> Vec<Append> {
    let (mut part, mut events, mut bytes) = (Vec::new(), 0, 0_usize);
    while let Some(append) = appends.next_if(|next| {
        events += next.events.len();
        bytes = bytes.saturating_add(measure(&next.events).unwrap_or(usize::MAX));
        part.is_empty() || (events <= EVENTS_PER_APPEND_MAX && bytes <= APPEND_BYTES_MAX)
    }) {
        part.push(append);
    }
    part
}

fn within(unit: &'static str, limit: usize, actual: usize) -> Result<(), AppendError> {
    if actual <= limit { Ok(()) } else { Err(AppendError::TooLarge { unit, limit, actual }) }
}
