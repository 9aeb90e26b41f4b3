//! A read model is built anew beside the file that serves, compared with it, and takes its place.

use std::sync::atomic::AtomicBool;

use rapport_event_store::Filter;
use rusqlite::Transaction;

use super::log::{Fault, Faulty};
use super::*;
use crate::column::At;
use crate::metrics::no_latencies;
use crate::projection::{ProjectError, Projected};
use crate::read_model::{Archive, Held, Phase, Reader};

/// The timeline of another build: a version later or not, with the same tables or with one more, and a fold that may
/// differ.
macro_rules! another_build {
    ($name:ident, $version:literal, $schema:expr, $source:literal, $fold:expr) => {
        #[derive(Clone)]
        struct $name;
        impl Projection for $name {
            const NAME: &'static str = TimelineProjection::NAME;
            const VERSION: u32 = TimelineProjection::VERSION + $version;
            const HANDLES: &'static [&'static str] = TimelineProjection::HANDLES;
            const SOURCES: &'static [&'static str] = &[$source];
            const NEED_INDEXES: &'static [&'static str] = TimelineProjection::NEED_INDEXES;

            fn schema() -> &'static str {
                $schema
            }

            fn indexes() -> &'static str {
                TimelineProjection::indexes()
            }

            fn project(&mut self, tx: &Transaction<'_>, event: &Projected<'_>) -> Result<(), ProjectError> {
                TimelineProjection.project(tx, event)?;
                let fold: fn(&Transaction<'_>, &Projected<'_>) -> rusqlite::Result<()> = $fold;
                Ok(fold(tx, event)?)
            }
        }
    };
}

fn nothing(_tx: &Transaction<'_>, _event: &Projected<'_>) -> rusqlite::Result<()> {
    Ok(())
}

/// Tells another story of orders.
fn otherwise(tx: &Transaction<'_>, event: &Projected<'_>) -> rusqlite::Result<()> {
    tx.execute(
        "UPDATE entries SET topic = 'told' WHERE position = ?1 AND channel = 'order'",
        (At(event.position()),),
    )
    .map(|_| ())
}

another_build!(Refactored, 0, include_str!("../../timeline/schema.sql"), "the same in other words", nothing);
another_build!(NextVersion, 1, include_str!("../../timeline/schema.sql"), "the next version", otherwise);
another_build!(
    OtherTables,
    1,
    concat!(include_str!("../../timeline/schema.sql"), "CREATE TABLE more (id INTEGER PRIMARY KEY) STRICT;"),
    "with other tables",
    nothing
);

/// A timeline of another build, on its own.
struct Lone {
    model: ReadModel,
    reader: Reader,
}

fn open<P: Projection>(
    house: &House,
    store: Arc<dyn EventStore>,
    projection: P,
    require_equal: bool,
) -> Lone {
    fs::create_dir_all(house.read_directory()).unwrap();
    let (sender, head) = watch::channel(Position::START);
    tokio::spawn(watch_head(Arc::clone(&store), sender, Arc::default()));
    let feed = Arc::new(Feed::new(Arc::clone(&store)));
    let log = Log { store, feed, head, load_from: Position(1) };
    let visibility = Visibility::new(no_latencies());
    let archive = Arc::new(Archive::open(&house.read_directory(), SNAPSHOT_EVENTS_MIN));
    let model =
        ReadModel::start(&house.read_directory(), projection, log, archive, visibility, require_equal);
    let reader = model.reader();
    Lone { model, reader }
}

impl Lone {
    /// How many entries there are, and how many of them tell another story.
    async fn told(&self, freshness: Freshness) -> Result<(Position, (i64, i64)), QueryError> {
        let count = "SELECT count(*), count(*) FILTER (WHERE topic = 'told') FROM entries";
        let answer = self.reader.read(freshness, move |connection| {
            Ok(connection.query_row(count, [], |row| Ok((row.get(0)?, row.get(1)?)))?)
        });
        answer.await.map(|answer| (answer.position, answer.value))
    }

    async fn settled(self) {
        self.model.shared().settled().await;
        self.model.shutdown().await;
    }
}

/// Orders of so many contacts: five of each two.
fn orders(contacts: i64) -> i64 {
    contacts * 5 / 2
}

