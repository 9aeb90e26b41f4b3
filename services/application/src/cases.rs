//! Cases, and what they are judged by. What is said in a case is recorded with its contact, in a second step that can be
//! repeated: the case takes the command first, and a caller that hears of no success sends it again.

use rapport_domain::calendar;
use rapport_domain::case::{Command, Mirror, Open, Rating, Rejection, State};
use rapport_domain::id::{CalendarId, CaseId, ContactId, InteractionId, SlaPolicyId, derived_uuid};
use rapport_domain::interaction::{self, Channel, Direction, Related, Source};
use rapport_domain::sla_policy::{self, Priority, ServiceLevel, Target, Wait};
use rapport_domain::value::{FreeText, Label, Reference, Segments};

pub use rapport_domain::case::Standing;

use crate::Application;
use crate::call::{Call, Receipt};
use crate::failure::Failure;

/// What can be asked of a case, before what it is judged by is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CaseRequest {
    /// Begin it.
    Open {
        /// How.
        open: Box<Open>,
        /// The policy that it is judged by.
        sla_policy_id: Option<SlaPolicyId>,
        /// What was said.
        text: Option<FreeText>,
    },
    /// Let it stand as it stands in the system that keeps it.
    Mirror {
        /// What it is, and how it began.
        open: Box<Open>,
        /// The policy that it is judged by.
        sla_policy_id: Option<SlaPolicyId>,
        /// Where it stands.
        standing: Standing,
        /// How it was solved.
        resolution: Option<Label>,
        /// Whether the solution came too late, as that system says.
        breached: bool,
    },
    /// Hand it to a group, or to somebody.
    Assign {
        /// The group.
        group: Option<Reference>,
        /// Who works on it.
        assignee: Option<Reference>,
        /// What they should know.
        note: Option<FreeText>,
    },
    /// Answer the customer.
    Reply(Exchange),
    /// Take in what the customer says.
    Hear(Exchange),
    /// Let it wait.
    Await {
        /// What for.
        wait: Wait,
    },
    /// Go on with it.
    Resume,
    /// Judge anew how urgent it is.
    ChangePriority {
        /// How urgent.
        priority: Priority,
    },
    /// Bring it to a higher level.
    Escalate {
        /// Which one.
        level: u32,
        /// Why.
        reason: Label,
    },
    /// Say that it is solved.
    Resolve {
        /// How.
        resolution: Option<Label>,
    },
    /// Work on it again.
    Reopen,
    /// Say that nobody comes back to it.
    Close,
    /// Make it a part of another case.
    Merge {
        /// Which one.
        into: CaseId,
    },
    /// Let it stand for itself again.
    Part {
        /// The case that it is a part of.
        from: CaseId,
    },
    /// Note that little time is left for a promise, where that has come.
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
    /// Take in how the customer found it.
    Rate {
        /// How.
        rating: Rating,
        /// What they said with it.
        said: Exchange,
    },
    /// Say that somebody looked at a low rating.
    ReviewRating,
    /// Name a bug that lies behind it.
    LinkBug {
        /// Where it is kept.
        bug: Source,
    },
}

/// What is said in a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// Through what.
    pub channel: Channel,
    /// What.
    pub text: Option<FreeText>,
}

/// What is said, and to whom.
struct Said {
    contact_id: ContactId,
    channel: Channel,
    direction: Direction,
    text: Option<FreeText>,
}

