//! Which tasks each deal wants, and which are open: a fold of the log.

use std::collections::BTreeMap;
use std::mem;

use rapport_domain::envelope::Revision;
use rapport_domain::id::{OpportunityId, PipelineId, TaskId};
use rapport_domain::opportunity::{self, StagePlace};
use rapport_domain::pipeline::{Definition, StageTasks};
use rapport_domain::task::{self, About, Details, StageRule};
use rapport_domain::value::{Instant, Key, Reference};

use super::Step;
use crate::reactors::agenda::Change;
use crate::tasks::{StageWork, stage_task_id};

/// Where an event of a deal stands, and when.
#[derive(Debug, Clone, Copy)]
pub(super) struct Coming {
    /// Its place in the deal's stream.
    pub(super) revision: Revision,
    /// When it happened.
    pub(super) occurred_at: Instant,
    /// When it was told of.
    pub(super) came_at: Instant,
}

/// A stage of one version of a pipeline.
type StageOf = (PipelineId, u32, Key);

/// What stages ask for, every deal there is, and the tasks of those in such a stage.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// The stages that ask for tasks, of every version: deals stay where an older one put them.
    asked: BTreeMap<StageOf, StageTasks>,
    deals: BTreeMap<OpportunityId, Deal>,
    /// What is wanted and not made yet.
    unmade: BTreeMap<TaskId, StageWork>,
    open: BTreeMap<TaskId, Open>,
}

/// A deal. It is kept when it is closed: whoever reopens it says neither whose it is nor which process it follows.
#[derive(Debug)]
struct Deal {
    pipeline_id: PipelineId,
    owner: Option<Reference>,
    /// The tasks of the stage that it is in, whether they are made, open or done.
    wanted: Vec<TaskId>,
    /// Its tasks that are open, also those of a stage that it has left.
    open: Vec<TaskId>,
}

/// A task that is open.
#[derive(Debug)]
struct Open {
    opportunity_id: OpportunityId,
    owner: Reference,
    /// Whether it goes with the deal: no person gave it to somebody who has not the deal.
    follows: bool,
}

impl Ledger {
    /// What is to be made under an id, and for whom.
    pub(super) fn wanted(&self, id: TaskId) -> Option<(StageWork, Reference)> {
        let work = self.unmade.get(&id)?;
        let owner = self.deals.get(&work.opportunity_id)?.owner.clone()?;
        Some((work.clone(), owner))
    }

    /// Who has the deal that an open task is about.
    pub(super) fn owner(&self, id: TaskId) -> Option<Reference> {
        self.deals.get(&self.open.get(&id)?.opportunity_id)?.owner.clone()
    }

    /// A version of a pipeline came into force.
    pub(super) fn published(&mut self, id: PipelineId, definition: &Definition) {
        for stage in definition.stages.iter().filter(|stage| !stage.tasks.is_empty()) {
            self.asked.insert((id, definition.version, stage.key.clone()), stage.tasks.clone());
        }
    }

    /// Something happened to a deal.
    pub(super) fn deal(
        &mut self,
        id: OpportunityId,
        event: &opportunity::Event,
        coming: Coming,
    ) -> Vec<Change<Step>> {
        use opportunity::Event;
        match event {
            Event::Opened(opened) => {
                let (pipeline_id, owner) = (opened.pipeline_id, opened.owner.clone());
                let deal = Deal { pipeline_id, owner, wanted: Vec::new(), open: Vec::new() };
                self.deals.entry(id).or_insert(deal);
                self.placed(id, Some(&opened.place), coming)
            }
            Event::StageMoved(moved) => self.placed(id, Some(&moved.place), coming),
            Event::Reopened(reopened) => self.placed(id, Some(&reopened.place), coming),
            Event::Won(_) | Event::Lost(_) => self.placed(id, None, coming),
            Event::OwnerAssigned(assigned) => {
                self.owned(id, &assigned.owner, coming.came_at);
                self.changes(id)
            }
            Event::AmountRevised(_)
            | Event::CloseDateMoved(_)
            | Event::NextStepSet(_)
            | Event::ContactRoleAdded(_)
            | Event::ContactRoleRemoved(_)
            | Event::ForecastOverridden(_)
            | Event::SegmentSet(_)
            | Event::SegmentCleared(_)
            | Event::CriterionMet(_)
            | Event::CriterionRetracted(_)
            | Event::QuoteChosen(_) => Vec::new(),
        }
    }

    /// Somebody got a deal. What was due while nobody had it is history.
    fn owned(&mut self, id: OpportunityId, owner: &Reference, came_at: Instant) {
        let Some(deal) = self.deals.get_mut(&id) else { return };
        if deal.owner.replace(owner.clone()).is_some() {
            return;
        }
        let unmade = &mut self.unmade;
        deal.wanted.retain(|task| {
            let is_over = unmade.get(task).is_some_and(|work| work.due_at <= came_at);
            if is_over {
                unmade.remove(task);
            }
            !is_over
        });
    }

