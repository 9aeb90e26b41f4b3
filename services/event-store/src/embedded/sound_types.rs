//! The event types that rows had whose checksums fit.

use std::collections::HashSet;

use parking_lot::RwLock;

/// How many are remembered: those of ours, and as many of other services.
const SOUND_TYPES_MAX: usize = 1_024;

/// Types that are no damage: a row that has one of them and is not asked for need not be read to its end. What damage makes
/// of a type is not the name of another one.
#[derive(Debug, Default)]
pub(super) struct SoundTypes(RwLock<HashSet<String>>);

impl SoundTypes {
    pub(super) fn contains(&self, event_type: &str) -> bool {
        self.0.read().contains(event_type)
    }

    /// Remembers the type of a row that was checked, while there is room.
    pub(super) fn remember(&self, event_type: String) {
        let mut types = self.0.write();
        if types.len() < SOUND_TYPES_MAX {
            types.insert(event_type);
        }
    }
}
