//! By which rules leads are judged and handed over, and what they come to for one lead.

mod known;
mod ledger;
mod steps;

use std::collections::BTreeSet;

use rapport_domain::calendar;
use rapport_domain::id::{LeadId, RoutingPolicyId, ScoringModelId};
use rapport_domain::lead::{Assign, Command, Holder, Routing};
use rapport_domain::routing_policy::{self, Decision};
use rapport_domain::scoring_model::{self, next_look, score};
use rapport_domain::value::{Instant, Label};

use crate::Application;
use crate::call::{Call, Receipt};
use crate::failure::Failure;

pub(crate) use known::{KnownLead, TOUCHES_LOOKED_MAX};
pub(crate) use ledger::Books;
pub(crate) use steps::{Step, Todo, left_by, left_to_policy};

/// How often a lead is looked at to hand it over, where something happens with it meanwhile: it is judged, or comes in again.
const LOOKS_MAX: u32 = 10;

impl Application {
    /// Runs a command to a scoring model.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn scoring_model(
        &self,
        id: ScoringModelId,
        command: scoring_model::Command,
        call: Call,
    ) -> Result<Receipt, Failure> {
        let scoring_model::Command::Publish(definition) = &command;
        let looks_right = self.assert_model_looks_right(definition).await;
        self.scoring_models.unless_applied(&id, &call, looks_right).await?;
        self.scoring_models.execute(&id, command, call).await
    }

    /// Runs a command to a routing policy.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn routing_policy(
        &self,
        id: RoutingPolicyId,
        command: routing_policy::Command,
        call: Call,
    ) -> Result<Receipt, Failure> {
        let routing_policy::Command::Publish(definition) = &command;
        if let Some(calendar_id) = &definition.calendar_id {
            self.published_calendar(calendar_id).await?;
        }
        let looks_right = self.assert_policy_looks_right(definition).await;
        self.routing_policies.unless_applied(&id, &call, looks_right).await?;
        self.routing_policies.execute(&id, command, call).await
    }

    /// Judges a lead that is not over, and writes that down where its grade or its rating is another one. Answers when time alone
    /// may change it next.
    pub(crate) async fn judge_lead(
        &self,
        id: &LeadId,
        (model_id, model): (ScoringModelId, &scoring_model::Definition),
        call: Call,
    ) -> Result<Option<Instant>, Failure> {
        let Some(known) = self.known_lead(id).await?.filter(KnownLead::is_open) else { return Ok(None) };
        let now = self.ports.clock.now();
        let judged = score(model_id, model, &known.facts, now);
        let before = known.lead().and_then(|lead| lead.score.as_ref());
        if before.map(|before| (before.grade, before.rating)) != Some((judged.grade, judged.rating)) {
            self.leads.execute(id, Command::Score(Box::new(judged)), call).await?;
        }
        Ok(next_look(model, &known.facts, now))
    }

    /// Hands a lead to whom a policy chooses, unless somebody has it, or it is over. Who takes it meanwhile keeps it: what was
    /// looked at is what has to be there still, or else it is looked at again.
    pub(crate) async fn route_lead(
        &self,
        id: &LeadId,
        policy: (RoutingPolicyId, &routing_policy::Definition),
        choose: &(dyn Fn(&KnownLead) -> Decision + Sync),
        call: Call,
    ) -> Result<(), Failure> {
        let (mut looked, mut rested) = (1, None);
        loop {
            let Some(known) = self.known_lead(id).await?.filter(KnownLead::waits) else { return Ok(()) };
            // Somebody lets it rest meanwhile: it is to be handed over when that is over.
            if known.rests() && !*rested.get_or_insert(known.rests()) {
                return Ok(());
            }
            let assign = self.assignment(policy, &choose(&known)).await?;
            let call = Call { expected_revision: Some(known.revision), ..call.clone() };
            match self.leads.execute(id, Command::Assign(Box::new(assign)), call).await {
                Err(Failure::RevisionMismatch { .. }) if looked < LOOKS_MAX => looked += 1,
                outcome => return outcome.map(drop),
            }
        }
    }

    async fn assignment(
        &self,
        (policy_id, policy): (RoutingPolicyId, &routing_policy::Definition),
        decision: &Decision,
    ) -> Result<Assign, Failure> {
        let calendar = match &policy.calendar_id {
            Some(calendar_id) => Some(self.published_calendar(calendar_id).await?),
            None => None,
        };
        Ok(handing((policy_id, policy), calendar.as_ref(), decision, self.ports.clock.now()))
    }
}

/// How a lead is handed over at a moment as a policy decided.
pub(crate) fn handing(
    (policy_id, policy): (RoutingPolicyId, &routing_policy::Definition),
    calendar: Option<&calendar::Definition>,
    decision: &Decision,
    now: Instant,
) -> Assign {
    let respond_by = match &decision.to {
        Holder::Owner(_) => Some(policy.respond_by(calendar, now)),
        Holder::Queue(_) => None,
    };
    let looked = decision.looked.iter().map(|looked| looked.owner.clone());
    let routing = Routing {
        policy_id,
        version: policy.version,
        rule: decision.rule.clone(),
        candidates: looked.collect(),
    };
    Assign { to: decision.to.clone(), reason: reason(decision), routing: Some(routing), respond_by }
}

/// The decision in words, as many as a label holds.
fn reason(decision: &Decision) -> Option<Label> {
    let words = decision.to_string();
    let ends: BTreeSet<usize> = words.char_indices().map(|(at, _)| at).chain([words.len()]).collect();
    let end = ends.range(..=Label::LENGTH_MAX).next_back()?;
    Label::parse(words.get(..*end)?).ok()
}
