//! Who comes in, and whether they are known.

use rapport_application::{Call, LeadCapture};
use rapport_domain::contact::{ContactPointEntry, Kind, LifecycleStage, Register};
use rapport_domain::id::ContactId;
use rapport_domain::interaction::{Channel, Source};
use rapport_domain::personal::Personal;
use rapport_domain::value::{ContactPoint, ExternalRef, FreeText, Invalid, Label, Name, Reference, Segments};
use rapport_projections::Freshness;
use rapport_projections::directory::ContactSearch;
use rapport_proto::v1 as wire;

use super::field;
use crate::error::Error;
use crate::parse::{Circumstances, Fields, request_id};
use crate::services::contacts::contact_points;
use crate::services::{FRESHNESS_WAIT_MAX, Services};
use crate::wire::{known, receipt};

/// Who comes in.
enum Who {
    /// Somebody whose id is told.
    Known(ContactId),
    /// Somebody who may be known.
    Told(Box<Told>),
}

/// What is told of somebody.
struct Told {
    name: Name,
    points: Vec<ContactPointEntry>,
}

/// A capture as it was asked for.
struct Asked {
    who: Who,
    source: rapport_domain::lead::Source,
    campaign: Option<Label>,
    external: Option<Source>,
    channel: Option<Channel>,
    text: Option<FreeText>,
    fields: rapport_domain::lead::Fields,
    call: Call,
}

impl Services {
    pub(super) async fn captured(
        &self,
        circumstances: &Circumstances,
        message: &wire::CaptureLeadRequest,
    ) -> Result<wire::CaptureLeadResponse, Error> {
        let asked = asked(circumstances, message)?;
        let shared: Vec<&str> =
            asked.who.told().into_iter().flat_map(|told| told.points.iter()).filter_map(reached_by).collect();
        // Held until the answer is known: the next one then finds who came in with this.
        let _turn = self.captures.take(shared).await;
        let (contact_id, register) = self.who(&asked).await?;
        let Asked { source, campaign, external, channel, text, fields, call, .. } = asked;
        let capture = LeadCapture { contact_id, register, source, campaign, external, channel, text, fields };
        let taken = self.application.capture_lead(capture, call).await?;
        Ok(wire::CaptureLeadResponse {
            lead_id: taken.lead_id.to_string(),
            contact_id: contact_id.to_string(),
            receipt: Some(receipt(taken.receipt)),
        })
    }

    /// Whose lead it is; and how they are registered, where nobody knows them.
    async fn who(&self, asked: &Asked) -> Result<(ContactId, Option<Register>), Error> {
        let told = match &asked.who {
            Who::Known(contact_id) => return Ok((*contact_id, None)),
            Who::Told(told) => told,
        };
        let freshness = Freshness::at_least(self.application.head().await?, FRESHNESS_WAIT_MAX);
        if let Some(external) = &asked.external {
            let known = self.projections.leads().contact_of(freshness, external.clone()).await?;
            if let Some(contact_id) = known.value {
                return Ok((contact_id, None));
            }
        }
        if let Some(contact_id) = self.found(freshness, &told.points).await? {
            return Ok((contact_id, None));
        }
        let contact_id = match &asked.external {
            Some(Source { system, external_ref }) => {
                ContactId::derived("lead", &format!("{system}\n{external_ref}"))
            }
            None => ContactId::derived("request", asked.call.request_id.as_str()),
        };
        Ok((contact_id, Some(told.register())))
    }

    /// Who is reached so, the first who was registered. Whoever is about to be erased is not found, as they will not be then.
    async fn found(
        &self,
        freshness: Freshness,
        points: &[ContactPointEntry],
    ) -> Result<Option<ContactId>, Error> {
        self.application.withheld_known().await;
        for search in points.iter().filter_map(sought) {
            let found = self.projections.directory().search(freshness, search).await?;
            let mut people = found.value.into_iter().filter(|contact| contact.kind == Kind::Person);
            let known =
                people.find(|contact| !contact.erased && !self.application.withholds(&contact.contact_id));
            if let Some(contact) = known {
                return Ok(Some(contact.contact_id));
            }
        }
        Ok(None)
    }
}

