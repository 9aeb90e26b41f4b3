//! The log, read once for all reactors when a server starts. Each would read all of it for itself otherwise: a reader
//! checks every event, those of other categories too.

use std::collections::BTreeSet;

use futures::TryStreamExt as _;
use rapport_domain::envelope::{Metadata, Position, Recorded};
use rapport_domain::event::DomainEvent;
use rapport_event_store::{EventStore, Filter, ReadError};

use super::Reactor;
use super::runner::Runner;

/// A reactor that has read nothing yet.
pub trait Unread: Send {
    /// Categories of the streams that it follows.
    fn categories(&self) -> &'static [&'static str];
    /// Takes an event of one of them in; whether it can go on.
    fn take_in(&mut self, recorded: &Recorded, event: &DomainEvent, metadata: &Metadata) -> bool;
    /// There is nothing for it up to here.
    fn skip_to(&mut self, head: Position);
}

impl<R: Reactor> Unread for Runner<R> {
    fn categories(&self) -> &'static [&'static str] {
        R::CATEGORIES
    }

    fn take_in(&mut self, recorded: &Recorded, event: &DomainEvent, metadata: &Metadata) -> bool {
        self.fold(recorded, event, metadata).is_ok()
    }

    fn skip_to(&mut self, head: Position) {
        self.passed(head);
    }
}

/// Lets reactors take in the log up to where it ends now. What cannot be read or taken in ends this early and is no error
/// here: each goes on from where it is by itself, and meets it there.
///
/// # Errors
/// When the log cannot be reached.
pub async fn read_once(store: &dyn EventStore, reactors: &mut [&mut dyn Unread]) -> Result<(), ReadError> {
    let head = store.head().await?;
    let categories = reactors.iter().flat_map(|reactor| reactor.categories());
    let categories: BTreeSet<String> = categories.map(|name| (*name).to_owned()).collect();
    let mut events = store.read_all(Position::START, &Filter { categories, ..Filter::all() });
    loop {
        match events.try_next().await {
            Ok(Some(recorded)) if recorded.position <= head => {
                if !hand_round(&recorded, reactors) {
                    return Ok(());
                }
            }
            Ok(Some(_) | None) => break,
            Err(ReadError::Corrupt { .. }) => return Ok(()),
            Err(error @ (ReadError::Unavailable { .. } | ReadError::Closed)) => return Err(error),
        }
    }
    for reactor in reactors {
        reactor.skip_to(head);
    }
    Ok(())
}

/// Gives an event to those that follow its category; whether all can go on.
fn hand_round(recorded: &Recorded, reactors: &mut [&mut dyn Unread]) -> bool {
    let (Ok(event), Ok(metadata)) = (DomainEvent::decode(recorded), recorded.metadata()) else {
        return false;
    };
    let Some(event) = event else { return true };
    let category = recorded.stream.category();
    let mut followers = reactors.iter_mut().filter(|reactor| reactor.categories().contains(&category));
    followers.all(|reactor| reactor.take_in(recorded, &event, &metadata))
}
