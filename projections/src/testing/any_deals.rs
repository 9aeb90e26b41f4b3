//! Any history of deals, for property tests: whatever happens to them, in whatever order it is told.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;
use rapport_domain::id::OpportunityId;
use rapport_domain::opportunity::{
    AmountRevised, CloseDateMoved, CriterionMet, CriterionRetracted, Event, ForecastOverridden, Lost, Opened,
    Opportunity, OwnerAssigned, Reopened, SegmentCleared, SegmentSet, StageMoved, StagePlace, Won,
};
use rapport_domain::pipeline::{
    Definition, ForecastCategory, Percent, Published, RequiredFields, Stage, StageTasks, StageType,
};
use rapport_domain::value::{ExchangeRate, FrozenRate, Instant, Money, Segments};
use rapport_domain::{pipeline, value};

use super::deals::pipeline_id;
use super::{History, currency, day, key, label, reference};

pub(crate) const OWNERS: [&str; 3] = ["", "ann", "bob"];
pub(crate) const TEAMS: [&str; 2] = ["", "east"];

fn definitions() -> Vec<Definition> {
    let stage = |name: &str, stage_type, probability, rot_after_days| Stage {
        key: key(name),
        name: label(name),
        stage_type,
        probability: Percent::new(probability).unwrap(),
        forecast_category: ForecastCategory::Pipeline,
        rot_after_days,
        required: RequiredFields::default(),
        tasks: StageTasks::default(),
        exit_criteria: Vec::new(),
    };
    let closing = [stage("won", StageType::Won, 100, Some(3)), stage("lost", StageType::Lost, 0, None)];
    let versions = [
        vec![stage("a", StageType::Open, 33, Some(10)), stage("b", StageType::OnHold, 50, None)],
        vec![stage("b", StageType::Open, 65, Some(20)), stage("c", StageType::Open, 7, None)],
    ];
    let definition = |(version, stages): (usize, Vec<Stage>)| Definition {
        version: version as u32 + 1,
        name: label("Sales"),
        stages: [stages, closing.to_vec()].concat(),
    };
    versions.into_iter().enumerate().map(definition).collect()
}

fn place(closing: Option<StageType>) -> impl Strategy<Value = StagePlace> {
    let places: Vec<StagePlace> = definitions()
        .iter()
        .flat_map(|definition| definition.stages.iter().map(|stage| StagePlace::new(definition, stage)))
        .filter(|place| match closing {
            Some(stage_type) => place.stage_type == stage_type,
            None => matches!(place.stage_type, StageType::Open | StageType::OnHold),
        })
        .collect();
    proptest::sample::select(places)
}

fn amount() -> impl Strategy<Value = Option<Money>> {
    let code = proptest::sample::select(vec!["EUR", "USD"]);
    let money = |(minor_units, code): (i64, &str)| Money { minor_units, currency: currency(code) };
    proptest::option::weighted(0.8, (0..10_000_i64, code).prop_map(money))
}

/// Rates also to the currency that an amount is in: whatever was told is counted.
fn rate() -> impl Strategy<Value = Option<FrozenRate>> {
    let base = proptest::sample::select(vec!["EUR", "USD", "JPY"]);
    let rate = proptest::sample::select(vec!["1.0845", "0.0061", "163.5"]);
    let frozen = |(base, rate): (&str, &str)| FrozenRate {
        base_currency: currency(base),
        rate: ExchangeRate::parse(rate).unwrap(),
        rate_date: day("2026-01-01"),
    };
    proptest::option::of((base, rate).prop_map(frozen))
}

pub(crate) fn name(names: &'static [&'static str]) -> impl Strategy<Value = Option<value::Reference>> {
    proptest::sample::select(names).prop_map(|name| (!name.is_empty()).then(|| reference(name)))
}

/// Why a deal is lost, or to whom.
fn word() -> impl Strategy<Value = Option<value::Label>> {
    proptest::option::of(proptest::sample::select(vec!["x", "y"]).prop_map(label))
}

fn fields() -> impl Strategy<Value = Segments> {
    let field =
        (proptest::sample::select(vec!["region", "product"]), proptest::sample::select(vec!["x", "y"]));
    vec(field, 0..3)
        .prop_map(|fields| fields.into_iter().map(|(field, value)| (key(field), label(value))).collect())
}

