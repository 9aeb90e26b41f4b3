//! What holds for timers whatever happens and in whatever order: against a model that knows no log.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use rapport_application::Application;
use rapport_application::reactors::{Deadlines, Runner};
use rapport_domain::event::DomainEvent;
use rapport_domain::subject_request::{Command, Event, Right};
use rapport_domain::value::Date;

use crate::house::House;
use crate::requests::{receive, refuse, request};
use crate::sample::{ann, call, label, registered};

/// Requests that it is about.
const REQUESTS: usize = 3;

#[derive(Debug, Clone)]
enum Step {
    Receive(usize),
    Extend(usize),
    Refuse(usize),
    /// Days pass.
    Pass(i64),
    /// A server does what is due.
    Turn(usize),
    /// A server does what is due, and is killed: all that it knew is gone.
    Restart(usize),
}

fn steps() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..REQUESTS).prop_map(Step::Receive),
        1 => (0..REQUESTS).prop_map(Step::Extend),
        1 => (0..REQUESTS).prop_map(Step::Refuse),
        4 => (1_i64..30).prop_map(Step::Pass),
        4 => (0_usize..2).prop_map(Step::Turn),
        1 => (0_usize..2).prop_map(Step::Restart),
    ]
}

/// A request by pencil: until when, whether it was extended, whether it is open.
#[derive(Debug, Clone)]
struct Pencilled {
    due_on: Date,
    extended: bool,
    open: bool,
}

#[derive(Debug, Default)]
struct Model {
    requests: BTreeMap<usize, Pencilled>,
    due_soon: BTreeSet<(usize, Date)>,
    overdue: BTreeSet<(usize, Date)>,
}

impl Model {
    /// What a server has to note on a day.
    fn note(&mut self, today: Date) {
        for (key, known) in self.requests.iter().filter(|(_, known)| known.open) {
            if today.epoch_day() >= known.due_on.epoch_day() - 7 {
                self.due_soon.insert((*key, known.due_on));
            }
            if today > known.due_on {
                self.overdue.insert((*key, known.due_on));
            }
        }
    }
}

/// Two servers over one log.
struct Servers(Vec<(Arc<Application>, Runner<Deadlines>)>);

impl Servers {
    fn start(house: &House) -> (Arc<Application>, Runner<Deadlines>) {
        let application = house.replica();
        let runner = house.deadlines(&application);
        (application, runner)
    }
}

async fn hold(steps: Vec<Step>) {
    let house = House::in_memory();
    registered(&house.application, ann()).await;
    let mut servers = Servers(vec![Servers::start(&house), Servers::start(&house)]);
    let mut model = Model::default();
    for (number, step) in steps.into_iter().enumerate() {
        let today = house.application.now().date();
        let app = Arc::clone(&servers.0[number % 2].0);
        let call = call(&format!("step:{number}"));
        match step {
            Step::Receive(key) => {
                app.subject_request(request(&key.to_string()), receive(ann(), Right::Access), call)
                    .await
                    .unwrap();
                model.requests.entry(key).or_insert_with(|| Pencilled {
                    due_on: today.plus_months(1),
                    extended: false,
                    open: true,
                });
            }
            Step::Extend(key) => {
                let extend = Command::Extend { reason: label("many systems") };
                let done = app.subject_request(request(&key.to_string()), extend, call).await;
                let known = model.requests.get_mut(&key).filter(|known| known.open);
                assert_eq!(done.is_ok(), known.is_some());
                if let Some(known) = known.filter(|known| !known.extended) {
                    *known = Pencilled { due_on: known.due_on.plus_months(2), extended: true, open: true };
                }
            }
            Step::Refuse(key) => {
                let _ = app.subject_request(request(&key.to_string()), refuse(), call).await;
                if let Some(known) = model.requests.get_mut(&key) {
                    known.open = false;
                }
            }
            Step::Pass(days) => house.clock.advance_days(days),
            Step::Turn(server) => {
                servers.0[server].1.turn().await.unwrap();
                model.note(today);
            }
            Step::Restart(server) => {
                servers.0[server] = Servers::start(&house);
            }
        }
    }
    assert_eq!(noted(&house).await, (model.due_soon, model.overdue));
}

/// What the log has, each of it once.
async fn noted(house: &House) -> (BTreeSet<(usize, Date)>, BTreeSet<(usize, Date)>) {
    let (mut due_soon, mut overdue) = (BTreeSet::new(), BTreeSet::new());
    for recorded in house.log().await {
        let key = (0..REQUESTS).find(|key| recorded.stream.id() == request(&key.to_string()).to_string());
        let Some(key) = key else { continue };
        let Ok(Some(DomainEvent::SubjectRequest(event))) = DomainEvent::decode(&recorded) else { continue };
        match event {
            Event::DueSoon(noted) => assert!(due_soon.insert((key, noted.due_on)), "noted twice"),
            Event::Overdue(noted) => assert!(overdue.insert((key, noted.due_on)), "noted twice"),
            _ => {}
        }
    }
    (due_soon, overdue)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn timers_fire_once_and_when_they_are_due_whatever_is_moved_cancelled_or_restarted(steps in vec(steps(), 0..40)) {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(hold(steps));
    }
}
