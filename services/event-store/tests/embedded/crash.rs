//! Processes that die, and disks that fail in the middle of a commit. The test starts itself as the victim.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use rapport_domain::envelope::{EventId, ExpectedRevision, NewEvent, Position, Recorded};
use rapport_event_store::{AppendError, EventStore, Outcome};
use tempfile::TempDir;

use crate::sample::{append, event, log, open, sized, stream};

/// Tells a child which directory to work in.
const DIRECTORY: &str = "RAPPORT_CRASH_DIRECTORY";
const WRITERS: usize = 8;
/// Events of one append of the victim.
const APPEND_EVENTS: usize = 3;
const ACKNOWLEDGED_MIN: usize = 400;

fn victim(command: &mut Command, role: &str, directory: &Path) -> Child {
    command
        .args(["--exact", role, "--nocapture", "--test-threads=1"])
        .env(DIRECTORY, directory)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").unwrap();
    out.flush().unwrap();
}

/// The append number `number` of a writer.
fn of_writer(writer: usize, number: usize) -> Vec<NewEvent> {
    let first = (writer * 1_000_000 + number) * APPEND_EVENTS;
    (first..first + APPEND_EVENTS).map(event).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn victim_that_appends_until_it_is_killed() {
    let Some(directory) = std::env::var_os(DIRECTORY).map(PathBuf::from) else {
        return;
    };
    let store = Arc::new(open(&directory));
    let writers = (0..WRITERS).map(|writer| {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            for number in 0.. {
                let own = stream(&writer.to_string());
                let answer =
                    store.append(&own, ExpectedRevision::Any, of_writer(writer, number)).await.unwrap();
                say(&format!("acknowledged {writer} {number} {}", answer.position));
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
}

#[tokio::test]
async fn every_acknowledged_append_survives_a_kill() {
    let directory = TempDir::new().unwrap();
    for _round in 0..3 {
        std::fs::remove_dir_all(directory.path()).unwrap();
        let exe = std::env::current_exe().unwrap();
        let role = "crash::victim_that_appends_until_it_is_killed";
        let mut child = victim(&mut Command::new(exe), role, directory.path());
        let acknowledged = acknowledged_until_killed(&mut child);
        let store = open(directory.path());
        let log = log(&store).await.unwrap();
        for (writer, number, position) in acknowledged {
            let last = &log[position - 1];
            assert_eq!(last.id, of_writer(writer, number)[APPEND_EVENTS - 1].id);
            let (own, retry) = (stream(&writer.to_string()), of_writer(writer, number));
            let again = store.append(&own, ExpectedRevision::NoStream, retry).await.unwrap();
            assert_eq!(again.position.0, position as u64);
        }
        assert_whole(&log);
        let next = append(&store, event(usize::MAX / 2)).await.unwrap();
        assert_eq!(next.position.0, log.len() as u64 + 1);
    }
}

fn acknowledged_until_killed(child: &mut Child) -> Vec<(usize, usize, usize)> {
    let mut acknowledged = Vec::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        let Some((_, numbers)) = line.split_once("acknowledged ") else { continue };
        let numbers: Vec<usize> = numbers.split(' ').map_while(|number| number.parse().ok()).collect();
        if let [writer, number, position] = numbers[..] {
            acknowledged.push((writer, number, position));
        }
        if acknowledged.len() == ACKNOWLEDGED_MIN {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    assert!(acknowledged.len() >= ACKNOWLEDGED_MIN);
    acknowledged
}

/// Positions have no hole, and every append is there with all its events, next to each other.
fn assert_whole(log: &[Recorded]) {
    assert!((1..).zip(log).all(|(position, event)| event.position == Position(position)));
    assert_eq!(log.len() % APPEND_EVENTS, 0);
    let known: std::collections::HashSet<EventId> = log.iter().map(|event| event.id).collect();
    assert_eq!(known.len(), log.len());
    for append in log.chunks(APPEND_EVENTS) {
        assert!(append.iter().all(|event| event.stream == append[0].stream));
        let first: usize = append[0].data.parse().unwrap();
        assert_eq!(first % APPEND_EVENTS, 0);
        assert!((first..).zip(append).all(|(number, event)| event.data.parse() == Ok(number)));
    }
}

#[tokio::test]
async fn victim_whose_disk_fails() {
    let Some(directory) = std::env::var_os(DIRECTORY).map(PathBuf::from) else {
        return;
    };
    let store = open_with_long_wal(&directory);
    for number in 0.. {
        match append(&store, sized(number, 20_000)).await {
            Ok(_) => {}
            Err(error) => {
                say(&format!("failed {number} {:?} {}", error.outcome(), log(&store).await.unwrap().len()));
                break;
            }
        }
    }
    let later = append(&store, event(1_000_000)).await;
    if matches!(later, Err(AppendError::ReadOnly { .. })) {
        say("refused");
    }
}

fn open_with_long_wal(directory: &Path) -> rapport_event_store::EmbeddedStore {
    rapport_event_store::EmbeddedStore::open(directory, rapport_event_store::EmbeddedOptions::default())
        .unwrap()
}

#[cfg(unix)]
#[tokio::test]
async fn a_write_that_fails_in_a_commit_ends_writing_and_loses_nothing() {
    let directory = TempDir::new().unwrap();
    // The system refuses to let a file grow past 2 MiB: the commit that needs it fails in the write itself.
    let limited = r#"trap "" XFSZ; ulimit -f 4096; exec "$0" "$@""#;
    let mut command = Command::new("sh");
    command.args(["-c", limited]).arg(std::env::current_exe().unwrap());
    let child = victim(&mut command, "crash::victim_whose_disk_fails", directory.path());
    let output = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
    let said =
        |word: &str| output.lines().find_map(|line| line.split_once(word).map(|(_, rest)| rest.to_owned()));
    let failed = said("failed ").unwrap_or_else(|| panic!("the disk did not fail:\n{output}"));
    let [number, outcome, read] = failed.split(' ').collect::<Vec<_>>()[..] else { panic!("{failed}") };
    assert_eq!(outcome, format!("{:?}", Outcome::Unknown));
    assert_eq!(read, number, "what was acknowledged can still be read");
    assert!(said("refused").is_some(), "{output}");

    let acknowledged: usize = number.parse().unwrap();
    let store = open(directory.path());
    let log = log(&store).await.unwrap();
    assert!((acknowledged..=acknowledged + 1).contains(&log.len()));
    assert!(log.iter().zip(0..).all(|(stored, number)| stored.id == event(number).id));
    let retried = append(&store, sized(acknowledged, 20_000)).await.unwrap();
    assert_eq!(retried.position.0, acknowledged as u64 + 1);
}
