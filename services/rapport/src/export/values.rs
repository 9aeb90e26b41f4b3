//! The values of a column, row by row.

use rapport_domain::value::Instant;
use rapport_proto::v1::{ExportColumn, ExportKind, ExportValues};

use crate::error::Failure;

const MICROS_PER_DAY: i64 = 86_400_000_000;

/// What the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Integer,
    Text,
    Json,
    Flag,
    Time,
    Day,
}

/// One value.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Value {
    Integer(i64),
    Text(String),
}

/// Hands the values of a column out, row by row.
pub(super) struct Cursor {
    texts: bool,
    present: std::vec::IntoIter<bool>,
    integers: std::vec::IntoIter<i64>,
    words: std::vec::IntoIter<String>,
}

impl Kind {
    /// Of a column of the server's.
    ///
    /// # Errors
    /// When this program does not know the kind.
    pub(super) fn of(column: &ExportColumn) -> Result<Self, Failure> {
        match ExportKind::try_from(column.kind) {
            Ok(ExportKind::Integer) => Ok(Self::Integer),
            Ok(ExportKind::Text | ExportKind::Personal) => Ok(Self::Text),
            Ok(ExportKind::Json) => Ok(Self::Json),
            Ok(ExportKind::Flag) => Ok(Self::Flag),
            Ok(ExportKind::Time) => Ok(Self::Time),
            Ok(ExportKind::Day) => Ok(Self::Day),
            Ok(ExportKind::Unspecified) | Err(_) => Err(senseless()),
        }
    }

    /// Whether its values are texts.
    pub(super) const fn is_text(self) -> bool {
        match self {
            Self::Text | Self::Json => true,
            Self::Integer | Self::Flag | Self::Time | Self::Day => false,
        }
    }
}

impl Cursor {
    pub(super) fn new(kind: Kind, values: ExportValues) -> Self {
        let ExportValues { present, integers, texts } = values;
        Self {
            texts: kind.is_text(),
            present: present.into_iter(),
            integers: integers.into_iter(),
            words: texts.into_iter(),
        }
    }

    /// The value of the next row; nothing where it has none.
    ///
    /// # Errors
    /// When there are fewer values than rows.
    pub(super) fn next(&mut self) -> Result<Option<Value>, Failure> {
        if self.present.next() == Some(false) {
            return Ok(None);
        }
        let value = if self.texts {
            self.words.next().map(Value::Text)
        } else {
            self.integers.next().map(Value::Integer)
        };
        value.map(Some).ok_or_else(senseless)
    }
}

/// A moment, as RFC 3339.
pub(super) fn moment(micros: i64) -> Result<String, Failure> {
    Instant::from_micros(micros).map(|instant| instant.to_string()).map_err(|_| senseless())
}

/// A day, as YYYY-MM-DD.
pub(super) fn day(days: i64) -> Result<String, Failure> {
    let start = days.checked_mul(MICROS_PER_DAY).ok_or_else(senseless)?;
    Instant::from_micros(start).map(|instant| instant.date().to_string()).map_err(|_| senseless())
}

/// The server speaks another contract than this program.
pub(super) fn senseless() -> Failure {
    Failure::Local(
        "the gateway's export makes no sense to this version of rapport; use the gateway's".to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_row_by_row_and_too_few_are_told() {
        let values =
            ExportValues { present: vec![true, false, true, true], integers: vec![7, -1], texts: vec![] };
        let mut cursor = Cursor::new(Kind::Integer, values);
        assert_eq!(cursor.next().unwrap(), Some(Value::Integer(7)));
        assert_eq!(cursor.next().unwrap(), None);
        assert_eq!(cursor.next().unwrap(), Some(Value::Integer(-1)));
        assert!(cursor.next().is_err());
    }

    #[test]
    fn times_and_days_are_written_as_everywhere() {
        assert_eq!(moment(-1).unwrap(), "1969-12-31T23:59:59.999999Z");
        assert_eq!((day(0).unwrap().as_str(), day(-1).unwrap().as_str()), ("1970-01-01", "1969-12-31"));
        assert!(day(i64::MAX).is_err());
    }
}
