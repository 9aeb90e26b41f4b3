//! What was denied lately: the first time is written down, and then how often it went on.

use std::num::NonZeroUsize;

use lru::LruCache;
use parking_lot::Mutex;
use rapport_application::Visit;
use rapport_domain::envelope::Actor;
use rapport_domain::value::{Instant, Label};

/// Shortest time between two events about the same caller and the same RPC, in microseconds: whoever is denied may ask as
/// often as they like, and the log is not theirs to fill.
const DENIAL_INTERVAL_MICROS: i64 = 60_000_000;
/// Most callers and RPCs that are remembered.
const DENIALS_REMEMBERED_MAX: NonZeroUsize = NonZeroUsize::new(10_000).unwrap();

/// Who was denied what, and when that was written down.
pub(super) struct Denials {
    recent: Mutex<LruCache<(Actor, Label, bool), Written>>,
}

/// When it was written down last, and how often it was denied since.
struct Written {
    at: Instant,
    unwritten: u64,
}

impl Default for Denials {
    fn default() -> Self {
        Self { recent: Mutex::new(LruCache::new(DENIALS_REMEMBERED_MAX)) }
    }
}

impl Denials {
    /// Takes note of a denial; how many were not written down since the last one that was, where this one is to be.
    pub(super) fn note(&self, visit: &Visit, personal: bool, now: Instant) -> Option<u64> {
        let what = (visit.actor.clone(), visit.rpc.clone(), personal);
        let mut recent = self.recent.lock();
        match recent.get_mut(&what) {
            Some(written) if now.micros() - written.at.micros() < DENIAL_INTERVAL_MICROS => {
                written.unwritten += 1;
                None
            }
            Some(written) => {
                let unwritten = std::mem::take(&mut written.unwritten);
                written.at = now;
                Some(unwritten)
            }
            None => {
                recent.put(what, Written { at: now, unwritten: 0 });
                Some(0)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rapport_domain::envelope::ActorKind;
    use rapport_domain::value::Reference;

    use super::*;

    fn visit(id: &str, rpc: &str) -> Visit {
        Visit {
            actor: Actor { kind: ActorKind::User, id: Reference::parse(id).unwrap(), on_behalf_of: None },
            rpc: Label::parse(rpc).unwrap(),
            purpose: None,
            correlation_id: None,
            traceparent: None,
        }
    }

    fn at(seconds: i64) -> Instant {
        Instant::from_micros(seconds * 1_000_000).unwrap()
    }

    #[test]
    fn the_first_denial_of_a_minute_is_written_down_with_how_many_were_not() {
        let denials = Denials::default();
        let export = visit("ann", "Export");
        let noted: Vec<Option<u64>> =
            [0, 1, 59, 60, 61, 200].map(|second| denials.note(&export, false, at(second))).into();
        assert_eq!(noted, [Some(0), None, None, Some(2), None, Some(1)]);
    }

    #[test]
    fn another_caller_another_rpc_and_another_kind_of_denial_are_denials_of_their_own() {
        let denials = Denials::default();
        for (id, rpc, personal) in [
            ("ann", "Export", false),
            ("bob", "Export", false),
            ("ann", "GetHead", false),
            ("ann", "Export", true),
        ] {
            assert_eq!(denials.note(&visit(id, rpc), personal, at(0)), Some(0), "{id} {rpc} {personal}");
        }
    }
}
