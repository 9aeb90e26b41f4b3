//! Why a command to a quote is refused.

use super::decide::VERSIONS_MAX;
use super::pricing::LINES_MAX;
use crate::aggregate::Reason;
use crate::value::{Currency, Instant, Key};

/// Why a command to a quote is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// There is no quote under this id.
    #[error("no quote was created under this id")]
    NotCreated,
    /// Another quote stands under this id.
    #[error("another quote was created under this id; choose a new one")]
    AlreadyCreated,
    /// Nothing is offered.
    #[error("a quote has at least one line")]
    NoLines,
    /// More lines than there can be.
    #[error("a quote has at most {LINES_MAX} lines")]
    TooManyLines,
    /// More versions than there can be.
    #[error("a quote has at most {VERSIONS_MAX} versions; create another quote")]
    TooManyVersions,
    /// The price book has no such product.
    #[error("the price book has no product {product}")]
    ProductUnknown {
        /// The product.
        product: Key,
    },
    /// An amount is larger than can be counted.
    #[error("an amount is larger than can be counted")]
    AmountOverflow,
    /// A rate between a currency and itself.
    #[error("the quote is in {currency} already; a rate leads to another currency")]
    SameCurrency {
        /// The quote's currency.
        currency: Currency,
    },
    /// Nobody can answer what was not sent.
    #[error("the quote was not sent yet")]
    NotSent,
    /// It was sent with another last day.
    #[error("the quote was sent already; revise it to send it otherwise")]
    AlreadySent,
    /// The last day is over before it is sent.
    #[error("the last day of the quote was over at {over_at}")]
    ValidUntilPassed {
        /// When.
        over_at: Instant,
    },
    /// The customer means another version.
    #[error("version {current} of the quote counts, not version {version}")]
    VersionSuperseded {
        /// The version that was meant.
        version: u32,
        /// The one that counts.
        current: u32,
    },
    /// Neither the quote nor its rate is in the currency of the deal.
    #[error("the deal is in {deal}, the quote is in {quote} and has no rate to {deal}; revise it with one")]
    CurrencyUnmatched {
        /// The deal's currency.
        deal: Currency,
        /// The quote's.
        quote: Currency,
    },
    /// The last day is over.
    #[error("the quote has expired; create another one")]
    Expired,
    /// The customer took it.
    #[error("the quote was accepted; create another one")]
    Accepted,
    /// The customer did not take it.
    #[error("the quote was declined; create another one")]
    Declined,
    /// It was taken back.
    #[error("the quote was withdrawn; create another one")]
    Withdrawn,
}

impl Reason for Rejection {
    fn reason(&self) -> &'static str {
        match self {
            Self::NotCreated => "QUOTE_NOT_FOUND",
            Self::AlreadyCreated => "QUOTE_ALREADY_CREATED",
            Self::NoLines => "QUOTE_HAS_NO_LINES",
            Self::TooManyLines => "QUOTE_LINES_EXHAUSTED",
            Self::TooManyVersions => "QUOTE_VERSIONS_EXHAUSTED",
            Self::ProductUnknown { .. } => "QUOTE_PRODUCT_UNKNOWN",
            Self::AmountOverflow => "QUOTE_AMOUNT_OVERFLOW",
            Self::SameCurrency { .. } => "QUOTE_RATE_TO_SAME_CURRENCY",
            Self::NotSent => "QUOTE_NOT_SENT",
            Self::AlreadySent => "QUOTE_ALREADY_SENT",
            Self::ValidUntilPassed { .. } => "QUOTE_VALID_UNTIL_PASSED",
            Self::VersionSuperseded { .. } => "QUOTE_VERSION_SUPERSEDED",
            Self::CurrencyUnmatched { .. } => "QUOTE_CURRENCY_UNMATCHED",
            Self::Expired => "QUOTE_EXPIRED",
            Self::Accepted => "QUOTE_ACCEPTED",
            Self::Declined => "QUOTE_DECLINED",
            Self::Withdrawn => "QUOTE_WITHDRAWN",
        }
    }
}
