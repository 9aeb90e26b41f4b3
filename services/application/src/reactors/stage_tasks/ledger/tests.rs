//! Given what stages ask for, when something happens to deals and tasks, then this is to be done.

mod law;

use std::collections::BTreeSet;

use rapport_domain::opportunity::{Lost, Opened, OwnerAssigned, Reopened, StageMoved};
use rapport_domain::pipeline::{
    DueInDays, ForecastCategory, Percent, RequiredFields, Stage, StageTask, StageType,
};
use rapport_domain::task::{Completed, Created, Reassigned};
use rapport_domain::value::{Label, Segments};

use super::*;

const MONDAY: &str = "2026-11-23T09:00:00Z";
const FRIDAY: &str = "2026-11-27T09:00:00Z";

fn at(time: &str) -> Instant {
    Instant::parse(time).unwrap()
}

fn key(text: &str) -> Key {
    Key::parse(text).unwrap()
}

fn label(text: &str) -> Label {
    Label::parse(text).unwrap()
}

fn reference(text: &str) -> Reference {
    Reference::parse(text).unwrap()
}

fn sales() -> PipelineId {
    PipelineId::derived("tests", "sales")
}

fn deal(name: &str) -> OpportunityId {
    OpportunityId::derived("tests", name)
}

/// The tasks of a stage, each with the days until it is due.
fn asked(version: u32, stage: &str) -> &'static [(&'static str, u32)] {
    match (version, stage) {
        (1, "talk") => &[("call", 1), ("terms", 3)],
        (1, "offer") => &[("send", 0)],
        (2, "talk") => &[("call", 2)],
        _ => &[],
    }
}

fn definition(version: u32) -> Definition {
    let stages = [("talk", StageType::Open), ("offer", StageType::Open), ("lost", StageType::Lost)];
    let stage = |(name, stage_type): (&str, StageType)| {
        let task = |(name, days): &(&str, u32)| StageTask {
            key: key(name),
            subject: label(name),
            due_in_days: DueInDays::new(*days).unwrap(),
        };
        Stage {
            key: key(name),
            name: label(name),
            stage_type,
            probability: Percent::new(50).unwrap(),
            forecast_category: ForecastCategory::Pipeline,
            rot_after_days: None,
            required: RequiredFields::default(),
            tasks: StageTasks::new(asked(version, name).iter().map(task).collect()).unwrap(),
            exit_criteria: Vec::new(),
        }
    };
    Definition { version, name: label("Sales"), stages: stages.map(stage).into() }
}

fn place(version: u32, name: &str) -> StagePlace {
    let definition = definition(version);
    StagePlace::new(&definition, definition.stage(&key(name)).unwrap())
}

fn opened(version: u32, stage: &str, owner: Option<&str>) -> opportunity::Event {
    Opened {
        pipeline_id: sales(),
        place: place(version, stage),
        title: label("Hundred seats"),
        contact_id: None,
        amount: None,
        fx: None,
        expected_close_on: None,
        owner: owner.map(reference),
        team: None,
        segments: Segments::new(),
        next_step: None,
        contact_roles: BTreeSet::new(),
    }
    .into()
}

fn moved(version: u32, stage: &str) -> opportunity::Event {
    StageMoved { from: key("talk"), place: place(version, stage) }.into()
}

fn lost() -> opportunity::Event {
    Lost { from: key("talk"), place: place(1, "lost"), reason: None, competitor: None }.into()
}

fn reopened(version: u32, stage: &str) -> opportunity::Event {
    Reopened { from: key("lost"), place: place(version, stage) }.into()
}

fn assigned(owner: &str) -> opportunity::Event {
    OwnerAssigned { owner: reference(owner), team: None }.into()
}

fn created(of: OpportunityId, owner: &str) -> task::Event {
    let rule = StageRule { pipeline_id: sales(), pipeline_version: 1, stage: key("talk"), task: key("call") };
    let details = Details {
        about: About::Opportunity(of),
        subject: label("call"),
        owner: reference(owner),
        due_at: None,
        remind_at: None,
        rule: Some(key("stage_task")),
        stage_rule: Some(rule),
    };
    Created { details }.into()
}

fn completed() -> task::Event {
    Completed { outcome: None }.into()
}

fn reassigned(owner: &str) -> task::Event {
    Reassigned { owner: reference(owner), previous: reference("ann") }.into()
}

/// A ledger that knows both versions, and what it leaves to do.
struct Desk {
    ledger: Ledger,
    revisions: BTreeMap<OpportunityId, u64>,
    todo: BTreeSet<Step>,
}

impl Desk {
    fn new() -> Self {
        let mut ledger = Ledger::default();
        [1, 2].into_iter().for_each(|version| ledger.published(sales(), &definition(version)));
        Self { ledger, revisions: BTreeMap::new(), todo: BTreeSet::new() }
    }

    /// Something happens to a deal on Monday.
    fn deal(&mut self, id: OpportunityId, event: &opportunity::Event) {
        self.told(id, event, MONDAY);
    }

    /// The same, told of at another time.
    fn told(&mut self, id: OpportunityId, event: &opportunity::Event, came_at: &str) {
        let next = self.revisions.entry(id).or_default();
        let coming = Coming { revision: Revision(*next), occurred_at: at(MONDAY), came_at: at(came_at) };
        *next += 1;
        let changes = self.ledger.deal(id, event, coming);
        self.note(changes);
    }

