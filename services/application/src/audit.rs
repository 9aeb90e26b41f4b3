//! What proofs need of the log: events as they are stored, and the word of an operator that its history begins anew.

use futures::{StreamExt as _, TryStreamExt as _};
use rapport_domain::envelope::{EventId, ExpectedRevision, Position, Recorded, StreamId};
use rapport_domain::value::Label;
use rapport_event_store::Filter;
use serde::{Deserialize, Serialize};

use crate::Application;
use crate::call::{Call, Receipt};
use crate::failure::Failure;
use crate::journal::{Fact, Facts, Journal};

/// Where forks are written down.
const STREAM: &str = "transparency-log";
/// What one is called.
const FORK_DECLARED: &str = "transparency.fork_declared.v1";

/// `transparency.fork_declared.v1`: the log is not the one that checkpoints were signed for, and an operator says that it
/// goes on under another name all the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForkDeclared {
    /// The name that it had.
    pub older_origin: String,
    /// Events of the last checkpoint under that name.
    pub older_size: u64,
    /// Its root, in base64.
    pub older_root: String,
    /// The name that it has from here on.
    pub newer_origin: String,
    /// Why, in the operator's words. Kept in clear, for ever.
    pub reason: Label,
}

impl Application {
    /// Events as they are stored, from a position on, as many as there are up to a number.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn events(&self, from: Position, count: usize) -> Result<Vec<Recorded>, Failure> {
        let events = self.ports.store.read_all(from, &Filter::all());
        Ok(events.take(count).try_collect().await?)
    }

    /// The event at a position; nothing where there is none.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn event(&self, position: Position) -> Result<Option<Recorded>, Failure> {
        let found = self.events(position, 1).await?.pop();
        Ok(found.filter(|event| event.position == position))
    }

    /// Where the event with an id is; nothing where no event has it.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn position_of(&self, id: EventId) -> Result<Option<Position>, Failure> {
        Ok(self.ports.store.position_of(id).await?)
    }

    /// Writes down that the history of the log begins anew, as far as checkpoints go.
    ///
    /// # Errors
    /// See [`Failure`]; as for any append.
    pub async fn declare_fork(&self, fork: &ForkDeclared, call: Call) -> Result<Receipt, Failure> {
        let fact = Fact::of_house(FORK_DECLARED, fork)?;
        let stream =
            StreamId::parse(STREAM).map_err(|error| Failure::Unwritable { cause: error.to_string() })?;
        let facts = Facts {
            stream,
            expected: ExpectedRevision::Any,
            facts: vec![fact],
            request_id: call.request_id,
            occurred_at: call.occurred_at,
            source: call.source,
            correlation_id: call.correlation_id,
            causation_id: None,
            traceparent: call.traceparent,
        };
        let journal = Journal::of(&self.ports, call.actor);
        Ok(journal.enter(facts).await?.await?.receipt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stored_form_of_a_fork_is_a_promise() {
        let golden = include_str!("../../../tests/golden/operations/transparency.fork_declared.v1.json");
        let fork: ForkDeclared = serde_json::from_str(golden).unwrap();
        assert_eq!(fork.older_size, 1_204);
        let stored: serde_json::Value = serde_json::from_str(golden).unwrap();
        assert_eq!(serde_json::to_value(&fork).unwrap(), stored);
    }
}
