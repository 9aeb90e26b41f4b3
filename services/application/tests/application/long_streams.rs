//! A contact with very many interactions is judged as any other, and not all of them are read for it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use futures::TryStreamExt as _;
use parking_lot::Mutex;
use proptest::collection::vec;
use proptest::prelude::*;
use rapport_application::{Application, Failure, Recall, Receipt};
use rapport_domain::aggregate::{Aggregate as _, StoredEvent as _};
use rapport_domain::envelope::{Position, Revision};
use rapport_domain::id::{ContactId, CorrectionId};
use rapport_domain::interaction::{Command, Correct, Event, Interactions, Part, Record, Source};
use rapport_domain::value::ExternalRef;
use rapport_event_store::{EventStore, Filter};

use crate::cancelled::give_up;
use crate::fickle::FickleStore;
use crate::house::House;
use crate::sample::{ann, bob, call, interaction_id, label, record, redact, reference, registered, text};

/// More than make a stream long.
const MANY: usize = 1_050;

/// Remembers what the log says up to a position, by looking through all of it.
struct Memory {
    store: Arc<dyn EventStore>,
    up_to: Mutex<Option<Position>>,
    asked: AtomicUsize,
}

impl Memory {
    /// One that an application asks from now on.
    fn of(application: &Application, store: &Arc<dyn EventStore>, up_to: Option<Position>) -> Arc<Self> {
        let memory = Self { store: Arc::clone(store), up_to: Mutex::new(up_to), asked: AtomicUsize::new(0) };
        let memory = Arc::new(memory);
        application.recall_interactions_by(Arc::clone(&memory) as Arc<_>);
        memory
    }

    fn set(&self, up_to: Option<Position>) {
        *self.up_to.lock() = up_to;
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl Recall<Interactions> for Memory {
    async fn up_to(&self) -> Option<Position> {
        *self.up_to.lock()
    }

    async fn concerning(
        &self,
        id: &ContactId,
        parts: &[Part],
        up_to: Position,
    ) -> Option<BTreeSet<Position>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let remembered = (*self.up_to.lock()).filter(|remembered| *remembered >= up_to)?;
        let filter = Filter { streams: [Interactions::stream(id).unwrap()].into(), ..Filter::all() };
        let mut log = self.store.read_all(Position::START, &filter);
        let mut found = BTreeSet::new();
        while let Some(recorded) = log.try_next().await.unwrap() {
            let event = Event::decode(&recorded.event_type, &recorded.data).unwrap().unwrap();
            let concerned = Interactions::concerned(&event);
            if recorded.position <= remembered && concerned.iter().any(|part| parts.contains(part)) {
                found.insert(recorded.position);
            }
        }
        Some(found)
    }
}

fn with_source(command: Command, external_ref: &str) -> Command {
    let source =
        Source { system: reference("telephony"), external_ref: ExternalRef::parse(external_ref).unwrap() };
    match command {
        Command::Record(recorded) => Command::Record(Record { source: Some(source), ..recorded }),
        Command::Correct(_) | Command::Redact { .. } => command,
    }
}

fn correct(key: &str, correction: &str) -> Command {
    Command::Correct(Correct {
        interaction_id: interaction_id(key),
        correction_id: CorrectionId::derived("tests", correction),
        summary: Some(text("set right")),
        duration_seconds: None,
        outcome: Some(label(correction)),
    })
}

/// Records so many interactions with Ann, every third with a source.
async fn many(application: &Application) {
    registered(application, ann()).await;
    let commands: Vec<_> = (0..MANY)
        .map(|number| {
            let command = record(&number.to_string(), "said");
            let sourced = number % 3 == 0;
            let command = if sourced { with_source(command, &number.to_string()) } else { command };
            (command, call(&format!("many:{number}")))
        })
        .collect();
    for run in commands.chunks(350) {
        let answers = application.interactions(ann(), run.to_vec()).await;
        assert!(answers.iter().all(Result::is_ok));
    }
}

async fn ask(application: &Application, command: Command, request: &str) -> Result<Receipt, Failure> {
    application.interactions(ann(), vec![(command, call(request))]).await.remove(0)
}

#[derive(Debug, Clone)]
enum Step {
    Record(usize),
    RecordSourced(usize, usize),
    Correct(usize, usize),
    Redact(usize),
    /// A request that was made before comes again.
    Again(usize),
    /// What remembers takes in all but so many of the last events.
    TakeIn(u64),
    /// What remembers cannot tell any more.
    Forget,
    /// Everything that was folded is gone.
    Restart,
}

/// Numbers of interactions: old ones, and new ones.
fn numbers() -> impl Strategy<Value = usize> {
    prop_oneof![0..6_usize, MANY - 3..MANY + 3]
}

fn steps() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => numbers().prop_map(Step::Record),
        4 => (numbers(), numbers()).prop_map(|(number, source)| Step::RecordSourced(number, source)),
        4 => (numbers(), 0..3_usize).prop_map(|(number, correction)| Step::Correct(number, correction)),
        2 => numbers().prop_map(Step::Redact),
        2 => (0..20_usize).prop_map(Step::Again),
        3 => (0..40_u64).prop_map(Step::TakeIn),
        1 => Just(Step::Forget),
        2 => Just(Step::Restart),
    ]
}

