//! What a contact wants solved: one case after another, each through everything that can happen to one.

use rapport_domain::case::{
    Assigned, Awaited, BugLinked, Closed, CustomerReplied, Escalated, Event, Kind, Merged, Opened, Parted,
    PriorityChanged, Rated, Rating, RatingReviewed, Reopened, Replied, Resolved, Resumed, TargetBreached,
    TargetWarned,
};
use rapport_domain::id::{CaseId, ContactId, InteractionId};
use rapport_domain::interaction::{Channel, Source};
use rapport_domain::sla_policy::{Clock, Due, Priority, Target, Wait};
use rapport_domain::value::{ExternalRef, Instant, Segments};

use super::NAMESPACE;
use super::word::{Words, malformed};
use crate::error::Failure;

/// How long after anything a solution is due: eight hours, in microseconds.
const DUE_AFTER: i64 = 8 * 3_600_000_000;
/// Steps of a case, from its opening to its end.
const STEPS: usize = 18;

/// The cases of a contact.
#[derive(Default)]
pub(super) struct Cases {
    /// Which one is at hand.
    number: usize,
    /// What happened to it already.
    step: usize,
}

impl Cases {
    /// The next thing that happens, and to which case.
    pub(super) fn step(
        &mut self,
        contact_id: ContactId,
        at: Instant,
        words: &Words,
    ) -> Result<(CaseId, Event), Failure> {
        let Self { number, step } = *self;
        let id = |number: usize| CaseId::derived(NAMESPACE, &format!("{contact_id}:{number}"));
        *self = if step + 1 == STEPS {
            Self { number: number + 1, step: 0 }
        } else {
            Self { number, step: step + 1 }
        };
        let interaction_id = InteractionId::derived(NAMESPACE, &format!("{contact_id}:{number}:{step}"));
        let clock = Some(clock(at, words)?);
        let (group, assignee) = (words.teams.first().cloned(), words.owners.first().cloned());
        let event = match step {
            0 => opened(contact_id, clock, words).into(),
            1 => Assigned {
                group,
                assignee,
                previous_group: None,
                previous_assignee: None,
                interaction_id: None,
            }
            .into(),
            2 => Replied { interaction_id }.into(),
            3 => CustomerReplied { interaction_id, clock }.into(),
            4 => Awaited { wait: Wait::Customer, stopped_at: Some(at) }.into(),
            5 => Resumed { clock }.into(),
            6 => PriorityChanged { from: Priority::Normal, to: Priority::High, clock }.into(),
            7 => Escalated { level: 1, reason: words.label.clone(), terms: Some(words.terms.clone()) }.into(),
            8 => TargetWarned { target: Target::Resolution, due_at: at }.into(),
            9 => TargetBreached { target: Target::Resolution, due_at: Some(at) }.into(),
            10 => BugLinked { bug: bug(number, words)? }.into(),
            11 | 13 => Resolved { resolution: Some(words.label.clone()) }.into(),
            12 => Reopened { clock }.into(),
            14 => Rated { rating: Rating::new(2).map_err(malformed)?, interaction_id: None }.into(),
            15 => RatingReviewed {}.into(),
            16 if number % 2 == 1 => Merged { into: id(number - 1) }.into(),
            17 if number % 2 == 1 => Parted { from: id(number - 1), clock: None }.into(),
            16 => Closed {}.into(),
            _ => Reopened { clock }.into(),
        };
        Ok((id(number), event))
    }
}

fn opened(contact_id: ContactId, clock: Option<Clock>, words: &Words) -> Opened {
    Opened {
        contact_id: Some(contact_id),
        channel: Channel::Email,
        title: words.label.clone(),
        kind: Kind::Incident,
        priority: Priority::Normal,
        opened_at: None,
        group: None,
        assignee: None,
        product: None,
        source: None,
        split_from: None,
        interaction_id: None,
        clock: clock.map(Box::new),
        segments: Segments::new(),
    }
}

fn clock(at: Instant, words: &Words) -> Result<Clock, Failure> {
    let due = Instant::from_micros(at.micros() + DUE_AFTER).map_err(malformed)?;
    Ok(Clock {
        terms: words.terms.clone(),
        due: Due { resolution: Some(due), ..Due::default() },
        warn: Due::default(),
        goes_up: None,
    })
}

fn bug(number: usize, words: &Words) -> Result<Source, Failure> {
    let external_ref = ExternalRef::parse(&format!("BUG-{number}")).map_err(malformed)?;
    let system = words.teams.first().cloned().ok_or_else(super::nobody)?;
    Ok(Source { system, external_ref })
}
