//! Pages by key: a page begins after the last entry of the page before, wherever that stands by now.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rapport_domain::envelope::Position;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::projection::Projection;
use crate::query::{Freshness, QueryError};

/// Most entries of a page.
pub const PAGE_SIZE_MAX: u32 = 200;
/// Entries of a page whose size is not said.
pub const PAGE_SIZE_DEFAULT: u32 = 50;
/// Longest page token that is looked at, in bytes.
pub const PAGE_TOKEN_BYTES_MAX: usize = 1024;
/// Bytes of a query's digest in its tokens.
const DIGEST_BYTES: usize = 12;

/// Which page of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageRequest {
    /// Entries at most; 0: [`PAGE_SIZE_DEFAULT`], more than [`PAGE_SIZE_MAX`]: that many.
    pub size: u32,
    /// `next_page_token` of the page before; empty: the first page.
    pub token: String,
    /// The moment that the list is asked as of; read models take it from [`Freshness`], so that a token serves one.
    pub as_of: Option<Position>,
}

impl PageRequest {
    /// The first page, of so many entries.
    #[must_use]
    pub const fn first(size: u32) -> Self {
        Self { size, token: String::new(), as_of: None }
    }

    /// The page of the list as it was at the moment that is asked for.
    pub(crate) fn of(self, freshness: Freshness) -> Self {
        Self { as_of: freshness.as_of, ..self }
    }
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The entries.
    pub items: Vec<T>,
    /// Asks for the next page; empty on the last one.
    pub next_page_token: String,
}

impl<T> Page<T> {
    /// A page of nothing.
    #[must_use]
    pub const fn empty() -> Self {
        Self { items: Vec::new(), next_page_token: String::new() }
    }

    /// The same page with every entry changed.
    #[must_use]
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(change).collect(), next_page_token: self.next_page_token }
    }
}

/// What a token holds: which query it belongs to, and the last entry's key.
#[derive(Serialize, Deserialize)]
struct Token<K> {
    q: String,
    k: K,
}

/// A list that is read page by page, its token checked.
pub(crate) struct Listing<K> {
    query: String,
    size: usize,
    /// The last entry of the page before.
    pub(crate) after: Option<K>,
}

impl<K: Serialize + DeserializeOwned> Listing<K> {
    /// Opens the list that `query` describes: its name and every parameter but the page.
    ///
    /// # Errors
    /// [`QueryError::PageToken`] when the token belongs to another query, or to none.
    pub(crate) fn open<P: Projection>(
        query: &impl Serialize,
        page: &PageRequest,
    ) -> Result<Self, QueryError> {
        let query = match page.as_of {
            None => digest::<P>(query)?,
            Some(as_of) => digest::<P>(&(query, as_of))?,
        };
        let after = if page.token.is_empty() { None } else { Some(decode(&query, &page.token)?) };
        let size = if page.size == 0 { PAGE_SIZE_DEFAULT } else { page.size.min(PAGE_SIZE_MAX) };
        Ok(Self { query, size: usize::try_from(size).unwrap_or(1), after })
    }

    /// Rows to read: one more than the page has, which tells whether there is another page.
    pub(crate) const fn rows(&self) -> usize {
        self.size + 1
    }

    /// The page of the rows that were read; `key` names a row's place in the list.
    pub(crate) fn page<T>(&self, mut rows: Vec<T>, key: impl Fn(&T) -> K) -> Result<Page<T>, QueryError> {
        let more = rows.len() > self.size;
        rows.truncate(self.size);
        let next_page_token = match rows.last() {
            Some(last) if more => encode(&Token { q: self.query.clone(), k: key(last) })?,
            Some(_) | None => String::new(),
        };
        Ok(Page { items: rows, next_page_token })
    }
}

fn digest<P: Projection>(query: &impl Serialize) -> Result<String, QueryError> {
    let described = serde_json::to_vec(&(P::NAME, P::VERSION, query)).map_err(|_| no_json())?;
    let digest = Sha256::digest(described);
    Ok(URL_SAFE_NO_PAD.encode(&digest[..DIGEST_BYTES]))
}

fn encode<K: Serialize>(token: &Token<K>) -> Result<String, QueryError> {
    serde_json::to_vec(token).map(|json| URL_SAFE_NO_PAD.encode(json)).map_err(|_| no_json())
}

fn decode<K: DeserializeOwned>(query: &str, token: &str) -> Result<K, QueryError> {
    if token.len() > PAGE_TOKEN_BYTES_MAX {
        return Err(QueryError::PageToken);
    }
    let json = URL_SAFE_NO_PAD.decode(token).map_err(|_| QueryError::PageToken)?;
    let token: Token<K> = serde_json::from_slice(&json).map_err(|_| QueryError::PageToken)?;
    if token.q == query { Ok(token.k) } else { Err(QueryError::PageToken) }
}

fn no_json() -> QueryError {
    QueryError::Unavailable { cause: "a query has no JSON form".to_owned() }
}
