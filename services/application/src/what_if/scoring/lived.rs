//! One lead, judged by the draft as it lives.

use std::collections::VecDeque;

use rapport_domain::contact;
use rapport_domain::criterion::Touch;
use rapport_domain::envelope::{EventId, Revision};
use rapport_domain::id::{LeadId, ScoringModelId};
use rapport_domain::lead::{Captured, Event, Grade, Rating};
use rapport_domain::opportunity;
use rapport_domain::scoring_model::{Definition, next_look, score};
use rapport_domain::value::Instant;
use tokio::task::coop::consume_budget;

use super::{LeadOutcome, RejudgedLead};
use crate::lead_rules::{KnownLead, TOUCHES_LOOKED_MAX};

/// A lead that lives again.
pub(super) struct Lived {
    captured_at: Instant,
    known: KnownLead,
    /// Which of the contact's interactions told of each of the touches, in their order.
    said: VecDeque<Revision>,
    now: Instant,
    /// When time alone may change how it is judged.
    next: Option<Instant>,
    judged: Option<(Grade, Rating)>,
    hot_at: Option<Instant>,
    was_hot_at: Option<Instant>,
    /// Whether it is judged no more.
    is_settled: bool,
    ended: LeadOutcome,
    deal: LeadOutcome,
}

impl Lived {
    /// A lead that will come in.
    pub(super) fn begun(captured: &Captured, event_id: EventId, at: Instant) -> Self {
        Self {
            captured_at: at,
            known: KnownLead::begun(captured, event_id),
            said: VecDeque::new(),
            now: at,
            next: None,
            judged: None,
            hot_at: None,
            was_hot_at: None,
            is_settled: false,
            ended: LeadOutcome::Open,
            deal: LeadOutcome::Converted,
        }
    }

    /// Whether it is judged no more.
    pub(super) const fn is_settled(&self) -> bool {
        self.is_settled
    }

    /// What becomes of it.
    pub(super) fn follow(&mut self, event: &Event) {
        self.ended = LeadOutcome::of_lead(event).unwrap_or(self.ended);
    }

    /// What becomes of its deal.
    pub(super) fn deal(&mut self, event: &opportunity::Event) {
        self.deal = LeadOutcome::of_deal(event).unwrap_or(self.deal);
    }

    /// Something happened to it.
    pub(super) async fn lead(&mut self, event: &Event, event_id: EventId, at: Instant, model: &Definition) {
        if LeadOutcome::of_lead(event).is_some() {
            return self.settle(at, model).await;
        }
        if self.goes_on(at, model).await {
            self.known.happened(event, event_id);
            if self.known.standing.judged.is_some_and(|(_, rating)| rating == Rating::Hot) {
                self.was_hot_at = self.was_hot_at.or(Some(at));
            }
            self.judge_anew(model);
        }
    }

    /// Something happened to whom it is about.
    pub(super) async fn contact(
        &mut self,
        event: &contact::Event,
        event_id: EventId,
        at: Instant,
        model: &Definition,
    ) {
        if matches!(event, contact::Event::Erased(_)) && self.known.is_open() {
            self.settle(at, model).await;
        } else if self.goes_on(at, model).await {
            self.known.facts.after_contact(event, event_id);
            self.said.truncate(self.known.facts.touches.len());
            self.judge_anew(model);
        }
    }

    /// Whom it is about did something, or something else was said: as many of the newest are looked at as a lead that is
    /// judged now has.
    pub(super) async fn said(
        &mut self,
        touch: Option<&Touch>,
        revision: Revision,
        at: Instant,
        model: &Definition,
    ) {
        let looked = u64::try_from(TOUCHES_LOOKED_MAX).unwrap_or(u64::MAX);
        let oldest = revision.0.saturating_add(1).saturating_sub(looked);
        let is_noticed = touch.is_some() || self.said.front().is_some_and(|first| first.0 < oldest);
        if is_noticed && self.goes_on(at, model).await {
            self.known.facts.touches.extend(touch.cloned());
            self.said.extend(touch.map(|_| revision));
            let gone = self.said.iter().take_while(|told| told.0 < oldest).count();
            self.said.drain(..gone);
            self.known.facts.touches.drain(..gone);
            self.judge_anew(model);
        }
    }

    /// The clock goes on to when something changes; whether that is looked at still.
    async fn goes_on(&mut self, at: Instant, model: &Definition) -> bool {
        if !self.is_settled {
            self.pass(at, model).await;
        }
        !self.is_settled
    }

    fn judge_anew(&mut self, model: &Definition) {
        if self.known.is_open() {
            self.judge(self.now, model);
        }
    }

    /// The clock goes on to a moment, as of which it is judged for the last time.
    pub(super) async fn settle(&mut self, at: Instant, model: &Definition) {
        if !self.is_settled && self.known.is_open() {
            self.pass(at, model).await;
            self.judge(self.now, model);
        }
        self.is_settled = true;
        // Nothing looks at them any more.
        self.known.facts.touches = Vec::new();
        self.said = VecDeque::new();
    }

    /// The clock goes on; what time alone changes on the way is seen.
    async fn pass(&mut self, until: Instant, model: &Definition) {
        if !self.known.is_open() {
            return;
        }
        while let Some(next) = self.next.filter(|next| *next <= until) {
            self.judge(next, model);
            consume_budget().await;
        }
        self.now = self.now.max(until);
    }

    fn judge(&mut self, at: Instant, model: &Definition) {
        self.now = self.now.max(at);
        let draft = ScoringModelId::derived("what-if", "draft");
        let judged = score(draft, model, &self.known.facts, self.now);
        self.judged = Some((judged.grade, judged.rating));
        if judged.rating == Rating::Hot {
            self.hot_at = self.hot_at.or(Some(self.now));
        }
        // Once it was hot, only how it is judged at last is still asked for.
        self.next = match self.hot_at {
            Some(_) => None,
            None => next_look(model, &self.known.facts, self.now),
        };
    }

    /// How it came out; nothing where it was never judged.
    pub(super) fn told(self, lead_id: LeadId) -> Option<RejudgedLead> {
        let outcome = match self.ended {
            LeadOutcome::Converted => self.deal,
            LeadOutcome::Open | LeadOutcome::Disqualified | LeadOutcome::Won | LeadOutcome::Lost => {
                self.ended
            }
        };
        Some(RejudgedLead {
            lead_id,
            captured_at: self.captured_at,
            was: self.known.standing.judged,
            would_be: self.judged?,
            was_hot_at: self.was_hot_at,
            would_be_hot_at: self.hot_at,
            outcome,
        })
    }
}
