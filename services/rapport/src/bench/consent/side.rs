//! The contacts of a campaign: in a server, in a read model of this process, and in plain tables.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::{TryStreamExt as _, stream};
use rapport_domain::consent::Topic;
use rapport_domain::envelope::Position;
use rapport_domain::value::Instant as Moment;
use rapport_event_store::EventStore;
use rapport_plain_crm::PlainCrm;
use rapport_projections::{Freshness, Options, Projections};
use rapport_proto::v1::{CheckConsentsRequest, ConsentChannel};

use crate::bench::customers::{contact_id, topic};
use crate::bench::folder::Folder;
use crate::bench::furnished::{Furnished, failed};
use crate::bench::process::Process;
use crate::bench::target::Gateway;
use crate::client::Client;
use crate::error::Failure;
use crate::wire::timestamp;

/// Contacts of one part of a campaign.
const PART: usize = rapport_gateway::CHECKED_CONTACTS_MAX;
/// Longest wait until the read models of this process have folded the history.
const FOLDED_MAX: Duration = Duration::from_secs(600);
/// Longest wait of one question.
const ANSWER_MAX: Duration = Duration::from_secs(5);
/// Where chance begins.
const SEED: u64 = 7;
/// When everybody would be addressed: after the history.
const WHEN: &str = "2026-06-01T00:00:00Z";

/// All three, with the same contacts.
pub(super) struct Side {
    contacts: Vec<String>,
    topic: Topic,
    at: Moment,
    chance: fastrand::Rng,
    client: Client,
    plain: PlainCrm,
    projections: Projections,
    _server: Process,
    _folders: [Furnished; 2],
}

impl Side {
    /// Makes the contacts up, and lets each fold them.
    ///
    /// # Errors
    /// When that fails.
    pub(super) async fn with(folder: &Folder, contacts: u64) -> Result<Self, Failure> {
        let served = Furnished::with_campaign(folder, contacts).await?;
        let plain = served.plain_to_ask().await?;
        let server = Process::server(served.path()).await?;
        let gateway = Gateway::connect(&server, 1).await?;
        gateway.caught_up().await?;
        let client = gateway.client().cloned().ok_or_else(|| failed("there is no connection"))?;
        let own = Furnished::with_campaign(folder, contacts).await?;
        let (store, vault) = own.open()?;
        let store: Arc<dyn EventStore> = Arc::new(store);
        let head = store.head().await.map_err(failed)?;
        let read = own.path().join("data").join("read");
        let projections = Projections::open(&read, store, vault, Options::default()).map_err(failed)?;
        let side = Self {
            contacts: (0..contacts).map(|number| contact_id(number).to_string()).collect(),
            topic: topic()?,
            at: Moment::parse(WHEN).map_err(|invalid| Failure::Local(invalid.expected))?,
            chance: fastrand::Rng::with_seed(SEED),
            client,
            plain,
            projections,
            _server: server,
            _folders: [served, own],
        };
        side.check(0, Freshness::at_least(head, FOLDED_MAX)).await?;
        Ok(side)
    }

    /// So many contacts, each drawn alike.
    pub(super) fn drawn(&mut self, count: u32) -> Vec<u64> {
        (0..count).map(|_| self.chance.u64(0..self.contacts.len() as u64)).collect()
    }

    /// Asks the read model of this process, and says how long the answer took.
    ///
    /// # Errors
    /// When there is none.
    pub(super) async fn ask_model(&self, number: u64) -> Result<Duration, Failure> {
        let began = Instant::now();
        self.check(number, Freshness::at_least(Position::START, ANSWER_MAX)).await?;
        Ok(began.elapsed())
    }

    /// Asks the server.
    ///
    /// # Errors
    /// When it does not answer.
    pub(super) async fn ask_gateway(&self, number: u64) -> Result<Duration, Failure> {
        let request = self.part(vec![contact_id(number).to_string()]);
        let began = Instant::now();
        self.client.consents().check_consents(request).await?;
        Ok(began.elapsed())
    }

    /// Asks the plain tables.
    ///
    /// # Errors
    /// When they cannot be read.
    pub(super) fn ask_plain(&self, number: u64) -> Result<Duration, Failure> {
        let contact = contact_id(number).to_string();
        let began = Instant::now();
        self.plain.may_address(&contact, &self.topic, self.at).map_err(failed)?;
        Ok(began.elapsed())
    }

    /// Asks the server about all contacts over one stream; how many may be addressed.
    ///
    /// # Errors
    /// When it does not answer.
    pub(super) async fn campaign(&self) -> Result<usize, Failure> {
        let parts: Vec<_> = self.contacts.chunks(PART).map(|part| self.part(part.to_vec())).collect();
        let mut service = self.client.consent_stream();
        let mut answers = service.bulk_check_consents(stream::iter(parts)).await?.into_inner();
        let mut allowed = 0;
        while let Some(answer) = answers.try_next().await? {
            allowed += answer.decisions.iter().filter(|decision| decision.allowed).count();
        }
        Ok(allowed)
    }

    /// Asks the plain tables about all contacts; how many may be addressed.
    ///
    /// # Errors
    /// When they cannot be read.
    pub(super) fn campaign_plain(&self) -> Result<usize, Failure> {
        let mut allowed = 0;
        for contact in &self.contacts {
            allowed += usize::from(self.plain.may_address(contact, &self.topic, self.at).map_err(failed)?);
        }
        Ok(allowed)
    }

    async fn check(&self, number: u64, freshness: Freshness) -> Result<(), Failure> {
        let (contacts, topic) = (vec![contact_id(number)], self.topic.clone());
        self.projections.consent().check(freshness, contacts, topic, self.at).await.map_err(failed)?;
        Ok(())
    }

    fn part(&self, contact_ids: Vec<String>) -> CheckConsentsRequest {
        CheckConsentsRequest {
            contact_ids,
            purpose: self.topic.purpose.to_string(),
            channel: ConsentChannel::Email.into(),
            at: Some(timestamp(self.at)),
            ..CheckConsentsRequest::default()
        }
    }
}
