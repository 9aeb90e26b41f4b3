//! Leads. Whom a lead is about, and what is said, stands with a contact: so what is asked of a lead takes several steps, each in
//! a stream of its own. Every step can be repeated, and the ids of what it makes follow from the request or the lead: a caller
//! that hears of no success sends the same again, and there is still one of each.

mod conversion;

use rapport_domain::contact::{self, Register};
use rapport_domain::id::{ContactId, InteractionId, LeadId, derived_uuid};
use rapport_domain::interaction::{self, Channel, Direction};
use rapport_domain::lead::{self, Capture, Command, Fields, LEADS_PER_CONTACT_MAX, Rejection, Source};
use rapport_domain::value::{FreeText, Key, Label, Reference, Segments};

pub use conversion::{Account, Conversion, Converted, Deal};

use crate::Application;
use crate::call::{Call, Receipt};
use crate::cases::Exchange;
use crate::erasure::contact_erased;
use crate::failure::Failure;

/// What an interaction is called by which somebody came in.
const TOPIC: &str = "lead_captured";

/// Whether something can still come of a lead.
#[derive(Clone, Copy)]
enum Standing {
    NotThere,
    Open,
    Over,
}

impl Standing {
    const fn of(state: &lead::State) -> Self {
        match state {
            lead::State::Uncaptured => Self::NotThere,
            lead::State::New(_)
            | lead::State::Assigned(_)
            | lead::State::Working(_)
            | lead::State::Qualified(_)
            | lead::State::Recycled(..) => Self::Open,
            lead::State::Disqualified(..) | lead::State::Converted(..) => Self::Over,
        }
    }
}

/// That somebody is interested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeadCapture {
    /// Who.
    pub contact_id: ContactId,
    /// How they are registered, where nobody knew them.
    pub register: Option<Register>,
    /// Where it comes from.
    pub source: Source,
    /// The campaign behind it.
    pub campaign: Option<Label>,
    /// Where another system keeps it.
    pub external: Option<interaction::Source>,
    /// Through what it came in; absent: as the source goes.
    pub channel: Option<Channel>,
    /// What was said.
    pub text: Option<FreeText>,
    /// What is known by it.
    pub fields: Fields,
}

/// What a capture led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// The lead that has it now.
    pub lead_id: LeadId,
    /// Where its stream stands.
    pub receipt: Receipt,
}

/// What is said, and to whom.
struct Said {
    contact_id: ContactId,
    record: interaction::Record,
}

