//! Given somebody who was erased, when the directory is scrubbed, then no byte is left by which they could be found.

use rapport_domain::contact::{Contact, ContactPointEntry, Erased, Event, Registered};
use rapport_domain::id::{ContactPointId, SubjectRequestId};
use rapport_domain::personal::PersonalFields as _;
use rapport_domain::value::{ContactPoint, ContactPointKind};

use super::*;
use crate::testing::company::registered;

const ADDRESS: &str = "zz-canary@example.com";

/// Every file below a directory that holds a text, by name.
fn holding(directory: &Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(holding(&path, text));
        } else if fs::read(&path).unwrap().windows(text.len()).any(|bytes| bytes == text.as_bytes()) {
            found.push(path.file_name().unwrap().to_string_lossy().into_owned());
        }
    }
    found
}

impl House {
    /// A company in which the canary is registered, as the application would have sealed it.
    async fn with_canary(&self) -> History {
        let mut history = company(20);
        let point = ContactPoint::parse(ContactPointKind::Email, ADDRESS).unwrap();
        let entry = ContactPointEntry::new(ContactPointId::derived("tests", "canary"), point);
        let mut event = Event::from(Registered { contact_points: vec![entry], ..registered(0) });
        let canary = contact("canary");
        self.vault.ensure_keys(&[canary]).await.unwrap();
        self.vault.seal(&canary, event.personal_fields()).unwrap();
        history.add::<Contact>(&canary, "2026-01-01T00:00:00Z", event);
        history
    }
}

#[tokio::test]
async fn neither_the_file_nor_its_journal_nor_a_snapshot_holds_the_blind_index_of_who_was_erased() {
    let house = House::new();
    let mut history = house.with_canary().await;
    let blind = house.vault.blind("email", ADDRESS).as_str().to_owned();
    let store = log_of(&history).await;
    let options = Options::default();
    let (port, vault) = (Arc::clone(&store) as Arc<dyn EventStore>, Arc::clone(&house.vault));
    let projections =
        Projections::open_with(&house.read_directory(), port, vault, options, past::SCALE).unwrap();
    follow_up_to(&projections, history.head()).await;
    while !holding(&house.read_directory(), &blind).iter().any(|file| file.starts_with("000")) {
        tokio::task::yield_now().await;
    }

    let told = history.head();
    let request_id = SubjectRequestId::derived("tests", "erasure");
    history.add::<Contact>(&contact("canary"), "2026-02-01T00:00:00Z", Erased { request_id });
    history.append_to(&*store, told).await;
    house.vault.destroy_keys(&contact("canary")).await.unwrap();
    projections.scrub("directory", at_least(history.head())).await.unwrap();

    assert_eq!(holding(&house.read_directory(), &blind), [""; 0]);
    let kept = projections.directory().contact(at_once(history.head()), contact("canary")).await.unwrap();
    assert!(kept.value.erased && kept.value.contact_points.is_empty());
}

#[tokio::test]
async fn a_directory_that_has_not_heard_of_the_erasure_yet_is_not_called_scrubbed() {
    let house = House::new();
    let history = house.with_canary().await;
    let projections = house.open(log_of(&history).await);
    follow_up_to(&projections, history.head()).await;
    let early = projections.scrub("directory", at_once(history.head().next())).await;
    assert!(matches!(early, Err(ControlError::NotScrubbed { projection: "directory", .. })), "{early:?}");
}
