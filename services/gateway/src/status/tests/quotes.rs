//! Every rejection of price books and quotes, and of the deals that are sold by them.

use rapport_application::Failure;
use rapport_domain::id::QuoteId;
use rapport_domain::value::{Currency, Instant, Key};
use rapport_domain::{opportunity, price_book, quote};

pub(super) fn quotes() -> Vec<Failure> {
    use quote::Rejection;
    let product = || Key::parse("chair").unwrap();
    let (euro, dollar) = (Currency::parse("EUR").unwrap(), Currency::parse("USD").unwrap());
    let books = [
        price_book::Rejection::Empty,
        price_book::Rejection::TooManyEntries,
        price_book::Rejection::ProductRepeated { product: product() },
        price_book::Rejection::PriceNegative { product: product() },
    ];
    let quotes = [
        Rejection::NotCreated,
        Rejection::AlreadyCreated,
        Rejection::NoLines,
        Rejection::TooManyLines,
        Rejection::TooManyVersions,
        Rejection::ProductUnknown { product: product() },
        Rejection::AmountOverflow,
        Rejection::SameCurrency { currency: euro },
        Rejection::NotSent,
        Rejection::AlreadySent,
        Rejection::ValidUntilPassed { over_at: Instant::MIN },
        Rejection::VersionSuperseded { version: 1, current: 2 },
        Rejection::CurrencyUnmatched { deal: dollar, quote: euro },
        Rejection::Expired,
        Rejection::Accepted,
        Rejection::Declined,
        Rejection::Withdrawn,
    ];
    let quote_id = QuoteId::derived("tests", "quote");
    let chosen = opportunity::Rejection::QuoteAlreadyChosen { quote_id };
    let deals = [Failure::from(chosen)];
    books.map(Failure::from).into_iter().chain(quotes.map(Failure::from)).chain(deals).collect()
}
