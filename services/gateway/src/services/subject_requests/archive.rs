//! Everything that is kept about a person, for the archive that answers their request.

use std::sync::Arc;

use futures::stream::BoxStream;
use futures::{Stream, StreamExt as _, TryStreamExt as _, stream};
use rapport_application::{HistoryFilter, HistoryQuery, Look, Opened, Reveal};
use rapport_domain::envelope::{Position, Recorded};
use rapport_domain::id::{ContactId, SubjectRequestId};
use rapport_domain::personal::DataClass;
use rapport_domain::subject_request::Archive;
use rapport_domain::value::{Label, Sha256};
use rapport_projections::PAGE_SIZE_MAX;
use rapport_proto::v1 as wire;
use rapport_proto::v1::assemble_subject_archive_response::Part;
use tonic::Status;

use super::answers;
use crate::access::Admitted;
use crate::error::Error;
use crate::parse::Fields;
use crate::services::Services;
use crate::services::audit::LeadsTo;
use crate::services::contacts::disclosure;
use crate::services::history::history_event;
use crate::services::moment::at_least;
use crate::services::streams::until_stopped;
use crate::wire::known;

/// What such a look is for, in the access record.
const PURPOSE: &str = "subject_access";
/// Proofs that are put together at a time.
const PROOFS_UNDER_WAY_MAX: usize = 8;

/// Its parts, as they travel.
pub(super) type Parts = BoxStream<'static, Result<wire::AssembleSubjectArchiveResponse, Status>>;

/// What of the read models is told, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Section {
    Contact,
    Timeline,
    Opportunities,
    Subscriptions,
    Consents,
    ConsentTrail,
    Accesses,
}

/// The first section; [`Section::next`] leads through the others.
const FIRST: Section = Section::Contact;

impl Section {
    const fn next(self) -> Option<Self> {
        match self {
            Self::Contact => Some(Self::Timeline),
            Self::Timeline => Some(Self::Opportunities),
            Self::Opportunities => Some(Self::Subscriptions),
            Self::Subscriptions => Some(Self::Consents),
            Self::Consents => Some(Self::ConsentTrail),
            Self::ConsentTrail => Some(Self::Accesses),
            Self::Accesses => None,
        }
    }
}

/// One archive in the making.
struct Assembly {
    /// They note no look: the whole one is on record.
    services: Services,
    admitted: Admitted,
    look: Arc<Look>,
    contact_id: ContactId,
    /// How far into the log it reaches.
    position: Position,
    with_proofs: bool,
}

/// The archive that a request says was made.
pub(super) fn made(fields: &mut Fields, message: &wire::NoteSubjectArchiveRequest) -> Option<Archive> {
    let sha256 = fields.required("sha256", &message.sha256, Sha256::parse);
    let bytes = fields.counted("bytes", message.bytes);
    let position = fields.counted("position", message.position).map(Position);
    let opened_by = fields.enumerated("opened_by", message.opened_by, known::<wire::ArchiveKey>);
    Some(Archive { sha256: sha256?, bytes: bytes?, position: position?, opened_by: opened_by? })
}

impl Services {
    pub(super) async fn answer_subject_archive(
        &self,
        admitted: Admitted,
        message: wire::AssembleSubjectArchiveRequest,
    ) -> Result<Parts, Error> {
        let mut fields = Fields::new();
        let id = fields.required("subject_request_id", &message.subject_request_id, SubjectRequestId::parse);
        let id = fields.finish(id)?;
        let contact_id = self.application.subject_of_archive(&id).await?;
        let admitted = admitted.for_purpose(Label::parse(PURPOSE).map_err(|_| Error::CallerMalformed)?);
        let look = Arc::new(self.record.look(&admitted).await);
        self.record.may_have(&admitted, &look, Reveal::Clear).await?;
        let everything = Opened::from([(contact_id, DataClass::ALL.into())]);
        self.record.opened_whole(&admitted, everything).await?;
        let position = self.application.head().await?;
        let begun = self.begun(&id, &contact_id, position).await?;
        let assembly = Arc::new(Assembly {
            services: Self { record: self.record.of_parts(), ..self.clone() },
            admitted,
            look,
            contact_id,
            position,
            with_proofs: !message.without_proofs,
        });
        let parts = stream::iter([Ok(begun)]).chain(sections(Arc::clone(&assembly))).chain(events(assembly)?);
        let parts = parts.map_ok(|part| wire::AssembleSubjectArchiveResponse { part: Some(part) });
        Ok(until_stopped(parts.map_err(Status::from), &self.stopping).boxed())
    }

