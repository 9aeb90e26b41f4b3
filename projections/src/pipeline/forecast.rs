//! How sure open deals are: by their stage, or by who overrode that.

use rapport_domain::envelope::Actor;
use rapport_domain::opportunity::ForecastOverridden;
use rapport_domain::pipeline::{ForecastCategory, Percent};
use rapport_domain::value::{Instant, Label, Money};
use serde::{Deserialize, Serialize};

use super::Opportunity;

/// A forecast that is not the stage's. It stands until it is taken back or the deal is closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForecastOverride {
    /// How sure the deal is; absent: as its stage says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<ForecastCategory>,
    /// How likely it is won; absent: as its stage says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<Percent>,
    /// Why.
    pub reason: Label,
    /// Who said so.
    pub actor: Actor,
    /// Business time of saying so.
    pub overridden_at: Instant,
}

impl ForecastOverride {
    /// What an event leaves of it.
    pub(super) fn after(event: &ForecastOverridden, actor: &Actor, at: Instant) -> Option<Self> {
        (!event.is_taken_back()).then(|| Self {
            category: event.category,
            probability: event.probability,
            reason: event.reason.clone(),
            actor: actor.clone(),
            overridden_at: at,
        })
    }
}

/// Open deals of one category.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForecastGroup {
    /// How sure they are.
    pub category: ForecastCategory,
    /// How many they are.
    pub count: u64,
    /// Sum of their amounts, by currency.
    pub amount: Vec<Money>,
    /// Sum of amount x probability, by currency, rounded half up once for each stage.
    pub weighted_amount: Vec<Money>,
}

impl Opportunity {
    /// How sure it is: by its stage, or by who overrode that.
    #[must_use]
    pub fn forecast_category(&self) -> ForecastCategory {
        let overridden = self.forecast_override.as_ref().and_then(|forecast| forecast.category);
        overridden.unwrap_or(self.stage_category)
    }

    /// How likely it is won: by its stage, or by who overrode that.
    #[must_use]
    pub fn forecast_probability(&self) -> Percent {
        let overridden = self.forecast_override.as_ref().and_then(|forecast| forecast.probability);
        overridden.unwrap_or(self.probability)
    }
}
