//! What happens to an opportunity, as stored.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::contact_role::ContactRole;
use crate::aggregate::stored_events;
use crate::id::{ContactId, PipelineId, QuoteId};
use crate::personal::PersonalFields;
use crate::pipeline::{Definition, ForecastCategory, Percent, Stage, StageType};
use crate::value::{Date, FrozenRate, Key, Label, Money, Reference, Segments};

stored_events! {
    /// What happened to an opportunity.
    "opportunity.opened.v1" => Opened,
    "opportunity.stage_moved.v1" => StageMoved,
    "opportunity.amount_revised.v1" => AmountRevised,
    "opportunity.close_date_moved.v1" => CloseDateMoved,
    "opportunity.owner_assigned.v1" => OwnerAssigned,
    "opportunity.won.v1" => Won,
    "opportunity.lost.v1" => Lost,
    "opportunity.reopened.v1" => Reopened,
    "opportunity.next_step_set.v1" => NextStepSet,
    "opportunity.contact_role_added.v1" => ContactRoleAdded,
    "opportunity.contact_role_removed.v1" => ContactRoleRemoved,
    "opportunity.forecast_overridden.v1" => ForecastOverridden,
    "opportunity.segment_set.v1" => SegmentSet,
    "opportunity.segment_cleared.v1" => SegmentCleared,
    "opportunity.criterion_met.v1" => CriterionMet,
    "opportunity.criterion_retracted.v1" => CriterionRetracted,
    "opportunity.quote_chosen.v1" => QuoteChosen,
}

/// A stage, as the version of the pipeline defined it that put the deal there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StagePlace {
    /// Version of the pipeline.
    pub pipeline_version: u32,
    /// The stage.
    pub stage: Key,
    /// What it means for the deal.
    pub stage_type: StageType,
    /// How likely a deal there is won.
    pub probability: Percent,
    /// How sure a deal there is, in a forecast.
    pub forecast_category: ForecastCategory,
}

impl StagePlace {
    /// A stage of a pipeline's version.
    #[must_use]
    pub fn new(pipeline: &Definition, stage: &Stage) -> Self {
        Self {
            pipeline_version: pipeline.version,
            stage: stage.key.clone(),
            stage_type: stage.stage_type,
            probability: stage.probability,
            forecast_category: stage.forecast_category,
        }
    }
}

/// The deal began. When: `occurred_at` of the event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// The process it follows.
    pub pipeline_id: PipelineId,
    /// Where it stands.
    #[serde(flatten)]
    pub place: StagePlace,
    /// What it is called; no personal data.
    pub title: Label,
    /// With whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact_id: Option<ContactId>,
    /// What it is worth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// The same in another currency, by the rate of a day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fx: Option<FrozenRate>,
    /// When it is expected to close.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_close_on: Option<Date>,
    /// Who sells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Reference>,
    /// The owner's team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<Reference>,
    /// Fields that reports group by: product, region.
    #[serde(default, skip_serializing_if = "Segments::is_empty")]
    pub segments: Segments,
    /// What comes next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_step: Option<NextStepSet>,
    /// Who takes part in the decision.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub contact_roles: BTreeSet<ContactRole>,
}

/// It moved to another stage that is neither won nor lost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageMoved {
    /// Where it stood.
    pub from: Key,
    /// Where it stands.
    #[serde(flatten)]
    pub place: StagePlace,
}

/// What it is worth was judged anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AmountRevised {
    /// Before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Money>,
    /// Now.
    pub amount: Money,
    /// The same in another currency, by the rate of a day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fx: Option<FrozenRate>,
}

/// When it is expected to close was judged anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloseDateMoved {
    /// Before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Date>,
    /// Now.
    pub expected_close_on: Date,
}

/// Somebody else sells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnerAssigned {
    /// Who.
    pub owner: Reference,
    /// Their team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<Reference>,
}

/// It was won. When: `occurred_at` of the event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Won {
    /// Where it stood.
    pub from: Key,
    /// Where it stands.
    #[serde(flatten)]
    pub place: StagePlace,
    /// What it was worth in the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// The same in another currency, by the rate of a day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fx: Option<FrozenRate>,
}

/// It was lost. When: `occurred_at` of the event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lost {
    /// Where it stood.
    pub from: Key,
    /// Where it stands.
    #[serde(flatten)]
    pub place: StagePlace,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Label>,
    /// To whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub competitor: Option<Label>,
}

/// It is being worked on again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reopened {
    /// Where it stood.
    pub from: Key,
    /// Where it stands.
    #[serde(flatten)]
    pub place: StagePlace,
}

/// What comes next was said, in place of what was said before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NextStepSet {
    /// What; no personal data.
    pub what: Label,
    /// By when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_on: Option<Date>,
}

/// Somebody takes part in the decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactRoleAdded {
    /// Who, and as what.
    #[serde(flatten)]
    pub contact_role: ContactRole,
}

/// Somebody does not take part in the decision in this role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactRoleRemoved {
    /// Who, and as what.
    #[serde(flatten)]
    pub contact_role: ContactRole,
}

/// It is forecast otherwise than its stage says; with neither a category nor a probability, as its stage says again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForecastOverridden {
    /// How sure it is, in place of what the stage says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<ForecastCategory>,
    /// How likely it is won, in place of what the stage says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<Percent>,
    /// Why; no personal data.
    pub reason: Label,
}

impl ForecastOverridden {
    /// Whether the stage's forecast holds again.
    #[must_use]
    pub const fn is_taken_back(&self) -> bool {
        self.category.is_none() && self.probability.is_none()
    }
}

/// A field that reports group by was set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentSet {
    /// The field.
    pub key: Key,
    /// Its value; no personal data.
    pub value: Label,
}

/// A field that reports group by was removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentCleared {
    /// The field.
    pub key: Key,
}

/// An exit criterion of a stage is met. Who says so, and when, stands in the event's metadata.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CriterionMet {
    /// The stage.
    pub stage: Key,
    /// Which of its criteria.
    pub key: Key,
    /// How one knows; no personal data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Label>,
}

/// An exit criterion of a stage is not met after all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CriterionRetracted {
    /// The stage.
    pub stage: Key,
    /// Which of its criteria.
    pub key: Key,
    /// Why; no personal data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Label>,
}

/// It is sold by a quote, in place of one that ended. That the quote is accepted follows, in the stream of the quote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuoteChosen {
    /// Which one.
    pub quote_id: QuoteId,
}

impl PersonalFields for Event {}
