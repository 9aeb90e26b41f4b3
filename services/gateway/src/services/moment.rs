//! The moment that a query asks about: now, or what was known at one of the past.

use std::time::Duration;

use rapport_domain::envelope::Position;
use rapport_domain::value::{Instant, Invalid};
use rapport_projections::{Answer, Freshness, QueryError};
use rapport_proto::v1 as wire;
use rapport_proto::v1::query_header::AsOf;

use super::{FRESHNESS_WAIT_MAX, Services};
use crate::error::Error;
use crate::parse::{Fields, instant};
use crate::wire::timestamp;

/// Longest wait of a query for the read model of a past moment.
pub(crate) const PAST_WAIT_MAX: Duration = Duration::from_secs(7);
/// How long ago a time came that can be asked about. What is recorded by then has been written, unless a commit of the log
/// takes longer: it bears the time at which it began. So an answer as of a time is the same for ever where the log has a
/// later event, or no commit was under way for longer than this when it was asked; and where the log is one of KurrentDB,
/// or history is still brought in with times of the past, where it has a later event. As of a position it is in any case.
pub(crate) const SETTLED_AFTER: Duration = Duration::from_secs(2);

/// A moment, as it was understood.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    /// How fresh the answer has to be, or as of which position.
    pub(super) freshness: Freshness,
    /// Of a moment of the past: its log time.
    time: Option<Instant>,
    /// What is today then.
    pub(super) today: Instant,
}

impl Moment {
    /// As answers carry it.
    pub(super) fn as_of(&self) -> Option<prost_types::Timestamp> {
        self.time.map(timestamp)
    }

    /// What was not there yet is no failure of a question about the past: it has an answer that is empty.
    pub(super) fn known<T>(
        &self,
        answer: Result<Answer<T>, QueryError>,
    ) -> Result<Answer<Option<T>>, QueryError> {
        match (answer, self.freshness.as_of) {
            (Ok(Answer { position, value }), _) => Ok(Answer { position, value: Some(value) }),
            (Err(QueryError::NotFound { .. }), Some(position)) => Ok(Answer { position, value: None }),
            (Err(error), _) => Err(error),
        }
    }
}

/// How fresh a watch wants its beginning. What is watched is the present.
pub(super) fn present(header: Option<&wire::QueryHeader>) -> Result<Freshness, Error> {
    if header.is_some_and(|header| header.as_of.is_some()) {
        let expected = "expected nothing: what is watched is the present";
        return Err(refused("header.as_of", "AS_OF_WATCHED", expected));
    }
    let min_position = Position(header.map_or(0, |header| header.min_position));
    Ok(Freshness::at_least(min_position, FRESHNESS_WAIT_MAX))
}

/// The header of a question about the present that includes a position.
pub(super) fn at_least(position: Position) -> Option<wire::QueryHeader> {
    Some(wire::QueryHeader { min_position: position.0, as_of: None })
}

impl Services {
    /// The moment that a query's header names.
    pub(super) async fn moment(&self, header: Option<&wire::QueryHeader>) -> Result<Moment, Error> {
        let (position, time) = match header.and_then(|header| header.as_of) {
            None => {
                let freshness = present(header)?;
                return Ok(Moment { freshness, time: None, today: self.application.now() });
            }
            Some(AsOf::AsOfPosition(position)) => self.at_position(Position(position)).await?,
            Some(AsOf::AsOfTime(time)) => self.at_time(time).await?,
        };
        let min_position = Position(header.map_or(0, |header| header.min_position));
        if position < min_position {
            return Err(refused(
                "header.min_position",
                "MIN_POSITION_BEYOND_AS_OF",
                format!("expected nothing beyond the moment asked about, which is position {position}"),
            ));
        }
        let freshness = Freshness { min_position, ..Freshness::as_of(position, PAST_WAIT_MAX) };
        // Before the first event no day is today: the answer is empty on any.
        let today = time.unwrap_or(Instant::MIN);
        Ok(Moment { freshness, time, today })
    }

    async fn at_position(&self, position: Position) -> Result<(Position, Option<Instant>), Error> {
        const FIELD: &str = "header.as_of_position";
        if position == Position::START {
            return Ok((position, None));
        }
        let head = self.application.head().await?;
        if position > head {
            let expected = format!("expected at most {head}, where the log ends: this lies in the future");
            return Err(refused(FIELD, "AS_OF_IN_FUTURE", expected));
        }
        match self.application.recorded_at(position).await? {
            Some(time) => Ok((position, Some(time))),
            None => {
                let expected = "expected the position of an event, as a receipt or an answer names it";
                Err(refused(FIELD, "AS_OF_NO_EVENT", expected))
            }
        }
    }

    async fn at_time(&self, time: prost_types::Timestamp) -> Result<(Position, Option<Instant>), Error> {
        const FIELD: &str = "header.as_of_time";
        let mut fields = Fields::new();
        let time = fields.check(FIELD, instant(time));
        let time = fields.finish(time)?;
        Ok((self.log_at(FIELD, time).await?, Some(time)))
    }

    /// Where the log stood at a time that a field names.
    pub(super) async fn log_at(&self, field: &str, time: Instant) -> Result<Position, Error> {
        let now = self.application.now();
        if time > now {
            let expected = format!("expected a time that has come; it is {now}");
            return Err(refused(field, "AS_OF_IN_FUTURE", expected));
        }
        let ago = Duration::from_micros(now.micros().abs_diff(time.micros()));
        // An event that is being written bears the time at which that began.
        tokio::time::sleep(SETTLED_AFTER.saturating_sub(ago)).await;
        Ok(self.application.position_at(time).await?)
    }
}

/// A refusal that names one field.
pub(super) fn refused(field: &str, reason: &'static str, expected: impl Into<String>) -> Error {
    let mut fields = Fields::new();
    fields.refuse(field, Invalid::new(reason, expected));
    fields.into()
}
