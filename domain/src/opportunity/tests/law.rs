//! What holds for every opportunity.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::testing::{Law, NOON, at, context};

pub(super) const LAW: Law<Opportunity> = Law { legal, step };

/// A deal stands in a stage of its own kind, and knows where it was closed from while it is.
fn legal(state: &State) -> bool {
    let stands = |deal: &Deal, types: &[StageType]| {
        types.contains(&deal.place.stage_type)
            && deal.pipeline_id == deal.opened.pipeline_id
            && deal.amount.is_none_or(|amount| amount.minor_units >= 0)
            && deal.fx.is_none_or(|fx| deal.amount.is_some_and(|amount| suits(fx, amount)))
            && deal.contact_roles.len() <= CONTACT_ROLES_MAX
            && deal.segments.len() <= SEGMENTS_MAX
            && (deal.place.stage_type != StageType::Open || deal.checklist.stage == deal.place.stage)
            && deal.forecast.as_ref().is_none_or(|forecast| !forecast.is_taken_back())
    };
    match state {
        State::Unopened => true,
        State::Open(deal) => {
            stands(deal, &[StageType::Open, StageType::OnHold])
                && deal.closed_from.is_none()
                && deal.lost.is_none()
        }
        State::Won(deal) => {
            stands(deal, &[StageType::Won])
                && deal.closed_from.is_some()
                && deal.lost.is_none()
                && deal.forecast.is_none()
        }
        State::Lost(deal) => {
            stands(deal, &[StageType::Lost])
                && deal.closed_from.is_some()
                && deal.lost.is_some()
                && deal.forecast.is_none()
        }
    }
}

/// A rate leads to another currency, and what the amount is worth there can be counted.
fn suits(fx: FrozenRate, amount: Money) -> bool {
    fx.base_currency != amount.currency && fx.convert(amount).is_some()
}

/// A deal begins by being opened, and once it is closed nothing happens to it but that it is reopened.
fn step(before: &State, event: &Event, after: &State) -> bool {
    match (before, after) {
        (State::Unopened, State::Unopened) => !matches!(event, Event::Opened(_)),
        (State::Unopened, State::Open(_)) => matches!(event, Event::Opened(_)),
        (State::Open(was), State::Open(is)) => {
            was.opened == is.opened && !matches!(event, Event::Won(_) | Event::Lost(_))
        }
        (State::Open(_), State::Won(_)) => matches!(event, Event::Won(_)),
        (State::Open(_), State::Lost(_)) => matches!(event, Event::Lost(_)),
        (State::Won(was), State::Won(is)) | (State::Lost(was), State::Lost(is)) => {
            was == is && !matches!(event, Event::Reopened(_))
        }
        (State::Won(_) | State::Lost(_), State::Open(_)) => matches!(event, Event::Reopened(_)),
        (State::Unopened, State::Won(_) | State::Lost(_))
        | (State::Open(_) | State::Won(_) | State::Lost(_), State::Unopened)
        | (State::Won(_), State::Lost(_))
        | (State::Lost(_), State::Won(_)) => false,
    }
}

fn pipelines() -> impl Strategy<Value = Definition> {
    let mut asking = Definition { version: 3, ..sales() };
    asking.stages[1].required = RequiredFields::new([DealField::Amount, DealField::NextStep]).unwrap();
    asking.stages[3].required = RequiredFields::new([DealField::ContactRole(Role::Champion)]).unwrap();
    let checked = Definition { version: 4, ..exit_criteria::checked() };
    select(vec![sales(), sales_2(), asking, checked])
}

fn stages() -> impl Strategy<Value = crate::value::Key> {
    select(vec!["new", "fresh", "offer", "parked", "won", "lost", "paid"]).prop_map(key)
}

fn amounts() -> impl Strategy<Value = Money> {
    select(vec![eur(-1), eur(0), eur(10_000), eur(12_000), usd(500)])
}

/// Rates to dollars that suit some of the amounts; by the last one, some are larger than can be counted.
fn rates() -> impl Strategy<Value = Option<FrozenRate>> {
    option::of(select(vec!["1.0845", "1.2", "999999999999999"]).prop_map(to_dollars))
}

fn openings() -> impl Strategy<Value = Open> {
    let planned = (option::of(Just("Call")), option::of(roles()));
    (pipelines(), option::of(stages()), option::of(amounts()), rates(), planned).prop_map(
        |(pipeline, stage, amount, fx, (what, as_what))| Open {
            pipeline,
            stage,
            amount,
            fx,
            next_step: what.map(|what| NextStepSet { what: label(what), due_on: None }),
            contact_roles: as_what.map(role).into_iter().collect(),
            ..begin()
        },
    )
}

fn owners() -> impl Strategy<Value = &'static str> {
    select(vec!["user_1", "user_2"])
}

fn reasons() -> impl Strategy<Value = crate::value::Label> {
    select(vec!["price", "timing"]).prop_map(label)
}

fn categories() -> impl Strategy<Value = Option<ForecastCategory>> {
    option::of(select(vec![ForecastCategory::Commit, ForecastCategory::Omitted]))
}

