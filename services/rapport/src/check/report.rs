//! What a check found, as JSON and in words.

use std::path::{Path, PathBuf};

use rapport_domain::envelope::Position;
use rapport_event_store::LogFinding;
use rapport_vault::KeyFileReader;
use serde::Serialize;
use serde_json::{Value, json};

use super::places::{LOG_FILE, VAULT_FILE};
use crate::output::facts;

/// What a check found.
#[derive(Debug, Default)]
pub struct Report {
    directory: PathBuf,
    log: Option<Log>,
    keys: Option<Keys>,
    keys_tried: bool,
    proven: Option<Compared>,
    read_models: Vec<ReadModel>,
    snapshots: Vec<Snapshot>,
    findings: Vec<Finding>,
    more: u64,
    not_judged: Vec<String>,
}

/// The log.
#[derive(Debug, Clone, Serialize)]
pub struct Log {
    /// Its name.
    pub log_id: String,
    /// Whether a server had it open.
    pub served: bool,
    /// Position of its last event.
    pub head: u64,
    /// Events that are as they were written.
    pub events: u64,
    /// Streams.
    pub streams: u64,
    /// Digest over all of them; nothing where some are damaged.
    pub digest: Option<String>,
}

/// What the log was compared with that does not stand in it.
#[derive(Debug, Clone, Serialize)]
pub struct Compared {
    /// Events that were compared with their leaves in the tree.
    pub leaves: u64,
    /// Events that the last checkpoint was signed for; nothing where there is none.
    pub signed: Option<u64>,
}

/// The keys of the contacts.
#[derive(Debug, Clone, Serialize)]
pub struct Keys {
    /// In use.
    pub live: u64,
    /// Destroyed.
    pub destroyed: u64,
    /// Whether they were opened with the root key.
    pub tried: bool,
}

/// A read model.
#[derive(Debug, Clone, Serialize)]
pub struct ReadModel {
    /// Its file's name.
    pub file: String,
    /// The last event that it has taken in.
    pub position: Option<u64>,
}

/// A copy of a read model as it stood at a position.
#[derive(Debug, Clone, Serialize)]
pub struct Snapshot {
    /// Its file's name.
    pub file: String,
    /// The last event in it.
    pub position: Option<u64>,
}

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// In which file of the directory.
    pub file: String,
    /// The first position of the log that it is about.
    pub from_position: Option<u64>,
    /// The last one.
    pub to_position: Option<u64>,
    /// What it is.
    pub what: String,
    /// What to do about it.
    pub to_do: String,
    /// Whether it is only about what stands in an event that is as it was written.
    #[serde(skip)]
    is_content: bool,
}

impl Finding {
    /// One that is about no event.
    pub(super) fn of(file: &str, what: impl Into<String>, to_do: &str) -> Self {
        let (what, to_do) = (what.into(), to_do.to_owned());
        Self { file: file.to_owned(), from_position: None, to_position: None, what, to_do, is_content: false }
    }

    /// One of the log.
    pub(super) fn in_log(finding: &LogFinding) -> Self {
        Self {
            from_position: finding.from.map(|position| position.0),
            to_position: finding.to.map(|position| position.0),
            is_content: finding.is_content(),
            ..Self::of(LOG_FILE, finding.fault.to_string(), finding.fault.advice())
        }
    }

    /// The same, about the event at a position.
    pub(super) fn at(self, position: Position) -> Self {
        Self { from_position: Some(position.0), to_position: Some(position.0), ..self }
    }

    fn place(&self) -> String {
        match (self.from_position, self.to_position) {
            (Some(from), Some(to)) if from != to => format!("{}, positions {from} to {to}", self.file),
            (Some(position), _) => format!("{}, position {position}", self.file),
            (None, _) => self.file.clone(),
        }
    }
}

impl Report {
    pub(super) fn of(directory: &Path) -> Self {
        Self { directory: directory.to_owned(), ..Self::default() }
    }

