//! The clocks of tasks act: who is to be reminded is, and what was not done in time is noted, once, at its time.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use rapport_application::reactors::{FollowUps, Press, Reactors, Reminders, Runner};
use rapport_application::{Application, CaseRequest, Clock, Failure, LeadCapture, OpportunityRequest};
use rapport_domain::event::DomainEvent;
use rapport_domain::id::{LeadId, TaskId};
use rapport_domain::opportunity::{ContactRole, Role};
use rapport_domain::subject_request::Right;
use rapport_domain::task::{About, Command, Details, Event};
use rapport_domain::value::Instant;
use rapport_domain::{consent, contact, interaction, lead, suppression};

use crate::cases::{case, opening};
use crate::house::House;
use crate::requests::{approve, receive, request};
use crate::sample::{
    ann, call, deal, interaction_id, label, open_deal, publish, record, reference, registered, registration,
    request_consent, sales,
};

const HOUR: i64 = 3_600;

pub(crate) fn id() -> TaskId {
    TaskId::derived("tests", "call-back")
}

/// So many hours after now.
fn hours(app: &Application, hours: i64) -> Instant {
    Instant::from_micros(app.now().micros() + hours * HOUR * 1_000_000).unwrap()
}

pub(crate) fn create(app: &Application, about: About) -> Command {
    Command::Create(Box::new(Details {
        about,
        subject: label("Call back"),
        owner: reference("user_ann"),
        due_at: Some(hours(app, 2)),
        remind_at: Some(hours(app, 1)),
        rule: None,
        stage_rule: None,
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
async fn a_late_task_is_counted_until_it_is_done_or_due_later_and_again_once_it_is_reopened() {
    let house = House::in_memory();
    let app = created(&house).await;
    let reminders = Reminders::new(Arc::clone(&app));
    let overdue = reminders.overdue();
    let mut runner = Runner::new(reminders, Arc::clone(&house.store), house.ticking());
    let done = || Command::Complete { outcome: None };
    let later = |more| Command::Reschedule { due_at: Some(hours(&app, more)), remind_at: None };
    let mut counted = Vec::new();
    runner.turn().await.unwrap();
    counted.push(overdue.count(Press::Overdue));
    house.clock.advance_seconds(3 * HOUR);
    for command in [None, Some(done()), Some(Command::Reopen), Some(later(1))] {
        if let Some(command) = command {
            app.task(id(), command, call(&format!("step-{}", counted.len()))).await.unwrap();
        }
        // What is noted in one turn is read in the next.
        runner.turn().await.unwrap();
        runner.turn().await.unwrap();
        counted.push(overdue.count(Press::Overdue));
    }
    assert_eq!(counted, [0, 1, 0, 1, 0]);
    // Started again, it counts the same from the log.
    let replayed = Reminders::new(house.replica());
    let overdue = replayed.overdue();
    Runner::new(replayed, Arc::clone(&house.store), house.ticking()).turn().await.unwrap();
    assert_eq!(overdue.count(Press::Overdue), 0);
}

#[tokio::test]
async fn a_reminder_that_stays_when_it_was_is_not_told_again() {
    let house = House::in_memory();
    let app = created(&house).await;
    house.clock.advance_seconds(HOUR);
    house.reminders(&app).turn().await.unwrap();
    let later = Command::Reschedule { due_at: Some(hours(&app, 5)), remind_at: Some(app.now()) };
    app.task(id(), later, call("later")).await.unwrap();
    let mut started_again = house.reminders(&house.replica());
    let desk = Reactors::default().with(&started_again);
    started_again.turn().await.unwrap();
    let status = desk.list().pop().unwrap();
    assert_eq!((status.fired, status.open), (0, 1), "it is due in five hours");
    house.clock.advance_seconds(5 * HOUR);
    started_again.turn().await.unwrap();
    assert_eq!(house.noted_of_task().await, ["reminded", "overdue"]);
}

/// A clock that was ahead when it was looked at first, and then set back.
struct SetBack {
    clock: Arc<dyn Clock>,
    ahead_micros: AtomicI64,
}

impl Clock for SetBack {
    fn now(&self) -> Instant {
        let ahead = self.ahead_micros.swap(0, Ordering::Relaxed);
        Instant::from_micros(self.clock.now().micros() + ahead).unwrap()
    }
}

#[tokio::test]
async fn a_note_waits_for_its_time_where_the_clock_is_set_back_while_it_is_made() {
    let house = House::in_memory();
    let app = created(&house).await;
    let clock = SetBack { clock: house.ticking(), ahead_micros: AtomicI64::new(HOUR * 1_000_000) };
    let mut reminders =
        Runner::new(Reminders::new(Arc::clone(&app)), Arc::clone(&house.store), Arc::new(clock));
    reminders.turn().await.unwrap();
    assert!(house.noted_of_task().await.is_empty(), "it reminds in an hour");
    house.clock.advance_seconds(HOUR);
    reminders.turn().await.unwrap();
    assert_eq!(house.noted_of_task().await, ["reminded"]);
}

#[tokio::test]
async fn a_task_about_what_is_not_there_is_refused() {
    let house = House::in_memory();
    let app = &house.application;
    let about = About::Lead(LeadId::derived("tests", "nobody"));
    let refused = app.task(id(), create(app, about), call("create")).await;
    assert!(matches!(refused, Err(Failure::Lead(lead::Rejection::NotCaptured))), "{refused:?}");
}

/// Ann asks to be erased, and is.
pub(crate) async fn erase_ann(app: &Application) {
    app.subject_request(request("r"), receive(ann(), Right::Erasure), call("r1")).await.unwrap();
    approve(app, request("r"), "r2").await.unwrap();
    app.erase(request("r"), &call("r3")).await.unwrap();
}

fn task(which: &str) -> TaskId {
    TaskId::derived("tests", which)
}

#[tokio::test]
async fn the_open_tasks_about_somebody_erased_and_their_leads_are_cancelled_and_all_others_stay() {
    for house in House::on_each_store() {
        let app = &house.application;
        captured(app).await;
        app.pipeline(sales(), publish(&["talk"]), call("publish")).await.unwrap();
        app.opportunity(deal(), open_deal(Some(ann())), call("open")).await.unwrap();
        let abouts = [
            ("contact", About::Contact(ann())),
            ("done", About::Contact(ann())),
            ("lead", About::Lead(lead())),
            ("deal", About::Opportunity(deal())),
        ];
        for (which, about) in abouts {
            app.task(task(which), create(app, about), call(&format!("create-{which}"))).await.unwrap();
        }
        app.task(task("done"), Command::Complete { outcome: None }, call("complete")).await.unwrap();
        erase_ann(app).await;
        let told = house.log().await;
        let cancelled = told.iter().filter(|recorded| recorded.event_type == "task.cancelled.v1");
        let cancelled: BTreeSet<(&str, &str)> =
            cancelled.map(|recorded| (recorded.stream.id(), recorded.data.as_str())).collect();
        let reason = r#"{"reason":"contact erased"}"#;
        let (contact, lead) = (task("contact").to_string(), task("lead").to_string());
        assert_eq!(cancelled, BTreeSet::from([(contact.as_str(), reason), (lead.as_str(), reason)]));
        app.erase(request("r"), &call("r4")).await.unwrap();
        assert_eq!(house.log().await.len(), told.len(), "nothing more comes of the next attempt");
    }
}

#[tokio::test]
async fn a_server_that_has_not_heard_of_an_erasure_begins_nothing_and_answers_what_it_did_before_as_then() {
    let house = House::in_memory();
    let app = created(&house).await;
    app.pipeline(sales(), publish(&["talk"]), call("publish")).await.unwrap();
    app.opportunity(deal(), open_deal(None), call("open")).await.unwrap();
    let add =
        |role| OpportunityRequest::AddContactRole { contact_role: ContactRole { contact_id: ann(), role } };
    let added = app.opportunity(deal(), add(Role::Champion), call("add")).await.unwrap();
    let made = app.task(id(), create(&app, About::Contact(ann())), call("create")).await.unwrap();
    let opened = app.case(case("theirs"), opening_for_ann(), call("case")).await.unwrap();

    erase_ann(&house.replica()).await;

    let late = app.task(task("late"), create(&app, About::Contact(ann())), call("late")).await;
    let capture = LeadCapture { register: None, ..coming_in() };
    for refused in [
        late,
        app.opportunity(deal(), add(Role::User), call("add-late")).await,
        app.case(case("late"), opening_for_ann(), call("case-late")).await,
        app.capture_lead(capture, call("capture")).await.map(|taken| taken.receipt),
    ] {
        assert!(matches!(refused, Err(Failure::Contact(contact::Rejection::Erased))), "{refused:?}");
    }
    let again = app.task(id(), create(&app, About::Contact(ann())), call("create")).await;
    assert_eq!(again.unwrap(), made);
    let again = app.opportunity(deal(), add(Role::Champion), call("add")).await;
    assert_eq!(again.unwrap(), added);
    let again = app.case(case("theirs"), opening_for_ann(), call("case")).await;
    assert_eq!(again.unwrap(), opened);
}

/// A case of Ann's, by no policy.
pub(crate) fn opening_for_ann() -> CaseRequest {
    let CaseRequest::Open { mut open, text, .. } = opening(None) else { panic!("an opening") };
    open.contact_id = Some(ann());
    CaseRequest::Open { open, sla_policy_id: None, text }
}

/// An interaction of which nothing is sealed.
fn without_a_word() -> interaction::Command {
    let interaction::Command::Record(record) = record("late", "said") else { panic!("a record") };
    interaction::Command::Record(interaction::Record { summary: None, ..record })
}

/// An objection to everything, without evidence.
pub(crate) fn objection() -> suppression::Command {
    let scope = suppression::Scope { purpose: None, channel: None };
    let (kind, method) = (suppression::Kind::Objection, consent::Method::Button);
    let said = suppression::Said { kind, scope, method, evidence: None };
    suppression::Command::Raise { said, jurisdiction: None }
}

#[tokio::test]
async fn a_server_that_has_not_heard_of_an_erasure_takes_nothing_in_also_where_nothing_is_sealed() {
    let house = House::in_memory();
    registered(&house.application, ann()).await;
    let mut unaware = Vec::new();
    for _ in 0..4 {
        let server = house.replica();
        server.legal_holds(&ann()).await.unwrap();
        unaware.push(server);
    }
    erase_ann(&house.application).await;
    let told = house.log().await.len();
    let mut in_turn = VecDeque::from([(ann(), without_a_word(), call("in-turn"))]);
    for refused in [
        unaware[0].consent(ann(), request_consent(), call("consent")).await,
        unaware[1].suppression(ann(), objection(), call("objection")).await,
        unaware[2].interactions(ann(), vec![(without_a_word(), call("interaction"))]).await.pop().unwrap(),
        unaware[3].interactions_in_turn(&mut in_turn).await.pop().unwrap(),
    ] {
        assert!(matches!(refused, Err(Failure::Contact(contact::Rejection::Erased))), "{refused:?}");
    }
    assert_eq!(house.log().await.len(), told);
}

#[tokio::test]
async fn a_server_that_has_not_heard_of_an_erasure_neither_begins_nor_reopens_a_task_about_their_lead() {
    let house = House::in_memory();
    let app = &house.application;
    captured(app).await;
    let done = || Command::Complete { outcome: None };
    app.task(task("lead"), create(app, About::Lead(lead())), call("create")).await.unwrap();
    app.task(task("lead"), done(), call("done")).await.unwrap();
    let reopened = app.task(task("lead"), Command::Reopen, call("reopen")).await.unwrap();
    app.task(task("lead"), done(), call("done-again")).await.unwrap();

    erase_ann(&house.replica()).await;

    for refused in [
        app.task(task("late"), create(app, About::Lead(lead())), call("late")).await,
        app.task(task("lead"), Command::Reopen, call("reopen-late")).await,
    ] {
        assert!(matches!(refused, Err(Failure::Contact(contact::Rejection::Erased))), "{refused:?}");
    }
    let again = app.task(task("lead"), Command::Reopen, call("reopen")).await;
    assert_eq!(again.unwrap(), reopened);
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

/// Ann comes in through a form.
pub(crate) fn coming_in() -> LeadCapture {
    LeadCapture {
        contact_id: ann(),
        register: Some(registration("Ann Lee")),
        source: lead::Source::WebForm,
        campaign: None,
        external: None,
        channel: None,
        text: None,
        fields: lead::Fields::new(),
    }
}

pub(crate) async fn captured(app: &Application) {
    assert_eq!(app.capture_lead(coming_in(), call("capture")).await.unwrap().lead_id, lead());
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
async fn who_was_contacted_before_anybody_had_their_lead_is_not_to_be_contacted_first() {
    let house = House::in_memory();
    let app = &house.application;
    captured(app).await;
    let contact = lead::Command::Contact { interaction_id: interaction_id("call") };
    app.lead(lead(), contact, call("call")).await.unwrap();
    handed_to(app, "user_ann").await;
    house.follow_ups(app).turn().await.unwrap();
    assert!(house.told_of_tasks().await.is_empty());
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

#[tokio::test]
async fn a_first_contact_that_is_open_ends_with_the_erasure_and_is_made_no_more_after_it() {
    let house = House::in_memory();
    let app = &house.application;
    captured(app).await;
    handed_to(app, "user_ann").await;
    house.follow_ups(app).turn().await.unwrap();
    erase_ann(app).await;
    house.follow_ups(&house.replica()).turn().await.unwrap();
    assert_eq!(house.told_of_tasks().await, ["created for user_ann", "cancelled"]);
}

#[tokio::test]
async fn nobody_has_to_contact_first_who_was_erased_while_their_lead_is_still_to_end() {
    let house = House::in_memory();
    let app = &house.application;
    captured(app).await;
    handed_to(app, "user_ann").await;
    let erase = contact::Command::Erase { request_id: request("r") };
    app.contact(ann(), erase, call("erase")).await.unwrap();
    let mut follow_ups = house.follow_ups(app);
    let desk = Reactors::default().with(&follow_ups);
    follow_ups.turn().await.unwrap();
    assert!(house.told_of_tasks().await.is_empty());
    let status = desk.list().pop().unwrap();
    assert_eq!((status.fired, status.open), (1, 0));
}
