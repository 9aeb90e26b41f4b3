//! How deals came to where they stand: every visit of a deal to a stage, and every forecast of it, as it was known.
//!
//! The read model `pipeline` says how deals stand; this one keeps what that overwrites. A visit has the owner, the team and
//! the amount that the deal had last while it was there, so that a report of the past names who sold then. What a report
//! costs grows with the visits of its period, or with the forecasts that were changed since, and not with all deals.

mod accuracy;
mod conversion;
mod deal;
mod dwell;
mod forecast;
mod pipelines;
mod project;
#[cfg(test)]
mod tests;
mod visit;

use crate::query::{Answer, Freshness, QueryError};
use crate::read_model::Reader;
use crate::sales::SalesScope;

pub use accuracy::{AccuracyQuery, ForecastAccuracy};
pub use conversion::{StageConversion, StageReached};
pub use dwell::{DwellQuery, StageDwell};
pub(crate) use project::DealFlowProjection;

/// Most rows of a report: stages and what is reached from them, or stages and owners.
pub const FLOW_ROWS_MAX: usize = 20_000;

/// Asks how deals flow.
#[derive(Clone)]
pub struct DealFlow {
    reader: Reader,
}

impl DealFlow {
    pub(crate) const fn new(reader: Reader) -> Self {
        Self { reader }
    }

    /// Of the deals that entered each stage in a period, how many ever entered each other one. Costs a walk over the visits
    /// that began in the period, and over all visits of the deals that they are of.
    ///
    /// # Errors
    /// [`QueryError::NotFound`], [`QueryError::PipelineAmbiguous`], [`QueryError::TooLarge`] with more than
    /// [`FLOW_ROWS_MAX`] pairs of stages, and what every query may answer.
    pub async fn conversion(
        &self,
        freshness: Freshness,
        scope: SalesScope,
    ) -> Result<Answer<Vec<StageConversion>>, QueryError> {
        self.reader.read(freshness, move |connection| conversion::conversion(connection, &scope)).await
    }

    /// How long deals stayed in each stage, of the visits that ended in a period. Costs a walk over those.
    ///
    /// # Errors
    /// [`QueryError::NotFound`], [`QueryError::PipelineAmbiguous`], [`QueryError::TooLarge`] with more than
    /// [`FLOW_ROWS_MAX`] rows, and what every query may answer.
    pub async fn dwell(
        &self,
        freshness: Freshness,
        query: DwellQuery,
    ) -> Result<Answer<Vec<StageDwell>>, QueryError> {
        self.reader.read(freshness, move |connection| dwell::dwell(connection, &query)).await
    }

    /// What was forecast for a period, as it was known at a position, and what was won in the period; by currency, in the
    /// order of their codes. Costs a walk over the forecasts of the category that hold or were changed since the position,
    /// and over the visits that began in the period.
    ///
    /// # Errors
    /// [`QueryError::NotFound`], [`QueryError::PipelineAmbiguous`], and what every query may answer.
    pub async fn accuracy(
        &self,
        freshness: Freshness,
        query: AccuracyQuery,
    ) -> Result<Answer<Vec<ForecastAccuracy>>, QueryError> {
        self.reader.read(freshness, move |connection| accuracy::accuracy(connection, &query)).await
    }
}
