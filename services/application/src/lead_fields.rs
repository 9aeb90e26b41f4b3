//! Which fields the company keeps of leads, and whether what is asked is as it has them.

use rapport_domain::aggregate::Aggregate as _;
use rapport_domain::criterion::Criterion;
use rapport_domain::field_set::{self, Command, Definition};
use rapport_domain::id::ContactId;
use rapport_domain::lead::{self, LEADS_PER_CONTACT_MAX, Lead, Rejection};
use rapport_domain::{routing_policy, scoring_model};

use crate::Application;
use crate::call::{Call, Receipt};
use crate::failure::Failure;

/// Whether rules look at fields that leads have, where it is said which. A rule that does not would hold for nobody, and nobody
/// would be told; so it is not published. A field that is left out later ends no rule: leads that have it keep it.
///
/// # Errors
/// The first that no lead can have.
fn assert_looked_at<'a>(
    set: Option<&Definition>,
    mut criteria: impl Iterator<Item = &'a Criterion>,
) -> Result<(), Rejection> {
    match set {
        Some(set) => {
            criteria.try_for_each(|criterion| set.check_criterion(criterion)).map_err(Rejection::from)
        }
        None => Ok(()),
    }
}

impl Application {
    /// Runs a command to the fields of leads.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn lead_fields(&self, command: Command, call: Call) -> Result<Receipt, Failure> {
        self.field_sets.execute(&field_set::of_leads(), command, call).await
    }

    /// The fields of leads in force; nothing until some are published.
    pub(crate) async fn fields_in_force(&self) -> Result<Option<Box<Definition>>, Failure> {
        let definition = |state: &field_set::State| state.definition().cloned().map(Box::new);
        self.field_sets.inspect(&field_set::of_leads(), definition).await
    }

    /// Whether the rules of a scoring model, or of a draft of one, look at fields that leads have.
    pub(crate) async fn assert_model_looks_right(
        &self,
        model: &scoring_model::Definition,
    ) -> Result<(), Failure> {
        let set = self.fields_in_force().await?;
        Ok(assert_looked_at(set.as_deref(), model.fit_rules.iter().flat_map(|rule| &rule.criteria))?)
    }

    /// The same of a routing policy.
    pub(crate) async fn assert_policy_looks_right(
        &self,
        policy: &routing_policy::Definition,
    ) -> Result<(), Failure> {
        let set = self.fields_in_force().await?;
        Ok(assert_looked_at(set.as_deref(), policy.rules.iter().flat_map(|rule| &rule.criteria))?)
    }

    /// Whether a capture would be taken, before anybody is registered for it: by the lead that it would go to.
    pub(crate) async fn assert_taken(
        &self,
        contact_id: ContactId,
        command: &lead::Command,
        call: &Call,
    ) -> Result<(), Failure> {
        let context = self.context(call);
        for number in 0..LEADS_PER_CONTACT_MAX {
            let decide = |state: &lead::State| Lead::decide(state, command, &context).map(drop);
            match self.leads.inspect(&lead::id_of(contact_id, number), decide).await? {
                Err(Rejection::Disqualified | Rejection::Converted) => {}
                outcome => return Ok(outcome?),
            }
        }
        Err(Rejection::TooManyLeads.into())
    }
}
