//! Merging neighbours into one run.

use std::sync::Arc;
use std::vec::IntoIter;

use rusqlite::Connection;

use super::table::{self, IndexError};
use super::{Entry, Run};

/// So many runs of one size become one of the next size. More: fewer bytes written, more filters to ask.
const RUNS_OF_A_SIZE: usize = 8;

/// The oldest neighbours that are as many as are merged.
pub(in crate::embedded) fn due(runs: &[Arc<Run>]) -> Option<Vec<Arc<Run>>> {
    let same_level = |neighbours: &&[Arc<Run>]| neighbours.iter().all(|run| run.level == neighbours[0].level);
    runs.windows(RUNS_OF_A_SIZE).find(same_level).map(<[Arc<Run>]>::to_vec)
}

/// The entries of several runs in order.
#[derive(Debug)]
pub(in crate::embedded) struct Merged {
    sources: Vec<Source>,
}

/// What is left of a run.
#[derive(Debug)]
struct Source {
    run: Arc<Run>,
    next_page: usize,
    page: IntoIter<Entry>,
    next: Option<Entry>,
}

impl Merged {
    /// From the beginning.
    pub(in crate::embedded) fn of(runs: &[Arc<Run>]) -> Self {
        let begin = |run| Source { run, next_page: 0, page: Vec::new().into_iter(), next: None };
        Self { sources: runs.iter().map(Arc::clone).map(begin).collect() }
    }

    /// The next entry; nothing at the end.
    pub(in crate::embedded) fn next(&mut self, connection: &Connection) -> Result<Option<Entry>, IndexError> {
        for source in &mut self.sources {
            source.fill(connection)?;
        }
        let waiting = self.sources.iter_mut().filter(|source| source.next.is_some());
        Ok(waiting.min_by_key(|source| source.next).and_then(|source| source.next.take()))
    }
}

impl Source {
    /// Looks one entry ahead. After an error it can be tried again.
    fn fill(&mut self, connection: &Connection) -> Result<(), IndexError> {
        if self.next.is_some() {
            return Ok(());
        }
        self.next = self.page.next();
        if self.next.is_none() && self.next_page < self.run.fences.len() {
            let page = u32::try_from(self.next_page).unwrap_or(u32::MAX);
            self.page = table::page(connection, self.run.number, page)?.into_iter();
            self.next_page += 1;
            self.next = self.page.next();
        }
        Ok(())
    }
}
