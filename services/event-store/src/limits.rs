//! The limits of an append, checked before it is queued.

use rapport_domain::envelope::NewEvent;

use crate::port::{APPEND_BYTES_MAX, AppendError, EVENT_BYTES_MAX, EVENTS_PER_APPEND_MAX};

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

fn within(unit: &'static str, limit: usize, actual: usize) -> Result<(), AppendError> {
    if actual <= limit { Ok(()) } else { Err(AppendError::TooLarge { unit, limit, actual }) }
}
