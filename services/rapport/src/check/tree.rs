//! Whether the log still is what was proved of it: each event against the leaf that the tree has of it, and the root of
//! the whole against the checkpoint that was signed last. Whoever rewrites an event and makes everything fit that stands
//! in the log itself has not changed these.

use std::path::Path;

use rapport_domain::envelope::{Position, Recorded};
use rapport_projections::transparency::TreeFile;
use rapport_transparency::tree::Peaks;
use rapport_transparency::{Checkpoint, Hash, header, last_signed};

use super::places::{LOG_FILE, READ_FOLDER, checkpoint_beside, log_key_beside};
use super::report::{Compared, Finding, Report};

/// Rewritten events that are named, by position.
const FINDINGS_MAX: usize = 100;
const TO_DO: &str = "keep the files as they are: the event was rewritten, or the tree was made of another log. Restore the log from a backup; where it was restored, run `rapport projections rebuild transparency`";
const TO_DO_SIGNED: &str = "the log lost its end, was rewritten, or was restored from an older backup: restore the newest one, or start the server and run `rapport audit declare-fork`";

/// What there is to compare with.
pub(super) struct Proven {
    tree: Option<TreeFile>,
    signed: Option<Checkpoint>,
    grown: Peaks,
    last: Position,
    /// Whether every event was there so far.
    is_whole: bool,
    compared: u64,
    rewritten: Vec<Finding>,
    more: u64,
    differs_from_signed: bool,
}

impl Proven {
    /// Takes down what was signed, and opens the tree. Before the log is opened: what is signed later says nothing of it.
    pub(super) fn of(directory: &Path, keys_dir: &Path, log_key: Option<&Path>, report: &mut Report) -> Self {
        let log_key = log_key.map_or_else(|| log_key_beside(keys_dir), Path::to_path_buf);
        let file = checkpoint_beside(&log_key);
        let signed = last_signed(&file).unwrap_or_else(|error| {
            report.found(Finding::of(
                &file.display().to_string(),
                error.to_string(),
                "put the right file back",
            ));
            None
        });
        let tree = TreeFile::open(&directory.join(READ_FOLDER)).unwrap_or_else(|error| {
            report.not_judged(format!("whether events were rewritten: the tree cannot be read, {error}"));
            None
        });
        Self {
            tree,
            signed,
            grown: Peaks::default(),
            last: Position::START,
            is_whole: true,
            compared: 0,
            rewritten: Vec::new(),
            more: 0,
            differs_from_signed: false,
        }
    }

    /// Looks at the next event.
    pub(super) fn compare(&mut self, event: &Recorded) {
        self.is_whole &= event.position == self.last.next();
        self.last = event.position;
        let Ok(leaf) = header::leaf(event).map(|header| Hash::of_leaf(&header)) else { return };
        if let Some(tree) = &self.tree
            && event.position <= tree.position()
        {
            self.compared += 1;
            if !matches!(tree.leaf(event.position), Ok(Some(hash)) if hash == leaf) {
                self.name(event.position);
            }
        }
        let _ = self.grown.push(leaf);
        if let Some(signed) = &self.signed
            && self.is_whole
            && self.grown.size() == signed.size
        {
            self.differs_from_signed = self.grown.root() != signed.root;
        }
    }

    fn name(&mut self, position: Position) {
        if self.rewritten.len() < FINDINGS_MAX {
            let what =
                "it is not the event that was recorded: its leaf in the tree over the log is another one";
            self.rewritten.push(Finding::of(LOG_FILE, what, TO_DO).at(position));
        } else {
            self.more += 1;
        }
    }

    /// What was found in the whole log.
    pub(super) fn tell(self, report: &mut Report) {
        self.rewritten.into_iter().for_each(|finding| report.found(finding));
        report.found_more(self.more);
        let signed = self.signed.as_ref().map(|signed| signed.size);
        report.proven(Compared { leaves: self.compared, signed });
        let Some(signed) = self.signed else { return };
        let (size, origin) = (signed.size, signed.origin);
        if self.is_whole && self.grown.size() < size {
            let what = format!(
                "a checkpoint of {origin} was signed for {size} events, and it has {}",
                self.grown.size()
            );
            report.found(Finding::of(LOG_FILE, what, TO_DO_SIGNED));
        } else if self.differs_from_signed {
            let what =
                format!("its first {size} events are not those that a checkpoint of {origin} was signed for");
            report.found(Finding::of(LOG_FILE, what, TO_DO_SIGNED));
        }
    }
}
