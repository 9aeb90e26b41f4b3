//! What was promised, kept outside of the server.

use std::collections::BTreeMap;

use super::history::Stored;
use super::request::{Answer, Failed, Request};

/// What is known of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fate {
    /// It may be in the log or not: no answer, or one that does not say.
    Unknown,
    /// It is in the log, and this was the first answer.
    Acknowledged(Answer),
    /// It is not in the log.
    Refused(String),
}

/// A request and its fate.
#[derive(Debug, Clone)]
pub(super) struct Promise {
    pub(super) request: Request,
    pub(super) fate: Fate,
}

/// Two answers to one request.
#[derive(Debug)]
pub(super) struct Contradiction {
    pub(super) request_id: String,
    pub(super) first: Answer,
    pub(super) then: String,
}

/// Everything that was promised on a data directory.
#[derive(Debug, Default)]
pub(super) struct Model {
    /// By request id.
    pub(super) promises: BTreeMap<String, Promise>,
    /// The log as it was read after the last crash: it never changes any more.
    pub(super) log: Vec<Stored>,
    /// Events that a follower was given since.
    pub(super) followed: Vec<Stored>,
    /// The first that was published: all deals are in it.
    pub(super) pipeline: Option<String>,
    pub(super) contacts: Vec<String>,
    /// Deals that nobody has tried to win.
    pub(super) deals: Vec<String>,
    /// Streams of a foreign service and the last revision that anybody was told.
    pub(super) ledgers: BTreeMap<String, u64>,
    pub(super) contradictions: Vec<Contradiction>,
    /// Whether the disk fails to read at present: the engine cannot tell that from damage, and says so.
    pub(super) reads_fail: bool,
}

impl Model {
    /// Before a request is sent.
    pub(super) fn sending(&mut self, request: &Request) {
        let promise = Promise { request: request.clone(), fate: Fate::Unknown };
        self.promises.entry(request.id().to_owned()).or_insert(promise);
    }

    /// After it was answered. `attempts` of it were on their way since it was known not to be in the log.
    pub(super) fn answered(&mut self, request: &Request, answer: &Result<Answer, Failed>, attempts: usize) {
        let Some(promise) = self.promises.get_mut(request.id()) else { return };
        match (&promise.fate, answer) {
            (Fate::Acknowledged(first), Ok(again)) if first == again => {}
            (Fate::Acknowledged(first), Ok(_) | Err(Failed::Refused(_)))
                if !is_passing(answer, self.reads_fail) =>
            {
                let (request_id, first) = (request.id().to_owned(), first.clone());
                self.contradictions.push(Contradiction { request_id, first, then: format!("{answer:?}") });
            }
            (Fate::Acknowledged(_), _) => {}
            (Fate::Unknown | Fate::Refused(_), Ok(answer)) => {
                promise.fate = Fate::Acknowledged(answer.clone());
                let request = promise.request.clone();
                self.exists(&request, answer);
            }
            // An attempt before this one may have been written.
            (Fate::Unknown, Err(Failed::Refused(reason))) if attempts == 1 => {
                promise.fate = Fate::Refused(reason.clone());
            }
            (Fate::Unknown, Err(_)) => {}
            (Fate::Refused(_), Err(Failed::Unknown(_))) => promise.fate = Fate::Unknown,
            (Fate::Refused(_), Err(Failed::Refused(_))) => {}
        }
    }

    fn exists(&mut self, request: &Request, answer: &Answer) {
        let id = answer.id.clone();
        match request {
            Request::Publish(_) => drop(self.pipeline.get_or_insert(id)),
            Request::Register(_) => self.contacts.push(id),
            Request::Open(_) => self.deals.push(id),
            Request::Append(append) => {
                let last = self.ledgers.entry(append.stream.clone()).or_default();
                *last = answer.revision.unwrap_or(0).max(*last);
            }
            Request::Record(_) | Request::Revise(_) | Request::Win(_) => {}
        }
    }

    /// Position of the last event of the log as it was last verified.
    pub(super) fn head(&self) -> u64 {
        self.log.last().map_or(0, |event| event.position)
    }
}

/// Whether a refusal is about the server's state and not about the request.
fn is_passing(answer: &Result<Answer, Failed>, reads_fail: bool) -> bool {
    const PASSING: [&str; 5] =
        ["STORE_UNAVAILABLE", "STORAGE_FULL", "SHUTTING_DOWN", "OVERLOADED", "DEADLINE_EXCEEDED"];
    let passes = |reason: &str| PASSING.contains(&reason) || (reads_fail && reason == "EVENT_CORRUPT");
    matches!(answer, Err(Failed::Refused(reason)) if passes(reason))
}
