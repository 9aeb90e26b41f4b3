//! The words that the made-up customers use, parsed once.

use rapport_domain::calendar::{self, Hours, Weekday};
use rapport_domain::id::{CalendarId, PipelineId, SlaPolicyId};
use rapport_domain::opportunity::StagePlace;
use rapport_domain::pipeline::{
    self, Definition, ForecastCategory, Percent, RequiredFields, Stage, StageTasks, StageType,
};
use rapport_domain::sla_policy::{self, Priority, PriorityTargets, Terms, Wait};
use rapport_domain::value::{
    Currency, FreeText, Invalid, Key, Label, Money, Reference, Segments, TimeOfDay, TimeZone,
};

use super::NAMESPACE;
use crate::error::Failure;

/// Stages of the pipeline: key, type, probability.
const STAGES: [(&str, StageType, u32); 6] = [
    ("new", StageType::Open, 10),
    ("talking", StageType::Open, 30),
    ("offered", StageType::Open, 60),
    ("waiting", StageType::OnHold, 40),
    ("won", StageType::Won, 100),
    ("lost", StageType::Lost, 0),
];
/// How many of them a deal that is under way can stand in.
pub(super) const OPEN_STAGES: usize = 4;
/// Places of those where it ends.
pub(super) const WON: usize = 4;
pub(super) const LOST: usize = 5;
/// What was said, about as long as notes are.
const SAID: [&str; 4] = [
    "Called back about the invoice of last month; she will send the order number and asks for a copy by post.",
    "Wants to move the start to next quarter. Price is fine, legal has two questions about the data protection clause.",
    "Left a message.",
    "Long talk about the renewal: two more seats, the training in spring, and a visit of their new head of operations. \
     They compare us with one other house and decide before the holidays.",
];

/// The words.
pub(super) struct Words {
    pub(super) pipeline_id: PipelineId,
    pub(super) stages: Vec<StagePlace>,
    pub(super) owners: Vec<Reference>,
    pub(super) teams: Vec<Reference>,
    pub(super) regions: Vec<Segments>,
    pub(super) said: Vec<FreeText>,
    pub(super) label: Label,
    pub(super) key: Key,
    pub(super) calendar_id: CalendarId,
    /// What cases are judged by.
    pub(super) terms: Terms,
    definition: Definition,
    hours: Vec<Hours>,
    euro: Currency,
}

impl Words {
    pub(super) fn new() -> Result<Self, Failure> {
        let definition = definition()?;
        let references = |prefix: &str, count: u32| -> Result<Vec<Reference>, Failure> {
            (0..count).map(|number| reference(&format!("{prefix}-{number}"))).collect()
        };
        let region = |name: &&str| Ok(Segments::from([(key("region")?, label(name)?)]));
        Ok(Self {
            pipeline_id: PipelineId::derived(NAMESPACE, "pipeline"),
            stages: definition.stages.iter().map(|stage| StagePlace::new(&definition, stage)).collect(),
            owners: references("seller", 20)?,
            teams: references("team", 4)?,
            regions: ["north", "south", "east", "west"].iter().map(region).collect::<Result<_, Failure>>()?,
            said: SAID
                .iter()
                .map(|said| FreeText::parse(said).map_err(malformed))
                .collect::<Result<_, _>>()?,
            label: label("as agreed")?,
            key: key("renewal")?,
            calendar_id: CalendarId::derived(NAMESPACE, "office"),
            terms: Terms {
                policy_id: SlaPolicyId::derived(NAMESPACE, "standard"),
                policy_version: 1,
                calendar_version: Some(1),
            },
            definition,
            hours: hours()?,
            euro: Currency::parse("EUR").map_err(malformed)?,
        })
    }

    /// The pipeline's first version.
    pub(super) fn published(&self) -> pipeline::Event {
        pipeline::Published { definition: self.definition.clone() }.into()
    }

    /// The calendar's first version.
    pub(super) fn calendar(&self) -> calendar::Event {
        let (name, hours) = (self.label.clone(), self.hours.clone());
        let definition =
            calendar::Definition { version: 1, name, time_zone: TimeZone::UTC, hours, holidays: [].into() };
        calendar::Published { definition }.into()
    }

    /// The policy's first version.
    pub(super) fn sla_policy(&self) -> sla_policy::Event {
        let targets = [Priority::High, Priority::Normal].map(|priority| PriorityTargets {
            priority,
            first_response_minutes: None,
            next_response_minutes: None,
            resolution_minutes: Some(480),
        });
        let definition = sla_policy::Definition {
            version: 1,
            name: self.label.clone(),
            calendar_id: Some(self.calendar_id),
            targets: targets.into(),
            warning_percent: None,
            escalation: None,
            pauses: [Wait::Customer].into(),
        };
        sla_policy::Published { definition }.into()
    }

    /// One of several.
    pub(super) fn one<T: Clone>(several: &[T], chance: &mut fastrand::Rng) -> Option<T> {
        chance.choice(several).cloned()
    }

    /// An amount in euro, up to so many cents.
    pub(super) fn euros(&self, chance: &mut fastrand::Rng, up_to: i64) -> Money {
        Money { minor_units: chance.i64(100..up_to), currency: self.euro }
    }
}

fn definition() -> Result<Definition, Failure> {
    let stage = |(name, stage_type, probability): &(&str, StageType, u32)| {
        Ok(Stage {
            key: key(name)?,
            name: label(name)?,
            stage_type: *stage_type,
            probability: Percent::new(*probability).map_err(malformed)?,
            forecast_category: ForecastCategory::Pipeline,
            rot_after_days: Some(30),
            required: RequiredFields::default(),
            tasks: StageTasks::default(),
            exit_criteria: Vec::new(),
        })
    };
    let stages = STAGES.iter().map(stage).collect::<Result<_, Failure>>()?;
    Ok(Definition { version: 1, name: label("Sales")?, stages })
}

/// Monday to Friday, from nine to five.
fn hours() -> Result<Vec<Hours>, Failure> {
    let time = |text| TimeOfDay::parse(text).map_err(malformed);
    let days = Weekday::ALL.into_iter().take(5);
    days.map(|day| Ok(Hours { day, from: time("09:00")?, to: time("17:00")? })).collect()
}

pub(super) fn key(text: &str) -> Result<Key, Failure> {
    Key::parse(text).map_err(malformed)
}

pub(super) fn label(text: &str) -> Result<Label, Failure> {
    Label::parse(text).map_err(malformed)
}

pub(super) fn reference(text: &str) -> Result<Reference, Failure> {
    Reference::parse(text).map_err(malformed)
}

pub(super) fn malformed(invalid: Invalid) -> Failure {
    Failure::Local(invalid.expected)
}