    pub(super) fn found(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    pub(super) fn found_more(&mut self, count: u64) {
        self.more += count;
    }

    pub(super) fn not_judged(&mut self, what: impl Into<String>) {
        self.not_judged.push(what.into());
    }

    pub(super) fn log(&mut self, log: Log) {
        self.log = Some(log);
    }

    pub(super) fn proven(&mut self, proven: Compared) {
        self.proven = Some(proven);
    }

    pub(super) fn read_model(&mut self, read_model: ReadModel) {
        self.read_models.push(read_model);
    }

    pub(super) fn snapshot(&mut self, snapshot: Snapshot) {
        self.snapshots.push(snapshot);
    }

    pub(super) const fn keys_were_tried(&mut self, tried: bool) {
        self.keys_tried = tried;
    }

    /// Looks at every key.
    pub(super) fn keys(&mut self, keys: &KeyFileReader, with_structure: bool) {
        let found = keys.check(with_structure);
        for (row, what) in &found.findings {
            let what = row.map_or_else(|| what.clone(), |row| format!("key {row}: {what}"));
            let to_do = "restore log and keys together with `rapport restore`";
            self.found(Finding::of(VAULT_FILE, what, to_do));
        }
        self.more += found.more;
        self.keys = Some(Keys { live: found.live, destroyed: found.destroyed, tried: self.keys_tried });
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.findings.is_empty()
    }

    /// Whether everything is as it was written, whatever stands in it.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        // Findings that are not listed are of the kinds of those that are: others would have taken their place.
        self.findings.iter().all(|finding| finding.is_content)
    }

    /// How many things are wrong.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.findings.len() as u64 + self.more
    }

    /// What is wrong and what nobody could tell, for people.
    #[must_use]
    pub fn remarks(&self) -> String {
        let mut rows: Vec<_> = self.not_judged.iter().map(|what| ("not judged", what.clone())).collect();
        rows.extend(self.finding_rows());
        facts(&rows)
    }

    fn finding_rows(&self) -> Vec<(&'static str, String)> {
        let mut rows = Vec::new();
        for finding in &self.findings {
            rows.push(("WRONG", format!("{}: {}", finding.place(), finding.what)));
            rows.push(("  to do", finding.to_do.clone()));
        }
        if self.more > 0 {
            rows.push(("WRONG", format!("{} more like these", self.more)));
        }
        rows
    }

    /// As JSON.
    #[must_use]
    pub fn document(&self) -> Value {
        json!({
            "directory": self.directory,
            "good": self.is_good(),
            "log": self.log,
            "proven": self.proven,
            "keys": self.keys,
            "read_models": self.read_models,
            "snapshots": self.snapshots,
            "findings": self.findings,
            "findings_not_listed": self.more,
            "not_judged": self.not_judged,
        })
    }

    /// For people.
    #[must_use]
    pub fn lines(&self) -> String {
        let mut rows = vec![("directory", self.directory.display().to_string())];
        if let Some(log) = &self.log {
            let served = if log.served { ", a server has it open" } else { "" };
            rows.push(("log", format!("{}{served}", log.log_id)));
            rows.push(("events", format!("{} of {}, in {} streams", log.events, log.head, log.streams)));
            rows.push((
                "digest",
                log.digest.clone().unwrap_or_else(|| "none: events are damaged".to_owned()),
            ));
        }
        if let Some(Compared { leaves, signed }) = &self.proven {
            let signed = signed.map_or("none".to_owned(), |events| format!("{events} events"));
            rows.push((
                "proven",
                format!("{leaves} events compared with the tree; last checkpoint: {signed}"),
            ));
        }
        if let Some(keys) = &self.keys {
            let tried = if keys.tried { "all tried" } else { "not tried" };
            rows.push(("keys", format!("{} in use, {} destroyed, {tried}", keys.live, keys.destroyed)));
        }
        for model in &self.read_models {
            let position = model.position.map_or("?".to_owned(), |position| position.to_string());
            rows.push(("read model", format!("{} at {position}", model.file)));
        }
        if !self.snapshots.is_empty() {
            rows.push(("snapshots", self.snapshots.len().to_string()));
        }
        rows.extend(self.not_judged.iter().map(|what| ("not judged", what.clone())));
        rows.extend(self.finding_rows());
        if self.is_good() {
            rows.push(("good", "nothing is wrong".to_owned()));
        }
        facts(&rows)
    }
}
