//! The clocks of tasks act: who is to be reminded is, and what was not done in time is noted, once, at its time.

use std::sync::Arc;

use rapport_application::reactors::{FollowUps, Reminders, Runner};
use rapport_application::{Application, Failure, LeadCapture};
use rapport_domain::event::DomainEvent;
use rapport_domain::id::{LeadId, TaskId};
use rapport_domain::lead;
use rapport_domain::task::{About, Command, Details, Event};
use rapport_domain::value::Instant;

use crate::house::House;
use crate::sample::{ann, call, interaction_id, label, reference, registered, registration};

const HOUR: i64 = 3_600;

fn id() -> TaskId {
    TaskId::derived("tests", "call-back")
}

/// So many hours after now.
fn hours(app: &Application, hours: i64) -> Instant {
    Instant::from_micros(app.now().micros() + hours * HOUR * 1_000_000).unwrap()
}

fn create(app: &Application, about: About) -> Command {
    Command::Create(Box::new(Details {
        about,
        subject: label("Call back"),
        owner: reference("user_ann"),
        due_at: Some(hours(app, 2)),
        remind_at: Some(hours(app, 1)),
        rule: None,
    }))
}

/// A task that reminds in an hour and is due in two.
async fn created(house: &House) -> Arc<Application> {
    let app = Arc::clone(&house.application);
    registered(&app, ann()).await;
    app.task(id(), create(&app, About::Contact(ann())), call("create")).await.unwrap();
    app
}

impl House {
    /// The reminders of an application, which has read nothing yet.
    fn reminders(&self, app: &Arc<Application>) -> Runner<Reminders> {
        Runner::new(Reminders::new(Arc::clone(app)), Arc::clone(&self.store), self.ticking())
    }

    /// What was noted of the task, in order.
    async fn noted_of_task(&self) -> Vec<&'static str> {
        let log = self.log().await;
        let decoded = log.iter().filter_map(|recorded| DomainEvent::decode(recorded).unwrap());
        let notes = decoded.filter_map(|event| match event {
            DomainEvent::Task(Event::Reminded(_)) => Some("reminded"),
            DomainEvent::Task(Event::FellOverdue(_)) => Some("overdue"),
            _ => None,
        });
        notes.collect()
    }
}

#[tokio::test]
async fn each_time_is_noted_once_whoever_notes_it_and_however_often_it_is_replayed() {
    for house in House::on_each_store() {
        let app = created(&house).await;
        let (mut first, mut second) = (house.reminders(&app), house.reminders(&house.replica()));
        let mut expected = Vec::new();
        for (pass, note) in
            [(HOUR - 1, None), (1, Some("reminded")), (HOUR - 1, None), (1, Some("overdue")), (HOUR, None)]
        {
            // Both have seen what is open before either notes anything.
            first.catch_up().await.unwrap();
            second.catch_up().await.unwrap();
            house.clock.advance_seconds(pass);
            first.turn().await.unwrap();
            second.turn().await.unwrap();
            expected.extend(note);
            assert_eq!(house.noted_of_task().await, expected);
        }
        // Killed and started again, it knows what it did from the log.
        house.reminders(&house.replica()).turn().await.unwrap();
        assert_eq!(house.noted_of_task().await, expected);
    }
}

#[tokio::test]
async fn what_came_due_while_no_server_ran_is_noted_at_the_start_in_order() {
    let house = House::in_memory();
    let app = created(&house).await;
    house.clock.advance_days(1);
    house.reminders(&app).turn().await.unwrap();
    assert_eq!(house.noted_of_task().await, ["reminded", "overdue"]);
}

#[tokio::test]
async fn what_is_done_is_late_no_more_and_what_is_due_later_is_late_later() {
    let house = House::in_memory();
    let app = created(&house).await;
    let mut reminders = house.reminders(&app);
    reminders.turn().await.unwrap();
    let later = Command::Reschedule { due_at: Some(hours(&app, 5)), remind_at: None };
    app.task(id(), later, call("later")).await.unwrap();
    house.clock.advance_seconds(4 * HOUR);
    reminders.turn().await.unwrap();
    assert!(house.noted_of_task().await.is_empty(), "it is due in an hour, and reminds of nothing");
    app.task(id(), Command::Complete { outcome: None }, call("done")).await.unwrap();
    house.clock.advance_seconds(2 * HOUR);
    reminders.turn().await.unwrap();
    assert!(house.noted_of_task().await.is_empty(), "it was done in time");
    app.task(id(), Command::Reopen, call("again")).await.unwrap();
    reminders.turn().await.unwrap();
    reminders.turn().await.unwrap();
    assert_eq!(house.noted_of_task().await, ["overdue"], "its time is over");
}