    fn task(&mut self, id: TaskId, event: &task::Event, is_own: bool) {
        let changes = self.ledger.task(id, event, is_own);
        self.note(changes);
    }

    fn note(&mut self, changes: Vec<Change<Step>>) {
        for change in changes {
            match change {
                Change::Todo(step) => self.todo.insert(step),
                Change::Settled(step) => self.todo.remove(&step),
            };
        }
    }

    fn is_to_do(&self, steps: impl IntoIterator<Item = Step>) {
        assert_eq!(self.todo, steps.into_iter().collect::<BTreeSet<_>>());
    }
}

fn chairs() -> OpportunityId {
    deal("chairs")
}

/// The task of the deal, by the revision that it came to a stage with.
fn id(revision: u64, task: &str) -> TaskId {
    stage_task_id(chairs(), Revision(revision), &key(task))
}

#[test]
fn a_deal_that_comes_to_a_stage_wants_what_it_asks_for_with_a_reason_and_a_day() {
    let mut desk = Desk::new();
    desk.deal(chairs(), &opened(1, "talk", Some("ann")));
    desk.is_to_do([Step::Make(id(0, "call")), Step::Make(id(0, "terms"))]);
    let (work, owner) = desk.ledger.wanted(id(0, "terms")).unwrap();
    let rule =
        StageRule { pipeline_id: sales(), pipeline_version: 1, stage: key("talk"), task: key("terms") };
    let due_at = at("2026-11-26T23:59:59Z");
    let expected = StageWork { opportunity_id: chairs(), subject: label("terms"), due_at, rule };
    assert_eq!((work, owner), (expected, reference("ann")));
}

#[test]
fn a_deal_that_nobody_has_wants_nothing_until_somebody_does() {
    let mut desk = Desk::new();
    desk.deal(chairs(), &opened(1, "offer", None));
    desk.is_to_do([]);
    assert_eq!(desk.ledger.wanted(id(0, "send")), None);
    desk.deal(chairs(), &assigned("bob"));
    desk.is_to_do([Step::Make(id(0, "send"))]);
    assert_eq!(desk.ledger.wanted(id(0, "send")).unwrap().1, reference("bob"));
}

#[test]
fn the_version_that_put_a_deal_there_says_what_is_to_be_done() {
    let mut desk = Desk::new();
    desk.deal(chairs(), &opened(2, "talk", Some("ann")));
    desk.is_to_do([Step::Make(id(0, "call"))]);
    desk.deal(chairs(), &moved(2, "offer"));
    desk.is_to_do([]);
}

#[test]
fn what_is_open_when_a_deal_goes_on_is_cancelled_and_what_was_done_stays() {
    let mut desk = Desk::new();
    desk.deal(chairs(), &opened(1, "talk", Some("ann")));
    desk.task(id(0, "call"), &created(chairs(), "ann"), true);
    desk.task(id(0, "terms"), &created(chairs(), "ann"), true);
    desk.task(id(0, "call"), &completed(), false);
    desk.is_to_do([]);
    desk.deal(chairs(), &moved(1, "offer"));
    desk.is_to_do([Step::Cancel(id(0, "terms")), Step::Make(id(1, "send"))]);
}

#[test]
fn a_closed_deal_wants_nothing_and_one_that_is_reopened_wants_all_of_it_anew() {
    let mut desk = Desk::new();
    desk.deal(chairs(), &opened(1, "offer", Some("ann")));
    desk.deal(chairs(), &lost());
    desk.is_to_do([]);
    desk.deal(chairs(), &reopened(1, "offer"));
    desk.is_to_do([Step::Make(id(2, "send"))]);
}

#[test]
fn an_open_task_goes_with_the_deal_unless_a_person_gave_it_to_somebody() {
    let mut desk = Desk::new();
    desk.deal(chairs(), &opened(1, "talk", Some("ann")));
    desk.task(id(0, "call"), &created(chairs(), "ann"), true);
    desk.task(id(0, "terms"), &created(chairs(), "ann"), true);
    desk.task(id(0, "terms"), &reassigned("eve"), false);
    desk.deal(chairs(), &assigned("bob"));
    desk.is_to_do([Step::PassOn(id(0, "call"))]);
    assert_eq!(desk.ledger.owner(id(0, "call")), Some(reference("bob")));
    desk.task(id(0, "call"), &reassigned("bob"), true);
    desk.is_to_do([]);
}

#[test]
fn what_was_due_before_it_was_told_of_is_history() {
    let mut desk = Desk::new();
    desk.told(chairs(), &opened(1, "talk", Some("ann")), FRIDAY);
    desk.is_to_do([]);
    desk.told(chairs(), &reopened(1, "talk"), "2026-11-25T09:00:00Z");
    desk.is_to_do([Step::Make(id(1, "terms"))]);
}

#[test]
fn a_task_that_was_made_while_its_deal_went_on_is_cancelled() {
    let mut desk = Desk::new();
    desk.deal(chairs(), &opened(1, "talk", Some("ann")));
    desk.deal(chairs(), &moved(2, "offer"));
    desk.task(id(0, "call"), &created(chairs(), "ann"), true);
    desk.is_to_do([Step::Cancel(id(0, "call"))]);
}