/// A company whose timeline was folded by this build.
async fn folded(contacts: usize) -> (House, History, Arc<MemoryStore>) {
    let history = company(contacts);
    let (house, store) = (House::new(), log_of(&history).await);
    let model = open(&house, Arc::<MemoryStore>::clone(&store), TimelineProjection, false);
    model.told(at_least(history.head())).await.unwrap();
    model.settled().await;
    (house, history, store)
}

fn names(house: &House) -> Vec<String> {
    let files = house.files("timeline").into_iter();
    files.map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect()
}

fn numbered(version: u32) -> String {
    format!("timeline.v{}.db", TimelineProjection::VERSION + version)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_version_takes_over_under_load_and_whoever_asks_meets_no_error() {
    let (house, history, store) = folded(40).await;
    let model = Arc::new(open(&house, Arc::<MemoryStore>::clone(&store), NextVersion, false));
    let asked = {
        let (model, store, history) = (Arc::clone(&model), Arc::clone(&store), company(60));
        let known = company(40).head();
        tokio::spawn(async move {
            let (mut last, mut answers) = (Position::START, 0);
            for event in history.events.iter().filter(|event| event.position > known) {
                history.until(event.position).append_to(&*store, Position(event.position.0 - 1)).await;
                // Every write is read back, from whichever file serves.
                let (position, (entries, _)) = model.told(at_least(event.position)).await.unwrap();
                assert!(position >= last && entries > 0, "an answer never goes back");
                last = position;
                answers += 1;
            }
            answers
        })
    };
    model.model.shared().settled().await;
    let compared = model.model.shared().compared().unwrap();
    let answers = asked.await.unwrap();
    assert!(answers > 0);
    assert!(compared.position >= history.head());
    let entries = compared.tables.iter().find(|table| table.table == "entries").unwrap();
    assert_eq!((entries.only_in_older, entries.only_in_newer, entries.changed > 0), (0, 0, true));
    assert_eq!(entries.samples[0].changes, ["topic: null -> told"]);
    let (_, (_, told)) = model.told(at_least(company(60).head())).await.unwrap();
    assert_eq!(told, orders(60), "all of them are folded by the new version");
    model.model.shutdown().await;
    assert_eq!(names(&house), [numbered(1)], "the older file is gone");
}

#[tokio::test]
async fn a_definition_that_changed_without_its_version_is_built_beside_too() {
    let (house, history, store) = folded(3).await;
    let model = open(&house, store, Refactored, true);
    assert_eq!(
        model.told(at_once(Position::START)).await.map(|told| told.0).ok(),
        None,
        "nothing is known yet"
    );
    model.told(at_least(history.head())).await.unwrap();
    model.model.shared().settled().await;
    assert!(model.model.shared().compared().unwrap().is_equal());
    let serving = model.model.shared().core();
    assert_eq!(serving.file.definition, Definition::of::<Refactored>());
    model.settled().await;
    assert_eq!(names(&house), [format!("timeline.v{}.2.db", TimelineProjection::VERSION)]);
}

#[tokio::test]
async fn an_older_file_with_other_tables_does_not_serve_and_is_compared_all_the_same() {
    let (house, history, store) = folded(5).await;
    company(6).append_to(&*store, history.head()).await;
    let model = open(&house, store, OtherTables, false);
    assert_eq!(model.model.shared().core().file.definition, Definition::of::<OtherTables>());
    let (position, (entries, _)) = model.told(at_least(Position::START)).await.unwrap();
    assert_eq!(position, company(6).head(), "a half-folded file does not answer");
    assert!(entries > 0);
    model.model.shared().settled().await;
    let compared = model.model.shared().compared().unwrap();
    assert_eq!(
        (compared.position, compared.only_in_newer.as_slice()),
        (history.head(), &["more".to_owned()][..])
    );
    assert!(compared.is_equal());
    model.settled().await;
    assert_eq!(names(&house), [numbered(1)]);
}

#[tokio::test]
async fn while_it_is_built_a_query_is_told_how_far() {
    let (house, history, store) = folded(5).await;
    let model = open(&house, store, OtherTables, false);
    let refused = model.told(at_once(Position::START)).await.unwrap_err();
    assert!(matches!(refused, QueryError::Building { projection: "timeline", .. }), "{refused:?}");
    model.told(at_least(history.head())).await.unwrap();
    model.settled().await;
}

#[tokio::test]
async fn a_difference_holds_it_back_where_it_must_be_equal_until_it_is_switched_to() {
    let (house, history, store) = folded(5).await;
    let model = open(&house, Arc::<MemoryStore>::clone(&store), NextVersion, true);
    model.model.shared().entered(&Phase::Held(Held::Differs)).await;
    let (_, (_, told)) = model.told(at_least(history.head())).await.unwrap();
    assert_eq!(told, 0, "the older file serves");
    assert_eq!(model.model.rebuild(false).await, Some(Err(crate::read_model::Refused::UnderWay)));
    model.model.shutdown().await;
    assert_eq!(names(&house), [numbered(0), numbered(1)], "both are kept");

    // It is held back again after a start, whatever that start says of other rebuilds.
    let model = open(&house, Arc::<MemoryStore>::clone(&store), NextVersion, false);
    model.model.shared().entered(&Phase::Held(Held::Differs)).await;
    company(6).append_to(&*store, history.head()).await;
    model.told(at_least(company(6).head())).await.unwrap();
    assert_eq!(model.model.switch().await, Some(Ok(())));
    let (_, (_, told)) = model.told(at_least(company(6).head())).await.unwrap();
    assert_eq!(told, orders(6), "the new file serves, and has followed meanwhile");
    assert_eq!(model.model.switch().await, Some(Err(crate::read_model::Refused::NothingBuilt)));
    model.settled().await;
    assert_eq!(names(&house), [numbered(1)]);
}

#[tokio::test]
async fn what_was_held_back_can_be_discarded() {
    let (house, history, store) = folded(5).await;
    let model = open(&house, store, NextVersion, true);
    model.model.shared().entered(&Phase::Held(Held::Differs)).await;
    assert_eq!(model.model.discard().await, Some(Ok(())));
    assert_eq!(model.model.discard().await, Some(Err(crate::read_model::Refused::NothingBuilt)));
    assert_eq!(model.told(at_least(history.head())).await.unwrap().1.1, 0);
    model.settled().await;
    assert_eq!(names(&house), [numbered(0)]);
}

#[tokio::test]
async fn a_rebuild_that_was_cut_off_goes_on_where_it_was() {
    let (house, history, store) = folded(40).await;
    let model = open(&house, Arc::<MemoryStore>::clone(&store), NextVersion, true);
    model.model.shared().entered(&Phase::Held(Held::Differs)).await;
    // As a kill leaves it: the files are open, and their journals are not worked in.
    let after = House::new();
    fs::create_dir(after.read_directory()).unwrap();
    for file in fs::read_dir(house.read_directory()).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), after.read_directory().join(file.file_name())).unwrap();
    }
    model.model.shutdown().await;
    // The comparison had not been written, and half of the log was folded.
    let beside = Connection::open(after.file("timeline")).unwrap();
    beside.execute("UPDATE build SET comparison = NULL", []).unwrap();
    drop(beside);
    let model = open(&after, store, NextVersion, true);
    model.model.shared().entered(&Phase::Held(Held::Differs)).await;
    assert_eq!(model.model.shared().compared().unwrap().position, history.head());
    model.model.switch().await.unwrap().unwrap();
    assert_eq!(model.told(at_least(history.head())).await.unwrap().1.1, orders(40));
    model.settled().await;
}

