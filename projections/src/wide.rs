//! Sums that outgrow 64 bits, kept in two columns that each stay small: millions, and the rest below a million.
//!
//! Both parts are added on their own, so a row is changed without being read, and the engine's `sum()` works. Of
//! a time in microseconds, the millions are seconds.

use std::ops::{AddAssign, Neg, SubAssign};

const MILLION: i64 = 1_000_000;

/// A sum, not normalised: many values of it are the same number.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Wide {
    pub(crate) millions: i64,
    pub(crate) rest: i64,
}

impl Wide {
    /// The number.
    pub(crate) fn total(self) -> i128 {
        i128::from(self.millions) * i128::from(MILLION) + i128::from(self.rest)
    }

    /// Whether adding it leaves both columns as they are.
    pub(crate) const fn is_nothing(self) -> bool {
        self.millions == 0 && self.rest == 0
    }

    /// The number, or the nearest one that 64 bits hold.
    pub(crate) fn saturated(self) -> i64 {
        saturated(self.total())
    }
}

impl From<i64> for Wide {
    fn from(number: i64) -> Self {
        Self { millions: number.div_euclid(MILLION), rest: number.rem_euclid(MILLION) }
    }
}

impl PartialEq for Wide {
    fn eq(&self, other: &Self) -> bool {
        self.total() == other.total()
    }
}
impl Eq for Wide {}

impl AddAssign for Wide {
    fn add_assign(&mut self, other: Self) {
        self.millions = self.millions.saturating_add(other.millions);
        self.rest = self.rest.saturating_add(other.rest);
    }
}

impl SubAssign for Wide {
    fn sub_assign(&mut self, other: Self) {
        *self += -other;
    }
}

impl Neg for Wide {
    type Output = Self;
    fn neg(self) -> Self {
        Self { millions: self.millions.saturating_neg(), rest: self.rest.saturating_neg() }
    }
}

/// A number, or the nearest one that 64 bits hold.
pub(crate) fn saturated(number: i128) -> i64 {
    i64::try_from(number).unwrap_or(if number < 0 { i64::MIN } else { i64::MAX })
}

/// `numerator / denominator`, rounded half up; `None` when there is nothing to divide by.
pub(crate) fn half_up(numerator: i128, denominator: i128) -> Option<i128> {
    (denominator > 0).then(|| (2 * numerator + denominator).div_euclid(2 * denominator))
}

/// `part / whole` in hundredths of a percent, rounded half up; `None` when there is no whole.
pub(crate) fn basis_points(part: i128, whole: i128) -> Option<i64> {
    half_up(part.saturating_mul(10_000), whole).map(saturated)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_of_the_largest_numbers_is_exact() {
        let mut sum = Wide::default();
        for _ in 0..1_000 {
            sum += Wide::from(i64::MAX);
        }
        assert_eq!(sum.total(), i128::from(i64::MAX) * 1_000);
        assert_eq!(sum.saturated(), i64::MAX);
        for _ in 0..1_000 {
            sum -= Wide::from(i64::MAX);
        }
        assert_eq!(sum, Wide::from(0));
        assert_eq!(Wide::from(-7).saturated(), -7);
        assert_eq!(Wide::from(i64::MIN).total(), i128::from(i64::MIN));
    }

    #[test]
    fn halves_are_rounded_up() {
        assert_eq!(half_up(5, 2), Some(3));
        assert_eq!(half_up(-5, 2), Some(-2));
        assert_eq!(half_up(7, 5), Some(1));
        assert_eq!(half_up(1, 0), None);
        assert_eq!(basis_points(4_238, 6_711), Some(6_315));
        assert_eq!(basis_points(1, 3), Some(3_333));
        assert_eq!(basis_points(2, 3), Some(6_667));
    }
}
