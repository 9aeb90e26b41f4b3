//! Words, times and amounts: between the contract's types and what people write and read.

mod amount;
mod bound;
mod time;
mod word;

pub use amount::{Basis, Span, money_of, parse_money, parse_rate};
pub use bound::Bound;
pub use time::{parse_moment, rfc3339, timestamp};
pub use word::{Word, parse_word, word_of};