#[tokio::test]
async fn a_rebuild_that_is_further_than_a_parked_file_is_held_back_and_says_that_nothing_was_compared() {
    let history = company(5);
    let (house, store) = (House::new(), log_of(&history.until(Position(4))).await);
    let model = open(&house, Arc::<MemoryStore>::clone(&store), TimelineProjection, false);
    model.told(at_least(Position(4))).await.unwrap();
    model.settled().await;
    let early = fs::read(house.file("timeline")).unwrap();
    history.append_to(&*store, Position(4)).await;
    let model = open(&house, Arc::<MemoryStore>::clone(&store), NextVersion, true);
    model.model.shared().entered(&Phase::Held(Held::Differs)).await;
    model.model.shutdown().await;

    // The power went: the older file lost its last commits, the newer one what was found. And the log is damaged.
    fs::write(&house.files("timeline")[0], early).unwrap();
    let beside = Connection::open(house.file("timeline")).unwrap();
    beside.execute("UPDATE build SET comparison = NULL", []).unwrap();
    drop(beside);
    let fault = Fault::Damaged(Position(5), AtomicBool::new(false));
    let model = open(&house, Arc::new(Faulty { log: store, fault }), NextVersion, false);
    let cause = format!(
        "the older file cannot get past position 4, and the new one is at {} already: they have no position in common",
        history.head()
    );
    model.model.shared().entered(&Phase::Held(Held::NotCompared { cause })).await;
    let refused = model.told(at_least(history.head())).await.unwrap_err();
    assert_eq!(refused, QueryError::Parked { projection: "timeline", position: Position(5) });
    assert_eq!(model.model.switch().await, Some(Ok(())));
    let (position, (_, told)) = model.told(at_least(history.head())).await.unwrap();
    assert_eq!((position, told), (history.head(), orders(5)), "the new file serves");
    model.settled().await;
}

