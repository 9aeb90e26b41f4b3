//! Whoever has a deal has the tasks that its stage asks for, once, whoever makes them.

use std::collections::BTreeMap;
use std::sync::Arc;

use rapport_application::reactors::{Reactors, Runner, StageTasks};
use rapport_application::{Application, Call, OpportunityRequest};
use rapport_domain::event::DomainEvent;
use rapport_domain::id::TaskId;
use rapport_domain::pipeline::{self, DueInDays, StageTask};
use rapport_domain::task::{About, Command, Details, Event, StageRule};
use rapport_domain::value::Instant;

use crate::house::House;
use crate::sample::{call, deal, key, label, move_to, open_deal, publish, reference, sales};

/// A call in a day and terms in three where deals are talked about, and an offer at once where they are offered.
async fn asked(app: &Application) {
    let task = |name: &str, days| StageTask {
        key: key(name),
        subject: label(name),
        due_in_days: DueInDays::new(days).unwrap(),
    };
    let tasks = |tasks: &[StageTask]| pipeline::StageTasks::new(tasks.to_vec()).unwrap();
    let pipeline::Command::Publish { name, mut stages } = publish(&["talk", "offer"]);
    stages[0].tasks = tasks(&[task("call", 1), task("terms", 3)]);
    stages[1].tasks = tasks(&[task("send", 0)]);
    app.pipeline(sales(), pipeline::Command::Publish { name, stages }, call("publish")).await.unwrap();
}

/// A deal begins, which somebody has.
async fn opened(app: &Application, owner: Option<&str>, call: Call) {
    let OpportunityRequest::Open(mut open) = open_deal(None) else { panic!("an opening") };
    open.owner = owner.map(reference);
    app.opportunity(deal(), OpportunityRequest::Open(open), call).await.unwrap();
}

fn given_to(owner: &str) -> OpportunityRequest {
    OpportunityRequest::AssignOwner { owner: reference(owner), team: None }
}

impl House {
    /// The reactor of an application, which has read nothing yet.
    fn stage_tasks(&self, app: &Arc<Application>) -> Runner<StageTasks> {
        Runner::new(StageTasks::new(Arc::clone(app)), Arc::clone(&self.store), self.ticking())
    }

    /// The tasks that were made, each with its id.
    async fn made_for_deals(&self) -> Vec<(TaskId, Details)> {
        let log = self.log().await;
        let made = log.iter().filter_map(|recorded| match DomainEvent::decode(recorded).unwrap() {
            Some(DomainEvent::Task(Event::Created(created))) => {
                Some((TaskId::parse(recorded.stream.id()).unwrap(), created.details))
            }
            _ => None,
        });
        made.collect()
    }

    /// What happened to tasks, each by its subject, in the order of the words.
    async fn told_of_stages(&self) -> Vec<String> {
        let made = self.made_for_deals().await;
        let subjects: BTreeMap<String, String> =
            made.into_iter().map(|(id, details)| (id.to_string(), details.subject.to_string())).collect();
        let mut told = Vec::new();
        for recorded in self.log().await {
            let what = match DomainEvent::decode(&recorded).unwrap() {
                Some(DomainEvent::Task(Event::Created(created))) => {
                    format!("made for {}", created.details.owner)
                }
                Some(DomainEvent::Task(Event::Reassigned(given))) => format!("given to {}", given.owner),
                Some(DomainEvent::Task(Event::Completed(_))) => "completed".to_owned(),
                Some(DomainEvent::Task(Event::Cancelled(cancelled))) => cancelled.reason.to_string(),
                _ => continue,
            };
            told.push(format!("{}: {what}", subjects[recorded.stream.id()]));
        }
        told.sort();
        told
    }

    /// The id of a task that was made.
    async fn task_called(&self, subject: &str) -> TaskId {
        let made = self.made_for_deals().await;
        made.into_iter().find(|(_, details)| details.subject.as_str() == subject).unwrap().0
    }
}

#[tokio::test]
async fn a_deal_has_the_tasks_of_its_stage_once_whoever_makes_them_and_however_often_it_is_replayed() {
    for house in House::on_each_store() {
        let app = &house.application;
        asked(app).await;
        opened(app, Some("user_ann"), call("open")).await;
        let (mut first, mut second) = (house.stage_tasks(app), house.stage_tasks(&house.replica()));
        let desk = Reactors::default().with(&first).with(&second);
        // Both have seen what is wanted before either makes anything.
        first.catch_up().await.unwrap();
        second.catch_up().await.unwrap();
        let (one, other) = tokio::join!(first.turn(), second.turn());
        one.and(other).unwrap();
        let made = ["call: made for user_ann", "terms: made for user_ann"];
        // Killed and started again, it knows what it did from the log.
        for runner in [&mut first, &mut second, &mut house.stage_tasks(&house.replica())] {
            runner.turn().await.unwrap();
            assert_eq!(house.told_of_stages().await, made);
        }
        app.opportunity(deal(), move_to("offer"), call("offer")).await.unwrap();
        for runner in [&mut house.stage_tasks(&house.replica()), &mut first, &mut second] {
            runner.turn().await.unwrap();
            let moved = [
                "call: made for user_ann",
                "call: the deal went on",
                "send: made for user_ann",
                "terms: made for user_ann",
                "terms: the deal went on",
            ];
            assert_eq!(house.told_of_stages().await, moved);
        }
        assert!(desk.list().iter().all(|status| (status.open, status.set_aside) == (0, 0)));
    }
}

