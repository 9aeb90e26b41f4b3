//! Checklists: what has to be met before a deal leaves a stage forwards.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::law::LAW;
use super::*;
use crate::pipeline::ExitCriterion;
use crate::testing::{NOON, at, context};
use crate::value::Key;

/// Sales, where `new` has two exit criteria and `offer` has one.
pub(super) fn checked() -> Definition {
    let mut checked = sales();
    checked.stages[0].exit_criteria = criteria(&["budget", "need"]);
    checked.stages[1].exit_criteria = criteria(&["terms"]);
    checked
}

fn criteria(names: &[&str]) -> Vec<ExitCriterion> {
    names.iter().map(|name| ExitCriterion { key: key(name), name: label(name) }).collect()
}

pub(super) fn met(stage: &str, criterion: &str) -> Event {
    CriterionMet { stage: key(stage), key: key(criterion), note: None }.into()
}

pub(super) fn retracted(stage: &str, criterion: &str) -> Event {
    CriterionRetracted { stage: key(stage), key: key(criterion), note: None }.into()
}

fn not_met(stage: &str, missing: &[&str]) -> Rejection {
    let missing = missing.iter().map(|name| key(name)).collect();
    Rejection::ExitCriteriaNotMet { stage: key(stage), missing }
}

fn go_to(stage: &str) -> Command {
    Command::MoveStage { stage: key(stage), pipeline: checked() }
}

fn win_it() -> Command {
    Command::Win { amount: None, fx: None, pipeline: checked() }
}

fn reopen_at(stage: &str) -> Command {
    Command::Reopen { stage: Some(key(stage)), pipeline: checked() }
}

fn reopened(from: &str, to: &str) -> Event {
    Reopened { from: key(from), place: place(to) }.into()
}

/// A deal in `new`, and what happened to it since.
fn deal(since: impl IntoIterator<Item = Event>) -> Given<Opportunity> {
    given(std::iter::once(opened()).chain(since))
}

/// A deal in `new` of which all is met, and what happened to it since.
fn ready(since: impl IntoIterator<Item = Event>) -> Given<Opportunity> {
    deal([met("new", "budget"), met("new", "need")].into_iter().chain(since))
}

#[test]
fn a_criterion_is_met_once_and_met_again_after_it_was_taken_back() {
    deal([]).when(meet("budget", checked())).then([met("new", "budget")]);
    deal([met("new", "budget")]).when(meet("need", checked())).then([met("new", "need")]);
    deal([met("new", "budget")]).when(retract("budget")).then([retracted("new", "budget")]);
    deal([]).when(retract("budget")).then_nothing();
    deal([met("new", "budget"), retracted("new", "budget")])
        .when(meet("budget", checked()))
        .then([met("new", "budget")]);
}

#[test]
fn how_one_knows_is_kept_and_makes_no_other_fact_of_it() {
    let note = |text: &str| Some(label(text));
    let meet = |text| Command::MeetCriterion { key: key("need"), note: note(text), pipeline: checked() };
    let said = CriterionMet { stage: key("new"), key: key("need"), note: note("Board minutes") };
    deal([]).when(meet("Board minutes")).then([said.clone().into()]);
    deal([said.clone().into()]).when(meet("By phone")).then_nothing();
    let taken_back = CriterionRetracted { stage: key("new"), key: key("need"), note: note("A mistake") };
    deal([said.into()])
        .when(Command::RetractCriterion { key: key("need"), note: note("A mistake") })
        .then([taken_back.into()]);
}

#[test]
fn only_what_the_stage_asks_for_is_met() {
    deal([]).when(meet("terms", checked())).then_rejected(criterion_unknown("terms", &["budget", "need"]));
    deal([]).when(meet("budget", sales())).then_rejected(criterion_unknown("budget", &[]));
    let none = criterion_unknown("budget", &[]).to_string();
    assert_eq!(none, "the stage new has no exit criterion budget; it has none");
}