    /// A deal came to a stage, or to its end.
    fn placed(&mut self, id: OpportunityId, place: Option<&StagePlace>, coming: Coming) -> Vec<Change<Step>> {
        let Some(deal) = self.deals.get_mut(&id) else { return Vec::new() };
        let mut changes = Vec::new();
        for over in mem::take(&mut deal.wanted) {
            self.unmade.remove(&over);
            changes.push(Change::Settled(Step::Make(over)));
        }
        if let Some(place) = place {
            let works = works(&self.asked, deal.pipeline_id, place, id, coming);
            deal.wanted.extend(works.iter().map(|(task, _)| *task));
            self.unmade.extend(works);
        }
        changes.extend(self.changes(id));
        changes
    }

    /// Something happened to a task; whether a server did it by this rule.
    pub(super) fn task(&mut self, id: TaskId, event: &task::Event, is_own: bool) -> Vec<Change<Step>> {
        use task::Event;
        match event {
            Event::Created(created) => self.created(id, &created.details),
            Event::Reassigned(reassigned) => {
                let Some(open) = self.open.get_mut(&id) else { return Vec::new() };
                let Some(deal) = self.deals.get(&open.opportunity_id) else { return Vec::new() };
                open.owner.clone_from(&reassigned.owner);
                open.follows = is_own || deal.owner.as_ref() == Some(&open.owner);
                changes_of_open(deal, id, open).into()
            }
            Event::Completed(_) | Event::Cancelled(_) => {
                let Some(open) = self.open.remove(&id) else { return Vec::new() };
                if let Some(deal) = self.deals.get_mut(&open.opportunity_id) {
                    deal.open.retain(|task| *task != id);
                }
                vec![Change::Settled(Step::PassOn(id)), Change::Settled(Step::Cancel(id))]
            }
            // A task that somebody reopens is theirs.
            Event::Rescheduled(_) | Event::Reopened(_) | Event::Reminded(_) | Event::FellOverdue(_) => {
                Vec::new()
            }
        }
    }

    fn created(&mut self, id: TaskId, details: &Details) -> Vec<Change<Step>> {
        let About::Opportunity(opportunity_id) = details.about else { return Vec::new() };
        let Some(deal) = self.deals.get_mut(&opportunity_id).filter(|_| details.stage_rule.is_some()) else {
            return Vec::new();
        };
        self.unmade.remove(&id);
        deal.open.push(id);
        let open = Open { opportunity_id, owner: details.owner.clone(), follows: true };
        let mut changes = vec![Change::Settled(Step::Make(id))];
        changes.extend(changes_of_open(deal, id, &open));
        self.open.insert(id, open);
        changes
    }

    /// What is to be done, so that the tasks of a deal are as they are wanted.
    fn changes(&self, id: OpportunityId) -> Vec<Change<Step>> {
        let Some(deal) = self.deals.get(&id) else { return Vec::new() };
        let unmade = deal.wanted.iter().filter(|task| self.unmade.contains_key(*task));
        let make = unmade.map(|task| when(deal.owner.is_some(), Step::Make(*task)));
        let open = deal.open.iter().filter_map(|task| Some((*task, self.open.get(task)?)));
        make.chain(open.flat_map(|(task, open)| changes_of_open(deal, task, open))).collect()
    }
}

/// What a stage asks for of a deal that comes there. Where it was due before anybody told of it, it is history.
fn works(
    asked: &BTreeMap<StageOf, StageTasks>,
    pipeline_id: PipelineId,
    place: &StagePlace,
    opportunity_id: OpportunityId,
    coming: Coming,
) -> Vec<(TaskId, StageWork)> {
    let (pipeline_version, stage) = (place.pipeline_version, &place.stage);
    let Some(tasks) = asked.get(&(pipeline_id, pipeline_version, stage.clone())) else { return Vec::new() };
    let works = tasks.iter().map(|task| {
        let work = StageWork {
            opportunity_id,
            subject: task.subject.clone(),
            due_at: task.due_in_days.after(coming.occurred_at),
            rule: StageRule { pipeline_id, pipeline_version, stage: stage.clone(), task: task.key.clone() },
        };
        (stage_task_id(opportunity_id, coming.revision, &task.key), work)
    });
    works.filter(|(_, work)| work.due_at > coming.came_at).collect()
}

/// What is to be done with a task that is open.
fn changes_of_open(deal: &Deal, id: TaskId, open: &Open) -> [Change<Step>; 2] {
    let is_wanted = deal.wanted.contains(&id);
    let is_elsewhere = deal.owner.as_ref().is_some_and(|owner| *owner != open.owner);
    [when(is_wanted && open.follows && is_elsewhere, Step::PassOn(id)), when(!is_wanted, Step::Cancel(id))]
}

fn when(is_to_be_done: bool, step: Step) -> Change<Step> {
    if is_to_be_done { Change::Todo(step) } else { Change::Settled(step) }
}

#[cfg(test)]
mod tests;
