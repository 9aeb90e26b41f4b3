//! The reports, computed the long way: every deal told by the aggregate itself, and its visits counted one by one.

use std::collections::{BTreeMap, BTreeSet};

use rapport_domain::aggregate::Aggregate as _;
use rapport_domain::envelope::Recorded;
use rapport_domain::opportunity::{Deal, Event, Opportunity, State};
use rapport_domain::pipeline::Definition;
use rapport_domain::value::{Instant, Key, Money, Reference};
use rapport_domain::{DomainEvent, pipeline};

use super::{
    AccuracyQuery, DwellQuery, ForecastAccuracy, SalesScope, StageConversion, StageDwell, StageReached,
};

/// A stay of a deal in a stage.
struct Visit {
    stage: Key,
    entered_at: Instant,
    left_at: Option<Instant>,
    owner: Option<Reference>,
    team: Option<Reference>,
}

impl Visit {
    fn is_of(&self, scope: &SalesScope) -> bool {
        (scope.owner.is_none() || self.owner == scope.owner)
            && (scope.team.is_none() || self.team == scope.team)
    }
}

/// The visits of each deal, and the pipeline in force.
fn visits(events: &[Recorded]) -> (Definition, Vec<Vec<Visit>>) {
    let mut definition = None;
    let mut deals: BTreeMap<String, (State, Vec<Visit>)> = BTreeMap::new();
    for recorded in events {
        let occurred_at = recorded.metadata().unwrap().occurred_at;
        if let Some(published) = published(recorded) {
            definition = Some(published);
            continue;
        }
        let event = event_of(recorded);
        let (state, visits) = deals.entry(recorded.stream.to_string()).or_default();
        let was = std::mem::take(state);
        *state = Opportunity::evolve(was.clone(), &event);
        let Some(deal) = state.deal() else { continue };
        if comes_to_a_stage(&was, &event) {
            if let Some(last) = visits.last_mut() {
                last.left_at = Some(occurred_at);
            }
            let stage = deal.place.stage.clone();
            visits.push(Visit { stage, entered_at: occurred_at, left_at: None, owner: None, team: None });
        }
        let last = visits.last_mut().unwrap();
        (last.owner, last.team) = (deal.owner.clone(), deal.team.clone());
    }
    let visits = deals.into_values().map(|(_, visits)| visits).filter(|visits| !visits.is_empty());
    (definition.unwrap(), visits.collect())
}

fn published(recorded: &Recorded) -> Option<Definition> {
    let event = DomainEvent::decode(recorded).unwrap().unwrap();
    if let DomainEvent::Pipeline(pipeline::Event::Published(published)) = event {
        Some(published.definition)
    } else {
        None
    }
}

fn event_of(recorded: &Recorded) -> Event {
    let DomainEvent::Opportunity(event) = DomainEvent::decode(recorded).unwrap().unwrap() else {
        panic!("neither a pipeline nor a deal: {recorded:?}")
    };
    event
}

fn comes_to_a_stage(was: &State, event: &Event) -> bool {
    match was {
        State::Unopened => matches!(event, Event::Opened(_)),
        State::Open(_) => matches!(event, Event::StageMoved(_) | Event::Won(_) | Event::Lost(_)),
        State::Won(_) | State::Lost(_) => matches!(event, Event::Reopened(_)),
    }
}

fn is_in(time: Instant, scope: &SalesScope) -> bool {
    scope.from <= time && time < scope.to
}

fn rate(part: u64, whole: u64) -> Option<i64> {
    (whole > 0).then(|| ((20_000 * part + whole) / (2 * whole)) as i64)
}

/// Stages in the order of the process, those of older versions behind.
fn place(definition: &Definition, stage: &Key) -> (usize, Key) {
    let place = definition.stages.iter().position(|known| known.key == *stage);
    (place.unwrap_or(usize::MAX), stage.clone())
}

pub(super) fn conversion(events: &[Recorded], scope: &SalesScope) -> Vec<StageConversion> {
    let (definition, deals) = visits(events);
    let every_stage: BTreeSet<Key> = deals.iter().flatten().map(|visit| visit.stage.clone()).collect();
    let entries = |deal: &[Visit], stage: &Key| -> Vec<usize> {
        let entered =
            |visit: &Visit| visit.stage == *stage && is_in(visit.entered_at, scope) && visit.is_of(scope);
        deal.iter().enumerate().filter(|(_, visit)| entered(visit)).map(|(index, _)| index).collect()
    };
    let ever = |deal: &[Visit], stage: &Key| deal.iter().any(|visit| visit.stage == *stage);
    let mut stages = Vec::new();
    for stage in &every_stage {
        let of: Vec<&Vec<Visit>> = deals.iter().filter(|deal| !entries(deal, stage).is_empty()).collect();
        let again =
            |deal: &&&Vec<Visit>| entries(deal, stage).iter().any(|index| ever(&deal[..*index], stage));
        let opportunities = of.len() as u64;
        let reentered = of.iter().filter(again).count() as u64;
        let reached = every_stage.iter().filter(|to| *to != stage).map(|to| {
            let reached = of.iter().filter(|deal| ever(deal, to)).count() as u64;
            StageReached {
                stage: to.clone(),
                opportunities: reached,
                conversion_rate_basis_points: rate(reached, opportunities),
            }
        });
        let mut reached: Vec<StageReached> = reached.filter(|to| to.opportunities > 0).collect();
        reached.sort_by_key(|to| place(&definition, &to.stage));
        if opportunities > 0 {
            stages.push(StageConversion {
                stage: stage.clone(),
                opportunities,
                entries: of.iter().map(|deal| entries(deal, stage).len() as u64).sum(),
                reentered,
                reentry_rate_basis_points: rate(reentered, opportunities),
                reached,
            });
        }
    }
    stages.sort_by_key(|from| place(&definition, &from.stage));
    stages
}

