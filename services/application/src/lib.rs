//! What happens between a request and the log: load, decide, seal, append.
//!
//! [`Application`] is the only way in. It names no wire and no engine: the gateway stands before it, the event
//! store and the vault behind it. Where to look: `handler` for how one command runs, [`call`] for what
//! surrounds it, [`failure`] for everything that can go wrong, [`history`] for reading the log, [`journal`]
//! for the facts that other services add to it, `audit` for what proofs need of it, [`disclosure`] for who may read personal data,
//! `access` for the record of who did, [`reactors`] for what is done without a caller, `what_if` for what a draft would have done, `withheld` for who is about to be erased.

mod access;
mod applied;
mod audit;
pub mod call;
mod cases;
pub mod clock;
mod consents;
pub mod disclosure;
mod erasure;
pub mod failure;
mod handler;
pub mod history;
pub mod journal;
mod lead_fields;
mod lead_rules;
mod leads;
mod loaded;
mod notices;
mod opportunities;
mod quotes;
pub mod reactors;
mod recall;
mod run;
mod tasks;
mod what_if;
mod withheld;

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use rapport_domain::calendar::Calendar;
use rapport_domain::case::Case;
use rapport_domain::consent::Consent;
use rapport_domain::contact::{self, Contact, Disclosures, LegalHolds};
use rapport_domain::context::Context;
use rapport_domain::field_set::FieldSet;
use rapport_domain::id::{ContactId, InteractionId, PipelineId, SubscriptionId};
use rapport_domain::interaction::{self, Interactions, Part};
use rapport_domain::lead::Lead;
use rapport_domain::notice::Notice;
use rapport_domain::opportunity::Opportunity;
use rapport_domain::pipeline::{self, Pipeline};
use rapport_domain::price_book::PriceBook;
use rapport_domain::quote::Quote;
use rapport_domain::routing_policy::RoutingPolicy;
use rapport_domain::scoring_model::ScoringModel;
use rapport_domain::sla_policy::SlaPolicy;
use rapport_domain::subject_request::SubjectRequest;
use rapport_domain::subscription::{self, Subscription};
use rapport_domain::suppression::{self, Suppression};
use rapport_domain::task::Task;
use rapport_domain::value::Date;
use rapport_event_store::EventStore;
use rapport_vault::Vault;
use tokio::sync::Semaphore;

pub use access::{SUBJECTS_PER_EVENT_MAX, Seen, Visit};
pub use audit::ForkDeclared;
pub use call::{Call, Cause, Receipt};
pub use cases::{CaseRequest, Exchange, Standing};
pub use clock::{Clock, SystemClock};
pub use disclosure::{Clearance, Disclosure, Look, Opened, Reveal, Shown};
pub use erasure::{Erased, Undone};
pub use failure::Failure;
pub use history::{History, HistoryFilter, HistoryQuery, contact_of};
pub use journal::Journal;
pub use leads::{Account, Conversion, Converted, Deal, LeadCapture, Taken};
/// What the ports take, and what they can fail with; a part of [`Failure`].
pub use rapport_event_store::{APPEND_BYTES_MAX, AppendError, EVENTS_PER_APPEND_MAX, Outcome, ReadError};
pub use rapport_vault::{Token, VaultError};

pub use opportunities::{OpenOpportunity, OpportunityRequest};
pub use quotes::{OfferRequest, QuoteAccepted, QuoteRequest};
pub use recall::Recall;
pub use what_if::{
    CASES_REPLAYED_MAX, CHANGED_CASES_LISTED_MAX, CHANGED_LEADS_LISTED_MAX, ChangedCase, GradedLeads,
    HeldLeads, JudgedCases, LEADS_REPLAYED_MAX, LeadOutcome, LeadOutcomes, OwnedLeads, RejudgedLead,
    ReroutedLead, RoutingDifference, RoutingDraft, RoutingTrial, ScoringDifference, ScoringDraft,
    ScoringTrial, SlaDifference, SlaDraft, SlaTrial, TOUCHES_REPLAYED_MAX, TRIALS_MAX, Trial,
};

use handler::{CONTACTS_CACHED_MAX, Handler};
use withheld::Withheld;

/// What every handler needs.
pub(crate) struct Ports {
    pub(crate) store: Arc<dyn EventStore>,
    pub(crate) vault: Arc<Vault>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) withheld: Withheld,
}

/// The command side of Rapport.
pub struct Application {
    ports: Arc<Ports>,
    disclosure: Disclosure,
    erasure_window: Duration,
    contacts: Handler<Contact>,
    interactions: Handler<Interactions>,
    pipelines: Handler<Pipeline>,
    opportunities: Handler<Opportunity>,
    subscriptions: Handler<Subscription>,
    consents: Handler<Consent>,
    notices: Handler<Notice>,
    subject_requests: Handler<SubjectRequest>,
    suppressions: Handler<Suppression>,
    calendars: Handler<Calendar>,
    sla_policies: Handler<SlaPolicy>,
    cases: Handler<Case>,
    leads: Handler<Lead>,
    scoring_models: Handler<ScoringModel>,
    routing_policies: Handler<RoutingPolicy>,
    field_sets: Handler<FieldSet>,
    tasks: Handler<Task>,
    price_books: Handler<PriceBook>,
    quotes: Handler<Quote>,
    trials: Arc<Semaphore>,
}

