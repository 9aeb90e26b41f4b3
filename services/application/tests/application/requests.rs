//! Subjects' requests, and the reactors that look after them.

use std::sync::Arc;

use async_trait::async_trait;
use rapport_application::reactors::{Deadlines, Erasures, Forget, Runner, Trouble};
use rapport_application::{Application, Call, Failure, Receipt};
use rapport_domain::envelope::{Actor, ActorKind, EventId, ExpectedRevision, NewEvent, Position, StreamId};
use rapport_domain::id::{ContactId, SubjectRequestId, derived_uuid};
use rapport_domain::subject_request::{Command, Receive, Right, Store};

use crate::house::House;
use crate::sample::{call, label, reference};

pub(crate) fn request(key: &str) -> SubjectRequestId {
    SubjectRequestId::derived("tests", key)
}

pub(crate) fn receive(contact_id: ContactId, right: Right) -> Command {
    Command::Receive(Receive { contact_id, right, ground: None })
}

pub(crate) fn refuse() -> Command {
    Command::Refuse { reason: label("a contract is open") }
}

pub(crate) fn cancel() -> Command {
    Command::CancelErasure { reason: label("the wrong person") }
}

/// A request whose event cannot be read is in the log; where.
pub(crate) async fn unreadable(house: &House) -> Position {
    let stream = StreamId::parse(&format!("subject_request-{}", request("broken"))).unwrap();
    let broken = NewEvent {
        id: EventId(derived_uuid(&["broken"])),
        event_type: "subject_request.received.v1".to_owned(),
        metadata: "{}".to_owned(),
        data: "{}".to_owned(),
    };
    house.store.append(&stream, ExpectedRevision::Any, vec![broken]).await.unwrap();
    house.head().await
}

/// Says yes as a second person, with the window that the application has.
pub(crate) async fn approve(
    application: &Application,
    id: SubjectRequestId,
    request_id: &str,
) -> Result<Receipt, Failure> {
    let actor = Actor { kind: ActorKind::User, id: reference("second"), on_behalf_of: None };
    let command = Command::Approve { erase_at: application.erase_at() };
    application.subject_request(id, command, Call { actor, ..call(request_id) }).await
}

/// A house without read models: there is nothing else to forget.
struct NothingElse;

#[async_trait]
impl Forget for NothingElse {
    async fn forget(&self, _position: Position) -> Result<Vec<Store>, Trouble> {
        Ok(Vec::new())
    }
}

impl House {
    /// The erasures of an application, which have read nothing yet.
    pub(crate) fn erasures(&self, application: &Arc<Application>) -> Runner<Erasures> {
        let erasures = Erasures::new(Arc::clone(application), Arc::new(NothingElse));
        Runner::new(erasures, Arc::clone(&self.store), self.ticking())
    }

    /// The same of its deadlines.
    pub(crate) fn deadlines(&self, application: &Arc<Application>) -> Runner<Deadlines> {
        let deadlines = Deadlines::new(Arc::clone(application));
        Runner::new(deadlines, Arc::clone(&self.store), self.ticking())
    }

    /// The types of the events of a stream's category, in order.
    pub(crate) async fn types(&self, category: &str) -> Vec<String> {
        let events = self.log().await.into_iter();
        events.filter(|event| event.stream.category() == category).map(|event| event.event_type).collect()
    }
}
