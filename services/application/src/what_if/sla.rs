//! What would have become of the cases of a period, had another policy judged them.

use std::collections::{BTreeMap, BTreeSet};
use std::future::ready;

use futures::stream::BoxStream;
use rapport_domain::aggregate::Aggregate as _;
use rapport_domain::case::{self, Case, Event};
use rapport_domain::envelope::{Position, Recorded};
use rapport_domain::event::DomainEvent;
use rapport_domain::id::{CaseId, SlaPolicyId};
use rapport_domain::sla_policy::{self, Priority, ServiceLevel, Target};
use rapport_domain::value::Instant;
use tokio::task::coop::consume_budget;

use super::{Replay, Trial, told, tried};
use crate::Application;
use crate::failure::Failure;

/// Most cases that one draft is tried on: they are lived again in memory.
pub const CASES_REPLAYED_MAX: usize = 500_000;
/// Most cases that are told of one by one; all are counted.
pub const CHANGED_CASES_LISTED_MAX: usize = 1_000;

/// A policy to try.
#[derive(Debug, Clone)]
pub struct SlaDraft {
    /// As it would be published.
    pub policy: sla_policy::Command,
    /// On cases that began at or after this moment, by business time,
    pub from: Instant,
    /// and before this one; what becomes of them is told as of it.
    pub to: Instant,
    /// Last position of the log that counts.
    pub position: Position,
}

/// How far it is, and at last what came of it.
pub type SlaTrial = Trial<SlaDifference>;

/// What would have been different.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SlaDifference {
    /// All cases of the period; merged ones left out.
    pub all: JudgedCases,
    /// The same by priority, the most urgent first.
    pub by_priority: BTreeMap<Priority, JudgedCases>,
    /// The first cases that would have breached and did not, or the other way round, in the order they began.
    pub changed: Vec<ChangedCase>,
}

/// Cases, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JudgedCases {
    /// How many.
    pub cases: u64,
    /// Those of them where a promise was not kept.
    pub was_breached: u64,
    /// Those of them where one would not have been kept.
    pub would_be_breached: u64,
    /// Those that would have breached, and did not.
    pub newly_breached: u64,
    /// Those that breached, and would not have.
    pub no_longer_breached: u64,
}

/// A case that would have come out otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedCase {
    /// Which one.
    pub case_id: CaseId,
    /// When it began.
    pub begun: Instant,
    /// How urgent it is.
    pub priority: Priority,
    /// Promises that were not kept.
    pub was: BTreeSet<Target>,
    /// Promises that would not have been kept.
    pub would_be: BTreeSet<Target>,
}

impl Application {
    /// Judges the cases of a period by a draft. Ends with [`SlaTrial::Ended`], or with the first failure.
    ///
    /// # Errors
    /// Where the draft would be refused, or its calendar is not there.
    pub async fn what_if_sla(
        &self,
        draft: SlaDraft,
    ) -> Result<BoxStream<'static, Result<SlaTrial, Failure>>, Failure> {
        let policy = sla_policy::draft(&draft.policy)?;
        let calendar = match &policy.calendar_id {
            Some(calendar_id) => Some(self.published_calendar(calendar_id).await?),
            None => None,
        };
        let level = ServiceLevel { policy_id: SlaPolicyId::derived("what-if", "draft"), policy, calendar };
        let past = self.past(&[Case::CATEGORY], draft.position);
        let cases = Cases { level, from: draft.from, to: draft.to, cases: BTreeMap::new() };
        Ok(tried(past, cases, self.turn().await?))
    }
}

/// The cases of the period.
struct Cases {
    level: ServiceLevel,
    from: Instant,
    to: Instant,
    cases: BTreeMap<CaseId, case::Replay>,
}

impl Replay for Cases {
    type Told = Recorded;
    type Difference = SlaDifference;

    fn take(&mut self, recorded: &Recorded) -> impl Future<Output = Result<(), Failure>> + Send {
        ready(self.happened(recorded))
    }

    async fn end(&mut self) -> SlaDifference {
        let mut difference = SlaDifference::default();
        for (case_id, mut case) in std::mem::take(&mut self.cases) {
            consume_budget().await;
            case.pass(self.to);
            let Some(verdict) = case.verdict() else { continue };
            let (was, would_be) = (!verdict.was.is_empty(), !verdict.would_be.is_empty());
            difference.all.count(was, would_be);
            difference.by_priority.entry(verdict.priority).or_default().count(was, would_be);
            if was != would_be {
                difference.changed.push(ChangedCase {
                    case_id,
                    begun: verdict.begun,
                    priority: verdict.priority,
                    was: verdict.was.clone(),
                    would_be: verdict.would_be.clone(),
                });
            }
        }
        difference.changed.sort_unstable_by_key(|case| (case.begun, case.case_id));
        difference.changed.truncate(CHANGED_CASES_LISTED_MAX);
        difference
    }
}

impl Cases {
    fn happened(&mut self, recorded: &Recorded) -> Result<(), Failure> {
        let Some((DomainEvent::Case(event), at)) = told(recorded)? else { return Ok(()) };
        let Ok(id) = CaseId::parse(recorded.stream.id()) else { return Ok(()) };
        if let Event::Opened(opened) = &event
            && (self.from..self.to).contains(&opened.opened_at.unwrap_or(at))
        {
            self.cases.entry(id).or_default();
            if self.cases.len() > CASES_REPLAYED_MAX {
                return Err(Failure::TooManyCases { limit: CASES_REPLAYED_MAX });
            }
        }
        if let Some(case) = self.cases.get_mut(&id).filter(|_| at < self.to) {
            case.take(&event, at, &self.level);
        }
        Ok(())
    }
}

impl JudgedCases {
    fn count(&mut self, was: bool, would_be: bool) {
        self.cases += 1;
        self.was_breached += u64::from(was);
        self.would_be_breached += u64::from(would_be);
        self.newly_breached += u64::from(would_be && !was);
        self.no_longer_breached += u64::from(was && !would_be);
    }
}