#[tokio::test]
async fn a_task_says_which_stage_asks_for_it_and_is_due_so_many_days_after_the_deal_came() {
    let house = House::in_memory();
    asked(&house.application).await;
    opened(&house.application, Some("user_ann"), call("open")).await;
    house.stage_tasks(&house.application).turn().await.unwrap();
    let made = house.made_for_deals().await;
    let terms = made.into_iter().find(|(_, details)| details.subject == label("terms")).unwrap().1;
    let stage_rule =
        StageRule { pipeline_id: sales(), pipeline_version: 1, stage: key("talk"), task: key("terms") };
    let expected = Details {
        about: About::Opportunity(deal()),
        subject: label("terms"),
        owner: reference("user_ann"),
        due_at: Some(Instant::parse("2026-11-24T23:59:59Z").unwrap()),
        remind_at: None,
        rule: Some(key("stage_task")),
        stage_rule: Some(stage_rule),
    };
    assert_eq!(terms, expected);
}

#[tokio::test]
async fn the_tasks_go_with_the_deal_but_for_what_a_person_did_with_one() {
    for house in House::on_each_store() {
        let app = &house.application;
        asked(app).await;
        opened(app, None, call("open")).await;
        let mut runner = house.stage_tasks(app);
        runner.turn().await.unwrap();
        assert!(house.told_of_stages().await.is_empty(), "nobody has the deal");
        app.opportunity(deal(), given_to("user_ann"), call("to-ann")).await.unwrap();
        runner.turn().await.unwrap();
        let called = house.task_called("call").await;
        app.task(called, Command::Reassign { owner: reference("user_eve") }, call("to-eve")).await.unwrap();
        app.opportunity(deal(), given_to("user_bob"), call("to-bob")).await.unwrap();
        runner.turn().await.unwrap();
        app.task(called, Command::Complete { outcome: None }, call("done")).await.unwrap();
        let lose = OpportunityRequest::Lose { reason: None, competitor: None };
        app.opportunity(deal(), lose, call("lose")).await.unwrap();
        runner.turn().await.unwrap();
        house.stage_tasks(&house.replica()).turn().await.unwrap();
        let told = [
            "call: completed",
            "call: given to user_eve",
            "call: made for user_ann",
            "terms: given to user_bob",
            "terms: made for user_ann",
            "terms: the deal went on",
        ];
        assert_eq!(house.told_of_stages().await, told);
    }
}

#[tokio::test]
async fn a_deal_that_comes_to_a_stage_anew_has_its_tasks_anew() {
    let house = House::in_memory();
    let app = &house.application;
    asked(app).await;
    opened(app, Some("user_ann"), call("open")).await;
    app.opportunity(deal(), move_to("offer"), call("offer")).await.unwrap();
    let mut runner = house.stage_tasks(app);
    runner.turn().await.unwrap();
    let lose = OpportunityRequest::Lose { reason: None, competitor: None };
    app.opportunity(deal(), lose, call("lose")).await.unwrap();
    app.opportunity(deal(), OpportunityRequest::Reopen { stage: None }, call("reopen")).await.unwrap();
    runner.turn().await.unwrap();
    house.stage_tasks(&house.replica()).turn().await.unwrap();
    let told = ["send: made for user_ann", "send: made for user_ann", "send: the deal went on"];
    assert_eq!(house.told_of_stages().await, told);
}

#[tokio::test]
async fn a_version_that_comes_later_asks_nothing_of_deals_that_are_in_their_stage_already() {
    let house = House::in_memory();
    let app = &house.application;
    app.pipeline(sales(), publish(&["talk", "offer"]), call("before")).await.unwrap();
    opened(app, Some("user_ann"), call("open")).await;
    asked(app).await;
    let mut runner = house.stage_tasks(app);
    runner.turn().await.unwrap();
    assert!(house.told_of_stages().await.is_empty());
    app.opportunity(deal(), move_to("offer"), call("offer")).await.unwrap();
    runner.turn().await.unwrap();
    assert_eq!(house.told_of_stages().await, ["send: made for user_ann"]);
}

#[tokio::test]
async fn a_deal_of_long_ago_has_none_that_were_due_before_anybody_told_of_it() {
    let house = House::in_memory();
    let app = &house.application;
    asked(app).await;
    let occurred_at = Some(Instant::parse("2026-11-19T12:00:00Z").unwrap());
    opened(app, Some("user_ann"), Call { occurred_at, ..call("open") }).await;
    house.stage_tasks(app).turn().await.unwrap();
    assert_eq!(house.told_of_stages().await, ["terms: made for user_ann"], "the call was due yesterday");
}
