//! How fast one caller may call.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use rapport_domain::envelope::Actor;

type Limiter<C> = RateLimiter<String, HashMapStateStore<String>, C, NoOpMiddleware<<C as Clock>::Instant>>;

/// So many calls a second for each caller, and as many at once after a pause (GCRA, a leaky bucket). A stream is one call.
#[derive(Clone)]
pub struct Pace<C: Clock = DefaultClock> {
    limiter: Arc<Limiter<C>>,
    clock: C,
}

impl Pace {
    /// A pace of so many calls a second.
    #[must_use]
    pub fn per_second(calls: NonZeroU32) -> Self {
        Self::by(DefaultClock::default(), calls)
    }
}

impl<C: Clock + Clone> Pace<C> {
    fn by(clock: C, calls: NonZeroU32) -> Self {
        let limiter = RateLimiter::new(Quota::per_second(calls), HashMapStateStore::default(), clock.clone());
        Self { limiter: Arc::new(limiter), clock }
    }

    /// Counts a call.
    ///
    /// # Errors
    /// How long to wait, when it comes too soon; then it is not counted.
    pub(super) fn count(&self, caller: &Actor) -> Result<(), Duration> {
        let counted = self.limiter.check_key(&caller.to_string());
        counted.map_err(|early| early.wait_time_from(self.clock.now()))
    }
}

#[cfg(test)]
mod tests {
    use governor::clock::FakeRelativeClock;
    use rapport_domain::envelope::ActorKind;
    use rapport_domain::value::Reference;

    use super::*;

    fn caller(id: &str) -> Actor {
        Actor { kind: ActorKind::Service, id: Reference::parse(id).unwrap(), on_behalf_of: None }
    }

    #[test]
    fn a_caller_has_so_many_calls_a_second_and_holds_up_nobody_else() {
        let clock = FakeRelativeClock::default();
        let pace = Pace::by(clock.clone(), NonZeroU32::new(4).unwrap());
        let (billing, shop) = (caller("billing"), caller("shop"));
        for _ in 0..4 {
            assert_eq!(pace.count(&billing), Ok(()));
        }
        assert_eq!(pace.count(&billing), Err(Duration::from_millis(250)));
        assert_eq!(pace.count(&shop), Ok(()));
        clock.advance(Duration::from_millis(250));
        assert_eq!(pace.count(&billing), Ok(()));
        assert_eq!(pace.count(&billing), Err(Duration::from_millis(250)));
    }
}
