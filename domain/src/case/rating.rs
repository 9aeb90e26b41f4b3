//! How a customer found the way that a case was solved.

use serde::{Deserialize, Serialize};

use crate::value::Invalid;

/// Worst and best that a customer can give.
const RANGE: std::ops::RangeInclusive<u32> = 1..=5;
/// What is low: 1 and 2 of 5 are told to whoever leads the group.
const LOW_MAX: u32 = 2;
/// What counts as satisfied: 4 and 5 of 5, as the trade counts customer satisfaction (CSAT).
const SATISFIED_MIN: u32 = 4;

/// A whole number from 1, the worst, to 5.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "u32", try_from = "u32")]
pub struct Rating(u32);

impl Rating {
    /// Takes a whole number from 1 to 5.
    ///
    /// # Errors
    /// When it is another one.
    pub fn new(rating: u32) -> Result<Self, Invalid> {
        if RANGE.contains(&rating) {
            Ok(Self(rating))
        } else {
            Err(Invalid::new("RATING_OUT_OF_RANGE", "expected a whole number from 1, the worst, to 5"))
        }
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }

    /// Whether somebody has to look at it.
    #[must_use]
    pub const fn is_low(self) -> bool {
        self.0 <= LOW_MAX
    }

    /// Whether the customer is satisfied.
    #[must_use]
    pub const fn is_satisfied(self) -> bool {
        self.0 >= SATISFIED_MIN
    }
}

impl TryFrom<u32> for Rating {
    type Error = Invalid;
    fn try_from(rating: u32) -> Result<Self, Invalid> {
        Self::new(rating)
    }
}
impl From<Rating> for u32 {
    fn from(rating: Rating) -> Self {
        rating.0
    }
}