fn command(step: &Step) -> Option<Command> {
    match step {
        Step::Record(number) => Some(record(&number.to_string(), "said")),
        Step::RecordSourced(number, source) => {
            Some(with_source(record(&number.to_string(), "said"), &source.to_string()))
        }
        Step::Correct(number, correction) => Some(correct(&number.to_string(), &correction.to_string())),
        Step::Redact(number) => Some(redact(&number.to_string())),
        Step::Again(_) | Step::TakeIn(_) | Step::Forget | Step::Restart => None,
    }
}

/// What a step was answered, as far as it does not depend on the log's times.
fn told(answer: Result<Receipt, Failure>) -> String {
    format!("{answer:?}")
}

async fn the_same_is_answered(steps: Vec<Step>) {
    let (whole, parted) = (House::in_memory(), House::in_memory());
    many(&whole.application).await;
    many(&parted.application).await;
    let mut application = parted.replica();
    let mut memory = Memory::of(&application, &parted.store, Some(parted.head().await));
    let mut asked: Vec<(String, Command)> = Vec::new();
    for (number, step) in steps.into_iter().enumerate() {
        let head = parted.head().await;
        let request = match (&step, command(&step)) {
            (_, Some(command)) => Some((format!("step:{number}"), command)),
            (Step::Again(which), None) => asked.get(which % asked.len().max(1)).cloned(),
            (Step::TakeIn(behind), None) => {
                let earlier = memory.up_to().await.unwrap_or_default();
                memory.set(Some(earlier.max(Position(head.0.saturating_sub(*behind)))));
                None
            }
            (Step::Forget, None) => {
                memory.set(None);
                None
            }
            (Step::Restart, None) => {
                application = parted.replica();
                let remembered = memory.up_to().await;
                memory = Memory::of(&application, &parted.store, remembered);
                None
            }
            (Step::Record(_) | Step::RecordSourced(..) | Step::Correct(..) | Step::Redact(_), None) => None,
        };
        if let Some((request, command)) = request {
            let expected = told(ask(&whole.application, command.clone(), &request).await);
            assert_eq!(
                told(ask(&application, command.clone(), &request).await),
                expected,
                "{request}: {command:?}"
            );
            asked.push((request, command));
        }
    }
    assert_eq!(parted.head().await, whole.head().await);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn a_long_stream_is_answered_the_same_whatever_is_remembered_of_it(steps in vec(steps(), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(the_same_is_answered(steps));
    }
}

#[tokio::test]
async fn a_long_stream_is_read_at_its_end_only() {
    let store = FickleStore::new();
    let house = House::over(Arc::clone(&store) as Arc<_>);
    many(&house.application).await;
    let application = house.replica();
    let memory = Memory::of(&application, &house.store, Some(Position(1_040)));
    // So that she is known.
    registered(&application, ann()).await;
    store.read_from();
    let last = house.head().await.0;
    let answer = ask(&application, correct("7", "first"), "r1").await.unwrap();
    assert_eq!(answer.position, Position(last + 1));
    let read_from = store.read_from();
    assert!(!read_from.is_empty() && read_from.iter().all(|from| from.0 >= 1_000), "{read_from:?}");
    // What is known by now is not asked again.
    let asked = memory.asked();
    ask(&application, correct("7", "second"), "r2").await.unwrap();
    ask(&application, correct("7", "second"), "r3").await.unwrap();
    assert_eq!(memory.asked(), asked);
}

#[tokio::test]
async fn a_short_stream_is_folded_as_a_whole() {
    let house = House::in_memory();
    let memory = Memory::of(&house.application, &house.store, Some(Position::START));
    registered(&house.application, ann()).await;
    ask(&house.application, record("a", "said"), "r1").await.unwrap();
    ask(&house.application, redact("a"), "r2").await.unwrap();
    assert_eq!(memory.asked(), 0);
}

#[tokio::test]
async fn what_has_taken_in_very_much_is_begun_anew() {
    let store = FickleStore::new();
    let house = House::over(Arc::clone(&store) as Arc<_>);
    many(&house.application).await;
    let application = house.replica();
    Memory::of(&application, &house.store, Some(house.head().await));
    let run = |from: usize, to: usize| {
        (from..to).map(|n| (record(&format!("n{n}"), "said"), call(&format!("n{n}")))).collect::<Vec<_>>()
    };
    assert!(application.interactions(ann(), run(0, 900)).await.iter().all(Result::is_ok));
    store.read_from();
    assert!(application.interactions(ann(), run(900, 1_800)).await.iter().all(Result::is_ok));
    assert!(application.interactions(ann(), run(1_800, 2_100)).await.iter().all(Result::is_ok));
    assert_eq!(store.read_from(), [] as [Revision; 0], "it is kept");
    assert!(application.interactions(ann(), run(2_100, 2_101)).await[0].is_ok());
    assert!(!store.read_from().is_empty(), "it is begun anew");
}

/// Remembers the events of somebody else.
struct Confused(Position);

#[async_trait]
impl Recall<Interactions> for Confused {
    async fn up_to(&self) -> Option<Position> {
        Some(self.0)
    }

    async fn concerning(&self, _: &ContactId, _: &[Part], _: Position) -> Option<BTreeSet<Position>> {
        Some([Position(1)].into())
    }
}

#[tokio::test]
async fn where_other_events_are_remembered_the_stream_is_folded_as_a_whole() {
    let house = House::in_memory();
    registered(&house.application, bob()).await;
    many(&house.application).await;
    let application = house.replica();
    application.recall_interactions_by(Arc::new(Confused(house.head().await)));
    let before = house.head().await;
    // It is there already, as the log has it, so nothing more is recorded.
    ask(&application, with_source(record("0", "said"), "0"), "r1").await.unwrap();
    assert_eq!(house.head().await, before);
}

#[tokio::test]
async fn what_is_folded_as_a_whole_goes_on_with_the_next_call_where_one_had_no_time_for_all() {
    let store = FickleStore::new();
    let house = House::over(Arc::clone(&store) as Arc<_>);
    registered(&house.application, bob()).await;
    many(&house.application).await;
    let application = house.replica();
    application.recall_interactions_by(Arc::new(Confused(house.head().await)));
    registered(&application, ann()).await;
    store.read_from();
    // Where it ends, and then what it has from the beginning.
    for events in [1, 4] {
        store.park_next_read_after(events);
    }
    let again = || vec![(with_source(record("0", "said"), "0"), call("r1"))];
    give_up(&store, application.interactions(ann(), again())).await;
    assert_eq!(store.read_from(), [Revision(u64::MAX), Revision(0)]);
    assert!(application.interactions(ann(), again()).await[0].is_ok());
    assert_eq!(store.read_from()[0], Revision(4));
}
