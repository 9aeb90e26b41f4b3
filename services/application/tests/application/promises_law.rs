//! What holds for the clocks of cases whatever happens and in whatever order: against a model that knows no log.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use rapport_application::reactors::{Promises, Runner};
use rapport_application::{Application, CaseRequest, Exchange};
use rapport_domain::case::Event;
use rapport_domain::interaction::Channel;
use rapport_domain::sla_policy::{Target, Wait};
use rapport_domain::value::Instant;

use crate::cases::{case, opening, promise, reply};
use crate::house::House;
use crate::sample::call;

#[derive(Debug, Clone)]
enum Step {
    Reply,
    Hear,
    Await,
    Resume,
    Resolve,
    Reopen,
    /// Minutes pass.
    Pass(i64),
    /// A server does what is due.
    Turn(usize),
    /// A server is killed: all that it knew is gone.
    Restart(usize),
}

fn steps() -> impl Strategy<Value = Step> {
    prop_oneof![
        1 => Just(Step::Reply),
        2 => Just(Step::Hear),
        1 => Just(Step::Await),
        2 => Just(Step::Resume),
        1 => Just(Step::Resolve),
        1 => Just(Step::Reopen),
        5 => (1_i64..200).prop_map(Step::Pass),
        5 => (0_usize..2).prop_map(Step::Turn),
        1 => (0_usize..2).prop_map(Step::Restart),
    ]
}

/// A promise by pencil: minutes that are left until it is missed, and until its warning, while the clock runs.
#[derive(Debug, Clone, Copy)]
struct Pencilled {
    target: Target,
    left: i64,
    warned: bool,
    missed: bool,
    until_warning: i64,
}

impl Pencilled {
    fn of(target: Target, minutes: i64) -> Self {
        Self { target, left: minutes, warned: false, missed: false, until_warning: minutes - minutes / 4 }
    }
}

/// The case by pencil.
#[derive(Debug)]
struct Model {
    open: Vec<Pencilled>,
    answered: bool,
    stopped: bool,
    solved: bool,
    /// How often what was warned of, and missed.
    warned: usize,
    missed: usize,
}

impl Model {
    fn new() -> Self {
        let open = vec![Pencilled::of(Target::FirstResponse, 60), Pencilled::of(Target::Resolution, 480)];
        Self { open, answered: false, stopped: false, solved: false, warned: 0, missed: 0 }
    }

    fn pass(&mut self, minutes: i64) {
        if !self.stopped {
            for promise in &mut self.open {
                promise.left -= minutes;
                promise.until_warning -= minutes;
            }
        }
    }

    /// What a server has to note.
    fn note(&mut self) {
        for promise in &mut self.open {
            if promise.until_warning <= 0 && !promise.warned {
                promise.warned = true;
                self.warned += 1;
            }
            if promise.left < 0 && !promise.missed {
                promise.missed = true;
                self.missed += 1;
            }
        }
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Reply => {
                self.answered = true;
                self.open.retain(|promise| promise.target == Target::Resolution);
            }
            Step::Hear => {
                if self.solved {
                    self.reopen();
                }
                self.stopped = false;
                let is_owed = self.open.iter().any(|promise| promise.target == Target::NextResponse);
                if self.answered && !is_owed {
                    self.open.push(Pencilled::of(Target::NextResponse, 30));
                }
            }
            Step::Await => self.stopped = !self.solved,
            Step::Resume => self.stopped = false,
            Step::Resolve => {
                (self.solved, self.stopped) = (true, false);
                self.open.clear();
            }
            Step::Reopen if self.solved => self.reopen(),
            Step::Reopen | Step::Pass(_) | Step::Turn(_) | Step::Restart(_) => {}
        }
    }

    fn reopen(&mut self) {
        self.solved = false;
        self.open = vec![Pencilled::of(Target::Resolution, 480)];
    }
}

fn start(house: &House) -> (Arc<Application>, Runner<Promises>) {
    let application = house.replica();
    let runner = house.promises(&application);
    (application, runner)
}

async fn hold(steps: Vec<Step>) {
    let house = House::in_memory();
    promise(&house.application).await;
    house.application.case(case("a"), opening(None), call("open")).await.unwrap();
    let mut servers = [start(&house), start(&house)];
    let mut model = Model::new();
    for (number, step) in steps.into_iter().enumerate() {
        let request = match &step {
            Step::Reply => Some(reply()),
            Step::Hear => Some(CaseRequest::Hear(Exchange { channel: Channel::Email, text: None })),
            Step::Await => Some(CaseRequest::Await { wait: Wait::Customer }),
            Step::Resume => Some(CaseRequest::Resume),
            Step::Resolve => Some(CaseRequest::Resolve { resolution: None }),
            Step::Reopen => Some(CaseRequest::Reopen),
            Step::Pass(minutes) => {
                house.clock.advance_seconds(minutes * 60);
                model.pass(*minutes);
                None
            }
            Step::Turn(server) => {
                servers[*server].1.turn().await.unwrap();
                model.note();
                None
            }
            Step::Restart(server) => {
                servers[*server] = start(&house);
                None
            }
        };
        if let Some(request) = request {
            let done = servers[number % 2].0.case(case("a"), request, call(&format!("step:{number}"))).await;
            if done.is_ok() {
                model.step(&step);
            }
        }
    }
    let happened = house.happened_to(case("a")).await;
    let warned = happened.iter().filter(|event| matches!(event, Event::TargetWarned(_))).count();
    let mut misses: BTreeSet<(Target, Instant)> = BTreeSet::new();
    for event in &happened {
        if let Event::TargetBreached(breached) = event {
            assert!(misses.insert((breached.target, breached.due_at.unwrap())), "noted twice: {happened:?}");
        }
    }
    assert_eq!((warned, misses.len()), (model.warned, model.missed), "{happened:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn each_promise_is_warned_of_and_missed_once_whatever_pauses_answers_or_restarts(steps in vec(steps(), 0..40)) {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(hold(steps));
    }
}
