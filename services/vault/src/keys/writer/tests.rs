use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use rusqlite::OpenFlags;
use tempfile::TempDir;

use super::*;
use crate::keys::{KeyFile, KeyState};
use crate::root_key::RootKey;

fn subject(number: usize) -> ContactId {
    ContactId::derived("tests", &number.to_string())
}

fn given() -> (TempDir, Worker) {
    let directory = tempfile::tempdir().unwrap();
    let root = RootKey::create(&directory.path().join("root.key")).unwrap();
    let file = KeyFile::open(&directory.path().join("vault.db"), &root).unwrap();
    let keyring = Arc::new(Keyring::new(file.reader, file.epochs).unwrap());
    (directory, Worker::new(file.writer, keyring))
}

fn ensure(subjects: &[ContactId]) -> (Request, oneshot::Receiver<Result<(), VaultError>>) {
    let (reply, answer) = oneshot::channel();
    (Request::Ensure { subjects: subjects.iter().copied().collect(), reply }, answer)
}

fn destroy(worker: &mut Worker, subject: ContactId) -> Result<Destroyed, VaultError> {
    let (reply, mut answer) = oneshot::channel();
    worker.serve(vec![Request::Destroy { subject, reply }]);
    answer.try_recv().unwrap()
}

/// Counts transactions; each is one fsync.
fn counted(connection: &mut Connection) -> Arc<AtomicUsize> {
    let commits = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&commits);
    let hook = move || {
        counter.fetch_add(1, Ordering::SeqCst);
        false
    };
    connection.commit_hook(Some(hook)).unwrap();
    commits
}

fn reading(directory: &Path) -> Connection {
    Connection::open_with_flags(directory.join("vault.db"), OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap()
}

fn state(worker: &Worker, subject: ContactId) -> &'static str {
    match worker.keyring.of(&subject).unwrap() {
        None => "none",
        Some(keys) => match keys.newest(DataClass::Contact).unwrap().state {
            KeyState::Live(_) => "in use",
            KeyState::Destroyed => "destroyed",
        },
    }
}

#[test]
fn everyone_who_waits_shares_one_transaction() {
    let (_directory, mut worker) = given();
    let commits = counted(&mut worker.connection);
    let (queue, mut requests) = mpsc::channel(REQUESTS_QUEUED_MAX);
    let mut answers = Vec::new();
    for number in 0..3 {
        let (request, answer) = ensure(&[subject(number)]);
        queue.try_send(request).ok().unwrap();
        answers.push(answer);
    }
    let first = requests.try_recv().unwrap();
    worker.serve(drain(first, &mut requests));
    assert!(answers.iter_mut().all(|answer| answer.try_recv() == Ok(Ok(()))));
    assert_eq!(commits.load(Ordering::SeqCst), 1);
}

#[test]
fn a_batch_is_bounded() {
    let (queue, mut requests) = mpsc::channel(REQUESTS_QUEUED_MAX);
    for number in 0..REQUESTS_PER_COMMIT_MAX + 1 {
        queue.try_send(ensure(&[subject(number)]).0).ok().unwrap();
    }
    let first = requests.try_recv().unwrap();
    assert_eq!(drain(first, &mut requests).len(), REQUESTS_PER_COMMIT_MAX);
    assert_eq!(requests.len(), 1);
}

#[test]
fn two_callers_who_want_keys_for_one_subject_get_the_same() {
    let (_directory, mut worker) = given();
    let ((one, mut first), (two, mut second)) = (ensure(&[subject(1)]), ensure(&[subject(1), subject(1)]));
    worker.serve(vec![one, two]);
    assert_eq!((first.try_recv(), second.try_recv()), (Ok(Ok(())), Ok(Ok(()))));
    let rows: u32 = worker.connection.query_row("SELECT count(*) FROM deks", [], |row| row.get(0)).unwrap();
    assert_eq!(rows, 3);
}

#[test]
fn an_erased_subject_fails_alone_and_takes_its_whole_request_with_it() {
    let (_directory, mut worker) = given();
    destroy(&mut worker, subject(1)).unwrap();
    let ((one, mut first), (two, mut second)) = (ensure(&[subject(2), subject(1)]), ensure(&[subject(3)]));
    worker.serve(vec![one, two]);
    assert_eq!(first.try_recv().unwrap(), Err(VaultError::SubjectErased { subject: subject(1) }));
    assert_eq!(second.try_recv().unwrap(), Ok(()));
    assert_eq!([1, 2, 3].map(|number| state(&worker, subject(number))), ["destroyed", "none", "in use"]);
}

/// As after an update that brings a new class of data.
#[test]
fn a_class_that_is_missing_is_added_to_the_keys_in_use() {
    let (_directory, mut worker) = given();
    let tx = worker.connection.transaction().unwrap();
    let newest = worker.keyring.newest_epoch(&tx).unwrap();
    table::insert(&tx, &newest, &subject(1), DataClass::Contact, Instant::MIN).unwrap();
    tx.commit().unwrap();
    let old = worker.keyring.of(&subject(1)).unwrap().unwrap();
    assert!(!old.is_complete());

    let (request, mut answer) = ensure(&[subject(1)]);
    worker.serve(vec![request]);
    assert_eq!(answer.try_recv().unwrap(), Ok(()));
    let new = worker.keyring.of(&subject(1)).unwrap().unwrap();
    assert!(new.is_complete());
    assert_eq!(new.newest(DataClass::Contact).unwrap().kid, old.newest(DataClass::Contact).unwrap().kid);
}