#[test]
fn a_deal_does_not_go_on_before_all_is_met_and_is_told_what_is_not() {
    deal([]).when(go_to("offer")).then_rejected(not_met("new", &["budget", "need"]));
    deal([met("new", "need")]).when(go_to("offer")).then_rejected(not_met("new", &["budget"]));
    deal([met("new", "need")]).when(win_it()).then_rejected(not_met("new", &["budget"]));
    ready([retracted("new", "need")]).when(go_to("offer")).then_rejected(not_met("new", &["need"]));
    ready([moved("new", "offer")]).when(win_it()).then_rejected(not_met("offer", &["terms"]));
    assert_eq!(
        not_met("new", &["budget", "need"]).to_string(),
        "the stage new has exit criteria that are not met: budget, need"
    );
}

#[test]
fn a_deal_goes_on_once_all_is_met() {
    ready([]).when(go_to("offer")).then([moved("new", "offer")]);
    ready([]).when(win_it()).then([won("new", Some(eur(10_000)))]);
    ready([moved("new", "offer"), met("offer", "terms")])
        .when(win_it())
        .then([won("offer", Some(eur(10_000)))]);
}

#[test]
fn going_back_waiting_and_losing_ask_for_nothing() {
    ready([moved("new", "offer")]).when(go_to("new")).then([moved("offer", "new")]);
    deal([]).when(go_to("parked")).then([moved("new", "parked")]);
    deal([])
        .when(Command::Lose { reason: Some(label("price")), competitor: None, pipeline: checked() })
        .then([lost("new", "price")]);
}

#[test]
fn who_comes_back_begins_anew() {
    ready([moved("new", "offer"), moved("offer", "new")])
        .when(go_to("offer"))
        .then_rejected(not_met("new", &["budget", "need"]));
    ready([moved("new", "offer"), met("offer", "terms"), moved("offer", "new"), met("new", "budget")])
        .when(meet("budget", checked()))
        .then_nothing();
}

#[test]
fn a_deal_that_waits_goes_on_from_where_it_was() {
    let parked = || moved("new", "parked");
    deal([parked()]).when(go_to("offer")).then_rejected(not_met("new", &["budget", "need"]));
    deal([parked()]).when(win_it()).then_rejected(not_met("new", &["budget", "need"]));
    deal([parked()]).when(go_to("new")).then([moved("parked", "new")]);
    deal([parked()]).when(meet("budget", checked())).then([met("new", "budget")]);
    ready([parked()]).when(go_to("offer")).then([moved("parked", "offer")]);
    ready([parked(), moved("parked", "new")]).when(go_to("offer")).then([moved("new", "offer")]);
    let waiting = Opened { place: place("parked"), ..began() };
    given::<Opportunity>([waiting.into()]).when(win_it()).then([won("parked", Some(eur(10_000)))]);
}

#[test]
fn a_closed_deal_is_not_reopened_past_its_checklist() {
    let lost = || lost("new", "price");
    deal([lost()]).when(reopen_at("offer")).then_rejected(not_met("new", &["budget", "need"]));
    deal([lost()]).when(reopen_at("parked")).then([reopened("lost", "parked")]);
    deal([lost()]).when(reopen_at("new")).then([reopened("lost", "new")]);
    ready([lost()]).when(reopen_at("offer")).then([reopened("lost", "offer")]);
    ready([lost(), reopened("lost", "new")]).when(go_to("offer")).then([moved("new", "offer")]);
    ready([won("new", None)]).when(reopen_at("offer")).then([reopened("won", "offer")]);
}

