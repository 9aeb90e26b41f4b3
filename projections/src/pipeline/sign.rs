//! Whether something is added to the counters or taken away.

use crate::wide::Wide;

#[derive(Clone, Copy)]
pub(super) enum Sign {
    Plus,
    Minus,
}

impl Sign {
    pub(super) const fn count(self) -> i64 {
        match self {
            Self::Plus => 1,
            Self::Minus => -1,
        }
    }

    pub(super) fn wide(self, number: i64) -> Wide {
        match self {
            Self::Plus => Wide::from(number),
            Self::Minus => -Wide::from(number),
        }
    }
}
