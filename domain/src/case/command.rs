//! What can be asked of a case.

use super::event::Kind;
use super::rating::Rating;
use crate::id::{CaseId, ContactId, InteractionId};
use crate::interaction::{Channel, Source};
use crate::sla_policy::{Priority, ServiceLevel, Target, Wait};
use crate::value::{Instant, Label, Reference, Segments};

/// A command to a case. `level` is what the case is judged by, as it is in force; nothing where nothing is promised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Begin it.
    Open {
        /// How.
        open: Box<Open>,
        /// What was said.
        interaction_id: Option<InteractionId>,
        /// What it is judged by.
        level: Option<ServiceLevel>,
    },
    /// Hand it to a group, or to somebody.
    Assign {
        /// The group; absent: none.
        group: Option<Reference>,
        /// Who works on it; absent: nobody yet.
        assignee: Option<Reference>,
        /// What whoever takes it should know.
        interaction_id: Option<InteractionId>,
    },
    /// Answer the customer.
    Reply {
        /// What was said.
        interaction_id: InteractionId,
    },
    /// Take in what the customer says. What waited goes on, what was solved is reopened.
    Hear {
        /// What was said.
        interaction_id: InteractionId,
        /// What it is judged by.
        level: Option<ServiceLevel>,
    },
    /// Let it wait.
    Await {
        /// What for.
        wait: Wait,
        /// What it is judged by.
        level: Option<ServiceLevel>,
    },
    /// Go on with it.
    Resume {
        /// What it is judged by.
        level: Option<ServiceLevel>,
    },
    /// Judge anew how urgent it is.
    ChangePriority {
        /// How urgent.
        priority: Priority,
        /// What it is judged by.
        level: Option<ServiceLevel>,
    },
    /// Bring it to a higher level.
    Escalate {
        /// Which one.
        level: u32,
        /// Why.
        reason: Label,
    },
    /// Note that little time is left for a promise, where that has come and was not noted.
    NoteWarned {
        /// Which one.
        target: Target,
    },
    /// Note that a promise was not kept, likewise.
    NoteMissed {
        /// Which one.
        target: Target,
    },
    /// Bring it to the level that its policy says, where it is open for as long as that lets it be.
    GoUp,
    /// Say that it is solved.
    Resolve {
        /// How.
        resolution: Option<Label>,
    },
    /// Work on it again.
    Reopen {
        /// What it is judged by.
        level: Option<ServiceLevel>,
    },
    /// Say that nobody comes back to it. What is not solved yet is solved by that.
    Close,
    /// Make it a part of another case.
    Merge {
        /// Its own id.
        case_id: CaseId,
        /// The other one.
        into: CaseId,
    },
    /// Let it stand for itself again, as it stood: it is no part of that case after all.
    Part {
        /// Which one.
        from: CaseId,
    },
    /// Name a bug that lies behind it.
    LinkBug {
        /// Where it is kept.
        bug: Source,
    },
    /// Take in how the customer found it.
    Rate {
        /// How.
        rating: Rating,
        /// What they said with it.
        interaction_id: Option<InteractionId>,
    },
    /// Say that somebody looked at a low rating.
    ReviewRating,
    /// Let it stand as it stands in the system that keeps it.
    Mirror(Box<Mirror>),
}

/// The beginning of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    /// Who wants it solved.
    pub contact_id: Option<ContactId>,
    /// Through what it came in.
    pub channel: Channel,
    /// What it is called in queues; no personal data.
    pub title: Label,
    /// What kind of case it is.
    pub kind: Kind,
    /// How urgent it is.
    pub priority: Priority,
    /// When it began, where that was before now.
    pub opened_at: Option<Instant>,
    /// The group that has it.
    pub group: Option<Reference>,
    /// Who works on it.
    pub assignee: Option<Reference>,
    /// What it is about.
    pub product: Option<Label>,
    /// Where another system keeps it.
    pub source: Option<Source>,
    /// The case that it is split from.
    pub split_from: Option<CaseId>,
    /// Fields that reports group by.
    pub segments: Segments,
}

/// How a case stands in the system that keeps it. Of a case that is known already the beginning stays as it was told first,
/// but for priority, group and assignee.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mirror {
    /// What it is, and how it began.
    pub open: Open,
    /// What it is judged by.
    pub level: Option<ServiceLevel>,
    /// Where it stands.
    pub standing: Standing,
    /// How it was solved, where it is.
    pub resolution: Option<Label>,
    /// Whether that system says that a promise was not kept: the solution came too late.
    pub breached: bool,
}

/// Where a case stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is worked on.
    Open,
    /// It waits.
    Waiting(Wait),
    /// It is solved.
    Resolved,
    /// Nobody comes back to it.
    Closed,
}
