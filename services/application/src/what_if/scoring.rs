//! How the leads of a period would have been judged by another model, and what has become of them. A lead is judged as it is: when
//! it came in, whenever something happened to it or to whom it is about, and when time alone may change it; until it was over,
//! its contact was erased, or the period is. Its clock is business time, and never goes back.

mod lived;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use futures::stream::BoxStream;
use rapport_domain::aggregate::Aggregate as _;
use rapport_domain::contact::Contact;
use rapport_domain::criterion::Touch;
use rapport_domain::envelope::{EventId, Position, Recorded, Revision};
use rapport_domain::event::DomainEvent;
use rapport_domain::id::{ContactId, LeadId, OpportunityId};
use rapport_domain::interaction::{self, Interactions};
use rapport_domain::lead::{Event, Grade, Lead, Rating};
use rapport_domain::opportunity::{self, Opportunity};
use rapport_domain::scoring_model::{self, Definition};
use rapport_domain::value::Instant;
use tokio::task::coop::consume_budget;

use self::lived::Lived;
use super::leads::{CHANGED_LEADS_LISTED_MAX, Cast, Part, Pass, Period};
use super::{Replay, Trial, told, tried};
use crate::Application;
use crate::failure::Failure;

/// Most things that contacts did which one draft counts, once for each of their leads: they are kept in memory.
pub const TOUCHES_REPLAYED_MAX: usize = 2_000_000;

/// A model to try.
#[derive(Debug, Clone)]
pub struct ScoringDraft {
    /// As it would be published.
    pub model: scoring_model::Command,
    /// On leads that came in at or after this moment, by business time,
    pub from: Instant,
    /// and before this one; they are judged as of it.
    pub to: Instant,
    /// Last position of the log that counts; what has become of the leads is told as of it.
    pub position: Position,
}

/// How far it is, and at last what came of it.
pub type ScoringTrial = Trial<ScoringDifference>;

/// What would have been different.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScoringDifference {
    /// All leads of the period.
    pub all: LeadOutcomes,
    /// Those of them that have another grade at the end.
    pub grade_changed: LeadOutcomes,
    /// Those that would have been hot once, and never were.
    pub newly_hot: LeadOutcomes,
    /// Those that were hot once, and never would have been.
    pub no_longer_hot: LeadOutcomes,
    /// Leads by their grade at the end, those that were not judged first.
    pub by_grade: BTreeMap<Option<Grade>, GradedLeads>,
    /// The first leads with another grade or rating, or that were hot only so or only so, in the order they came in.
    pub changed: Vec<RejudgedLead>,
}

/// Leads, counted by what has become of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LeadOutcomes {
    /// How many.
    pub leads: u64,
    /// Of which something may still come.
    pub open: u64,
    /// Of which nothing came.
    pub disqualified: u64,
    /// That were converted, to no deal or to one that is open.
    pub converted: u64,
    /// Whose deal is won.
    pub won: u64,
    /// Whose deal is lost.
    pub lost: u64,
}

/// What has become of a lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeadOutcome {
    /// Something may still come of it.
    Open,
    /// Nothing came of it.
    Disqualified,
    /// It was converted, to no deal or to one that is open.
    Converted,
    /// Its deal is won.
    Won,
    /// Its deal is lost.
    Lost,
}

/// Leads of a grade.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct GradedLeads {
    /// How many had it.
    pub was: u64,
    /// How many would have had it.
    pub would_be: u64,
}

/// A lead that would have been judged otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejudgedLead {
    /// Which one.
    pub lead_id: LeadId,
    /// When it came in.
    pub captured_at: Instant,
    /// How it was judged at the end, where it was.
    pub was: Option<(Grade, Rating)>,
    /// How it would have been judged.
    pub would_be: (Grade, Rating),
    /// When it was hot first.
    pub was_hot_at: Option<Instant>,
    /// When it would have been hot first.
    pub would_be_hot_at: Option<Instant>,
    /// What has become of it.
    pub outcome: LeadOutcome,
}

