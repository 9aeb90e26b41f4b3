//! The view, computed the long way: every deal folded by the aggregate itself, and counted one by one.

use std::collections::BTreeMap;

use rapport_domain::DomainEvent;
use rapport_domain::aggregate::Aggregate as _;
use rapport_domain::envelope::Recorded;
use rapport_domain::opportunity::{Deal, Event, Opportunity, State};
use rapport_domain::pipeline::{Definition, ForecastCategory};
use rapport_domain::value::{Currency, Instant, Key, Money};

use crate::month::Month;
use crate::pipeline::{
    ClosedGroup, ClosedView, ConvertedView, ForecastGroup, OpenGroup, Pipeline, PipelineView,
    PipelineViewQuery, SegmentGroup, StageView, UnconvertedDeals,
};

use super::pipeline_id;

/// A deal and the business times that its state does not keep.
pub(super) struct Told {
    pub(super) state: State,
    pub(super) opened_at: Instant,
    entered_at: Instant,
    pub(super) closed_at: Instant,
}

pub(super) fn view(events: &[Recorded], query: &PipelineViewQuery) -> PipelineView {
    let (definitions, told) = tell(events);
    let deals: Vec<&Told> = told.values().filter(|told| in_scope(told.deal(), query)).collect();
    let open: Vec<&Told> = deals.iter().copied().filter(|told| told.is_open()).collect();
    let closed: Vec<&Told> = deals.iter().copied().filter(|told| in_period(told, query)).collect();
    let mut by_segment: BTreeMap<Key, Vec<&Told>> = BTreeMap::new();
    for told in &closed {
        let fields = told.deal().segments.keys();
        fields.for_each(|field| by_segment.entry(field.clone()).or_default().push(told));
    }
    let in_force = definitions.last().unwrap();
    PipelineView {
        pipeline: Pipeline { pipeline_id: pipeline_id(), definition: in_force.clone() },
        stages: stages(&definitions, &deals, query.aged_at),
        opportunities: deals.len() as u64,
        open: open.len() as u64,
        open_amount: amounts(&open),
        weighted_amount: weighted(&open),
        forecast: forecast(&open),
        closed: closed_view(&closed),
        by_month: group(&closed, |told| Month::of(told.closed_at))
            .map(|(k, deals)| (k, closed_view(&deals)))
            .collect(),
        by_owner: closed_groups(&closed, |told| name(&told.deal().owner)),
        by_team: closed_groups(&closed, |told| name(&told.deal().team)),
        by_segment: by_segment
            .into_keys()
            .map(|segment| SegmentGroup {
                groups: closed_groups(&closed, |told| name(&told.deal().segments.get(&segment))),
                segment,
            })
            .collect(),
        open_by_owner: open_groups(&open, |told| name(&told.deal().owner)),
        open_by_team: open_groups(&open, |told| name(&told.deal().team)),
        converted: query.currency.map(|currency| converted(&open, &closed, currency)),
    }
}

pub(super) fn tell(events: &[Recorded]) -> (Vec<Definition>, BTreeMap<String, Told>) {
    let mut definitions = Vec::new();
    let mut deals: BTreeMap<String, Told> = BTreeMap::new();
    for recorded in events {
        let occurred_at = recorded.metadata().unwrap().occurred_at;
        match DomainEvent::decode(recorded).unwrap().unwrap() {
            DomainEvent::Pipeline(rapport_domain::pipeline::Event::Published(p)) => {
                definitions.push(p.definition);
            }
            DomainEvent::Opportunity(event) => {
                let fresh = || Told {
                    state: State::default(),
                    opened_at: occurred_at,
                    entered_at: occurred_at,
                    closed_at: occurred_at,
                };
                let told = deals.entry(recorded.stream.to_string()).or_insert_with(fresh);
                let was_open = told.is_open();
                let was_closed = matches!(told.state, State::Won(_) | State::Lost(_));
                told.state = Opportunity::evolve(told.state.clone(), &event);
                let enters = match event {
                    Event::StageMoved(_) | Event::Won(_) | Event::Lost(_) => was_open,
                    Event::Reopened(_) => was_closed,
                    Event::Opened(_)
                    | Event::AmountRevised(_)
                    | Event::CloseDateMoved(_)
                    | Event::OwnerAssigned(_)
                    | Event::NextStepSet(_)
                    | Event::ContactRoleAdded(_)
                    | Event::ContactRoleRemoved(_)
                    | Event::ForecastOverridden(_)
                    | Event::SegmentSet(_)
                    | Event::SegmentCleared(_)
                    | Event::CriterionMet(_)
                    | Event::CriterionRetracted(_)
                    | Event::QuoteChosen(_) => false,
                };
                if enters {
                    told.entered_at = occurred_at;
                }
                if was_open && !told.is_open() {
                    told.closed_at = occurred_at;
                }
                // What comes before the opening tells nothing of the deal.
                if told.state == State::Unopened {
                    deals.remove(recorded.stream.as_str());
                }
            }
            other @ (DomainEvent::Contact(_)
            | DomainEvent::Interaction(_)
            | DomainEvent::Subscription(_)
            | DomainEvent::SubjectRequest(_)
            | DomainEvent::Notice(_)
            | DomainEvent::Suppression(_)
            | DomainEvent::Access(_)
            | DomainEvent::Calendar(_)
            | DomainEvent::SlaPolicy(_)
            | DomainEvent::Case(_)
            | DomainEvent::Lead(_)
            | DomainEvent::ScoringModel(_)
            | DomainEvent::RoutingPolicy(_)
            | DomainEvent::FieldSet(_)
            | DomainEvent::Task(_)
            | DomainEvent::PriceBook(_)
            | DomainEvent::Quote(_)
            | DomainEvent::Consent(_)) => panic!("{other:?}"),
        }
    }
    (definitions, deals)
}

