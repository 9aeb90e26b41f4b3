//! Cases, and the reactors that look after them.

use std::sync::Arc;

use rapport_application::reactors::{Circles, Escalations, Promises, Runner};
use rapport_application::{Application, Call, CaseRequest, Exchange};
use rapport_domain::case::{Event, Kind, Open};
use rapport_domain::envelope::ActorKind;
use rapport_domain::event::DomainEvent;
use rapport_domain::id::{CaseId, SlaPolicyId};
use rapport_domain::interaction::Channel;
use rapport_domain::sla_policy::{self, Counted, Escalation, Priority, PriorityTargets, Wait};
use rapport_domain::value::{Instant, Segments};

use crate::house::House;
use crate::sample::{actor, call, label};

pub(crate) fn case(key: &str) -> CaseId {
    CaseId::derived("tests", key)
}

fn policy() -> SlaPolicyId {
    SlaPolicyId::derived("tests", "standard")
}

/// By all time, with a warning at three quarters: answered within an hour, again within half an hour, solved within eight.
pub(crate) async fn promise(application: &Application) {
    let targets = PriorityTargets {
        priority: Priority::Urgent,
        first_response_minutes: Some(60),
        next_response_minutes: Some(30),
        resolution_minutes: Some(480),
    };
    let publish = sla_policy::Command::Publish {
        name: label("Standard"),
        calendar_id: None,
        targets: vec![targets],
        warning_percent: Some(75),
        escalation: Some(Escalation {
            after_minutes: 2_880,
            counted: Counted::All,
            level: 1,
            reason: label("open for more than 48 hours"),
        }),
        pauses: [Wait::Customer].into(),
    };
    application.sla_policy(policy(), publish, call("promise")).await.unwrap();
}

pub(crate) fn opening(opened_at: Option<Instant>) -> CaseRequest {
    let open = Open {
        contact_id: None,
        channel: Channel::Email,
        title: label("The printer is on fire"),
        kind: Kind::Incident,
        priority: Priority::Urgent,
        opened_at,
        group: None,
        assignee: None,
        product: None,
        source: None,
        split_from: None,
        segments: Segments::new(),
    };
    CaseRequest::Open { open: Box::new(open), sla_policy_id: Some(policy()), text: None }
}

/// An import of what happened at a moment, recorded as of then.
pub(crate) fn import_at(moment: Instant) -> Call {
    let actor = actor(ActorKind::Import);
    Call { occurred_at: Some(moment), record_at_occurred: true, actor, ..call("import") }
}

pub(crate) fn reply() -> CaseRequest {
    CaseRequest::Reply(Exchange { channel: Channel::Email, text: None })
}

impl House {
    /// The promises of an application, which have read nothing yet.
    pub(crate) fn promises(&self, application: &Arc<Application>) -> Runner<Promises> {
        Runner::new(Promises::new(Arc::clone(application)), Arc::clone(&self.store), self.ticking())
    }

    /// The same of its escalations.
    pub(crate) fn escalations(&self, application: &Arc<Application>) -> Runner<Escalations> {
        Runner::new(Escalations::new(Arc::clone(application)), Arc::clone(&self.store), self.ticking())
    }

    /// The same of its circles.
    pub(crate) fn circles(&self, application: &Arc<Application>) -> Runner<Circles> {
        Runner::new(Circles::new(Arc::clone(application)), Arc::clone(&self.store), self.ticking())
    }

    /// What happened to a case, in order.
    pub(crate) async fn happened_to(&self, id: CaseId) -> Vec<Event> {
        let log = self.log().await;
        let of_it = log.iter().filter(|recorded| recorded.stream.id() == id.to_string());
        let decoded = of_it.map(|recorded| DomainEvent::decode(recorded).unwrap().unwrap());
        decoded
            .map(|event| match event {
                DomainEvent::Case(event) => event,
                other => panic!("{other:?}"),
            })
            .collect()
    }
}
