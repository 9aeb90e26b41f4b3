//! Chance that comes out the same every time.

/// Where it begins. Another number is another customer base.
const SEED: u64 = 20_261_121;

/// Chance, for one customer: what one has does not depend on how many there are.
#[derive(Debug)]
pub(super) struct Chance(fastrand::Rng);

impl Chance {
    pub(super) fn of(customer: usize) -> Self {
        Self(fastrand::Rng::with_seed(SEED.wrapping_add(customer as u64)))
    }

    /// Whether something happens that happens in so many of a hundred cases.
    pub(super) fn percent(&mut self, percent: u32) -> bool {
        self.0.u32(0..100) < percent
    }

    /// A number from one to another, both inclusive.
    pub(super) fn between(&mut self, from: i64, to: i64) -> i64 {
        self.0.i64(from..=to.max(from))
    }

    /// One of several.
    pub(super) fn pick<'a, T: ?Sized>(&mut self, several: &[&'a T]) -> &'a T {
        several[self.0.usize(0..several.len())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_customer_has_the_same_chance_every_time() {
        let draw = |customer| {
            let mut chance = Chance::of(customer);
            (0..5).map(|_| chance.between(0, 1_000_000)).collect::<Vec<_>>()
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
    }
}
