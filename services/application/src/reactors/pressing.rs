//! What was noted to be pressing, counted for whoever watches.

use std::collections::BTreeMap;

use parking_lot::Mutex;

/// What is open and was noted to be pressing.
#[derive(Debug)]
pub struct Pressing<K>(Mutex<BTreeMap<K, Press>>);

/// How pressing something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Press {
    /// Little time is left.
    DueSoon,
    /// None is left.
    Overdue,
}

impl<K> Default for Pressing<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Ord> Pressing<K> {
    /// How many are as pressing as that.
    #[must_use]
    pub fn count(&self, press: Press) -> usize {
        self.0.lock().values().filter(|known| **known == press).count()
    }

    /// It is due anew, with no other warning: what was overdue is not.
    pub(super) fn ease(&self, key: &K) {
        let mut noted = self.0.lock();
        if noted.get(key) == Some(&Press::Overdue) {
            noted.remove(key);
        }
    }

    pub(super) fn note(&self, key: K, press: Option<Press>) {
        match press {
            Some(press) => self.0.lock().insert(key, press),
            None => self.0.lock().remove(&key),
        };
    }
}
