//! Whatever happens in whatever order: what the ledger leaves to do is what somebody finds who reads the whole history anew.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use rapport_domain::task::Cancelled;

use super::*;

/// What happened, in order.
#[derive(Debug, Clone)]
enum Told {
    /// To a deal; whether it was told of so late that it is history.
    Deal(OpportunityId, opportunity::Event, bool),
    /// To a task; whether by this rule.
    Task(TaskId, task::Event, bool),
}

/// What is tried; a number chooses among what there is to choose from.
#[derive(Debug, Clone)]
enum Try {
    Come { deal: &'static str, version: u32, stage: &'static str, is_reopened: bool, is_late: bool },
    Lose { deal: &'static str },
    Own { deal: &'static str, owner: &'static str },
    Make { which: usize, owner: Option<&'static str> },
    End { which: usize, is_cancelled: bool },
    Give { which: usize, owner: &'static str, is_own: bool },
}

const DEALS: [&str; 2] = ["chairs", "desks"];

fn tries() -> impl Strategy<Value = Try> {
    let deal = || select(DEALS.to_vec());
    let owner = || select(vec!["ann", "bob", "eve"]);
    let stage = select(vec!["talk", "offer"]);
    prop_oneof![
        3 => (deal(), 1..3_u32, stage, any::<bool>(), prop::bool::weighted(0.1)).prop_map(
            |(deal, version, stage, is_reopened, is_late)| Try::Come { deal, version, stage, is_reopened, is_late }
        ),
        1 => deal().prop_map(|deal| Try::Lose { deal }),
        2 => (deal(), owner()).prop_map(|(deal, owner)| Try::Own { deal, owner }),
        4 => (any::<usize>(), prop::option::weighted(0.2, owner()))
            .prop_map(|(which, owner)| Try::Make { which, owner }),
        1 => (any::<usize>(), any::<bool>()).prop_map(|(which, is_cancelled)| Try::End { which, is_cancelled }),
        2 => (any::<usize>(), owner(), any::<bool>())
            .prop_map(|(which, owner, is_own)| Try::Give { which, owner, is_own }),
    ]
}

fn place_of(event: &opportunity::Event) -> Option<&StagePlace> {
    if let opportunity::Event::Opened(opened) = event {
        Some(&opened.place)
    } else if let opportunity::Event::StageMoved(moved) = event {
        Some(&moved.place)
    } else if let opportunity::Event::Reopened(reopened) = event {
        Some(&reopened.place)
    } else if let opportunity::Event::Lost(lost) = event {
        Some(&lost.place)
    } else {
        None
    }
}

/// Who has a deal, after a history.
fn owner_of(history: &[Told], deal: OpportunityId) -> Option<Reference> {
    let mut owner = None;
    for told in history {
        let Told::Deal(id, event, _) = told else { continue };
        if *id != deal {
            continue;
        }
        if let opportunity::Event::Opened(opened) = event {
            owner.clone_from(&opened.owner);
        }
        if let opportunity::Event::OwnerAssigned(assigned) = event {
            owner = Some(assigned.owner.clone());
        }
    }
    owner
}

/// The tasks that a deal's stage asks for, after a history.
fn wanted_of(history: &[Told], deal: OpportunityId) -> Vec<TaskId> {
    let (mut wanted, mut revision) = (Vec::new(), 0);
    for told in history {
        let Told::Deal(id, event, is_late) = told else { continue };
        if *id != deal {
            continue;
        }
        if let Some(place) = place_of(event) {
            let tasks = asked(place.pipeline_version, place.stage.as_str()).iter().filter(|_| !is_late);
            wanted = tasks.map(|(task, _)| stage_task_id(deal, Revision(revision), &key(task))).collect();
        }
        revision += 1;
    }
    wanted
}

/// The tasks that were made and are open, each with its deal and who got it first.
fn open(history: &[Told]) -> Vec<(TaskId, OpportunityId, Reference)> {
    let mut open = Vec::new();
    for told in history {
        let Told::Task(id, event, _) = told else { continue };
        if let task::Event::Created(created) = event
            && let About::Opportunity(deal) = created.details.about
        {
            open.push((*id, deal, created.details.owner.clone()));
        }
        if matches!(event, task::Event::Completed(_) | task::Event::Cancelled(_)) {
            open.retain(|(known, ..)| known != id);
        }
    }
    open
}

/// Who has an open task, and whether it goes with its deal.
fn holder(history: &[Told], id: TaskId, deal: OpportunityId, first: &Reference) -> (Reference, bool) {
    let mut holder = (first.clone(), true);
    for (index, told) in history.iter().enumerate() {
        if let Told::Task(known, task::Event::Reassigned(given), is_own) = told
            && *known == id
        {
            let has_deal = owner_of(&history[..index], deal).as_ref() == Some(&given.owner);
            holder = (given.owner.clone(), *is_own || has_deal);
        }
    }
    holder
}

fn is_made(history: &[Told], id: TaskId) -> bool {
    let is_it = |told: &Told| matches!(told, Told::Task(known, task::Event::Created(_), _) if *known == id);
    history.iter().any(is_it)
}

/// What is to be done, after a history.
fn expected(history: &[Told]) -> BTreeSet<Step> {
    let mut steps = BTreeSet::new();
    for deal in DEALS.map(deal) {
        if owner_of(history, deal).is_some() {
            let unmade = wanted_of(history, deal).into_iter().filter(|id| !is_made(history, *id));
            steps.extend(unmade.map(Step::Make));
        }
    }
    for (id, deal, first) in open(history) {
        let (holder, follows) = holder(history, id, deal, &first);
        if !wanted_of(history, deal).contains(&id) {
            steps.insert(Step::Cancel(id));
        } else if follows && owner_of(history, deal) != Some(holder) {
            steps.insert(Step::PassOn(id));
        }
    }
    steps
}

/// What comes of a try: nothing where there is nothing to choose from.
fn happens(history: &[Told], tried: &Try) -> Option<Told> {
    let chosen = |which: usize| {
        let open = open(history);
        (!open.is_empty()).then(|| open[which % open.len()].0)
    };
    let is_about = |told: &Told, of: OpportunityId| matches!(told, Told::Deal(id, ..) if *id == of);
    let is_opened = |of: OpportunityId| history.iter().any(|told| is_about(told, of));
    Some(match tried {
        Try::Come { deal, version, stage, is_reopened, is_late } => {
            let id = super::deal(deal);
            let event = match (is_opened(id), is_reopened) {
                (false, true) => opened(*version, stage, None),
                (false, false) => opened(*version, stage, Some("ann")),
                (true, true) => reopened(*version, stage),
                (true, false) => moved(*version, stage),
            };
            Told::Deal(id, event, *is_late)
        }
        Try::Lose { deal } => {
            let id = super::deal(deal);
            is_opened(id).then(|| Told::Deal(id, lost(), false))?
        }
        Try::Own { deal, owner } => {
            let id = super::deal(deal);
            is_opened(id).then(|| Told::Deal(id, assigned(owner), false))?
        }
        Try::Make { which, owner } => {
            let wanted = |deal| wanted_of(history, deal).into_iter().map(move |id| (id, deal));
            let wanted: Vec<_> = DEALS.map(deal).into_iter().flat_map(wanted).collect();
            let unmade: Vec<_> = wanted.into_iter().filter(|(id, _)| !is_made(history, *id)).collect();
            let (id, deal) = (!unmade.is_empty()).then(|| unmade[which % unmade.len()])?;
            let has_deal = owner_of(history, deal)?;
            Told::Task(id, created(deal, owner.unwrap_or(has_deal.as_str())), true)
        }
        Try::End { which, is_cancelled: false } => Told::Task(chosen(*which)?, completed(), false),
        Try::End { which, is_cancelled: true } => {
            Told::Task(chosen(*which)?, Cancelled { reason: label("twice") }.into(), true)
        }
        Try::Give { which, owner, is_own } => Told::Task(chosen(*which)?, reassigned(owner), *is_own),
    })
}

impl Desk {
    fn take_in(&mut self, told: &Told) {
        match told {
            Told::Deal(id, event, is_late) => {
                self.told(*id, event, if *is_late { "2027-11-23T09:00:00Z" } else { MONDAY });
            }
            Told::Task(id, event, is_own) => self.task(*id, event, *is_own),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_to_be_done_is_what_the_whole_history_says(tried in vec(tries(), 0..40)) {
        let (mut desk, mut history) = (Desk::new(), Vec::new());
        for tried in &tried {
            if let Some(told) = happens(&history, tried) {
                desk.take_in(&told);
                history.push(told);
                prop_assert_eq!(&desk.todo, &expected(&history), "{:?}", history);
            }
        }
        for step in &desk.todo {
            if let Step::Make(id) = step {
                prop_assert!(desk.ledger.wanted(*id).is_some());
            }
        }
    }
}