#[tokio::test]
async fn a_task_about_what_is_not_there_is_refused() {
    let house = House::in_memory();
    let app = &house.application;
    let about = About::Lead(LeadId::derived("tests", "nobody"));
    let refused = app.task(id(), create(app, about), call("create")).await;
    assert!(matches!(refused, Err(Failure::Lead(lead::Rejection::NotCaptured))), "{refused:?}");
}

fn lead() -> LeadId {
    lead::id_of(ann(), 0)
}

/// Somebody comes in whose lead goes to an owner.
async fn handed_to(app: &Application, owner: &str) {
    let to = lead::Holder::Owner(reference(owner));
    let assign = lead::Assign { to, reason: None, routing: None, respond_by: Some(hours(app, 1)) };
    app.lead(lead(), lead::Command::Assign(Box::new(assign)), call(&format!("to-{owner}"))).await.unwrap();
}

async fn captured(app: &Application) {
    let capture = LeadCapture {
        contact_id: ann(),
        register: Some(registration("Ann Lee")),
        source: lead::Source::WebForm,
        campaign: None,
        external: None,
        channel: None,
        text: None,
        fields: lead::Fields::new(),
    };
    assert_eq!(app.capture_lead(capture, call("capture")).await.unwrap().lead_id, lead());
}

impl House {
    /// The follow-ups of an application, which has read nothing yet.
    fn follow_ups(&self, app: &Arc<Application>) -> Runner<FollowUps> {
        Runner::new(FollowUps::new(Arc::clone(app)), Arc::clone(&self.store), self.ticking())
    }

    /// What happened to tasks, in order: to whose, and what.
    async fn told_of_tasks(&self) -> Vec<String> {
        let log = self.log().await;
        let decoded = log.iter().filter_map(|recorded| DomainEvent::decode(recorded).unwrap());
        let told = decoded.filter_map(|event| match event {
            DomainEvent::Task(Event::Created(created)) => {
                let Details { about, owner, due_at, .. } = created.details;
                assert_eq!(about, About::Lead(lead()));
                assert!(due_at.is_some(), "due when they have to respond");
                Some(format!("created for {owner}"))
            }
            DomainEvent::Task(Event::Completed(_)) => Some("completed".to_owned()),
            DomainEvent::Task(Event::Cancelled(_)) => Some("cancelled".to_owned()),
            _ => None,
        });
        told.collect()
    }
}

#[tokio::test]
async fn whoever_gets_a_lead_has_to_contact_them_first_and_has_not_once_somebody_did() {
    for house in House::on_each_store() {
        let app = &house.application;
        captured(app).await;
        let (mut first, mut second) = (house.follow_ups(app), house.follow_ups(&house.replica()));
        handed_to(app, "user_ann").await;
        handed_to(app, "user_bob").await;
        for runner in [&mut first, &mut second, &mut house.follow_ups(&house.replica())] {
            runner.turn().await.unwrap();
            assert_eq!(house.told_of_tasks().await, ["created for user_bob"]);
        }
        handed_to(app, "user_eve").await;
        for _ in 0..3 {
            first.turn().await.unwrap();
            second.turn().await.unwrap();
        }
        let mut told = house.told_of_tasks().await;
        told.sort();
        assert_eq!(told, ["cancelled", "created for user_bob", "created for user_eve"]);
        let contact = lead::Command::Contact { interaction_id: interaction_id("call") };
        app.lead(lead(), contact, call("call")).await.unwrap();
        handed_to(app, "user_kim").await;
        for _ in 0..3 {
            first.turn().await.unwrap();
            second.turn().await.unwrap();
        }
        house.follow_ups(&house.replica()).turn().await.unwrap();
        let mut told = house.told_of_tasks().await;
        told.sort();
        assert_eq!(told, ["cancelled", "completed", "created for user_bob", "created for user_eve"]);
    }
}

#[tokio::test]
async fn a_first_contact_that_somebody_completed_is_not_made_again() {
    let house = House::in_memory();
    let app = &house.application;
    captured(app).await;
    handed_to(app, "user_ann").await;
    let mut follow_ups = house.follow_ups(app);
    follow_ups.turn().await.unwrap();
    let log = house.log().await;
    let created = log.iter().rfind(|recorded| recorded.event_type == "task.created.v1").unwrap();
    let made = TaskId::parse(created.stream.id()).unwrap();
    app.task(made, Command::Complete { outcome: Some(label("reached")) }, call("done")).await.unwrap();
    app.lead(lead(), lead::Command::Qualify { reason: None }, call("qualify")).await.unwrap();
    follow_ups.turn().await.unwrap();
    house.follow_ups(&house.replica()).turn().await.unwrap();
    assert_eq!(house.told_of_tasks().await, ["created for user_ann", "completed"]);
}