fn happened() -> impl Strategy<Value = Event> {
    let opened = (place(None), amount(), rate(), name(&OWNERS), name(&TEAMS), fields()).prop_map(
        |(place, amount, fx, owner, team, segments)| {
            Event::from(Opened {
                pipeline_id: pipeline_id(),
                place,
                title: label("deal"),
                contact_id: None,
                amount,
                fx,
                expected_close_on: None,
                owner,
                team,
                segments,
                next_step: None,
                contact_roles: BTreeSet::new(),
            })
        },
    );
    let from = key("anywhere");
    let (from2, from3, from4) = (from.clone(), from.clone(), from.clone());
    prop_oneof![
        4 => opened,
        3 => place(None).prop_map(move |place| StageMoved { from: from.clone(), place }.into()),
        2 => (amount(), rate()).prop_map(|(amount, fx)| match amount {
            Some(amount) => AmountRevised { previous: None, amount, fx }.into(),
            None => CloseDateMoved { previous: None, expected_close_on: day("2026-05-01") }.into(),
        }),
        1 => (name(&OWNERS), name(&TEAMS)).prop_map(|(owner, team)| {
            OwnerAssigned { owner: owner.unwrap_or_else(|| reference("cid")), team }.into()
        }),
        3 => (place(Some(StageType::Won)), amount(), rate())
            .prop_map(move |(place, amount, fx)| Won { from: from2.clone(), place, amount, fx }.into()),
        2 => (place(Some(StageType::Lost)), word(), word()).prop_map(move |(place, reason, competitor)| {
            Lost { from: from3.clone(), place, reason, competitor }.into()
        }),
        2 => forecast(),
        2 => field_changed(),
        2 => criterion_judged(),
        2 => place(None).prop_map(move |place| Reopened { from: from4.clone(), place }.into()),
    ]
}

fn field_changed() -> impl Strategy<Value = Event> {
    let field = proptest::sample::select(vec!["region", "product"]);
    let value = proptest::option::of(proptest::sample::select(vec!["x", "y"]));
    (field, value).prop_map(|(field, value)| match value {
        Some(value) => SegmentSet { key: key(field), value: label(value) }.into(),
        None => SegmentCleared { key: key(field) }.into(),
    })
}

fn criterion_judged() -> impl Strategy<Value = Event> {
    let stage = proptest::sample::select(vec!["a", "b", "c"]);
    let criterion = proptest::sample::select(vec!["budget", "need"]);
    (stage, criterion, any::<bool>()).prop_map(|(stage, criterion, is_met)| {
        let (stage, key) = (key(stage), key(criterion));
        if is_met {
            CriterionMet { stage, key, note: None }.into()
        } else {
            CriterionRetracted { stage, key, note: None }.into()
        }
    })
}

fn forecast() -> impl Strategy<Value = Event> {
    let category = proptest::sample::select(vec![ForecastCategory::Commit, ForecastCategory::Omitted]);
    (proptest::option::of(category), proptest::option::of(0..=100_u32)).prop_map(|(category, percent)| {
        let probability = percent.map(|percent| Percent::new(percent).unwrap());
        ForecastOverridden { category, probability, reason: label("Signed") }.into()
    })
}

/// Business times of four months, with parts of seconds; what is told later may have happened earlier.
pub(crate) fn time() -> impl Strategy<Value = Instant> {
    let start = day("2026-01-01").start().micros();
    (0..120 * 86_400_000_i64).prop_map(move |milli| Instant::from_micros(start + milli * 1_000 + 7).unwrap())
}

pub(crate) fn histories() -> impl Strategy<Value = History> {
    let step = (0..8_u8, time(), happened());
    (vec(step, 0..60), 0..2_usize).prop_map(|(steps, versions)| {
        let mut history = History::new();
        for definition in definitions().into_iter().take(versions + 1) {
            history.add::<pipeline::Pipeline>(
                &pipeline_id(),
                "2025-12-01T00:00:00Z",
                Published { definition },
            );
        }
        for (deal, occurred_at, event) in steps {
            let id = OpportunityId::derived("tests", &deal.to_string());
            history.add_at::<Opportunity>(&id, occurred_at, event);
        }
        history
    })
}