impl Application {
    /// Judges the leads of a period by a draft. Ends with [`Trial::Ended`], or with the first failure.
    ///
    /// # Errors
    /// Where the draft would be refused.
    pub async fn what_if_scoring(
        &self,
        draft: &ScoringDraft,
    ) -> Result<BoxStream<'static, Result<ScoringTrial, Failure>>, Failure> {
        let model = scoring_model::draft(&draft.model)?;
        self.assert_model_looks_right(&model).await?;
        let categories = [Lead::CATEGORY, Contact::CATEGORY, Interactions::CATEGORY, Opportunity::CATEGORY];
        let past = self.past_of_leads(&categories, draft.position);
        let period = Period { from: draft.from, to: draft.to };
        Ok(tried(past, Leads::of(model, period, TOUCHES_REPLAYED_MAX), self.turn().await?))
    }
}

/// The leads of the period.
struct Leads {
    model: Definition,
    period: Period,
    cast: Cast<Lived>,
    /// Whose deals they became.
    deals: BTreeMap<OpportunityId, LeadId>,
    /// How many touches were counted, and how many may be.
    touches: usize,
    touches_max: usize,
}

impl Replay for Leads {
    type Told = Pass;
    type Difference = ScoringDifference;

    async fn take(&mut self, pass: &Pass) -> Result<(), Failure> {
        match pass {
            Pass::Leads(recorded) => self.learn(recorded),
            Pass::All(recorded) => self.live(recorded).await,
        }
    }

    async fn end(&mut self) -> ScoringDifference {
        let mut difference = ScoringDifference::default();
        for (lead_id, mut lead) in self.cast.take_all() {
            lead.settle(self.period.to, &self.model).await;
            consume_budget().await;
            if let Some(judged) = lead.told(lead_id) {
                difference.count(judged);
            }
        }
        difference.changed.sort_unstable_by_key(|lead| (lead.captured_at, lead.lead_id));
        difference.changed.truncate(CHANGED_LEADS_LISTED_MAX);
        difference
    }
}

impl Leads {
    /// None yet.
    fn of(model: Definition, period: Period, touches_max: usize) -> Self {
        Self { model, period, cast: Cast::default(), deals: BTreeMap::new(), touches: 0, touches_max }
    }

    /// Which leads there are, and their deals.
    fn learn(&mut self, recorded: &Recorded) -> Result<(), Failure> {
        let Some((DomainEvent::Lead(event), at)) = told(recorded)? else { return Ok(()) };
        let Ok(id) = LeadId::parse(recorded.stream.id()) else { return Ok(()) };
        if let Some(captured) = self.period.begins(&event, at) {
            self.cast.add(id, captured.contact_id, Lived::begun(captured, recorded.id, at))?;
        }
        if let Event::Converted(converted) = &event
            && let Some(deal) = converted.opportunity_id
            && self.cast.lead(&id).is_some()
        {
            self.deals.insert(deal, id);
        }
        Ok(())
    }

    async fn live(&mut self, recorded: &Recorded) -> Result<(), Failure> {
        let Some((event, at)) = told(recorded)? else { return Ok(()) };
        let is_within = at < self.period.to;
        match Part::of(&event, &recorded.stream) {
            Some(Part::Lead(id, event)) => {
                let Some(lead) = self.cast.lead_mut(&id) else { return Ok(()) };
                lead.follow(event);
                if is_within {
                    lead.lead(event, recorded.id, at, &self.model).await;
                }
            }
            Some(Part::Contact(contact_id, event)) if is_within => {
                for id in self.cast.leads_of(&contact_id) {
                    if let Some(lead) = self.cast.lead_mut(&id) {
                        lead.contact(event, recorded.id, at, &self.model).await;
                    }
                }
            }
            Some(Part::Interaction(contact_id, event)) if is_within => {
                self.said(contact_id, event, (recorded.id, recorded.revision), at).await?;
            }
            Some(Part::Deal(deal, event)) => {
                let lead = self.deals.get(&deal).and_then(|id| self.cast.lead_mut(id));
                if let Some(lead) = lead {
                    lead.deal(event);
                }
            }
            Some(Part::Contact(..) | Part::Interaction(..)) | None => {}
        }
        Ok(())
    }

