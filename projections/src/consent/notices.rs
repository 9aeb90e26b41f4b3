//! The words that subjects are shown: what was published of them.

use std::collections::BTreeSet;

use rapport_domain::consent::Notice;
use rapport_domain::envelope::Position;
use rapport_domain::notice::{Event, Text};
use rapport_domain::value::{Instant, Label, Reference, Sha256};
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction};

use super::ConsentProjection;
use crate::column::{At, Micros, Word, instant, word, word_or_null};
use crate::page::{Listing, Page, PageRequest};
use crate::projection::Projected;
use crate::query::QueryError;

/// Words as they were published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedNotice {
    /// What consents call the notice.
    pub id: Reference,
    /// Its version.
    pub version: Label,
    /// Language of the text, a BCP 47 tag.
    pub language: Reference,
    /// Digest of the text.
    pub wording_sha256: Sha256,
    /// The words; `None` where they were not asked for.
    pub text: Option<Text>,
    /// Position of the event in the log.
    pub position: Position,
    /// Id of the event.
    pub event_id: String,
    /// Business time.
    pub occurred_at: Instant,
    /// Log time.
    pub recorded_at: Instant,
}

/// Which words a list is about; what is `None` is not looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct NoticeFilter {
    /// What the company calls the notice.
    pub id: Option<Reference>,
    /// Its version.
    pub version: Option<Label>,
    /// Language of the text.
    pub language: Option<Reference>,
    /// Digest of the text.
    pub wording_sha256: Option<Sha256>,
    /// Whether the words are wanted too.
    pub with_text: bool,
}

/// Takes in what happened to a notice. What was published first stays, as in the aggregate.
pub(super) fn take(tx: &Transaction<'_>, event: &Projected<'_>, happened: &Event) -> rusqlite::Result<()> {
    match happened {
        Event::Published(published) => {
            tx.prepare_cached("INSERT OR IGNORE INTO notices VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")?
                .execute((
                At(event.position()),
                Word(&published.id),
                Word(&published.version),
                Word(&published.language),
                Word(published.wording_sha256),
                Word(&published.text),
                event.recorded.id.to_string(),
                Micros(event.occurred_at()),
                Micros(event.recorded.recorded_at),
            ))?;
            Ok(())
        }
    }
}

pub(super) fn list(
    connection: &Connection,
    filter: &NoticeFilter,
    page: &PageRequest,
) -> Result<Page<PublishedNotice>, QueryError> {
    let listing: Listing<i64> = Listing::open::<ConsentProjection>(&("notices", filter), page)?;
    let notices: Vec<PublishedNotice> = connection
        .prepare_cached(
            "SELECT position, notice_id, version, language, wording_sha256, iif(?5, text, NULL) AS text, event_id,
                 occurred_at, recorded_at
             FROM notices
             WHERE ifnull(notice_id = ?1, TRUE) AND ifnull(version = ?2, TRUE) AND ifnull(language = ?3, TRUE)
                 AND ifnull(wording_sha256 = ?4, TRUE) AND position > ?6
             ORDER BY position LIMIT ?7",
        )?
        .query_map(
            (
                filter.id.as_ref().map(Word),
                filter.version.as_ref().map(Word),
                filter.language.as_ref().map(Word),
                filter.wording_sha256.map(Word),
                filter.with_text,
                listing.after.unwrap_or(0),
                i64::try_from(listing.rows()).unwrap_or(i64::MAX),
            ),
            notice,
        )?
        .collect::<Result<_, _>>()?;
    listing.page(notices, |notice| i64::try_from(notice.position.0).unwrap_or(i64::MAX))
}

/// The published words that are named, each once, in the order in which they are named first. Without a digest nothing says
/// that they are those that were shown.
pub(super) fn named<'a>(
    connection: &Connection,
    names: impl Iterator<Item = &'a Notice>,
) -> rusqlite::Result<Vec<PublishedNotice>> {
    let mut statement = connection.prepare_cached(
        "SELECT * FROM notices WHERE notice_id = ?1 AND version = ?2 AND wording_sha256 = ?3 ORDER BY position LIMIT 1",
    )?;
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for name in names {
        let Some(digest) = &name.wording_sha256 else { continue };
        if seen.insert((&name.id, &name.version, digest)) {
            let key = (Word(&name.id), Word(&name.version), Word(digest));
            found.extend(statement.query_row(key, notice).optional()?);
        }
    }
    Ok(found)
}

fn notice(row: &Row<'_>) -> rusqlite::Result<PublishedNotice> {
    Ok(PublishedNotice {
        id: word(row, "notice_id")?,
        version: word(row, "version")?,
        language: word(row, "language")?,
        wording_sha256: word(row, "wording_sha256")?,
        text: word_or_null(row, "text")?,
        position: row.get::<_, At>("position")?.0,
        event_id: row.get("event_id")?,
        occurred_at: instant(row, "occurred_at")?,
        recorded_at: instant(row, "recorded_at")?,
    })
}