/// Where a stage comes, and who had the deals there.
type Place = ((usize, Key), Option<Reference>);

pub(super) fn dwell(events: &[Recorded], query: &DwellQuery) -> Vec<StageDwell> {
    let (definition, deals) = visits(events);
    let mut groups: BTreeMap<Place, Vec<i64>> = BTreeMap::new();
    for visit in deals.iter().flatten().filter(|visit| visit.is_of(&query.scope)) {
        if let Some(left_at) = visit.left_at.filter(|left_at| is_in(*left_at, &query.scope)) {
            let owner = visit.owner.clone().filter(|_| query.by_owner);
            let seconds = (left_at.micros() - visit.entered_at.micros()).div_euclid(1_000_000);
            groups.entry((place(&definition, &visit.stage), owner)).or_default().push(seconds);
        }
    }
    let row = |(((_, stage), owner), mut seconds): (Place, Vec<i64>)| {
        seconds.sort_unstable();
        let tenth = |tenths: usize| Some(seconds[(seconds.len() - 1) * tenths / 10]);
        let visits = seconds.len() as u64;
        StageDwell { stage, owner, visits, median_seconds: tenth(5), p90_seconds: tenth(9) }
    };
    groups.into_iter().map(row).collect()
}

/// Deals and amounts: forecast, won, and both.
type Sums = [(u64, i64); 3];

pub(super) fn accuracy(events: &[Recorded], query: &AccuracyQuery) -> Vec<ForecastAccuracy> {
    let scope = &query.scope;
    let then = deals(events.iter().filter(|event| event.position <= query.known_at));
    let now = deals(events.iter());
    let of = |deal: &Deal| {
        (scope.owner.is_none() || deal.owner == scope.owner)
            && (scope.team.is_none() || deal.team == scope.team)
    };
    let won = |(state, closed_at): &(State, Instant)| match state {
        State::Won(deal) if is_in(*closed_at, scope) => Some(deal.clone()),
        State::Won(_) | State::Unopened | State::Open(_) | State::Lost(_) => None,
    };
    let mut sums: BTreeMap<&str, (Money, Sums)> = BTreeMap::new();
    let mut add = |which: usize, amount: Money| {
        let entry = sums.entry(amount.currency.code()).or_insert((amount, [(0, 0); 3]));
        entry.1[which].0 += 1;
        entry.1[which].1 += amount.minor_units;
    };
    for (stream, (state, _)) in &then {
        let State::Open(deal) = state else { continue };
        let overridden = deal.forecast.as_ref().and_then(|forecast| forecast.category);
        let is_forecast = overridden.unwrap_or(deal.place.forecast_category) == query.category;
        let is_in_time = deal.expected_close_on.is_none_or(|day| day.start() < scope.to);
        let Some(amount) = deal.amount.filter(|_| of(deal) && is_forecast && is_in_time) else { continue };
        add(0, amount);
        if let Some(amount) = now.get(stream).and_then(won).and_then(|deal| deal.amount) {
            add(2, amount);
        }
    }
    for deal in now.values().filter_map(won).filter(|deal| of(deal)) {
        if let Some(amount) = deal.amount {
            add(1, amount);
        }
    }
    sums.into_values().map(|(amount, sums)| of_currency(amount, sums)).collect()
}

fn of_currency(of: Money, [forecast, won, both]: Sums) -> ForecastAccuracy {
    let money = |minor_units: i64| Money { minor_units, ..of };
    let share = |part: i64, whole: i64| (whole > 0).then(|| (20_000 * part + whole) / (2 * whole));
    ForecastAccuracy {
        currency: of.currency,
        forecast: forecast.0,
        forecast_amount: money(forecast.1),
        won: won.0,
        won_amount: money(won.1),
        forecast_won: both.0,
        forecast_won_amount: money(both.1),
        won_share_basis_points: share(both.1, forecast.1),
        error_basis_points: share((forecast.1 - won.1).abs(), won.1),
    }
}

/// Each deal as the aggregate has it, with the time of the event that it closed with.
fn deals<'e>(events: impl Iterator<Item = &'e Recorded>) -> BTreeMap<String, (State, Instant)> {
    let mut deals: BTreeMap<String, (State, Instant)> = BTreeMap::new();
    for recorded in events.filter(|recorded| published(recorded).is_none()) {
        let (event, occurred_at) = (event_of(recorded), recorded.metadata().unwrap().occurred_at);
        let deal = deals.entry(recorded.stream.to_string()).or_insert((State::default(), occurred_at));
        let was = std::mem::take(&mut deal.0);
        if comes_to_a_stage(&was, &event) {
            deal.1 = occurred_at;
        }
        deal.0 = Opportunity::evolve(was, &event);
    }
    deals
}