impl Who {
    fn told(&self) -> Option<&Told> {
        match self {
            Self::Known(_) => None,
            Self::Told(told) => Some(told),
        }
    }
}

impl Told {
    fn register(&self) -> Register {
        Register {
            kind: Kind::Person,
            name: Personal::Clear(self.name.clone()),
            contact_points: self.points.clone(),
            owner: None,
            lifecycle_stage: LifecycleStage::Lead,
            segments: Segments::new(),
            external_ref: None,
        }
    }
}

/// What somebody is searched by; nothing for what cannot be searched.
fn sought(entry: &ContactPointEntry) -> Option<ContactSearch> {
    match entry.point.clear()? {
        ContactPoint::Email(email) => Some(ContactSearch::Email(email.clone())),
        ContactPoint::Phone(phone) => Some(ContactSearch::Phone(phone.clone())),
        ContactPoint::Postal(_) | ContactPoint::Social(_) => None,
    }
}

/// The same as a text.
fn reached_by(entry: &ContactPointEntry) -> Option<&str> {
    match entry.point.clear()? {
        ContactPoint::Email(email) => Some(email.normalised()),
        ContactPoint::Phone(phone) => Some(phone.e164()),
        ContactPoint::Postal(_) | ContactPoint::Social(_) => None,
    }
}

fn asked(circumstances: &Circumstances, message: &wire::CaptureLeadRequest) -> Result<Asked, Error> {
    let mut fields = Fields::new();
    let call = fields.call(circumstances, message.header.as_ref(), message);
    let who = who(&mut fields, message);
    let source = fields.enumerated("source", message.source, known::<wire::LeadSource>);
    let campaign = fields.optional("campaign", &message.campaign, Label::parse);
    let external = external(&mut fields, message);
    let channel = match wire::InteractionChannel::try_from(message.channel) {
        Ok(channel) => Some(known(channel)),
        Err(_) => fields.unknown("channel"),
    };
    let text = fields.optional("text", &message.text, FreeText::parse);
    let values = field::values(&mut fields, "fields", &message.fields);
    let said = (channel.zip(text)).zip(values);
    let (who, source, campaign, external, ((channel, text), values), call) =
        fields.finish((who, source, campaign, external, said, call))?;
    Ok(Asked { who, source, campaign, external, channel, text, fields: values, call })
}

/// Who comes in: by an id, or by what is told of them.
fn who(fields: &mut Fields, message: &wire::CaptureLeadRequest) -> Option<Who> {
    let contact_id = fields.optional("contact_id", &message.contact_id, ContactId::parse);
    let points = contact_points(fields, &message.contact_points, request_id(message.header.as_ref()));
    let name = fields.optional("name", &message.name, Name::parse);
    let (contact_id, points, name) = (contact_id?, points?, name?);
    if let Some(contact_id) = contact_id {
        if name.is_some() || !points.is_empty() {
            let expected =
                "expected neither a name nor contact points beside it: a capture changes no contact";
            fields.refuse("contact_id", Invalid::new("CONTACT_TOLD_TWICE", expected));
        }
        return Some(Who::Known(contact_id));
    }
    let name = match name.or_else(|| points.first().and_then(name_of)) {
        Some(name) => name,
        None => return fields.missing("name"),
    };
    Some(Who::Told(Box::new(Told { name, points })))
}

/// Whoever does not say what they are called is called by what they are reached by.
fn name_of(entry: &ContactPointEntry) -> Option<Name> {
    Name::parse(entry.point.clear()?.raw()).ok()
}

/// Both of its parts, or neither.
fn external(fields: &mut Fields, message: &wire::CaptureLeadRequest) -> Option<Option<Source>> {
    match (message.source_system.is_empty(), message.external_ref.is_empty()) {
        (true, true) => Some(None),
        (true, false) => fields.missing("source_system"),
        (false, true) => fields.missing("external_ref"),
        (false, false) => {
            let system = fields.required("source_system", &message.source_system, Reference::parse);
            let external_ref = fields.required("external_ref", &message.external_ref, ExternalRef::parse);
            let source = system.zip(external_ref);
            source.map(|(system, external_ref)| Some(Source { system, external_ref }))
        }
    }
}
