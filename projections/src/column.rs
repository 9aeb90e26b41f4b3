//! How the domain's values stand in columns: words as text, the rest of them as JSON, times in microseconds.

use rapport_domain::envelope::{Position, Revision};
use rapport_domain::value::{Currency, Instant, Money};
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Row, RowIndex};
use serde::Serialize;
use serde::de::value::{Error as WordError, StrDeserializer};
use serde::de::{DeserializeOwned, IntoDeserializer as _};

/// A value whose JSON is a string: an id, a key, a currency, a day, an enumeration. Stored without the quotes.
pub(crate) struct Word<T>(pub(crate) T);

/// A value that is stored as its JSON.
pub(crate) struct Json<T>(pub(crate) T);

/// A position, stored as an integer.
pub(crate) struct At(pub(crate) Position);

/// A revision, stored as an integer.
pub(crate) struct Rev(pub(crate) Revision);

/// A moment, stored in microseconds since 1970.
pub(crate) struct Micros(pub(crate) Instant);

impl<T: Serialize> ToSql for Word<T> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        match serde_json::to_value(&self.0) {
            Ok(serde_json::Value::String(text)) => Ok(text.into()),
            Ok(_) => Err(no_form("the value is not a word")),
            Err(error) => Err(no_form(error)),
        }
    }
}

impl<T: DeserializeOwned> FromSql for Word<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let text: StrDeserializer<'_, WordError> = value.as_str()?.into_deserializer();
        T::deserialize(text).map(Self).map_err(|error| FromSqlError::Other(Box::new(error)))
    }
}

impl<T: Serialize> ToSql for Json<T> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        serde_json::to_string(&self.0).map(ToSqlOutput::from).map_err(no_form)
    }
}

impl<T: DeserializeOwned> FromSql for Json<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        serde_json::from_str(value.as_str()?).map(Self).map_err(|error| FromSqlError::Other(Box::new(error)))
    }
}

impl ToSql for At {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        i64::try_from(self.0.0).map(ToSqlOutput::from).map_err(no_form)
    }
}

impl FromSql for At {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        count(value.as_i64()?).map(|number| Self(Position(number)))
    }
}

impl ToSql for Rev {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        i64::try_from(self.0.0).map(ToSqlOutput::from).map_err(no_form)
    }
}

impl FromSql for Rev {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        count(value.as_i64()?).map(|number| Self(Revision(number)))
    }
}

impl ToSql for Micros {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.micros().into())
    }
}

impl FromSql for Micros {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Instant::from_micros(value.as_i64()?).map(Self).map_err(|error| FromSqlError::Other(Box::new(error)))
    }
}

/// A word in a column.
pub(crate) fn word<T: DeserializeOwned>(row: &Row<'_>, column: impl RowIndex) -> rusqlite::Result<T> {
    row.get::<_, Word<T>>(column).map(|word| word.0)
}

/// A word in a column, or NULL.
pub(crate) fn word_or_null<T: DeserializeOwned>(
    row: &Row<'_>,
    column: impl RowIndex,
) -> rusqlite::Result<Option<T>> {
    Ok(row.get::<_, Option<Word<T>>>(column)?.map(|word| word.0))
}

/// A word in a column where an empty text stands for none.
pub(crate) fn word_or_empty<T: DeserializeOwned>(
    row: &Row<'_>,
    column: impl RowIndex,
) -> rusqlite::Result<Option<T>> {
    if row.get_ref(column)?.as_str()?.is_empty() { Ok(None) } else { word(row, column).map(Some) }
}

/// A value stored as JSON.
pub(crate) fn json<T: DeserializeOwned>(row: &Row<'_>, column: impl RowIndex) -> rusqlite::Result<T> {
    row.get::<_, Json<T>>(column).map(|json| json.0)
}

/// A number that is a value of the domain, or NULL.
pub(crate) fn number_or_null<T: TryFrom<u32>>(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<T>> {
    let number: Option<u32> = row.get(column)?;
    let known = number.map(|number| T::try_from(number).map_err(|_| FromSqlError::OutOfRange(number.into())));
    Ok(known.transpose()?)
}

/// A value stored as JSON, or NULL.
pub(crate) fn json_or_null<T: DeserializeOwned>(
    row: &Row<'_>,
    column: impl RowIndex,
) -> rusqlite::Result<Option<T>> {
    Ok(row.get::<_, Option<Json<T>>>(column)?.map(|json| json.0))
}

/// A moment in a column.
pub(crate) fn instant(row: &Row<'_>, column: impl RowIndex) -> rusqlite::Result<Instant> {
    row.get::<_, Micros>(column).map(|micros| micros.0)
}

/// A moment in a column, or NULL.
pub(crate) fn instant_or_null(row: &Row<'_>, column: impl RowIndex) -> rusqlite::Result<Option<Instant>> {
    Ok(row.get::<_, Option<Micros>>(column)?.map(|micros| micros.0))
}

/// An amount in two columns, or NULL.
pub(crate) fn money_or_null(
    row: &Row<'_>,
    minor_units: impl RowIndex,
    currency: impl RowIndex,
) -> rusqlite::Result<Option<Money>> {
    let minor_units: Option<i64> = row.get(minor_units)?;
    let currency: Option<Currency> = word_or_null(row, currency)?;
    Ok(minor_units.zip(currency).map(|(minor_units, currency)| Money { minor_units, currency }))
}

/// A count that is stored as an integer and never negative.
pub(crate) fn count(number: i64) -> FromSqlResult<u64> {
    u64::try_from(number).map_err(|_| FromSqlError::OutOfRange(number))
}

fn no_form(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(error.into())
}