impl Application {
    /// Runs a command to a lead.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn lead(&self, id: LeadId, mut command: Command, call: Call) -> Result<Receipt, Failure> {
        if let Command::Enrich { field_set, .. } = &mut command {
            *field_set = self.fields_in_force().await?;
        }
        self.leads.execute(&id, command, call).await
    }

    /// Takes in that somebody is interested: registers them where nobody knew them, then tells the last lead of theirs, or makes
    /// another one where that is over, then records what was said.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn capture_lead(&self, asked: LeadCapture, call: Call) -> Result<Taken, Failure> {
        let contact_id = asked.contact_id;
        let interaction_id = InteractionId::derived("lead", call.request_id.as_str());
        let capture = Capture {
            source: asked.source,
            campaign: asked.campaign,
            external: asked.external.clone(),
            interaction_id,
            fields: asked.fields,
            field_set_version: None,
        };
        let field_set = self.fields_in_force().await?;
        let is_judged = field_set.is_some();
        let command = Command::Capture { contact_id, capture: Box::new(capture), field_set };
        if let Some(register) = asked.register {
            // Whose lead is refused is not registered for it.
            if is_judged {
                self.assert_taken(contact_id, &command, &call).await?;
            }
            match self.register_lead(&contact_id, register, &call).await {
                // Their lead is ended below.
                Ok(()) | Err(Failure::Contact(contact::Rejection::Erased)) => {}
                Err(failure) => return Err(failure),
            }
        }
        self.require_interested(&contact_id, &call).await?;
        let taken = self.take(contact_id, &command, self.kept_apart(&contact_id, &call)?).await?;
        self.require_interested(&contact_id, &call).await?;
        let (channel, direction) = match asked.channel {
            Some(channel) => (channel, direction_of(channel)),
            None => usual(asked.source),
        };
        let record = interaction::Record {
            topic: Some(Key::parse(TOPIC).map_err(malformed)?),
            source: asked.external,
            ..exchange(interaction_id, channel, direction, asked.text)
        };
        self.record_said(Said { contact_id, record }, &call).await?;
        Ok(taken)
    }

    /// Whoever is interested is there. Where they were erased while their lead was captured, the erasure may have looked for it just
    /// before it came: so it is looked for once more, after it was written, and whenever the capture comes again.
    async fn require_interested(&self, id: &ContactId, call: &Call) -> Result<(), Failure> {
        let found = self.require_contact_now(id).await;
        if matches!(found, Err(Failure::Contact(contact::Rejection::Erased))) {
            self.end_leads(id, |_| ending(call)).await?;
        }
        found
    }

    /// Notes that the company has reached out, and records what it said.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn contact_lead(&self, id: LeadId, said: Exchange, call: Call) -> Result<Receipt, Failure> {
        let contact_id = self.contact_of_lead(&id).await?;
        if let Err(missing) = self.require_contact_now(&contact_id).await {
            return self.contacted_before(&id, &contact_id, &call).await?.ok_or(missing);
        }
        let interaction_id = InteractionId::derived("lead", call.request_id.as_str());
        let kept_apart = self.kept_apart(&contact_id, &call)?;
        let receipt = self.leads.execute(&id, Command::Contact { interaction_id }, kept_apart).await?;
        let record = exchange(interaction_id, said.channel, Direction::Outbound, said.text);
        self.record_said(Said { contact_id, record }, &call).await?;
        Ok(receipt)
    }

    /// What a request got by which the company had reached out, and which was applied in both its steps. Of somebody who was erased
    /// it can be told from another one no more: the first answer stands.
    async fn contacted_before(
        &self,
        id: &LeadId,
        contact_id: &ContactId,
        call: &Call,
    ) -> Result<Option<Receipt>, Failure> {
        match self.interactions.first_answer(contact_id, &step(call, "said")?).await? {
            Some(_) => self.leads.first_answer(id, call).await,
            None => Ok(None),
        }
    }

    /// Ends the open lead of a contact who was erased, by the call that is made for its number: nobody can be asked any more. Only
    /// the last lead of a contact can be open.
    pub(crate) async fn end_leads(
        &self,
        of: &ContactId,
        call: impl Fn(usize) -> Result<Call, Failure>,
    ) -> Result<(), Failure> {
        for number in 0..LEADS_PER_CONTACT_MAX {
            let id = lead::id_of(*of, number);
            match self.leads.inspect(&id, Standing::of).await? {
                Standing::NotThere => return Ok(()),
                Standing::Over => {}
                Standing::Open => {
                    let reason = contact_erased()?;
                    return self.lead(id, Command::Disqualify { reason }, call(number)?).await.map(drop);
                }
            }
        }
        Ok(())
    }

    /// Whom a lead is about.
    pub(crate) async fn contact_of_lead(&self, id: &LeadId) -> Result<ContactId, Failure> {
        let contact = |state: &lead::State| state.lead().map(|lead| lead.captured.contact_id);
        Ok(self.leads.fact(id, contact).await?.ok_or(Rejection::NotCaptured)?)
    }

    /// Registers whoever came in. Who was registered under the same id meanwhile is the same person: the id follows from what
    /// another system knows them by, or from the request.
    async fn register_lead(&self, id: &ContactId, register: Register, call: &Call) -> Result<(), Failure> {
        let call = step(call, "contact")?;
        match self.contacts.execute(id, contact::Command::Register(register), call).await {
            Ok(_) | Err(Failure::Contact(contact::Rejection::AlreadyRegistered)) => Ok(()),
            Err(failure) => Err(failure),
        }
    }

    /// Tells the last lead of a contact, or makes another one where that is over. Two captures at once meet in one stream.
    async fn take(&self, contact_id: ContactId, command: &Command, call: Call) -> Result<Taken, Failure> {
        let call = Call { expected_revision: None, ..call };
        for number in 0..LEADS_PER_CONTACT_MAX {
            let lead_id = lead::id_of(contact_id, number);
            match self.leads.execute(&lead_id, command.clone(), call.clone()).await {
                Ok(receipt) => return Ok(Taken { lead_id, receipt }),
                Err(Failure::Lead(Rejection::Disqualified | Rejection::Converted)) => {}
                Err(failure) => return Err(failure),
            }
        }
        Err(Rejection::TooManyLeads.into())
    }

    /// The same call, told apart from another one under the contact's own key: a lead's events are under nobody's, and what came
    /// in with a name could be guessed by its digest after an erasure.
    fn kept_apart(&self, contact_id: &ContactId, call: &Call) -> Result<Call, Failure> {
        let digest = self.ports.vault.digest(contact_id, &call.content_sha256)?;
        let content_sha256 = digest.map_or_else(String::new, |digest| digest.to_string());
        Ok(Call { content_sha256, ..call.clone() })
    }

    async fn record_said(&self, said: Said, call: &Call) -> Result<(), Failure> {
        let call = step(call, "said")?;
        let command = interaction::Command::Record(said.record);
        self.interactions.execute(&said.contact_id, command, call).await.map(drop)
    }
}