    async fn begun(
        &self,
        id: &SubjectRequestId,
        contact_id: &ContactId,
        position: Position,
    ) -> Result<Part, Error> {
        let state = self.application.subject_request_state(id).await?;
        let disclosures = self.application.disclosures(contact_id).await?;
        Ok(Part::Begun(wire::SubjectArchiveBegun {
            subject_request: answers::subject_request(id, &state),
            position: position.0,
            checkpoint: self.checkpoint(),
            verifier_key: self.notary.standing().key.to_string(),
            disclosures: disclosures.all().map(disclosure).collect(),
        }))
    }
}

/// Section after section, each page by page.
fn sections(assembly: Arc<Assembly>) -> impl Stream<Item = Result<Part, Error>> {
    stream::try_unfold(Some((FIRST, String::new())), move |cursor| {
        let assembly = Arc::clone(&assembly);
        async move {
            let Some((section, token)) = cursor else { return Ok(None) };
            let (part, token) = assembly.page(section, token).await?;
            let next = if token.is_empty() { section.next() } else { Some(section) };
            Ok(Some((part, next.map(|section| (section, token)))))
        }
    })
}

/// What the log holds of them, and how many events that were.
fn events(assembly: Arc<Assembly>) -> Result<impl Stream<Item = Result<Part, Error>>, Error> {
    let query = HistoryQuery {
        from: Position::START,
        to: Some(assembly.position),
        follow: false,
        filter: HistoryFilter { contact: Some(assembly.contact_id), ..HistoryFilter::default() },
        reveal: Some(Reveal::Clear),
    };
    let events = assembly.services.application.history(&assembly.look, query)?;
    let told = events.map(move |event| {
        let assembly = Arc::clone(&assembly);
        async move { assembly.event(event?).await }
    });
    let told = told.buffered(PROOFS_UNDER_WAY_MAX).map_ok(Some).chain(stream::iter([Ok(None)]));
    Ok(told.scan(0, |count, event| {
        std::future::ready(Some(event.map(|event| match event {
            Some(event) => {
                *count += 1;
                Part::Event(event)
            }
            None => Part::Ended(wire::SubjectArchiveEnded { events: *count }),
        })))
    }))
}

impl Assembly {
    /// A page of a section, and the token of the next one.
    async fn page(&self, section: Section, token: String) -> Result<(Part, String), Error> {
        let (services, admitted) = (&self.services, &self.admitted);
        let (header, contact_id) = (at_least(self.position), self.contact_id.to_string());
        let page = Some(wire::PageRequest { page_size: PAGE_SIZE_MAX, page_token: token });
        Ok(match section {
            Section::Contact => {
                let request = wire::GetContactRequest { header, contact_id };
                (Part::Contact(services.answer_contact(admitted, request).await?), String::new())
            }
            Section::Timeline => {
                let request = wire::GetTimelineRequest { header, contact_id, page, ..Default::default() };
                let mut answer = services.answer_timeline(admitted, request).await?;
                let next = std::mem::take(&mut answer.next_page_token);
                (Part::Timeline(answer), next)
            }
            Section::Opportunities => {
                let request =
                    wire::ListOpportunitiesRequest { header, contact_id, page, ..Default::default() };
                let mut answer = services.answer_opportunities(request).await?;
                let next = std::mem::take(&mut answer.next_page_token);
                (Part::Opportunities(answer), next)
            }
            Section::Subscriptions => {
                let request = wire::ListSubscriptionsRequest { header, contact_id, page };
                let mut answer = services.answer_subscriptions(request).await?;
                let next = std::mem::take(&mut answer.next_page_token);
                (Part::Subscriptions(answer), next)
            }
            Section::Consents => {
                let request = wire::GetConsentsRequest { header, contact_id, valid_at: None };
                (Part::Consents(services.answer_consents(request).await?), String::new())
            }
            Section::ConsentTrail => {
                let request = wire::GetConsentTrailRequest { header, contact_id, page, ..Default::default() };
                let mut answer = services.answer_consent_trail(admitted, request).await?;
                let next = std::mem::take(&mut answer.next_page_token);
                (Part::ConsentTrail(answer), next)
            }
            Section::Accesses => {
                let request = wire::ListAccessesRequest { header, contact_id, page };
                let mut answer = services.answer_accesses(admitted, request).await?;
                let next = std::mem::take(&mut answer.next_page_token);
                (Part::Accesses(answer), next)
            }
        })
    }

    async fn event(&self, event: Recorded) -> Result<wire::SubjectArchiveEvent, Error> {
        let proof = if self.with_proofs {
            self.services.proof(event.position, LeadsTo::Signed).await?.to_string()
        } else {
            String::new()
        };
        Ok(wire::SubjectArchiveEvent { event: Some(history_event(event)), proof })
    }
}
