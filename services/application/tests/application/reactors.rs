//! Reactors: what is done without a caller, once, in order, and what happens where it cannot be.

use std::sync::Arc;

use async_trait::async_trait;
use parking_lot::Mutex;
use rapport_application::reactors::{
    CAUSATION_DEPTH_MAX, Deadlines, Left, Press, Reactor, ReactorState, Reactors, Runner, Task, Trouble,
};
use rapport_application::{Application, Call, Failure};
use rapport_domain::contact;
use rapport_domain::event::DomainEvent;
use rapport_domain::id::ContactId;
use rapport_domain::subject_request::{Command, Right};
use rapport_domain::value::Instant;

use crate::house::House;
use crate::requests::{receive, refuse, request, unreadable};
use crate::sample::{ann, assign, call, label, registered};

/// Answers every owner with the next one: a rule that answers itself.
struct Relay(Arc<Application>);

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct PassOn(ContactId, String);

impl Task for PassOn {
    fn rule(&self) -> &'static str {
        "pass_on"
    }

    fn about(&self) -> String {
        self.0.to_string()
    }
}

#[async_trait]
impl Reactor for Relay {
    type Task = PassOn;
    const NAME: &'static str = "relay";
    const CATEGORIES: &'static [&'static str] = &["contact"];

    fn fold(&self, event: &DomainEvent, left: &mut Left<'_, PassOn>) {
        if let DomainEvent::Contact(contact::Event::OwnerAssigned(assigned)) = event {
            let id = ContactId::parse(left.stream_id()).unwrap();
            if let Some(before) = &assigned.previous_owner {
                left.settle(&PassOn(id, before.to_string()));
            }
            left.set_now(PassOn(id, assigned.owner.to_string()));
        }
    }

    async fn act(&self, task: &PassOn, call: Call) -> Result<Option<Instant>, Trouble> {
        let next: u32 = task.1.trim_start_matches("owner_").parse().unwrap();
        self.0.contact(task.0, assign(&format!("owner_{}", next + 1)), call).await?;
        Ok(None)
    }
}

#[tokio::test]
async fn rules_that_answer_each_other_for_ever_are_stopped_and_shown() {
    let house = House::in_memory();
    let app = &house.application;
    registered(app, ann()).await;
    app.contact(ann(), assign("owner_0"), call("r1")).await.unwrap();
    let mut relay = Runner::new(Relay(Arc::clone(app)), Arc::clone(&house.store), house.ticking());
    let reactors = Reactors::default().with(&relay);
    relay.turn().await.unwrap();

    let assigned = house.log().await.into_iter().skip(1);
    let depths: Vec<u32> = assigned.map(|event| event.metadata().unwrap().causation_depth).collect();
    assert_eq!(depths, (0..=CAUSATION_DEPTH_MAX).collect::<Vec<_>>());
    let status = reactors.list().remove(0);
    assert_eq!((status.fired, status.set_aside), (u64::from(CAUSATION_DEPTH_MAX), 1));
    let shown = &status.first_set_aside[0];
    assert_eq!((shown.rule, shown.about.as_str(), shown.again_at), ("pass_on", &*ann().to_string(), None));
    assert!(shown.cause.starts_with("rules answer each other"), "{}", shown.cause);
}

#[tokio::test]
async fn an_automatic_step_names_the_event_that_caused_it() {
    let house = House::in_memory();
    let app = &house.application;
    registered(app, ann()).await;
    app.contact(ann(), assign("owner_0"), call("r1")).await.unwrap();
    let mut relay = Runner::new(Relay(Arc::clone(app)), Arc::clone(&house.store), house.ticking());
    relay.turn().await.unwrap();
    let log = house.log().await;
    let metadata = log[2].metadata().unwrap();
    assert_eq!(metadata.causation_id, Some(log[1].id));
    assert_eq!(
        (metadata.correlation_id.as_str(), metadata.actor.to_string().as_str()),
        ("r1", "system:reactor.relay")
    );
}

/// Answers each registration by an owner. Fails while it is told to.
struct Greeter {
    application: Arc<Application>,
    fails: Arc<Mutex<Option<Failure>>>,
    done: Arc<Mutex<Vec<ContactId>>>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Greet(ContactId);

impl Task for Greet {
    fn rule(&self) -> &'static str {
        "greet"
    }

