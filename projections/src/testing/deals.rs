//! A company's deals, told step by step.

use std::collections::BTreeSet;

use rapport_domain::id::{OpportunityId, PipelineId};
use rapport_domain::opportunity::{
    AmountRevised, CloseDateMoved, ForecastOverridden, Lost, Opened, Opportunity, OwnerAssigned, Reopened,
    SegmentSet, StageMoved, StagePlace, Won,
};
use rapport_domain::pipeline::{
    self, Definition, ForecastCategory, Percent, Published, RequiredFields, Stage, StageTasks, StageType,
};
use rapport_domain::value::{FrozenRate, Money};

use super::{History, Model, contact, day, key, label, reference, segments};
use crate::pipeline::PipelineProjection;

pub(crate) fn pipeline_id() -> PipelineId {
    PipelineId::derived("tests", "sales")
}

pub(crate) fn deal(name: &str) -> OpportunityId {
    OpportunityId::derived("tests", name)
}

/// Key, type, probability and days until a deal rots.
pub(crate) type StageSketch<'a> = (&'a str, StageType, u32, Option<u32>);

pub(crate) struct Deals {
    pub(crate) history: History,
    definition: Definition,
    /// Where deals are opened.
    pipeline_id: PipelineId,
}

impl Deals {
    pub(crate) fn new() -> Self {
        let definition = Definition { version: 0, name: label("Sales"), stages: Vec::new() };
        Self { history: History::new(), definition, pipeline_id: pipeline_id() }
    }

    /// Publishes a version of the pipeline; a won and a lost stage follow those that are named.
    pub(crate) fn publish(&mut self, version: u32, stages: &[StageSketch<'_>]) -> &mut Self {
        let closing = [("won", StageType::Won, 100, None), ("lost", StageType::Lost, 0, None)];
        let stages = stages.iter().chain(&closing).map(stage).collect();
        self.definition = Definition { version, name: label("Sales"), stages };
        let published = Published { definition: self.definition.clone() };
        self.history.add::<pipeline::Pipeline>(&pipeline_id(), "2025-12-01T00:00:00Z", published);
        self
    }

    /// Publishes another pipeline with the same stages. Deals are opened in it from now on.
    pub(crate) fn publish_another(&mut self) -> PipelineId {
        let published = Published { definition: self.definition.clone() };
        self.pipeline_id = PipelineId::derived("tests", "renewals");
        self.history.add::<pipeline::Pipeline>(&self.pipeline_id, "2025-12-01T00:00:00Z", published);
        self.pipeline_id
    }

    #[expect(clippy::too_many_arguments, reason = "a deal has many sides, and a test names them all")]
    pub(crate) fn open<const N: usize>(
        &mut self,
        name: &str,
        occurred_at: &str,
        stage: &str,
        amount: Option<Money>,
        owner: &str,
        team: &str,
        fields: [(&str, &str); N],
    ) -> &mut Self {
        let some = |name: &str| (!name.is_empty()).then(|| reference(name));
        let opened = Opened {
            pipeline_id: self.pipeline_id,
            place: self.place(stage),
            title: label(name),
            contact_id: Some(contact(name)),
            amount,
            fx: None,
            expected_close_on: None,
            owner: some(owner),
            team: some(team),
            segments: segments(fields),
            next_step: None,
            contact_roles: BTreeSet::new(),
        };
        self.history.add::<Opportunity>(&deal(name), occurred_at, opened);
        self
    }

    pub(crate) fn win(&mut self, name: &str, occurred_at: &str, amount: Option<Money>) -> &mut Self {
        self.win_at(name, occurred_at, amount, None)
    }

    pub(crate) fn win_at(
        &mut self,
        name: &str,
        occurred_at: &str,
        amount: Option<Money>,
        fx: Option<FrozenRate>,
    ) -> &mut Self {
        let won = Won { from: key("engaging"), place: self.place("won"), amount, fx };
        self.history.add::<Opportunity>(&deal(name), occurred_at, won);
        self
    }

    pub(crate) fn move_to(&mut self, name: &str, occurred_at: &str, stage: &str) -> &mut Self {
        let moved = StageMoved { from: key("engaging"), place: self.place(stage) };
        self.history.add::<Opportunity>(&deal(name), occurred_at, moved);
        self
    }

    pub(crate) fn assign(&mut self, name: &str, occurred_at: &str, owner: &str) -> &mut Self {
        let assigned = OwnerAssigned { owner: reference(owner), team: None };
        self.history.add::<Opportunity>(&deal(name), occurred_at, assigned);
        self
    }

    pub(crate) fn forecast(&mut self, name: &str, category: Option<ForecastCategory>) -> &mut Self {
        let overridden = ForecastOverridden { category, probability: None, reason: label("Signed") };
        self.history.add::<Opportunity>(&deal(name), "2026-02-01T00:00:00Z", overridden);
        self
    }

    pub(crate) fn set(&mut self, name: &str, field: &str, value: &str) -> &mut Self {
        let set = SegmentSet { key: key(field), value: label(value) };
        self.history.add::<Opportunity>(&deal(name), "2026-01-02T00:00:00Z", set);
        self
    }

    pub(crate) fn expect_close(&mut self, name: &str, close_on: &str) -> &mut Self {
        let moved = CloseDateMoved { previous: None, expected_close_on: day(close_on) };
        self.history.add::<Opportunity>(&deal(name), "2026-02-01T00:00:00Z", moved);
        self
    }

    pub(crate) fn lose(&mut self, name: &str, occurred_at: &str) -> &mut Self {
        self.lose_to(name, occurred_at, "too dear", None)
    }

    pub(crate) fn lose_to(
        &mut self,
        name: &str,
        occurred_at: &str,
        reason: &str,
        competitor: Option<&str>,
    ) -> &mut Self {
        let (reason, competitor) = (Some(label(reason)), competitor.map(label));
        let lost = Lost { from: key("engaging"), place: self.place("lost"), reason, competitor };
        self.history.add::<Opportunity>(&deal(name), occurred_at, lost);
        self
    }

    pub(crate) fn reopen(&mut self, name: &str, occurred_at: &str, stage: &str) -> &mut Self {
        let reopened = Reopened { from: key("won"), place: self.place(stage) };
        self.history.add::<Opportunity>(&deal(name), occurred_at, reopened);
        self
    }

    pub(crate) fn revise(&mut self, name: &str, amount: Money) -> &mut Self {
        self.revise_at(name, amount, None)
    }

    pub(crate) fn revise_at(&mut self, name: &str, amount: Money, fx: Option<FrozenRate>) -> &mut Self {
        let revised = AmountRevised { previous: None, amount, fx };
        self.history.add::<Opportunity>(&deal(name), "2026-02-01T00:00:00Z", revised);
        self
    }

    pub(crate) fn fold(&self) -> Model<PipelineProjection> {
        Model::of(PipelineProjection::default(), &self.history)
    }

    fn place(&self, stage: &str) -> StagePlace {
        StagePlace::new(&self.definition, self.definition.stage(&key(stage)).unwrap())
    }
}

fn stage((name, stage_type, probability, rot_after_days): &StageSketch<'_>) -> Stage {
    Stage {
        key: key(name),
        name: label(name),
        stage_type: *stage_type,
        probability: Percent::new(*probability).unwrap(),
        forecast_category: ForecastCategory::Pipeline,
        rot_after_days: *rot_after_days,
        required: RequiredFields::default(),
        tasks: StageTasks::default(),
        exit_criteria: Vec::new(),
    }
}
