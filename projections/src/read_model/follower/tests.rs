//! Given a file that is parked at an event, when another server says to pass over it, then it hears of that.

use rapport_domain::envelope::StreamId;
use rapport_event_store::{EventStore as _, MemoryStore, Positions};

use super::*;
use crate::metrics::no_latencies;
use crate::read_model::feed::Feed;
use crate::read_model::file::{ModelFile, Survey};
use crate::read_model::following::Following;
use crate::read_model::skips::{Skip, write};
use crate::read_model::source::UNBOUNDED;
use crate::read_model::visibility::Visibility;
use crate::testing::{History, actor, at, contact, label, reference};
use crate::timeline::TimelineProjection;

/// Far longer than two looks at the log are apart, by a clock that stands still while there is anything to do.
const PATIENCE: Duration = Duration::from_secs(3_600);
/// More than a task takes to hear of something and to wait for the next thing.
const TURNS: usize = 100;

async fn turns() {
    for _ in 0..TURNS {
        task::yield_now().await;
    }
}

fn new_file(directory: &tempfile::TempDir) -> ModelFile {
    Survey::of::<TimelineProjection>(directory.path(), false).serving
}

#[tokio::test(start_paused = true)]
async fn a_skip_of_another_server_is_heard_though_a_command_comes_between() {
    let mut history = History::new();
    let stream = StreamId::parse(&format!("contact-{}", contact("c0"))).unwrap();
    let unreadable = r#"{"owner":12}"#.to_owned();
    history.add_raw(stream, "contact.owner_assigned.v1", at("2026-06-01T00:00:00Z"), unreadable);
    let store = Arc::new(MemoryStore::new());
    history.append_to(&*store, Position::START).await;
    let (ends, head) = watch::channel(Position(1));
    let feed = Arc::new(Feed::new(Arc::<MemoryStore>::clone(&store)));
    let log = Log { store: Arc::<MemoryStore>::clone(&store), feed, head, load_from: UNBOUNDED };
    let directory = tempfile::tempdir().unwrap();
    let visibility = Arc::new(Visibility::new(no_latencies()));
    let following = Following::start(new_file(&directory), TimelineProjection, log, visibility, UNBOUNDED);
    following.core.reached_or_at_rest(Position(1)).await;
    let State::Parked(parked) = following.core.state() else { panic!("it takes the event in") };
    assert_eq!((parked.position, store.positions()), (Position(1), Positions::Dense));
    // It has looked once whether somebody had said so before it was met here.
    turns().await;

    let skip = Skip {
        position: Position(1),
        reason: label("reported as a fault"),
        actor: actor(),
        request_id: reference("skip-1"),
        occurred_at: at("2026-11-28T10:00:00Z"),
    };
    let definition = &following.core.file.definition;
    write(&*store, definition, &history.events[0], &parked, skip).await.unwrap();
    ends.send_replace(store.head().await.unwrap());
    turns().await;
    following.hold().await.unwrap();
    following.let_go().await.unwrap();

    let mut progress = following.core.progress.subscribe();
    let heard = progress.wait_for(|progress| progress.position == Position(2));
    assert!(tokio::time::timeout(PATIENCE, heard).await.is_ok(), "it waits for yet another event");
    following.stop().await;
}
