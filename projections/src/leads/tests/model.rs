//! The report against a look at every event of every lead, and the lists against the state of the aggregate.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use rapport_domain::aggregate::Aggregate as _;
use rapport_domain::context::Context;
use rapport_domain::lead::{Assign, Command, State};

use super::*;
use crate::month::Month;
use crate::testing::actor;

/// What is asked of a lead, at seconds after the one before.
fn commands() -> impl Strategy<Value = Vec<(i64, Command)>> {
    let holders = select(vec![
        Holder::Owner(reference("user_ann")),
        Holder::Owner(reference("user_bob")),
        Holder::Queue(reference("inbound")),
    ]);
    let assign = |to| Command::Assign(Box::new(Assign { to, reason: None, routing: None, respond_by: None }));
    let interaction_id = |name| InteractionId::derived("tests", name);
    let command = prop_oneof![
        3 => holders.prop_map(assign),
        1 => (1..4_u32).prop_map(|number| Command::TimeOut { number }),
        2 => select(vec!["call", "mail"])
            .prop_map(move |name| Command::Contact { interaction_id: interaction_id(name) }),
        2 => Just(Command::Qualify { reason: None }),
        1 => Just(Command::Recycle { until: None, reason: None }),
        1 => Just(Command::Disqualify { reason: label("a student") }),
        1 => Just(Command::Capture {
            contact_id: contact("a"),
            capture: Box::new(capture("again")),
            field_set: None,
        }),
        2 => Just(Command::Convert { account_id: None, opportunity_id: None }),
    ];
    vec((prop_oneof![0..7_000_i64, 0..700_000_i64], command), 0..10)
}

/// A lead as the model sees it: its source, its events with the seconds since it came in, and where it stands.
struct Known {
    name: String,
    source: Source,
    captured_at: Instant,
    events: Vec<(i64, Event)>,
    state: State,
}

fn play(history: &mut History, number: usize, source: Source, commands: &[(i64, Command)]) -> Known {
    let name = number.to_string();
    let begun = at(MONDAY).micros() + i64::try_from(number).unwrap() * 86_400_000_000;
    let contact_id = contact(&name);
    let first = Box::new(Capture { source, ..capture(&name) });
    let first = Command::Capture { contact_id, capture: first, field_set: None };
    let captured_at = Instant::from_micros(begun).unwrap();
    let mut known = Known { name, source, captured_at, events: Vec::new(), state: State::default() };
    let mut later = 0;
    for (seconds, command) in std::iter::once(&(0, first)).chain(commands) {
        later += seconds;
        let now = Instant::from_micros(begun + later * 1_000_000).unwrap();
        let context = Context { now, occurred_at: now, actor: actor() };
        for event in lead::Lead::decide(&known.state, command, &context).unwrap_or_default() {
            known.state = lead::Lead::evolve(known.state, &event);
            history.add_at::<lead::Lead>(&id(&known.name), now, event.clone());
            known.events.push((later, event));
        }
    }
    known
}

/// How long after it came in a lead first reached a step.
fn reached(known: &Known, step: Step) -> Option<i64> {
    let is_it = |event: &Event| match step {
        Step::Captured => matches!(event, Event::Captured(_)),
        Step::Assigned => matches!(event, Event::Assigned(assigned) if assigned.to.owner().is_some()),
        Step::Contacted => matches!(event, Event::Contacted(_)),
        Step::Qualified => matches!(event, Event::Qualified(_)),
        Step::Recycled => matches!(event, Event::Recycled(_)),
        Step::Disqualified => matches!(event, Event::Disqualified(_)),
        Step::Converted => matches!(event, Event::Converted(_)),
        Step::Won | Step::Lost => false,
    };
    known.events.iter().find(|(_, event)| is_it(event)).map(|(later, _)| *later)
}

