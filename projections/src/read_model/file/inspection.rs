//! A read model's file as a process reads it that does not follow the log: a check. Nothing is written to it.

use rapport_domain::envelope::Position;
use rusqlite::Connection;

use super::{APPLICATION_ID, Checkpoint, ModelFile, OpenError};

/// Findings of the engine that a report names.
const FINDINGS_MAX: usize = 10;

/// What a check of a read model's file found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelReport {
    /// Which read model.
    pub projection: &'static str,
    /// The file's name.
    pub file: String,
    /// The last event that it has taken in, and that event's id; nothing where that cannot be read.
    pub checkpoint: Option<(Position, Option<String>)>,
    /// What is wrong with the file.
    pub faults: Vec<String>,
}

impl ModelFile {
    /// Looks at the file; nothing where there is none, or none that anything was folded into yet. Its structure takes
    /// one long read, which a server is spared.
    pub(crate) fn inspect(&self, with_structure: bool) -> Option<ModelReport> {
        if self.path.metadata().is_ok_and(|metadata| metadata.len() == 0) || !self.path.exists() {
            return None;
        }
        let mut report = ModelReport {
            projection: self.projection,
            file: self.file_name(),
            checkpoint: None,
            faults: Vec::new(),
        };
        if let Err(error) = self.look(with_structure, &mut report) {
            report.faults.push(error.to_string());
        }
        Some(report)
    }

    fn look(&self, with_structure: bool, report: &mut ModelReport) -> Result<(), OpenError> {
        if self.is_cut_short().map_err(|error| self.unusable(&error))? {
            return Err(self.damaged());
        }
        let connection = self.open_reader().map_err(|error| self.trouble(error))?;
        if let Some(found) = self.is_foreign(&connection).map_err(|error| self.trouble(error))? {
            return Err(self.foreign(found));
        }
        let checkpoint = Checkpoint::read(&connection).map_err(|error| self.trouble(error))?;
        report.checkpoint = Some((checkpoint.position, checkpoint.event_id));
        if with_structure {
            report.faults.extend(engine(&connection).map_err(|error| self.trouble(error))?);
        }
        Ok(())
    }

    pub(super) fn is_foreign(&self, connection: &Connection) -> rusqlite::Result<Option<String>> {
        let application: i64 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
        if application != APPLICATION_ID {
            return Ok(Some("another program's database".to_owned()));
        }
        self.differs(connection)
    }
}

/// What the engine says of its file, without a word of what stands in it.
fn engine(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare(&format!("PRAGMA integrity_check({FINDINGS_MAX})"))?;
    let said: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    let damage = said.into_iter().filter(|says| says != "ok");
    Ok(damage.map(|says| format!("the file is damaged: {}", says.replace('\n', "; "))).collect())
}
