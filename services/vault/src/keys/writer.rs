//! The one thread that changes the key file.
//!
//! Callers queue their requests; the thread drains the queue and makes the keys of everyone waiting in one
//! transaction with one fsync. Other processes have writers of their own: a transaction sees what they did before it,
//! and the file lets in one at a time.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use rapport_domain::id::ContactId;
use rapport_domain::personal::DataClass;
use rapport_domain::value::Instant;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::{mpsc, oneshot};

use super::epochs::Epoch;
use super::{Keyring, SubjectKeys, now, table};
use crate::error::{OpenError, VaultError};

/// Most requests that wait; further callers wait for a place in the queue.
pub const REQUESTS_QUEUED_MAX: usize = 1_024;
/// Most requests that share a transaction.
pub const REQUESTS_PER_COMMIT_MAX: usize = 256;
/// Most subjects of one request; a longer list becomes several requests.
pub const SUBJECTS_PER_REQUEST_MAX: usize = 500;
/// The journal is copied into the file after so many commits.
const COMMITS_PER_COPY: u32 = 256;

/// What destroying a subject's keys did, for the certificate of erasure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destroyed {
    /// Ids of the subject's keys, none of which opens anything any more.
    pub kids: Vec<String>,
    /// When they were destroyed: the first time, where it was done twice.
    pub at: Instant,
}

type Reply<T> = oneshot::Sender<Result<T, VaultError>>;

enum Request {
    Ensure { subjects: BTreeSet<ContactId>, reply: Reply<()> },
    Destroy { subject: ContactId, reply: Reply<Destroyed> },
}

/// The callers' end of the queue. Dropping it ends the thread once the queue is empty.
pub(crate) struct Writer {
    queue: Option<mpsc::Sender<Request>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(crate) fn start(connection: Connection, keyring: Arc<Keyring>) -> Result<Self, OpenError> {
        let (queue, requests) = mpsc::channel(REQUESTS_QUEUED_MAX);
        let worker = Worker::new(connection, keyring);
        let thread = thread::Builder::new()
            .name("vault-writer".to_owned())
            .spawn(move || worker.run(requests))
            .map_err(|error| OpenError::Storage { reason: error.to_string() })?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    pub(crate) async fn ensure(&self, subjects: &[ContactId]) -> Result<(), VaultError> {
        for part in subjects.chunks(SUBJECTS_PER_REQUEST_MAX) {
            let subjects = part.iter().copied().collect();
            self.ask(|reply| Request::Ensure { subjects, reply }).await?;
        }
        Ok(())
    }

    pub(crate) async fn destroy(&self, subject: ContactId) -> Result<Destroyed, VaultError> {
        self.ask(|reply| Request::Destroy { subject, reply }).await
    }

    async fn ask<T>(&self, request: impl FnOnce(Reply<T>) -> Request) -> Result<T, VaultError> {
        let (reply, answer) = oneshot::channel();
        let queue = self.queue.as_ref().ok_or(VaultError::Closed)?;
        queue.send(request(reply)).await.map_err(|_| VaultError::Closed)?;
        answer.await.map_err(|_| VaultError::Closed)?
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has reached every caller as `Closed`.
            let _ = thread.join();
        }
    }
}

struct Worker {
    connection: Connection,
    keyring: Arc<Keyring>,
    /// Since the journal was copied into the file.
    commits: u32,
    /// Whether something could not be forced to disk: from then on nobody knows what it holds.
    unforced: bool,
}

impl Worker {
    fn new(connection: Connection, keyring: Arc<Keyring>) -> Self {
        Self { connection, keyring, commits: 0, unforced: false }
    }

    fn run(mut self, mut requests: mpsc::Receiver<Request>) {
        while let Some(first) = requests.blocking_recv() {
            let batch = drain(first, &mut requests);
            self.serve(batch);
            self.commits += 1;
            if self.commits >= COMMITS_PER_COPY {
                self.copy_journal("PASSIVE");
            }
        }
        self.copy_journal("TRUNCATE");
    }