impl Application {
    /// Runs a command to a calendar.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn calendar(
        &self,
        id: CalendarId,
        command: calendar::Command,
        call: Call,
    ) -> Result<Receipt, Failure> {
        self.calendars.execute(&id, command, call).await
    }

    /// Runs a command to an SLA policy.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn sla_policy(
        &self,
        id: SlaPolicyId,
        command: sla_policy::Command,
        call: Call,
    ) -> Result<Receipt, Failure> {
        let sla_policy::Command::Publish { calendar_id, .. } = &command;
        if let Some(calendar_id) = calendar_id {
            self.published_calendar(calendar_id).await?;
        }
        self.sla_policies.execute(&id, command, call).await
    }

    /// Runs a command to a case, and records what is said in it.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn case(&self, id: CaseId, request: CaseRequest, call: Call) -> Result<Receipt, Failure> {
        let said = self.said(&id, &request, &call).await?;
        let interaction_id = InteractionId::derived("case", call.request_id.as_str());
        let command = self.completed(&id, request, interaction_id, said.is_some(), &call).await?;
        let receipt = self.cases.execute(&id, command, call.clone()).await?;
        match said {
            Some(said) => self.record(&id, interaction_id, said, &call).await.map(|_| receipt),
            None => Ok(receipt),
        }
    }

    /// What is said with a request, and to whom; nothing where nothing is said.
    async fn said(&self, id: &CaseId, request: &CaseRequest, call: &Call) -> Result<Option<Said>, Failure> {
        let (channel, direction, text) = match request {
            CaseRequest::Open { open, text: Some(text), .. } => {
                let contact_id = open.contact_id.ok_or(Rejection::WithoutContact)?;
                let (channel, text) = (open.channel, Some(text.clone()));
                return Ok(Some(Said { contact_id, channel, direction: Direction::Inbound, text }));
            }
            CaseRequest::Assign { note: Some(note), .. } => {
                (Channel::Note, Direction::Internal, Some(note.clone()))
            }
            CaseRequest::Reply(said) => (said.channel, Direction::Outbound, said.text.clone()),
            CaseRequest::Hear(said) => (said.channel, Direction::Inbound, said.text.clone()),
            CaseRequest::Rate { said: said @ Exchange { text: Some(_), .. }, .. } => {
                (said.channel, Direction::Inbound, said.text.clone())
            }
            CaseRequest::Open { text: None, .. }
            | CaseRequest::Assign { note: None, .. }
            | CaseRequest::Rate { said: Exchange { text: None, .. }, .. }
            | CaseRequest::ReviewRating
            | CaseRequest::Mirror { .. }
            | CaseRequest::Await { .. }
            | CaseRequest::Resume
            | CaseRequest::ChangePriority { .. }
            | CaseRequest::Escalate { .. }
            | CaseRequest::Resolve { .. }
            | CaseRequest::Reopen
            | CaseRequest::Close
            | CaseRequest::Merge { .. }
            | CaseRequest::Part { .. }
            | CaseRequest::NoteWarned { .. }
            | CaseRequest::NoteMissed { .. }
            | CaseRequest::GoUp
            | CaseRequest::LinkBug { .. } => return Ok(None),
        };
        let contact = |state: &State| state.case().map(|case| case.opened.contact_id);
        match self.cases.fact(id, contact).await?.ok_or(Rejection::NotOpened)? {
            Some(contact_id) => {
                // The case takes the command first, and nothing is sealed in it.
                let needed = self.require_contact_now(&contact_id).await;
                self.cases.unless_applied(id, call, needed).await?;
                Ok(Some(Said { contact_id, channel, direction, text }))
            }
            None if text.is_some() => Err(Rejection::WithoutContact.into()),
            None => Ok(None),
        }
    }

    async fn completed(
        &self,
        id: &CaseId,
        request: CaseRequest,
        interaction_id: InteractionId,
        is_said: bool,
        call: &Call,
    ) -> Result<Command, Failure> {
        let told = is_said.then_some(interaction_id);
        Ok(match request {
            CaseRequest::Open { open, sla_policy_id, .. } => {
                let level = self.beginning(id, call, &open, sla_policy_id).await?;
                Command::Open { open, interaction_id: told, level }
            }
            CaseRequest::Mirror { open, sla_policy_id, standing, resolution, breached } => {
                let level = self.beginning(id, call, &open, sla_policy_id).await?;
                Command::Mirror(Box::new(Mirror { open: *open, level, standing, resolution, breached }))
            }
            CaseRequest::Assign { group, assignee, .. } => {
                Command::Assign { group, assignee, interaction_id: told }
            }
            CaseRequest::Reply(_) => Command::Reply { interaction_id },
            CaseRequest::Hear(_) => Command::Hear { interaction_id, level: self.level_of(id).await? },
            CaseRequest::Await { wait } => Command::Await { wait, level: self.level_of(id).await? },
            CaseRequest::Resume => Command::Resume { level: self.level_of(id).await? },
            CaseRequest::ChangePriority { priority } => {
                Command::ChangePriority { priority, level: self.level_of(id).await? }
            }
            CaseRequest::Escalate { level, reason } => Command::Escalate { level, reason },
            CaseRequest::Resolve { resolution } => Command::Resolve { resolution },
            CaseRequest::Reopen => Command::Reopen { level: self.level_of(id).await? },
            CaseRequest::Close => Command::Close,
            CaseRequest::Merge { into } => {
                let needed = self.require_case(&into).await;
                self.cases.unless_applied(id, call, needed).await?;
                Command::Merge { case_id: *id, into }
            }
            CaseRequest::Part { from } => Command::Part { from },
            CaseRequest::NoteWarned { target } => Command::NoteWarned { target },
            CaseRequest::NoteMissed { target } => Command::NoteMissed { target },
            CaseRequest::GoUp => Command::GoUp,
            CaseRequest::Rate { rating, .. } => Command::Rate { rating, interaction_id: told },
            CaseRequest::ReviewRating => Command::ReviewRating,
            CaseRequest::LinkBug { bug } => Command::LinkBug { bug },
        })
    }

    /// What a case that begins is judged by, once all that it names is there.
    async fn beginning(
        &self,
        id: &CaseId,
        call: &Call,
        open: &Open,
        sla_policy_id: Option<SlaPolicyId>,
    ) -> Result<Option<ServiceLevel>, Failure> {
        if let Some(contact_id) = &open.contact_id {
            let needed = self.require_contact_now(contact_id).await;
            self.cases.unless_applied(id, call, needed).await?;
        }
        if let Some(whole) = &open.split_from {
            let needed = self.require_case(whole).await;
            self.cases.unless_applied(id, call, needed).await?;
        }
        match sla_policy_id {
            Some(policy_id) => Ok(Some(self.level(policy_id).await?)),
            None => Ok(None),
        }
    }

    /// A case that others can be a part of, or come of.
    async fn require_case(&self, id: &CaseId) -> Result<(), Failure> {
        let standing = |state: &State| match state {
            State::Unopened => Err(Rejection::NotOpened),
            State::Merged(_, into) => Err(Rejection::Merged { into: *into }),
            State::Open(_) | State::Waiting(..) | State::Resolved(..) | State::Closed(_) => Ok(()),
        };
        Ok(self.cases.inspect(id, standing).await??)
    }

    /// What a case is judged by, as it is in force; nothing where nothing was promised.
    async fn level_of(&self, id: &CaseId) -> Result<Option<ServiceLevel>, Failure> {
        let policy = |state: &State| Some(state.case()?.opened.clock.as_ref()?.terms.policy_id);
        match self.cases.fact(id, policy).await? {
            Some(policy_id) => Ok(Some(self.level(policy_id).await?)),
            None => Ok(None),
        }
    }

    async fn level(&self, policy_id: SlaPolicyId) -> Result<ServiceLevel, Failure> {
        let definition = |state: &sla_policy::State| match state {
            sla_policy::State::Published(definition) => Some(definition.clone()),
            sla_policy::State::Unpublished => None,
        };
        let policy = self.sla_policies.inspect(&policy_id, definition).await?;
        let policy = policy.ok_or(Failure::SlaPolicyUnknown)?;
        let calendar = match &policy.calendar_id {
            Some(calendar_id) => Some(self.published_calendar(calendar_id).await?),
            None => None,
        };
        Ok(ServiceLevel { policy_id, policy, calendar })
    }

    pub(crate) async fn published_calendar(&self, id: &CalendarId) -> Result<calendar::Definition, Failure> {
        let definition = |state: &calendar::State| match state {
            calendar::State::Published(definition) => Some(definition.clone()),
            calendar::State::Unpublished => None,
        };
        self.calendars.inspect(id, definition).await?.ok_or(Failure::CalendarUnknown)
    }

    /// Records what is said in a case with its contact.
    async fn record(
        &self,
        id: &CaseId,
        interaction_id: InteractionId,
        said: Said,
        call: &Call,
    ) -> Result<Receipt, Failure> {
        let malformed =
            |invalid: rapport_domain::value::Invalid| Failure::Unwritable { cause: invalid.expected };
        let record = interaction::Record {
            interaction_id,
            channel: said.channel,
            direction: said.direction,
            summary: said.text.map(Into::into),
            topic: None,
            duration_seconds: None,
            outcome: None,
            value: None,
            source: None,
            related: vec![Related::Case(Reference::parse(&id.to_string()).map_err(malformed)?)],
            segments: Segments::new(),
            mentions: [].into(),
        };
        // The same for every attempt, since it is recorded once.
        let request_id = derived_uuid(&["said", call.request_id.as_str()]).simple().to_string();
        let call = Call {
            request_id: Reference::parse(&format!("said:{request_id}")).map_err(malformed)?,
            expected_revision: None,
            correlation_id: Some(call.correlation_id.clone().unwrap_or_else(|| call.request_id.clone())),
            ..call.clone()
        };
        // A request that comes again may have got no further than the case, before its contact was erased.
        let needed = self.require_subject(&said.contact_id, record.summary.is_some()).await;
        self.interactions.unless_applied(&said.contact_id, &call, needed).await?;
        self.interactions.execute(&said.contact_id, interaction::Command::Record(record), call).await
    }
}