/// As it is counted: exact within the hour, to the minute within the day, then to the hour.
fn coarse(seconds: i64) -> i64 {
    if seconds < 3_600 {
        seconds
    } else if seconds < 86_400 {
        seconds / 60 * 60
    } else {
        seconds / 3_600 * 3_600
    }
}

/// The leads of a group, looked at one by one.
fn counted(leads: &[Known], is_in: impl Fn(&Known) -> bool) -> LeadGroup {
    let group: Vec<&Known> = leads.iter().filter(|known| is_in(known)).collect();
    let captured = i64::try_from(group.len()).unwrap();
    let steps = Step::ALL.map(|step| {
        let times: Vec<i64> = group.iter().filter_map(|known| reached(known, step)).collect();
        let count = i64::try_from(times.len()).unwrap();
        let mut rounded: Vec<i64> = times.iter().map(|seconds| coarse(*seconds)).collect();
        rounded.sort_unstable();
        let quantile = |tenths: usize| rounded.get(rounded.len().saturating_sub(1) * tenths / 10).copied();
        let half_up = |part: i64, whole: i64| (whole > 0).then(|| (2 * part + whole) / (2 * whole));
        Reached {
            step,
            leads: times.len() as u64,
            rate_basis_points: half_up(count * 10_000, captured).map(|rate| u32::try_from(rate).unwrap()),
            times: LeadTimes {
                mean_seconds: half_up(times.iter().sum(), count),
                p50_seconds: quantile(5),
                p90_seconds: quantile(9),
            },
        }
    });
    LeadGroup { steps: steps.into() }
}

/// Where it stands, and who has it, as the aggregate says.
fn stands(state: &State) -> (LeadStatus, Option<Holder>) {
    let status = match state {
        State::Uncaptured | State::New(_) => LeadStatus::New,
        State::Assigned(_) => LeadStatus::Assigned,
        State::Working(_) => LeadStatus::Working,
        State::Qualified(_) => LeadStatus::Qualified,
        State::Recycled(..) => LeadStatus::Recycled,
        State::Disqualified(..) => LeadStatus::Disqualified,
        State::Converted(..) => LeadStatus::Converted,
    };
    (status, state.lead().and_then(|lead| lead.holder.clone()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_counters_say_what_a_look_at_every_lead_says(
        played in vec((select(vec![Source::WebForm, Source::Partner]), commands()), 0..12)
    ) {
        let mut history = History::new();
        let leads: Vec<Known> = played
            .iter()
            .enumerate()
            .map(|(number, (source, commands))| play(&mut history, number, *source, commands))
            .collect();
        let model = Model::of(LeadProjection, &history);
        let asked = |query: LeadReportQuery| report(&model.connection, &query).unwrap();
        let found = asked(LeadReportQuery::default());
        prop_assert_eq!(&found.all, &counted(&leads, |_| true));
        for (source, group) in &found.by_source {
            prop_assert_eq!(group, &counted(&leads, |known| known.source == *source));
        }
        let december = month("2026-12");
        let source = Some(Source::Partner);
        let limited = LeadReportQuery { from_month: Some(december), to_month: Some(december), source };
        let is_in =
            |known: &Known| known.source == Source::Partner && Month::of(known.captured_at) == december;
        prop_assert_eq!(asked(limited).all, counted(&leads, is_in));
        for known in &leads {
            let lead = standing(&model, &known.name);
            let owner = lead.owner.clone().map(Holder::Owner);
            prop_assert_eq!((lead.status, owner.or(lead.queue.map(Holder::Queue))), stands(&known.state));
        }
        let waiting = LeadFilter { unassigned: true, active: true, ..LeadFilter::default() };
        let is_waiting = |known: &&Known| {
            let (status, holder) = stands(&known.state);
            status.is_active() && holder.as_ref().and_then(Holder::owner).is_none()
        };
        let expected: Vec<LeadId> = leads.iter().filter(is_waiting).map(|known| id(&known.name)).collect();
        prop_assert_eq!(listed(&model, &waiting, LeadOrder::Oldest), expected);
    }
}