    /// Copies the journal into the file. Where that could not be forced to disk the journal stays, with all that it
    /// has: the next start copies it again.
    fn copy_journal(&mut self, mode: &str) {
        self.commits = 0;
        if self.unforced {
            return;
        }
        let copied = self.connection.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |_| Ok(()));
        // Any other failure passes: the journal goes on growing until a copy succeeds.
        self.unforced = matches!(copied.map_err(VaultError::from), Err(VaultError::Unforced));
    }

    fn serve(&mut self, batch: Vec<Request>) {
        let (mut ensures, mut destroys) = (Vec::new(), Vec::new());
        for request in batch {
            match request {
                Request::Ensure { subjects, reply } => ensures.push((subjects, reply)),
                Request::Destroy { subject, reply } => destroys.push((subject, reply)),
            }
        }
        if !ensures.is_empty() {
            self.ensure_all(ensures);
        }
        if !destroys.is_empty() {
            self.destroy_all(destroys);
        }
    }

    /// Does something unless something before could not be forced to disk.
    fn while_forced<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, VaultError>,
    ) -> Result<T, VaultError> {
        if self.unforced {
            return Err(VaultError::Unforced);
        }
        let done = work(self);
        self.unforced = matches!(done, Err(VaultError::Unforced));
        done
    }

    fn ensure_all(&mut self, requests: Vec<(BTreeSet<ContactId>, Reply<()>)>) {
        let (lists, replies): (Vec<_>, Vec<_>) = requests.into_iter().unzip();
        let made = self.while_forced(|worker| worker.make_keys(&lists));
        answer(replies, made);
    }

    /// Makes what is missing, in one transaction. The outer error is everyone's, an inner one is its caller's.
    fn make_keys(
        &mut self,
        lists: &[BTreeSet<ContactId>],
    ) -> Result<Vec<Result<(), VaultError>>, VaultError> {
        let now = now()?;
        let tx = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let destruction = table::last_destruction(&tx)?;
        let newest = self.keyring.newest_epoch(&tx)?;
        let (mut made, mut answers) = (Vec::new(), Vec::with_capacity(lists.len()));
        for subjects in lists {
            answers.push(match wanting(&tx, subjects)? {
                Err(refusal) => Err(refusal),
                Ok(wanting) => {
                    for (subject, classes) in wanting {
                        made.push((subject, make(&tx, &newest, &subject, &classes, now)?));
                    }
                    Ok(())
                }
            });
        }
        tx.commit()?;
        for (subject, keys) in made {
            // Where only some were missing, the next look reads them all.
            if keys.is_complete() {
                self.keyring.remember(subject, Arc::new(keys), destruction);
            } else {
                self.keyring.forget(&subject);
            }
        }
        Ok(answers)
    }

    fn destroy_all(&mut self, requests: Vec<(ContactId, Reply<Destroyed>)>) {
        let (subjects, replies): (Vec<_>, Vec<_>) = requests.into_iter().unzip();
        let destroyed = self.while_forced(|worker| worker.destroy_keys(&subjects));
        answer(replies, destroyed);
    }

    fn destroy_keys(
        &mut self,
        subjects: &[ContactId],
    ) -> Result<Vec<Result<Destroyed, VaultError>>, VaultError> {
        let now = now()?;
        let tx = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut destroyed = Vec::with_capacity(subjects.len());
        for subject in subjects {
            table::bury(&tx, subject, now)?;
            let (kids, at) = table::graves(&tx, subject)?;
            destroyed.push(Ok(Destroyed { kids, at }));
        }
        tx.commit()?;
        for subject in subjects {
            self.keyring.forget(subject);
        }
        scrub(&self.connection)?;
        Ok(destroyed)
    }
}

/// The first request and whatever else waits already.
fn drain(first: Request, requests: &mut mpsc::Receiver<Request>) -> Vec<Request> {
    let mut batch = vec![first];
    while batch.len() < REQUESTS_PER_COMMIT_MAX {
        match requests.try_recv() {
            Ok(request) => batch.push(request),
            Err(mpsc::error::TryRecvError::Empty | mpsc::error::TryRecvError::Disconnected) => break,
        }
    }
    batch
}

fn answer<T>(replies: Vec<Reply<T>>, outcome: Result<Vec<Result<T, VaultError>>, VaultError>) {
    // A caller that went away does not take its answer; what it asked for is done all the same.
    match outcome {
        Ok(answers) => {
            for (reply, answer) in replies.into_iter().zip(answers) {
                let _ = reply.send(answer);
            }
        }
        Err(error) => {
            for reply in replies {
                let _ = reply.send(Err(error.clone()));
            }
        }
    }
}

type Wanting = Vec<(ContactId, Vec<DataClass>)>;

/// Which classes each subject has no key for; refused where one of the subjects is erased.
fn wanting(
    tx: &Transaction<'_>,
    subjects: &BTreeSet<ContactId>,
) -> Result<Result<Wanting, VaultError>, VaultError> {
    let mut wanting = Vec::new();
    for subject in subjects {
        let found = table::presence(tx, subject)?;
        if found.iter().any(|key| key.is_destroyed) {
            return Ok(Err(VaultError::SubjectErased { subject: *subject }));
        }
        let classes = DataClass::ALL.into_iter().filter(|class| !found.iter().any(|key| key.class == *class));
        let classes: Vec<_> = classes.collect();
        if !classes.is_empty() {
            wanting.push((*subject, classes));
        }
    }
    Ok(Ok(wanting))
}

fn make(
    tx: &Transaction<'_>,
    newest: &Epoch,
    subject: &ContactId,
    classes: &[DataClass],
    now: Instant,
) -> Result<SubjectKeys, VaultError> {
    let mut keys = Vec::with_capacity(classes.len());
    for class in classes {
        keys.push(table::insert(tx, newest, subject, *class, now)?);
    }
    Ok(SubjectKeys(keys))
}

/// Moves the overwritten pages into the file and empties the journal, which still has the old ones.
pub(super) fn scrub(connection: &Connection) -> Result<(), VaultError> {
    let busy: i64 = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if busy == 0 { Ok(()) } else { Err(VaultError::NotScrubbed) }
}

#[cfg(test)]
mod tests;