/// The call of a step, the same for every attempt.
fn step(call: &Call, name: &str) -> Result<Call, Failure> {
    let request_id = derived_uuid(&["lead", name, call.request_id.as_str()]).simple().to_string();
    Ok(Call {
        request_id: Reference::parse(&format!("{name}:{request_id}")).map_err(malformed)?,
        expected_revision: None,
        correlation_id: Some(call.correlation_id.clone().unwrap_or_else(|| call.request_id.clone())),
        ..call.clone()
    })
}

/// The call that ends the lead of somebody who was erased meanwhile. It has nothing of what came in.
fn ending(call: &Call) -> Result<Call, Failure> {
    let call = step(call, "ended")?;
    let content_sha256 = call.request_id.to_string();
    Ok(Call { content_sha256, occurred_at: None, record_at_occurred: false, ..call })
}

fn exchange(
    interaction_id: InteractionId,
    channel: Channel,
    direction: Direction,
    text: Option<FreeText>,
) -> interaction::Record {
    interaction::Record {
        interaction_id,
        channel,
        direction,
        summary: text.map(Into::into),
        topic: None,
        duration_seconds: None,
        outcome: None,
        value: None,
        source: None,
        related: Vec::new(),
        segments: Segments::new(),
        mentions: [].into(),
    }
}

/// What is written down by a colleague was not said by the contact.
const fn direction_of(channel: Channel) -> Direction {
    match channel {
        Channel::Note => Direction::Internal,
        Channel::Call
        | Channel::Email
        | Channel::Chat
        | Channel::Meeting
        | Channel::Sms
        | Channel::Social
        | Channel::Web
        | Channel::Form
        | Channel::Cart
        | Channel::Order
        | Channel::ProductUsage => Direction::Inbound,
    }
}

/// Through what a source brings somebody in.
const fn usual(source: Source) -> (Channel, Direction) {
    match source {
        Source::WebForm | Source::SocialAd => (Channel::Form, Direction::Inbound),
        Source::Email => (Channel::Email, Direction::Inbound),
        Source::Call => (Channel::Call, Direction::Inbound),
        Source::Chat => (Channel::Chat, Direction::Inbound),
        Source::Event => (Channel::Meeting, Direction::Inbound),
        Source::Campaign => (Channel::Web, Direction::Inbound),
        Source::Referral | Source::Partner | Source::Import | Source::Api | Source::ExistingCustomer => {
            (Channel::Note, Direction::Internal)
        }
    }
}

fn malformed(invalid: rapport_domain::value::Invalid) -> Failure {
    Failure::Unwritable { cause: invalid.expected }
}
