//! What the gateway hands out for an archive, section by section.

use futures::TryStreamExt as _;
use prost::Message as _;
use rapport_proto::v1::assemble_subject_archive_response::Part;
use rapport_proto::v1::{
    Access, AssembleSubjectArchiveRequest, ContactProfile, GetConsentsResponse, Opportunity,
    SubjectArchiveBegun, SubjectArchiveEvent, Subscription, TimelineEntry,
};

use crate::client::Client;
use crate::error::Failure;
use crate::query::consent::trail::{self, Step};

/// Most bytes of one archive, before it is packed: they are in memory.
const ARCHIVE_BYTES_MAX: usize = 1024 * 1024 * 1024;

/// Everything that is kept about one person.
#[derive(Default)]
pub(super) struct Gathered {
    pub(super) begun: SubjectArchiveBegun,
    pub(super) contact: Option<ContactProfile>,
    pub(super) timeline: Vec<TimelineEntry>,
    pub(super) opportunities: Vec<Opportunity>,
    pub(super) subscriptions: Vec<Subscription>,
    pub(super) consents: GetConsentsResponse,
    pub(super) trail: Vec<Step>,
    pub(super) accesses: Vec<Access>,
    pub(super) events: Vec<SubjectArchiveEvent>,
}

impl Gathered {
    /// Fetches all of it.
    ///
    /// # Errors
    /// When the gateway refuses, it is too much, or not all of it came.
    pub(super) async fn fetch(
        client: &Client,
        subject_request_id: &str,
        without_proofs: bool,
    ) -> Result<Self, Failure> {
        let subject_request_id = subject_request_id.to_owned();
        let request = AssembleSubjectArchiveRequest { subject_request_id, without_proofs };
        let mut parts = client.subject_archive().assemble_subject_archive(request).await?.into_inner();
        let (mut gathered, mut bytes, mut told) = (Self::default(), 0, None);
        while let Some(answer) = parts.try_next().await? {
            bytes += answer.encoded_len();
            if bytes > ARCHIVE_BYTES_MAX {
                let much =
                    format!("what is kept is more than {ARCHIVE_BYTES_MAX} bytes; use --without-proofs");
                return Err(Failure::Local(much));
            }
            if let Some(part) = answer.part {
                told = gathered.take(part).or(told);
            }
        }
        if told != Some(gathered.events.len() as u64) {
            return Err(Failure::Local("not all of it came; run the command again".to_owned()));
        }
        Ok(gathered)
    }

    /// Takes a part; of the last one, how many events there were.
    fn take(&mut self, part: Part) -> Option<u64> {
        match part {
            Part::Begun(begun) => self.begun = begun,
            Part::Contact(answer) => self.contact = answer.contact,
            Part::Timeline(answer) => self.timeline.extend(answer.entries),
            Part::Opportunities(answer) => self.opportunities.extend(answer.opportunities),
            Part::Subscriptions(answer) => self.subscriptions.extend(answer.subscriptions),
            Part::Consents(answer) => self.consents = answer,
            Part::ConsentTrail(answer) => self.trail.extend(trail::steps(answer)),
            Part::Accesses(answer) => self.accesses.extend(answer.accesses),
            Part::Event(event) => self.events.push(event),
            Part::Ended(ended) => return Some(ended.events),
        }
        None
    }

    /// Whose it is.
    pub(super) fn contact_id(&self) -> &str {
        self.begun.subject_request.as_ref().map_or("", |request| request.contact_id.as_str())
    }
}
