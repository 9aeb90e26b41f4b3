//! Parts of an amount: quantities of a thing, and shares in hundredths of a percent. Whole numbers, and one rule of rounding.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Invalid;

/// An amount times a number, divided by another, rounded half up to a whole unit; nothing where it does not fit.
pub(super) fn scaled(amount: i64, times: i128, divided_by: i128) -> Option<i64> {
    let twice = i128::from(amount).checked_mul(times)?.checked_mul(2)?.checked_add(divided_by)?;
    i64::try_from(twice.checked_div_euclid(divided_by.checked_mul(2)?)?).ok()
}

/// A share in basis points, hundredths of a percent: 0 to 10,000.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "u32", try_from = "u32")]
pub struct BasisPoints(u32);

impl BasisPoints {
    /// The whole.
    pub const MAX: u32 = 10_000;

    /// Takes a whole number from 0 to 10,000.
    ///
    /// # Errors
    /// When it is more.
    pub fn new(points: u32) -> Result<Self, Invalid> {
        if points <= Self::MAX {
            Ok(Self(points))
        } else {
            Err(Invalid::new("BASIS_POINTS_OUT_OF_RANGE", "expected a whole number from 0 to 10000"))
        }
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }

    /// This share of an amount, rounded half up; nothing where it does not fit.
    #[must_use]
    pub fn of(self, amount: i64) -> Option<i64> {
        scaled(amount, self.0.into(), Self::MAX.into())
    }
}

impl TryFrom<u32> for BasisPoints {
    type Error = Invalid;
    fn try_from(points: u32) -> Result<Self, Invalid> {
        Self::new(points)
    }
}
impl From<BasisPoints> for u32 {
    fn from(points: BasisPoints) -> Self {
        points.0
    }
}

/// How much of a thing, in thousandths: hours, metres and kilograms are sold in parts, and a part is exact this way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "u64", try_from = "u64")]
pub struct Quantity(u64);

impl Quantity {
    /// Most of a thing, in thousandths: a million.
    pub const THOUSANDTHS_MAX: u64 = 1_000_000_000;
    const ONE: u64 = 1_000;

    /// Takes thousandths, from 1 to [`Self::THOUSANDTHS_MAX`].
    ///
    /// # Errors
    /// When it is less or more.
    pub fn from_thousandths(thousandths: u64) -> Result<Self, Invalid> {
        if (1..=Self::THOUSANDTHS_MAX).contains(&thousandths) {
            Ok(Self(thousandths))
        } else {
            Err(Invalid::new("QUANTITY_OUT_OF_RANGE", "expected from 0.001 to 1000000, in thousandths"))
        }
    }

    /// Thousandths.
    #[must_use]
    pub const fn thousandths(self) -> u64 {
        self.0
    }

    /// What so much costs, rounded half up, where one costs an amount; nothing where it does not fit.
    #[must_use]
    pub fn at(self, unit_price: i64) -> Option<i64> {
        scaled(unit_price, self.0.into(), Self::ONE.into())
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, part) = (self.0 / Self::ONE, self.0 % Self::ONE);
        if part == 0 {
            return whole.fmt(f);
        }
        let part = format!("{part:0>3}");
        write!(f, "{whole}.{}", part.trim_end_matches('0'))
    }
}
impl TryFrom<u64> for Quantity {
    type Error = Invalid;
    fn try_from(thousandths: u64) -> Result<Self, Invalid> {
        Self::from_thousandths(thousandths)
    }
}
impl From<Quantity> for u64 {
    fn from(quantity: Quantity) -> Self {
        quantity.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_rounded_half_up() {
        let of = |points, amount| BasisPoints::new(points).unwrap().of(amount);
        assert_eq!(of(1_900, 50), Some(10), "9.5");
        assert_eq!(of(1_900, 49), Some(9), "9.31");
        assert_eq!(of(5_000, 1), Some(1), "0.5");
        assert_eq!(of(4_999, 1), Some(0), "0.4999");
        assert_eq!(of(10_000, i64::MAX), Some(i64::MAX));
        assert_eq!(of(0, i64::MAX), Some(0));
        assert_eq!(BasisPoints::new(10_001).unwrap_err().reason, "BASIS_POINTS_OUT_OF_RANGE");
    }

    #[test]
    fn a_quantity_is_counted_in_thousandths() {
        let quantity = |thousandths| Quantity::from_thousandths(thousandths).unwrap();
        assert_eq!(quantity(1_500).at(333), Some(500), "499.5");
        assert_eq!(quantity(1).at(499), Some(0), "0.499");
        assert_eq!(quantity(2_000).at(i64::MAX), None, "it does not fit");
        for (thousandths, text) in [(1_000, "1"), (1_500, "1.5"), (1_005, "1.005"), (20, "0.02")] {
            assert_eq!(quantity(thousandths).to_string(), text);
        }
        for thousandths in [0, Quantity::THOUSANDTHS_MAX + 1] {
            let refused = Quantity::from_thousandths(thousandths).unwrap_err();
            assert_eq!(refused.reason, "QUANTITY_OUT_OF_RANGE");
        }
    }
}