#[tokio::test]
async fn a_parked_file_is_compared_with_where_it_stands() {
    let history = company(5);
    let (house, store) = (House::new(), log_of(&history.until(Position(4))).await);
    let model = open(&house, Arc::<MemoryStore>::clone(&store), TimelineProjection, false);
    model.told(at_least(Position(4))).await.unwrap();
    model.settled().await;
    history.append_to(&*store, Position(4)).await;
    let fault = Fault::Damaged(Position(5), AtomicBool::new(false));
    let model = open(&house, Arc::new(Faulty { log: store, fault }), Refactored, true);
    // Where the log is damaged both stand still; they say the same of what comes before.
    model.model.shared().entered(&Phase::CatchingUp).await;
    assert_eq!(model.model.shared().compared().unwrap().position, Position(4));
    model.model.shutdown().await;
}

#[tokio::test]
async fn of_two_files_that_serve_after_a_kill_the_newer_one_does() {
    let (house, history, store) = folded(3).await;
    let first = house.file("timeline");
    let second = house.read_directory().join(format!("timeline.v{}.2.db", TimelineProjection::VERSION));
    fs::copy(&first, &second).unwrap();
    let model = open(&house, store, TimelineProjection, false);
    assert_eq!(model.model.shared().core().file.path(), second);
    model.told(at_least(history.head())).await.unwrap();
    model.settled().await;
    assert_eq!(house.files("timeline"), [second]);
}

#[tokio::test]
async fn a_paused_read_model_is_rebuilt_and_serves_what_it_had_meanwhile() {
    let (house, history, store) = folded(3).await;
    let model = open(&house, Arc::<MemoryStore>::clone(&store), TimelineProjection, false);
    model.told(at_least(history.head())).await.unwrap();
    model.model.pause().await.unwrap();
    company(4).append_to(&*store, history.head()).await;
    model.model.rebuild(true).await.unwrap().unwrap();
    model.model.shared().settled().await;
    assert_eq!(model.model.shared().compared().unwrap().position, history.head());
    let (position, _) = model.told(at_once(Position::START)).await.unwrap();
    assert_eq!(position, company(4).head(), "what was rebuilt follows again");
    model.settled().await;
}

#[tokio::test]
async fn a_poisoned_event_parks_what_is_built_and_the_older_file_serves_on() {
    let (house, history, store) = folded(3).await;
    let model = open(&house, Arc::<MemoryStore>::clone(&store), Poisoned, false);
    model.model.shared().entered(&Phase::Building).await;
    model.model.shared().rests().await;
    assert!(model.model.parked_at(Position(5)).is_some_and(|parked| parked.is_about_an_event()));
    assert_eq!(model.told(at_least(history.head())).await.unwrap().0, history.head());
    let status = model.model.shared().rebuild(history.head()).unwrap();
    assert_eq!((status.position, status.phase), (Position(4), Phase::Building));
    assert_eq!(model.model.discard().await, Some(Ok(())));
    model.settled().await;
    let log = store.read_all(Position(1), &Filter::all());
    assert_eq!(futures::StreamExt::count(log).await as u64, history.head().0, "nothing was written");
}

/// A build that cannot take in the fifth event.
#[derive(Clone)]
struct Poisoned;
impl Projection for Poisoned {
    const NAME: &'static str = TimelineProjection::NAME;
    const VERSION: u32 = TimelineProjection::VERSION + 1;
    const HANDLES: &'static [&'static str] = TimelineProjection::HANDLES;
    const SOURCES: &'static [&'static str] = &["poisoned"];

    fn schema() -> &'static str {
        TimelineProjection::schema()
    }

    fn project(&mut self, tx: &Transaction<'_>, event: &Projected<'_>) -> Result<(), ProjectError> {
        // The older file has taken it in already.
        assert_ne!(event.position(), Position(5), "a planted fault");
        TimelineProjection.project(tx, event)
    }
}