fn percents() -> impl Strategy<Value = Option<u32>> {
    option::of(select(vec![0, 80, 100]))
}

fn roles() -> impl Strategy<Value = Role> {
    select(vec![Role::DecisionMaker, Role::Champion])
}

fn fields() -> impl Strategy<Value = &'static str> {
    select(vec!["product", "region"])
}

fn criteria() -> impl Strategy<Value = &'static str> {
    select(vec!["budget", "need", "terms", "weather"])
}

fn quotes() -> impl Strategy<Value = &'static str> {
    select(vec!["first", "second", "third"])
}

/// What is said about how a deal is to go on.
fn plans() -> impl Strategy<Value = Command> {
    prop_oneof![
        (select(vec!["Call", "Visit"]), option::of(Just("2026-12-01")))
            .prop_map(|(what, due_on)| set_next_step(what, due_on)),
        roles().prop_map(add_role),
        roles().prop_map(|as_what| Command::RemoveContactRole { contact_role: role(as_what) }),
        (fields(), select(vec!["chairs", "West"])).prop_map(|(name, value)| set_segment(name, value)),
        fields().prop_map(clear_segment),
        (criteria(), pipelines()).prop_map(|(criterion, pipeline)| meet(criterion, pipeline)),
        criteria().prop_map(retract),
        (quotes(), option::of(quotes())).prop_map(|(name, ended)| choose_after(name, ended)),
        (categories(), percents())
            .prop_map(|(category, percent)| override_forecast(category, percent, "Signed")),
    ]
}

fn commands() -> impl Strategy<Value = Command> {
    prop_oneof![
        2 => openings().prop_map(open),
        2 => (stages(), pipelines()).prop_map(|(stage, pipeline)| Command::MoveStage { stage, pipeline }),
        2 => (amounts(), rates()).prop_map(|(amount, fx)| Command::ReviseAmount { amount, fx }),
        1 => select(vec!["2026-12-24", "2027-01-31"]).prop_map(move_close_date),
        1 => (owners(), option::of(Just("north"))).prop_map(|(owner, team)| assign(owner, team)),
        1 => (option::of(amounts()), rates(), pipelines())
            .prop_map(|(amount, fx, pipeline)| Command::Win { amount, fx, pipeline }),
        1 => (option::of(reasons()), option::of(reasons()), pipelines())
            .prop_map(|(reason, competitor, pipeline)| Command::Lose { reason, competitor, pipeline }),
        4 => plans(),
        2 => (option::of(stages()), pipelines()).prop_map(|(stage, pipeline)| Command::Reopen { stage, pipeline }),
    ]
}

fn places() -> impl Strategy<Value = StagePlace> {
    select(vec!["new", "offer", "parked", "won", "lost"]).prop_map(place)
}

fn events() -> impl Strategy<Value = Event> {
    prop_oneof![
        places().prop_map(|place| Opened { place, ..began() }.into()),
        (stages(), places()).prop_map(|(from, place)| StageMoved { from, place }.into()),
        (amounts(), rates()).prop_map(|(amount, fx)| AmountRevised { previous: None, amount, fx }.into()),
        Just(CloseDateMoved { previous: None, expected_close_on: day("2027-01-31") }.into()),
        owners().prop_map(|owner| OwnerAssigned { owner: reference(owner), team: None }.into()),
        (stages(), places(), option::of(amounts()), rates()).prop_map(|(from, place, amount, fx)| Won {
            from,
            place,
            amount,
            fx
        }
        .into()),
        (stages(), places(), option::of(reasons())).prop_map(|(from, place, reason)| Lost {
            from,
            place,
            reason,
            competitor: None
        }
        .into()),
        Just(NextStepSet { what: label("Call"), due_on: None }.into()),
        roles().prop_map(|as_what| ContactRoleAdded { contact_role: role(as_what) }.into()),
        roles().prop_map(|as_what| ContactRoleRemoved { contact_role: role(as_what) }.into()),
        fields().prop_map(|name| SegmentSet { key: key(name), value: label("West") }.into()),
        fields().prop_map(|name| SegmentCleared { key: key(name) }.into()),
        quotes().prop_map(quotes::chosen),
        (stages(), criteria()).prop_map(|(stage, name)| exit_criteria::met(stage.as_str(), name)),
        (stages(), criteria()).prop_map(|(stage, name)| exit_criteria::retracted(stage.as_str(), name)),
        (categories(), percents()).prop_map(|(category, percent)| ForecastOverridden {
            category,
            probability: percent.map(|percent| Percent::new(percent).unwrap()),
            reason: label("Signed")
        }
        .into()),
        (stages(), places()).prop_map(|(from, place)| Reopened { from, place }.into()),
    ]
}

proptest! {
    #[test]
    fn no_commands_lead_to_an_illegal_state_and_a_repeated_one_changes_nothing(asked in vec(commands(), 0..30)) {
        LAW.holds_for_commands(asked.into_iter().map(|command| (command, context(at(NOON)))).collect())?;
    }

    #[test]
    fn every_history_folds_and_a_closed_deal_is_only_reopened(history in vec(events(), 0..30)) {
        LAW.holds_for_events(&history)?;
    }
}