    /// A contact did something that the model may look at, or something else was said.
    async fn said(
        &mut self,
        contact_id: ContactId,
        event: &interaction::Event,
        (event_id, revision): (EventId, Revision),
        at: Instant,
    ) -> Result<(), Failure> {
        let touch = Touch::told(event, event_id, at)
            .filter(|touch| self.model.engagement_rules.iter().any(|rule| rule.is_about(touch)));
        for id in self.cast.leads_of(&contact_id) {
            let Some(lead) = self.cast.lead_mut(&id).filter(|lead| !lead.is_settled()) else { continue };
            self.touches += usize::from(touch.is_some());
            if self.touches > self.touches_max {
                return Err(Failure::TooManyTouches { limit: self.touches_max });
            }
            lead.said(touch.as_ref(), revision, at, &self.model).await;
        }
        Ok(())
    }
}

impl ScoringDifference {
    fn count(&mut self, lead: RejudgedLead) {
        let (was, would_be) = (lead.was.map(|(grade, _)| grade), Some(lead.would_be.0));
        let was_hot = lead.was_hot_at.is_some();
        let would_be_hot = lead.would_be_hot_at.is_some();
        self.all.count(lead.outcome);
        self.by_grade.entry(was).or_default().was += 1;
        self.by_grade.entry(would_be).or_default().would_be += 1;
        if was != would_be {
            self.grade_changed.count(lead.outcome);
        }
        if would_be_hot && !was_hot {
            self.newly_hot.count(lead.outcome);
        }
        if was_hot && !would_be_hot {
            self.no_longer_hot.count(lead.outcome);
        }
        if lead.was != Some(lead.would_be) || was_hot != would_be_hot {
            self.changed.push(lead);
        }
    }
}

impl LeadOutcomes {
    const fn count(&mut self, outcome: LeadOutcome) {
        self.leads += 1;
        match outcome {
            LeadOutcome::Open => self.open += 1,
            LeadOutcome::Disqualified => self.disqualified += 1,
            LeadOutcome::Converted => self.converted += 1,
            LeadOutcome::Won => self.won += 1,
            LeadOutcome::Lost => self.lost += 1,
        }
    }
}

impl LeadOutcome {
    /// How a lead ends by an event; nothing where it goes on.
    const fn of_lead(event: &Event) -> Option<Self> {
        match event {
            Event::Disqualified(_) => Some(Self::Disqualified),
            Event::Converted(_) => Some(Self::Converted),
            Event::Captured(_)
            | Event::CapturedAgain(_)
            | Event::Enriched(_)
            | Event::Scored(_)
            | Event::Assigned(_)
            | Event::AssignmentDeclined(_)
            | Event::AssignmentTimedOut(_)
            | Event::Contacted(_)
            | Event::Qualified(_)
            | Event::Recycled(_) => None,
        }
    }

    /// What has become of a deal by an event; nothing where it says nothing of that.
    const fn of_deal(event: &opportunity::Event) -> Option<Self> {
        match event {
            opportunity::Event::Won(_) => Some(Self::Won),
            opportunity::Event::Lost(_) => Some(Self::Lost),
            opportunity::Event::Reopened(_) => Some(Self::Converted),
            opportunity::Event::Opened(_)
            | opportunity::Event::StageMoved(_)
            | opportunity::Event::AmountRevised(_)
            | opportunity::Event::CloseDateMoved(_)
            | opportunity::Event::OwnerAssigned(_)
            | opportunity::Event::NextStepSet(_)
            | opportunity::Event::ContactRoleAdded(_)
            | opportunity::Event::ContactRoleRemoved(_)
            | opportunity::Event::ForecastOverridden(_)
            | opportunity::Event::SegmentSet(_)
            | opportunity::Event::SegmentCleared(_)
            | opportunity::Event::CriterionMet(_)
            | opportunity::Event::CriterionRetracted(_)
            | opportunity::Event::QuoteChosen(_) => None,
        }
    }
}
