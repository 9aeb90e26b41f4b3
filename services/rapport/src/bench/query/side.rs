//! One history: a server on it, and the plain tables of it.

use std::time::{Duration, Instant};

use rapport_plain_crm::PlainCrm;
use rapport_proto::v1::{GetPipelineViewRequest, GetTimelineRequest, PageRequest};

use crate::bench::customers::{self, contact_id, zipf};
use crate::bench::folder::Folder;
use crate::bench::furnished::{Furnished, failed};
use crate::bench::machine::{self, Memory};
use crate::bench::process::Process;
use crate::bench::target::Gateway;
use crate::client::Client;
use crate::error::Failure;

/// Entries of a page.
pub(super) const PAGE_ENTRIES: u32 = 50;
/// How many entries lie before the page far down.
const DEEP_ENTRIES: u32 = 2_000;
/// Entries of a page on the way there.
const STEP_ENTRIES: u32 = 200;
/// Where chance begins.
const SEED: u64 = 7;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Question {
    /// The first page of somebody's timeline: who is asked about is drawn as who something happens with.
    Timeline,
    /// A page far down, of the contact with most of the history.
    FarDown,
    /// Stages, open deals, won and lost.
    Pipeline,
}

/// A history.
pub(super) struct Side {
    events: u64,
    client: Client,
    server: Process,
    plain: PlainCrm,
    chance: fastrand::Rng,
    /// Asks for the page far down.
    far_down: String,
    _furnished: Furnished,
}

impl Question {
    pub(super) const ALL: [Self; 3] = [Self::Timeline, Self::FarDown, Self::Pipeline];

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Timeline => "timeline page",
            Self::FarDown => "timeline far down",
            Self::Pipeline => "pipeline view",
        }
    }
}

impl Side {
    /// Makes a history up, folds it into both, and finds the page far down.
    ///
    /// # Errors
    /// When that fails.
    pub(super) async fn with(folder: &Folder, events: u64) -> Result<Self, Failure> {
        let furnished = Furnished::with(folder, events).await?;
        let plain = furnished.plain_to_ask().await?;
        let server = Process::server(furnished.path()).await?;
        let gateway = Gateway::connect(&server, 1).await?;
        gateway.caught_up().await?;
        let client = gateway.client().cloned().ok_or_else(|| failed("there is no connection"))?;
        let chance = fastrand::Rng::with_seed(SEED);
        let mut side =
            Self { events, client, server, plain, chance, far_down: String::new(), _furnished: furnished };
        for _ in 0..DEEP_ENTRIES / STEP_ENTRIES {
            let page = PageRequest { page_size: STEP_ENTRIES, page_token: side.far_down.clone() };
            side.far_down = side.page(0, page).await?;
        }
        Ok(side)
    }

    pub(super) const fn events(&self) -> u64 {
        self.events
    }

    pub(super) const fn client(&self) -> &Client {
        &self.client
    }

    pub(super) const fn server(&self) -> &Process {
        &self.server
    }

    pub(super) fn memory(&self) -> Result<Memory, Failure> {
        machine::memory(self.server.pid())
    }

    /// Asks the server, and says how long the answer took.
    ///
    /// # Errors
    /// When it does not answer.
    pub(super) async fn ask(&mut self, question: Question) -> Result<Duration, Failure> {
        let first = PageRequest { page_size: PAGE_ENTRIES, page_token: String::new() };
        let began = Instant::now();
        match question {
            Question::Timeline => {
                let who = self.somebody();
                self.page(who, first).await?;
            }
            Question::FarDown => {
                self.page(0, PageRequest { page_token: self.far_down.clone(), ..first }).await?;
            }
            Question::Pipeline => {
                self.client.pipelines().get_pipeline_view(GetPipelineViewRequest::default()).await?;
            }
        }
        Ok(began.elapsed())
    }

    /// Asks the plain tables the same.
    ///
    /// # Errors
    /// When they cannot be read.
    pub(super) fn ask_plain(&mut self, question: Question) -> Result<Duration, Failure> {
        let began = Instant::now();
        match question {
            Question::Timeline => {
                let who = contact_id(self.somebody()).to_string();
                self.plain.timeline(&who, PAGE_ENTRIES, 0).map_err(failed)?;
            }
            Question::FarDown => {
                let who = contact_id(0).to_string();
                self.plain.timeline(&who, PAGE_ENTRIES, DEEP_ENTRIES).map_err(failed)?;
            }
            Question::Pipeline => {
                self.plain.pipeline().map_err(failed)?;
            }
        }
        Ok(began.elapsed())
    }

    /// Reads a page, and says what asks for the next one.
    async fn page(&self, who: u64, page: PageRequest) -> Result<String, Failure> {
        let contact_id = contact_id(who).to_string();
        let request = GetTimelineRequest { contact_id, page: Some(page), ..GetTimelineRequest::default() };
        Ok(self.client.interactions().get_timeline(request).await?.into_inner().next_page_token)
    }

    /// Somebody that something has happened with: the first half have come all.
    fn somebody(&mut self) -> u64 {
        zipf(&mut self.chance, customers::contacts(self.events) / 2)
    }
}