impl Application {
    /// The application over a store and a vault.
    #[must_use]
    pub fn new(
        store: Arc<dyn EventStore>,
        vault: Arc<Vault>,
        clock: Arc<dyn Clock>,
        disclosure: Disclosure,
    ) -> Self {
        let ports = Arc::new(Ports { store, vault, clock, withheld: Withheld::default() });
        Self {
            contacts: Handler::keeping(CONTACTS_CACHED_MAX, Arc::clone(&ports)),
            interactions: Handler::keeping(CONTACTS_CACHED_MAX, Arc::clone(&ports)),
            pipelines: Handler::new(Arc::clone(&ports)),
            opportunities: Handler::new(Arc::clone(&ports)),
            subscriptions: Handler::new(Arc::clone(&ports)),
            consents: Handler::new(Arc::clone(&ports)),
            notices: Handler::new(Arc::clone(&ports)),
            subject_requests: Handler::new(Arc::clone(&ports)),
            suppressions: Handler::new(Arc::clone(&ports)),
            calendars: Handler::new(Arc::clone(&ports)),
            sla_policies: Handler::new(Arc::clone(&ports)),
            cases: Handler::new(Arc::clone(&ports)),
            leads: Handler::new(Arc::clone(&ports)),
            scoring_models: Handler::new(Arc::clone(&ports)),
            routing_policies: Handler::new(Arc::clone(&ports)),
            field_sets: Handler::new(Arc::clone(&ports)),
            tasks: Handler::new(Arc::clone(&ports)),
            price_books: Handler::new(Arc::clone(&ports)),
            quotes: Handler::new(Arc::clone(&ports)),
            trials: Arc::new(Semaphore::new(TRIALS_MAX)),
            disclosure,
            erasure_window: Duration::ZERO,
            ports,
        }
    }

    /// The same, with a time in which an approved erasure can be cancelled.
    #[must_use]
    pub const fn with_erasure_window(mut self, window: Duration) -> Self {
        self.erasure_window = window;
        self
    }

    /// From now on the interactions of a contact that has very many are not all folded for a command: this knows where those
    /// stand that it is about. What is told first counts.
    pub fn recall_interactions_by(&self, recall: Arc<dyn Recall<Interactions>>) {
        self.interactions.recall_by(recall);
    }

