//! Who is mentioned has a task to read it, once, whoever makes it.

use std::sync::Arc;

use rapport_application::Application;
use rapport_application::reactors::{Mentions, Runner};
use rapport_domain::event::DomainEvent;
use rapport_domain::interaction;
use rapport_domain::task::{About, Command, Details, Event};

use crate::house::House;
use crate::sample::{ann, call, interaction_id, record, reference, registered};

impl House {
    /// The mentions of an application, which has read nothing yet.
    fn mentions(&self, app: &Arc<Application>) -> Runner<Mentions> {
        Runner::new(Mentions::new(Arc::clone(app)), Arc::clone(&self.store), self.ticking())
    }

    /// The tasks that were made.
    async fn made(&self) -> Vec<Details> {
        let log = self.log().await;
        let decoded = log.iter().filter_map(|recorded| DomainEvent::decode(recorded).unwrap());
        let made = decoded.filter_map(|event| match event {
            DomainEvent::Task(Event::Created(created)) => Some(created.details),
            _ => None,
        });
        made.collect()
    }
}

/// That somebody writes something down about Ann, and mentions colleagues.
async fn noted(app: &Application, name: &str, users: &[&str]) {
    let interaction::Command::Record(mut note) = record(name, "wants a demo") else { panic!("a record") };
    note.mentions = users.iter().map(|user| reference(user)).collect();
    let commands = vec![(interaction::Command::Record(note), call(name))];
    app.interactions(ann(), commands).await.pop().unwrap().unwrap();
}

#[tokio::test]
async fn who_is_mentioned_has_one_task_to_read_it_whoever_makes_it_and_however_often_it_is_replayed() {
    for house in House::on_each_store() {
        let app = &house.application;
        registered(app, ann()).await;
        noted(app, "nobody", &[]).await;
        noted(app, "first", &["user_bob", "user_eve"]).await;
        let (mut first, mut second) = (house.mentions(app), house.mentions(&house.replica()));
        for runner in [&mut first, &mut second, &mut house.mentions(&house.replica())] {
            runner.turn().await.unwrap();
            let made = house.made().await;
            let mut owners: Vec<_> = made.iter().map(|details| details.owner.as_str()).collect();
            owners.sort_unstable();
            assert_eq!(owners, ["user_bob", "user_eve"]);
            let subject = format!("You were mentioned in {}", interaction_id("first"));
            for details in made {
                assert_eq!(
                    (details.about, details.subject.as_str()),
                    (About::Contact(ann()), subject.as_str())
                );
            }
        }
        noted(app, "second", &["user_bob"]).await;
        first.turn().await.unwrap();
        second.turn().await.unwrap();
        assert_eq!(house.made().await.len(), 3);
    }
}

#[tokio::test]
async fn a_task_that_was_done_is_not_made_again() {
    let house = House::in_memory();
    let app = &house.application;
    registered(app, ann()).await;
    noted(app, "first", &["user_bob"]).await;
    house.mentions(app).turn().await.unwrap();
    let log = house.log().await;
    let created = log.iter().rfind(|recorded| recorded.event_type == "task.created.v1").unwrap();
    let made = rapport_domain::id::TaskId::parse(created.stream.id()).unwrap();
    app.task(made, Command::Complete { outcome: None }, call("read")).await.unwrap();
    house.mentions(&house.replica()).turn().await.unwrap();
    assert_eq!(house.made().await.len(), 1);
}
