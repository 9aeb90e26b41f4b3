//! Bugs that the crash harness plants to see that it catches them. Only in builds with the feature `seeded-bugs`, and
//! without effect until [`plant`] is called; the shipped binary has neither.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use crate::EmbeddedOptions;

static PLANTED: AtomicU8 = AtomicU8::new(0);
static SHORT_INTERVALS: AtomicBool = AtomicBool::new(false);

/// A bug of the embedded log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum SeededBug {
    /// Appends are answered before they are on disk.
    AckBeforeFsync = 1,
    /// Checksums of events are not looked at.
    SkipChecksum,
    /// Events are noted as indexed, and are not.
    ForgetIndex,
    /// No event is recognised as one that stands in the log already.
    ForgetRepetitions,
    /// The log goes on after a commit that could not be forced to disk.
    CarryOn,
}

/// Plants a bug into this process.
pub fn plant(bug: SeededBug) {
    PLANTED.store(bug as u8, Ordering::Relaxed);
}

/// Makes merges of the index and checkpoints frequent, so that a short run meets them.
pub fn shorten_intervals() {
    SHORT_INTERVALS.store(true, Ordering::Relaxed);
}

pub(crate) fn is_planted(bug: SeededBug) -> bool {
    PLANTED.load(Ordering::Relaxed) == bug as u8
}

/// Shorter intervals, where they were asked for.
pub(crate) fn intervals(options: EmbeddedOptions) -> EmbeddedOptions {
    if SHORT_INTERVALS.load(Ordering::Relaxed) {
        EmbeddedOptions {
            index_interval: 40,
            checkpoint_pages: 48,
            stream_heads: 8,
            recent_bytes: 4_000,
            ..options
        }
    } else {
        options
    }
}
