//! Open deals that stall or slip, and why.

use rapport_domain::id::PipelineId;
use rapport_domain::pipeline::Definition;
use rapport_domain::value::{Instant, Reference};
use rusqlite::{Connection, Row, Transaction, named_params};
use serde::Serialize;

use super::{DAY_MICROS, Opportunity, OpportunityStatus, PipelineProjection};
use crate::column::{Micros, Word};
use crate::page::{Listing, Page, PageRequest};
use crate::query::QueryError;

/// How often the expected close of a deal is moved to a later day before the deal is called slipping.
pub const DELAYS_AT_RISK: u32 = 2;
const SECOND_MICROS: i64 = 1_000_000;

/// Why a deal is at risk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DealRisk {
    /// It has been in its stage longer than the stage's `rot_after_days`.
    Stalled,
    /// Nobody said what comes next.
    NextStepMissing,
    /// The day by which the next step was due has passed.
    NextStepOverdue,
    /// The day on which it was expected to close has passed.
    CloseDatePassed,
    /// Its expected close was moved to a later day [`DELAYS_AT_RISK`] times or more.
    CloseDateSlipping,
}

/// A deal, and why it is at risk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtRisk {
    /// The deal.
    pub opportunity: Opportunity,
    /// Every reason, in the order above.
    pub risks: Vec<DealRisk>,
    /// How long it has been in its stage, in whole seconds, rounded down.
    pub age_seconds: i64,
}

/// Which deals to look at. Empty parts let everything through; all parts must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct AtRiskFilter {
    /// Only of this pipeline.
    pub pipeline_id: Option<PipelineId>,
    /// Only of this owner.
    pub owner: Option<Reference>,
    /// Only of this team.
    pub team: Option<Reference>,
}

/// Columns of the reasons, in their order.
const RISKS: [(&str, DealRisk); 5] = [
    ("stalled", DealRisk::Stalled),
    ("next_step_missing", DealRisk::NextStepMissing),
    ("next_step_overdue", DealRisk::NextStepOverdue),
    ("close_date_passed", DealRisk::CloseDatePassed),
    ("close_date_slipping", DealRisk::CloseDateSlipping),
];

/// Walks the open deals by the index of their status. A day has passed when the next one has begun, in UTC.
const DEALS: &str = "
    SELECT * FROM (
        SELECT d.*,
            coalesce(d.stage_entered_at < :aged_at - s.rot_after_days * :day, 0) AS stalled,
            d.next_step IS NULL AS next_step_missing,
            coalesce(d.next_step_due_on < :today, 0) AS next_step_overdue,
            coalesce(d.expected_close_on < :today, 0) AS close_date_passed,
            d.close_date_delays >= :delays AS close_date_slipping
        FROM deals AS d LEFT JOIN stage_limits AS s ON s.pipeline_id = d.pipeline_id AND s.stage = d.stage
        WHERE d.status = :status AND d.position > :after
            AND (:pipeline IS NULL OR d.pipeline_id = :pipeline)
            AND (:owner IS NULL OR d.owner = :owner)
            AND (:team IS NULL OR d.team = :team))
    WHERE stalled OR next_step_missing OR next_step_overdue OR close_date_passed OR close_date_slipping
    ORDER BY position LIMIT :rows";

/// Notes how long deals may be in each stage of a version. What an older version said of a stage that this one has not,
/// stays: deals may still stand there.
pub(super) fn note_limits(
    tx: &Transaction<'_>,
    pipeline_id: PipelineId,
    definition: &Definition,
) -> rusqlite::Result<()> {
    let mut note = tx.prepare_cached("INSERT OR REPLACE INTO stage_limits VALUES (?1, ?2, ?3)")?;
    for stage in &definition.stages {
        note.execute((Word(pipeline_id), Word(&stage.key), stage.rot_after_days))?;
    }
    Ok(())
}

/// The moment is no part of what a page token stands for: the next page of a list of now is asked for later.
pub(super) fn at_risk(
    connection: &Connection,
    filter: &AtRiskFilter,
    aged_at: Instant,
    page: &PageRequest,
) -> Result<Page<AtRisk>, QueryError> {
    let listing: Listing<i64> = Listing::open::<PipelineProjection>(&("at_risk", filter), page)?;
    let rows = connection
        .prepare_cached(DEALS)?
        .query_map(
            named_params! {
                ":aged_at": Micros(aged_at),
                ":day": DAY_MICROS,
                ":today": Word(aged_at.date()),
                ":delays": DELAYS_AT_RISK,
                ":status": Word(OpportunityStatus::Open),
                ":after": listing.after.unwrap_or(0),
                ":pipeline": filter.pipeline_id.map(Word),
                ":owner": filter.owner.as_ref().map(Word),
                ":team": filter.team.as_ref().map(Word),
                ":rows": i64::try_from(listing.rows()).unwrap_or(i64::MAX),
            },
            |row| found(row, aged_at),
        )?
        .collect::<Result<Vec<_>, _>>()?;
    Ok(listing.page(rows, |(position, _)| *position)?.map(|(_, deal)| deal))
}

fn found(row: &Row<'_>, aged_at: Instant) -> rusqlite::Result<(i64, AtRisk)> {
    let (position, opportunity) = Opportunity::from_row(row)?;
    let mut risks = Vec::new();
    for (column, risk) in RISKS {
        if row.get(column)? {
            risks.push(risk);
        }
    }
    let age = aged_at.micros().saturating_sub(opportunity.stage_entered_at.micros());
    Ok((position, AtRisk { opportunity, risks, age_seconds: age.div_euclid(SECOND_MICROS) }))
}
