//! Writing a run: entries in, pages out.

use rapport_domain::envelope::Position;

use super::entry::ENTRY_BYTES;
use super::{Entry, Filter, Key, Ordinal, PAGE_ENTRIES, Run};

/// A page on its way to the file.
#[derive(Debug)]
pub(in crate::embedded) struct Page {
    pub(in crate::embedded) run: u32,
    pub(in crate::embedded) number: u32,
    pub(in crate::embedded) entries: Vec<u8>,
}

/// A run that is being written.
#[derive(Debug)]
pub(in crate::embedded) struct Builder {
    number: u32,
    fences: Vec<(Key, Ordinal)>,
    filter: Filter,
    keys: u64,
    last_key: Option<Key>,
    page: Vec<u8>,
}

impl Builder {
    /// An empty run, for at most so many different keys.
    pub(in crate::embedded) fn new(number: u32, keys: u64) -> Self {
        Self {
            number,
            fences: Vec::new(),
            filter: Filter::with_room_for(keys),
            keys: 0,
            last_key: None,
            page: Vec::new(),
        }
    }

    /// Adds the next entry in order; a page, when one is full.
    pub(in crate::embedded) fn add(&mut self, entry: &Entry) -> Option<Page> {
        if self.last_key != Some(entry.key) {
            self.last_key = Some(entry.key);
            self.filter.insert(entry.key);
            self.keys += 1;
        }
        if self.page.is_empty() {
            self.fences.push(entry.sorts_as());
            self.page.reserve_exact(PAGE_ENTRIES * ENTRY_BYTES);
        }
        entry.write(&mut self.page);
        (self.page.len() == PAGE_ENTRIES * ENTRY_BYTES).then(|| self.end_page())
    }

    /// The last page, and the run, over the events from `first` to `last`.
    pub(in crate::embedded) fn finish(
        mut self,
        level: u32,
        first: Position,
        last: Position,
    ) -> (Option<Page>, Run) {
        let page = (!self.page.is_empty()).then(|| self.end_page());
        let Self { number, fences, filter, keys, .. } = self;
        (page, Run { number, level, first, last, fences, filter, keys })
    }

    fn end_page(&mut self) -> Page {
        let number = u32::try_from(self.fences.len() - 1).unwrap_or(u32::MAX);
        Page { run: self.number, number, entries: std::mem::take(&mut self.page) }
    }
}