impl Told {
    pub(super) fn deal(&self) -> &Deal {
        self.state.deal().unwrap()
    }

    pub(super) fn is_open(&self) -> bool {
        matches!(self.state, State::Open(_))
    }

    pub(super) fn is_won(&self) -> bool {
        matches!(self.state, State::Won(_))
    }
}

fn in_scope(deal: &Deal, query: &PipelineViewQuery) -> bool {
    (query.owner.is_none() || deal.owner == query.owner) && (query.team.is_none() || deal.team == query.team)
}

fn in_period(told: &Told, query: &PipelineViewQuery) -> bool {
    let month = Month::of(told.closed_at);
    !told.is_open()
        && query.closed_from.is_none_or(|from| month >= from)
        && query.closed_to.is_none_or(|to| month <= to)
}

fn stages(definitions: &[Definition], deals: &[&Told], aged_at: Instant) -> Vec<StageView> {
    let mut stages = definitions.last().unwrap().stages.clone();
    for older in definitions.iter().rev().skip(1) {
        for stage in &older.stages {
            let holds_deals = deals.iter().any(|told| told.deal().place.stage == stage.key);
            if holds_deals && stages.iter().all(|known| known.key != stage.key) {
                stages.push(stage.clone());
            }
        }
    }
    let view = |stage: rapport_domain::pipeline::Stage| {
        let here: Vec<&Told> =
            deals.iter().copied().filter(|told| told.deal().place.stage == stage.key).collect();
        let ages: Vec<i64> = here.iter().map(|told| aged_at.micros() - told.entered_at.micros()).collect();
        let limit = stage.rot_after_days.map_or(i64::MAX, |days| i64::from(days) * 86_400_000_000);
        StageView {
            count: here.len() as u64,
            amount: amounts(&here),
            weighted_amount: weighted(&here),
            mean_age_seconds: mean_seconds(&ages),
            oldest_age_seconds: ages.iter().max().map(|age| age.div_euclid(1_000_000)),
            stalled: ages.iter().filter(|age| **age > limit).count() as u64,
            stage,
        }
    };
    stages.into_iter().map(view).collect()
}

pub(super) fn closed_view(deals: &[&Told]) -> ClosedView {
    let won: Vec<&Told> = deals.iter().copied().filter(|told| told.is_won()).collect();
    let lost: Vec<&Told> = deals.iter().copied().filter(|told| !told.is_won()).collect();
    let cycles: Vec<i64> = won.iter().map(|told| told.closed_at.micros() - told.opened_at.micros()).collect();
    let mut days: Vec<i64> = cycles.iter().map(|cycle| cycle.div_euclid(86_400_000_000)).collect();
    days.sort_unstable();
    let (w, l) = (won.len() as f64, lost.len() as f64);
    ClosedView {
        won: won.len() as u64,
        lost: lost.len() as u64,
        won_amount: amounts(&won),
        lost_amount: amounts(&lost),
        win_rate_basis_points: (w + l > 0.0).then(|| (w / (w + l) * 10_000.0 + 0.5).floor() as u32),
        mean_cycle_seconds: mean_seconds(&cycles),
        median_cycle_days: days.get(days.len().saturating_sub(1) / 2).copied(),
    }
}

fn mean_seconds(micros: &[i64]) -> Option<i64> {
    let sum: i128 = micros.iter().map(|micros| i128::from(*micros)).sum();
    let count = micros.len() as i128;
    // Half up: the floor of the mean plus a half.
    (count > 0).then(|| (sum + count * 500_000).div_euclid(count * 1_000_000) as i64)
}

fn amounts(deals: &[&Told]) -> Vec<Money> {
    let with_amount = deals.iter().filter_map(|told| told.deal().amount);
    let mut sums: BTreeMap<&str, Money> = BTreeMap::new();
    for amount in with_amount {
        let sum =
            sums.entry(amount.currency.code()).or_insert(Money { minor_units: 0, currency: amount.currency });
        sum.minor_units += amount.minor_units;
    }
    sums.into_values().collect()
}