#[test]
fn the_version_in_force_counts() {
    let mut stricter = checked();
    stricter.stages[0].exit_criteria = criteria(&["need", "timing"]);
    let stricter = Definition { version: 2, ..stricter };
    let go = |pipeline: &Definition| Command::MoveStage { stage: key("offer"), pipeline: pipeline.clone() };
    ready([]).when(go(&stricter)).then_rejected(not_met("new", &["timing"]));
    let place = place_in(&stricter, "offer");
    ready([met("new", "timing")]).when(go(&stricter)).then([StageMoved { from: key("new"), place }.into()]);
    // What is asked no more holds up nobody: not what was left out, and not a stage that was.
    deal([]).when(go(&sales())).then([moved("new", "offer")]);
    let place = place_in(&sales_2(), "offer");
    deal([]).when(go(&sales_2())).then([StageMoved { from: key("new"), place }.into()]);
}

#[test]
fn a_deal_may_pass_over_a_stage_with_its_checklist() {
    let mut longer = checked();
    longer.stages.insert(2, stage("contract", StageType::Open, 90, ForecastCategory::Commit));
    let go = Command::MoveStage { stage: key("contract"), pipeline: longer.clone() };
    let place = place_in(&longer, "contract");
    ready([]).when(go).then([StageMoved { from: key("new"), place }.into()]);
}

fn steps() -> impl Strategy<Value = Command> {
    prop_oneof![
        4 => select(vec!["new", "offer", "parked"]).prop_map(go_to),
        6 => select(vec!["budget", "need", "terms"]).prop_map(|name| meet(name, checked())),
        1 => select(vec!["budget", "need", "terms"]).prop_map(retract),
        1 => Just(win_it()),
        1 => Just(Command::Lose { reason: None, competitor: None, pipeline: checked() }),
        2 => select(vec!["new", "offer", "parked"]).prop_map(reopen_at),
    ]
}

/// What `new` and `offer` ask for.
const ASKED: [&[&str]; 2] = [&["budget", "need"], &["terms"]];

/// Where a deal goes on from, and what is met there, told once more from its events alone.
#[derive(Default)]
struct Told {
    rank: usize,
    met: BTreeSet<Key>,
}

impl Told {
    /// Whether the event is one that may follow.
    fn follows(&mut self, event: &Event) -> bool {
        match event {
            Event::CriterionMet(criterion) => self.met.insert(criterion.key.clone()),
            Event::CriterionRetracted(criterion) => self.met.remove(&criterion.key),
            Event::Opened(Opened { place, .. })
            | Event::StageMoved(StageMoved { place, .. })
            | Event::Won(Won { place, .. })
            | Event::Reopened(Reopened { place, .. }) => self.comes_to(place.stage.as_str()),
            Event::Lost(_)
            | Event::AmountRevised(_)
            | Event::CloseDateMoved(_)
            | Event::OwnerAssigned(_)
            | Event::NextStepSet(_)
            | Event::ContactRoleAdded(_)
            | Event::ContactRoleRemoved(_)
            | Event::ForecastOverridden(_)
            | Event::SegmentSet(_)
            | Event::SegmentCleared(_)
            | Event::QuoteChosen(_) => true,
        }
    }

    /// Whether all is met that is asked of a deal that comes there.
    fn comes_to(&mut self, stage: &str) -> bool {
        // On hold it waits.
        let order = ["new", "offer", "won"];
        let Some(rank) = order.iter().position(|known| *known == stage) else { return true };
        let may = rank <= self.rank || ASKED[self.rank].iter().all(|name| self.met.contains(&key(name)));
        if rank < ASKED.len() && rank != self.rank {
            *self = Self { rank, met: BTreeSet::new() };
        }
        may
    }
}

proptest! {
    #[test]
    fn no_deal_goes_on_before_all_is_met(asked in vec(steps(), 0..40)) {
        let asked = std::iter::once(open(Open { pipeline: checked(), ..begin() })).chain(asked);
        let asked = asked.map(|command| (command, context(at(NOON)))).collect();
        let mut told = Told::default();
        for event in LAW.holds_for_commands(asked)? {
            prop_assert!(told.follows(&event), "{:?}", event);
        }
    }
}