#[test]
fn a_full_disk_is_told_to_everyone_leaves_nothing_and_passes() {
    let (_directory, mut worker) = given();
    let limit =
        |worker: &Worker, pages: u32| worker.connection.pragma_update(None, "max_page_count", pages).unwrap();
    limit(&worker, 1);
    let many: Vec<_> = (0..200).map(subject).collect();
    let ((one, mut first), (two, mut second)) = (ensure(&many), ensure(&[subject(1_000)]));
    worker.serve(vec![one, two]);
    assert_eq!(first.try_recv().unwrap(), Err(VaultError::StorageFull));
    assert_eq!(second.try_recv().unwrap(), Err(VaultError::StorageFull));
    assert_eq!([state(&worker, subject(0)), state(&worker, subject(1_000))], ["none", "none"]);

    limit(&worker, 1_000_000);
    let (again, mut answer) = ensure(&many);
    worker.serve(vec![again]);
    assert_eq!(answer.try_recv().unwrap(), Ok(()));
    assert_eq!(state(&worker, subject(0)), "in use");
}

#[test]
fn keys_that_are_all_there_cost_no_write() {
    let (directory, mut worker) = given();
    let (one, _first) = ensure(&[subject(1)]);
    worker.serve(vec![one]);
    let journal = || std::fs::metadata(directory.path().join("vault.db-wal")).unwrap().len();
    let before = journal();
    let (two, mut second) = ensure(&[subject(1)]);
    worker.serve(vec![two]);
    assert_eq!(second.try_recv().unwrap(), Ok(()));
    assert_eq!(journal(), before);
}

#[test]
fn a_reader_that_keeps_old_pages_is_reported_and_repeating_finishes_the_work() {
    let (directory, mut worker) = given();
    let (one, _first) = ensure(&[subject(1)]);
    worker.serve(vec![one]);
    worker.connection.busy_timeout(std::time::Duration::ZERO).unwrap();

    let mut other = reading(directory.path());
    let reading = other.transaction().unwrap();
    let _: u32 = reading.query_row("SELECT count(*) FROM deks", [], |row| row.get(0)).unwrap();
    assert_eq!(destroy(&mut worker, subject(1)), Err(VaultError::NotScrubbed));
    assert_eq!(state(&worker, subject(1)), "destroyed");
    drop(reading);

    let finished = destroy(&mut worker, subject(1)).unwrap();
    assert_eq!(finished.kids.len(), 3);
    assert_eq!(std::fs::metadata(directory.path().join("vault.db-wal")).unwrap().len(), 0);
    assert_eq!(destroy(&mut worker, subject(1)), Ok(finished));
}

/// Readers look a key up again and again while it is destroyed: none may bring it back into memory.
#[test]
fn no_reader_sees_a_key_after_its_destruction_was_answered() {
    const SUBJECTS: usize = 100;
    let (_directory, mut worker) = given();
    let subjects: Vec<_> = (0..SUBJECTS).map(subject).collect();
    let (all, _answer) = ensure(&subjects);
    worker.serve(vec![all]);
    let destroyed = AtomicUsize::new(0);
    let keyring = Arc::clone(&worker.keyring);
    thread::scope(|scope| {
        scope.spawn(|| {
            loop {
                let gone = destroyed.load(Ordering::SeqCst);
                for (number, subject) in subjects.iter().enumerate() {
                    let keys = keyring.of(subject).unwrap().unwrap();
                    assert!(number >= gone || keys.is_erased(), "{number} of {gone}");
                    // So that the next look reads the file.
                    keyring.cache.lock().pop(subject);
                }
                if gone == SUBJECTS {
                    break;
                }
            }
        });
        for (number, subject) in subjects.iter().enumerate() {
            destroy(&mut worker, *subject).unwrap();
            destroyed.store(number + 1, Ordering::SeqCst);
        }
    });
}

#[test]
fn another_writer_that_keeps_the_file_is_waited_for_and_then_told() {
    let (directory, mut worker) = given();
    worker.connection.busy_timeout(std::time::Duration::ZERO).unwrap();
    let other = Connection::open(directory.path().join("vault.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let (one, mut first) = ensure(&[subject(1)]);
    worker.serve(vec![one]);
    assert!(matches!(first.try_recv().unwrap(), Err(VaultError::Storage { .. })));
    assert!(matches!(destroy(&mut worker, subject(1)), Err(VaultError::Storage { .. })));
    other.execute_batch("COMMIT").unwrap();
    let (two, mut second) = ensure(&[subject(1)]);
    worker.serve(vec![two]);
    assert_eq!(second.try_recv().unwrap(), Ok(()));
}

#[test]
fn destroying_twice_is_told_to_others_once() {
    let (_directory, mut worker) = given();
    let first = destroy(&mut worker, subject(1)).unwrap();
    assert_eq!(destroy(&mut worker, subject(1)), Ok(first));
    destroy(&mut worker, subject(2)).unwrap();
    let told = table::destructions_after(&worker.connection, 0).unwrap();
    assert_eq!(told, [(1, subject(1)), (2, subject(2))]);
    assert_eq!(table::destructions_after(&worker.connection, 1).unwrap(), [(2, subject(2))]);
}

#[test]
fn the_writer_finishes_what_was_queued_before_it_ends() {
    let (directory, worker) = given();
    let keyring = Arc::clone(&worker.keyring);
    let writer = Writer::start(worker.connection, Arc::clone(&keyring)).unwrap();
    let (request, answer) = ensure(&[subject(1)]);
    writer.queue.as_ref().unwrap().try_send(request).ok().unwrap();
    drop(writer);
    assert_eq!(answer.blocking_recv().unwrap(), Ok(()));
    let rows: u32 =
        reading(directory.path()).query_row("SELECT count(*) FROM deks", [], |row| row.get(0)).unwrap();
    assert_eq!(rows, 3);
}