    fn about(&self) -> String {
        self.0.to_string()
    }
}

#[async_trait]
impl Reactor for Greeter {
    type Task = Greet;
    const NAME: &'static str = "greeter";
    const CATEGORIES: &'static [&'static str] = &["contact"];

    fn fold(&self, event: &DomainEvent, left: &mut Left<'_, Greet>) {
        let id = ContactId::parse(left.stream_id()).unwrap();
        match event {
            DomainEvent::Contact(contact::Event::Registered(_)) => left.set_now(Greet(id)),
            DomainEvent::Contact(contact::Event::OwnerAssigned(_)) => left.settle(&Greet(id)),
            _ => {}
        }
    }

    async fn act(&self, task: &Greet, call: Call) -> Result<Option<Instant>, Trouble> {
        if let Some(failure) = self.fails.lock().clone().filter(|_| task.0 == ann()) {
            return Err(failure.into());
        }
        self.application.contact(task.0, assign("greeter"), call).await?;
        self.done.lock().push(task.0);
        Ok(None)
    }
}

struct Greeting {
    house: House,
    runner: Runner<Greeter>,
    reactors: Reactors,
    fails: Arc<Mutex<Option<Failure>>>,
    done: Arc<Mutex<Vec<ContactId>>>,
}

impl Greeting {
    async fn of(people: &[ContactId], failure: Option<Failure>) -> Self {
        let house = House::in_memory();
        for id in people {
            registered(&house.application, *id).await;
        }
        let (fails, done) = (Arc::new(Mutex::new(failure)), Arc::new(Mutex::new(Vec::new())));
        let greeter = Greeter {
            application: Arc::clone(&house.application),
            fails: Arc::clone(&fails),
            done: Arc::clone(&done),
        };
        let runner = Runner::new(greeter, Arc::clone(&house.store), house.ticking());
        let reactors = Reactors::default().with(&runner);
        Self { house, runner, reactors, fails, done }
    }
}

fn people() -> [ContactId; 3] {
    [ann(), ContactId::derived("tests", "cem"), ContactId::derived("tests", "dora")]
}

#[tokio::test]
async fn what_cannot_be_done_holds_up_nothing_else_and_is_tried_again_ever_more_rarely() {
    let mut greeting = Greeting::of(&people(), Some(Failure::ConcurrentUpdate)).await;
    greeting.runner.turn().await.unwrap();
    assert_eq!(*greeting.done.lock(), people()[1..]);
    for (pause, attempts) in [(1, 2), (2, 3), (4, 4), (8, 5)] {
        greeting.house.clock.advance_seconds(pause - 1);
        greeting.runner.turn().await.unwrap();
        assert_eq!(greeting.reactors.list()[0].first_set_aside[0].attempts, attempts - 1);
        greeting.house.clock.advance_seconds(1);
        greeting.runner.turn().await.unwrap();
        assert_eq!(greeting.reactors.list()[0].first_set_aside[0].attempts, attempts);
    }
    *greeting.fails.lock() = None;
    greeting.reactors.resume("greeter").unwrap();
    greeting.runner.turn().await.unwrap();
    assert_eq!(greeting.done.lock().last(), Some(&ann()), "whoever resumes it need not wait");
    assert_eq!(greeting.reactors.list()[0].set_aside, 0);
}

#[tokio::test]
async fn a_fault_parks_the_reactor_until_somebody_resumes_it() {
    let fault = Failure::Unwritable { cause: "a test".to_owned() };
    let mut greeting = Greeting::of(&people(), Some(fault)).await;
    greeting.runner.turn().await.unwrap();
    let status = greeting.reactors.list().remove(0);
    let ReactorState::Parked { position, cause } = status.state else { panic!("{status:?}") };
    assert_eq!((position.0, status.open), (1, 3));
    assert!(cause.starts_with(&format!("greet {}", ann())), "{cause}");
    *greeting.fails.lock() = None;
    greeting.runner.turn().await.unwrap();
    assert!(greeting.done.lock().is_empty(), "nobody has looked yet");
    greeting.reactors.resume("greeter").unwrap();
    greeting.runner.turn().await.unwrap();
    assert_eq!(*greeting.done.lock(), people());
}