fn weighted(deals: &[&Told]) -> Vec<Money> {
    let mut sums: BTreeMap<(&str, &Key), (Money, i64)> = BTreeMap::new();
    for told in deals {
        let place = &told.deal().place;
        if let Some(amount) = told.deal().amount {
            let sum = sums.entry((amount.currency.code(), &place.stage)).or_insert((amount, 0));
            let overridden = told.deal().forecast.as_ref().and_then(|forecast| forecast.probability);
            sum.1 += amount.minor_units * i64::from(overridden.unwrap_or(place.probability).get());
        }
    }
    let mut by_currency: BTreeMap<&str, Money> = BTreeMap::new();
    for ((code, _), (amount, percents)) in sums {
        let sum = by_currency.entry(code).or_insert(Money { minor_units: 0, ..amount });
        sum.minor_units += (percents + 50).div_euclid(100);
    }
    by_currency.into_values().collect()
}

fn converted(open: &[&Told], closed: &[&Told], currency: Currency) -> ConvertedView {
    let (won, lost): (Vec<&Told>, Vec<&Told>) = closed.iter().copied().partition(|told| told.is_won());
    let sum = |deals: &[&Told]| {
        let minor_units = deals.iter().filter_map(|told| worth(told, currency)).sum();
        Money { minor_units, currency }
    };
    let unconverted = |deals: &[&Told]| {
        let left_out = |told: &&Told| told.deal().amount.is_some() && worth(told, currency).is_none();
        let deals: Vec<&Told> = deals.iter().copied().filter(left_out).collect();
        (deals.len() as u64, amounts(&deals))
    };
    let mut by_stage: BTreeMap<&Key, i64> = BTreeMap::new();
    for told in open {
        let place = &told.deal().place;
        let overridden = told.deal().forecast.as_ref().and_then(|forecast| forecast.probability);
        let percent = i64::from(overridden.unwrap_or(place.probability).get());
        *by_stage.entry(&place.stage).or_default() += worth(told, currency).unwrap_or(0) * percent;
    }
    let weighted = by_stage.values().map(|percents| (percents + 50).div_euclid(100)).sum();
    let ((open_left, open_amount), (won_left, won_amount)) = (unconverted(open), unconverted(&won));
    let (lost_left, lost_amount) = unconverted(&lost);
    ConvertedView {
        currency,
        open_amount: sum(open),
        weighted_amount: Money { minor_units: weighted, currency },
        won_amount: sum(&won),
        lost_amount: sum(&lost),
        unconverted: UnconvertedDeals {
            open: open_left,
            open_amount,
            won: won_left,
            won_amount,
            lost: lost_left,
            lost_amount,
        },
    }
}

/// What a deal is worth in a currency, where that can be said.
fn worth(told: &Told, currency: Currency) -> Option<i64> {
    let amount = told.deal().amount?;
    if amount.currency == currency {
        return Some(amount.minor_units);
    }
    let base = told.deal().fx?.convert(amount)?;
    (base.currency == currency).then_some(base.minor_units)
}

fn group<'a, K: Ord>(
    deals: &[&'a Told],
    key: impl Fn(&Told) -> K,
) -> impl Iterator<Item = (K, Vec<&'a Told>)> {
    let mut groups: BTreeMap<K, Vec<&Told>> = BTreeMap::new();
    deals.iter().for_each(|told| groups.entry(key(told)).or_default().push(told));
    groups.into_iter()
}

fn closed_groups(deals: &[&Told], key: impl Fn(&Told) -> String) -> Vec<ClosedGroup> {
    group(deals, key).map(|(key, deals)| ClosedGroup { key, closed: closed_view(&deals) }).collect()
}

fn open_groups(deals: &[&Told], key: impl Fn(&Told) -> String) -> Vec<OpenGroup> {
    let open = |(key, deals): (String, Vec<&Told>)| OpenGroup {
        key,
        count: deals.len() as u64,
        amount: amounts(&deals),
        weighted_amount: weighted(&deals),
    };
    group(deals, key).map(open).collect()
}

fn forecast(deals: &[&Told]) -> Vec<ForecastGroup> {
    let category = |told: &Told| {
        let overridden = told.deal().forecast.as_ref().and_then(|forecast| forecast.category);
        overridden.unwrap_or(told.deal().place.forecast_category)
    };
    let of = |(category, deals): (ForecastCategory, Vec<&Told>)| ForecastGroup {
        category,
        count: deals.len() as u64,
        amount: amounts(&deals),
        weighted_amount: weighted(&deals),
    };
    group(deals, category).map(of).collect()
}

fn name(name: &Option<impl ToString>) -> String {
    name.as_ref().map(ToString::to_string).unwrap_or_default()
}