    /// Runs a command to a contact.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn contact(
        &self,
        id: ContactId,
        command: contact::Command,
        call: Call,
    ) -> Result<Receipt, Failure> {
        self.contacts.execute(&id, command, call).await
    }

    /// The legal holds of a contact as the log has them now, and which day it is.
    ///
    /// # Errors
    /// That nobody is registered, or that the log cannot be read.
    pub async fn legal_holds(&self, id: &ContactId) -> Result<(LegalHolds, Date), Failure> {
        let holds = self.contacts.inspect(id, |state| match state {
            contact::State::Unregistered => Err(contact::Rejection::NotRegistered),
            contact::State::Active(profile) | contact::State::Archived(profile) => {
                Ok(profile.legal_holds.clone())
            }
            contact::State::Erased(_) => Ok(LegalHolds::default()),
        });
        Ok((holds.await??, self.ports.clock.now().date()))
    }

    /// To whom personal data of a contact went out, as the log has it now.
    ///
    /// # Errors
    /// That nobody is registered, that they were erased, or that the log cannot be read.
    pub async fn disclosures(&self, id: &ContactId) -> Result<Disclosures, Failure> {
        let disclosures = self.contacts.inspect(id, |state| match state {
            contact::State::Unregistered => Err(contact::Rejection::NotRegistered),
            contact::State::Active(profile) | contact::State::Archived(profile) => {
                Ok(profile.disclosures.clone())
            }
            contact::State::Erased(_) => Err(contact::Rejection::Erased),
        });
        Ok(disclosures.await??)
    }

    /// Runs commands to the interactions of one contact, in order, as one append. Each has an outcome of its
    /// own: one that is refused does not hold up the others, and one that was applied before gets its first answer.
    pub async fn interactions(
        &self,
        id: ContactId,
        commands: Vec<(interaction::Command, Call)>,
    ) -> Vec<Result<Receipt, Failure>> {
        let is_sealed = commands.iter().all(|(command, _)| seals(command));
        let Err(missing) = self.require_subject(&id, is_sealed).await else {
            return self.interactions.execute_run(&id, commands).await;
        };
        let mut answers = Vec::with_capacity(commands.len());
        for (command, call) in commands {
            answers.push(self.interaction_again(&id, command, call, missing.clone()).await);
        }
        answers
    }

    /// Runs commands to the interactions of several contacts, in order, as many of them as can share a commit, and at
    /// least the first. Those are taken away and answered, each as if it had run alone; the others have done nothing.
    pub async fn interactions_in_turn(
        &self,
        commands: &mut VecDeque<(ContactId, interaction::Command, Call)>,
    ) -> Vec<Result<Receipt, Failure>> {
        let mut known = HashSet::new();
        let mut ready = 0;
        for (id, command, _) in commands.iter() {
            let needed = (*id, seals(command));
            if !known.contains(&needed) {
                match self.require_subject(id, needed.1).await {
                    Ok(()) => known.insert(needed),
                    Err(missing) if ready == 0 => {
                        let Some((id, command, call)) = commands.pop_front() else { return Vec::new() };
                        return vec![self.interaction_again(&id, command, call, missing).await];
                    }
                    // It is the first one of the next turn.
                    Err(_) => break,
                };
            }
            ready += 1;
        }
        self.interactions.execute_in_turn(commands, ready).await
    }

    /// The first answer of a command that was applied while what it needs was there; else what is missing.
    async fn interaction_again(
        &self,
        id: &ContactId,
        command: interaction::Command,
        call: Call,
        missing: Failure,
    ) -> Result<Receipt, Failure> {
        self.interactions.unless_applied(id, &call, Err(missing)).await?;
        self.interactions.execute(id, command, call).await
    }

    /// The interaction that stands for a thing of another system: what is recorded twice is one interaction, and
    /// the first record names it.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn interaction_of(
        &self,
        id: &ContactId,
        source: &interaction::Source,
    ) -> Result<Option<InteractionId>, Failure> {
        let stands_for = |state: &interaction::State| state.by_source.get(source).copied();
        self.interactions.fact_of_parts(id, &[Part::Source(source.clone())], stands_for).await
    }

    /// Runs a command to a pipeline.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn pipeline(
        &self,
        id: PipelineId,
        command: pipeline::Command,
        call: Call,
    ) -> Result<Receipt, Failure> {
        self.pipelines.execute(&id, command, call).await
    }

    /// Runs a command to a subscription.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn subscription(
        &self,
        id: SubscriptionId,
        command: subscription::Command,
        call: Call,
    ) -> Result<Receipt, Failure> {
        if let subscription::Command::Start(start) = &command {
            let needed = self.require_contact_now(&start.contact_id).await;
            self.subscriptions.unless_applied(&id, &call, needed).await?;
        }
        self.subscriptions.execute(&id, command, call).await
    }

    /// Runs a command to a subject's suppressions.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn suppression(
        &self,
        id: ContactId,
        command: suppression::Command,
        call: Call,
    ) -> Result<Receipt, Failure> {
        let evidence = match &command {
            suppression::Command::Raise { said, .. }
            | suppression::Command::RequestLift(said)
            | suppression::Command::Lift { said, .. } => said.evidence.as_ref(),
            suppression::Command::Retain { .. } => None,
        };
        self.must_be_captured(evidence)?;
        let needed = self.require_subject(&id, evidence.is_some()).await;
        self.suppressions.unless_applied(&id, &call, needed).await?;
        self.suppressions.execute(&id, command, call).await
    }

    /// What a command is decided with by a look ahead, before anything is written.
    pub(crate) fn context(&self, call: &Call) -> Context {
        let now = self.ports.clock.now();
        Context { now, occurred_at: call.occurred_at.unwrap_or(now), actor: call.actor.clone() }
    }

    /// Somebody whose own streams take something in, of which a part is sealed or nothing is.
    async fn require_subject(&self, id: &ContactId, is_sealed: bool) -> Result<(), Failure> {
        if is_sealed { self.require_contact(id).await } else { self.require_contact_now(id).await }
    }

    /// Somebody of whom something is sealed. What is folded of who was erased elsewhere may be older; the vault has no keys
    /// then.
    async fn require_contact(&self, id: &ContactId) -> Result<(), Failure> {
        Ok(self.contacts.fact(id, standing).await?.ok_or(contact::Rejection::NotRegistered)??)
    }

    /// Somebody of whom nothing is sealed by what follows: so the log is asked, as no key would tell that they were erased
    /// elsewhere.
    async fn require_contact_now(&self, id: &ContactId) -> Result<(), Failure> {
        Ok(self.contacts.inspect(id, standing).await?.ok_or(contact::Rejection::NotRegistered)??)
    }
}

/// Whether something of what is asked is sealed.
const fn seals(command: &interaction::Command) -> bool {
    match command {
        interaction::Command::Record(record) => record.summary.is_some(),
        interaction::Command::Correct(correct) => correct.summary.is_some(),
        interaction::Command::Redact { .. } => false,
    }
}

/// Whether something may begin with a contact; nothing where nobody is registered.
const fn standing(state: &contact::State) -> Option<Result<(), contact::Rejection>> {
    match state {
        contact::State::Unregistered => None,
        contact::State::Active(_) | contact::State::Archived(_) => Some(Ok(())),
        contact::State::Erased(_) => Some(Err(contact::Rejection::Erased)),
    }
}