#[tokio::test]
async fn a_paused_reactor_does_nothing_until_it_is_resumed_and_a_name_that_is_wrong_is_told() {
    let mut greeting = Greeting::of(&people(), None).await;
    greeting.reactors.pause("greeter").unwrap();
    greeting.runner.turn().await.unwrap();
    assert_eq!(
        (greeting.done.lock().len(), greeting.reactors.list()[0].state.clone()),
        (0, ReactorState::Paused)
    );
    greeting.reactors.resume("greeter").unwrap();
    greeting.runner.turn().await.unwrap();
    assert_eq!(greeting.done.lock().len(), 3);
    let told = greeting.reactors.pause("greter").unwrap_err().to_string();
    assert_eq!(told, "there is no reactor greter; there are greeter");
}

#[tokio::test]
async fn an_event_that_cannot_be_read_parks_the_reactor_there() {
    let house = House::in_memory();
    let broken = unreadable(&house).await;
    let mut deadlines = house.deadlines(&house.application);
    let reactors = Reactors::default().with(&deadlines);
    for _ in 0..2 {
        deadlines.turn().await.unwrap();
        let status = reactors.list().remove(0);
        assert!(
            matches!(status.state, ReactorState::Parked { position, .. } if position == broken),
            "{status:?}"
        );
        reactors.resume("deadlines").unwrap();
    }
}

#[tokio::test]
async fn what_comes_due_is_noted_once_whoever_notes_it_and_however_often_it_is_replayed() {
    for house in House::on_each_store() {
        let app = &house.application;
        registered(app, ann()).await;
        app.subject_request(request("r"), receive(ann(), Right::Access), call("r1")).await.unwrap();
        let there = house.replica();
        let (mut first, mut second) = (house.deadlines(app), house.deadlines(&there));
        // Both have seen that it is open before either notes anything.
        first.catch_up().await.unwrap();
        second.catch_up().await.unwrap();
        house.clock.advance_days(40);
        first.turn().await.unwrap();
        second.turn().await.unwrap();
        let noted = ["received", "due_soon", "overdue"].map(|what| format!("subject_request.{what}.v1"));
        assert_eq!(house.types("subject_request").await, noted);
        house.deadlines(&house.replica()).turn().await.unwrap();
        assert_eq!(house.types("subject_request").await, noted);
    }
}

#[tokio::test]
async fn a_closed_request_is_noted_no_more() {
    let house = House::in_memory();
    let app = &house.application;
    registered(app, ann()).await;
    app.subject_request(request("r"), receive(ann(), Right::Access), call("r1")).await.unwrap();
    let mut deadlines = house.deadlines(app);
    deadlines.turn().await.unwrap();
    app.subject_request(request("r"), refuse(), call("r2")).await.unwrap();
    house.clock.advance_days(40);
    deadlines.turn().await.unwrap();
    let expected = ["subject_request.received.v1", "subject_request.refused.v1"];
    assert_eq!(house.types("subject_request").await, expected);
}

#[tokio::test]
async fn how_many_requests_press_is_told_until_they_are_answered_or_extended() {
    let house = House::in_memory();
    let app = &house.application;
    registered(app, ann()).await;
    let keys = ["answered", "extended", "open"];
    for key in keys {
        app.subject_request(request(key), receive(ann(), Right::Access), call(key)).await.unwrap();
    }
    let reactor = Deadlines::new(Arc::clone(app));
    let pressing = reactor.pressing();
    let mut deadlines = Runner::new(reactor, Arc::clone(&house.store), house.ticking());
    let count = || (pressing.count(Press::DueSoon), pressing.count(Press::Overdue));
    deadlines.turn().await.unwrap();
    assert_eq!(count(), (0, 0));
    house.clock.advance_days(25);
    deadlines.turn().await.unwrap();
    assert_eq!(count(), (3, 0));
    let extend = Command::Extend { reason: label("many systems") };
    app.subject_request(request("answered"), refuse(), call("r1")).await.unwrap();
    app.subject_request(request("extended"), extend, call("r2")).await.unwrap();
    house.clock.advance_days(10);
    deadlines.turn().await.unwrap();
    assert_eq!(count(), (0, 1));
}
