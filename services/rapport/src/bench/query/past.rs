//! How long it takes to look at a pipeline, and at somebody's timeline, as they were at moments chosen at random.

use std::time::{Duration, Instant};

use rapport_proto::v1::query_header::AsOf;
use rapport_proto::v1::{ErrorReason, GetPipelineViewRequest, GetTimelineRequest, PageRequest, QueryHeader};
use serde_json::{Value, json};
use tonic_types::StatusExt as _;

use super::side::{PAGE_ENTRIES, Side};
use crate::bench::customers::contact_id;
use crate::bench::latency::Latency;
use crate::error::Failure;

/// Moments that are asked about in a run; none is known from before.
const MOMENTS: u32 = 10;
/// How long an answer is waited for.
const ANSWER_MAX: Duration = Duration::from_secs(300);

/// Answers about the past. Of a pipeline: the first one of each moment, and the next one, which finds it put together. Of
/// the timeline of somebody who was there by then: each of a moment of its own.
pub(super) struct Past {
    first: Latency,
    again: Latency,
    timeline: Latency,
}

impl Past {
    pub(super) fn new() -> Result<Self, Failure> {
        Ok(Self { first: Latency::new()?, again: Latency::new()?, timeline: Latency::new()? })
    }

    /// One run.
    ///
    /// # Errors
    /// When the server refuses, or has no answer in time.
    pub(super) async fn measure(&mut self, side: &Side) -> Result<(), Failure> {
        let mut chance = fastrand::Rng::new();
        for _ in 0..MOMENTS {
            let position = chance.u64(1..=side.events());
            self.first.record(answer(side, position).await?);
            self.again.record(answer(side, position).await?);
            let later = chance.u64(side.events() / 100..=side.events());
            self.timeline.record(timeline(side, later).await?);
        }
        Ok(())
    }

    pub(super) fn json(&self) -> Value {
        json!({
            "first_ms": self.first.json(),
            "again_ms": self.again.json(),
            "timeline_ms": self.timeline.json(),
        })
    }

    pub(super) fn words(&self) -> String {
        let line = |what: &str, latency: &Latency| {
            let [p50, p99, _, max] = latency.words();
            format!("{what}: p50 {p50} ms, p99 {p99} ms, at most {max} ms\n")
        };
        format!(
            "{}{}{}",
            line("a pipeline as of a moment", &self.first),
            line("the same again", &self.again),
            line("a timeline as of a moment", &self.timeline)
        )
    }
}

/// The first page of the timeline of the one with most of the history.
async fn timeline(side: &Side, position: u64) -> Result<Duration, Failure> {
    let request = GetTimelineRequest {
        header: as_of(position),
        contact_id: contact_id(0).to_string(),
        page: Some(PageRequest { page_size: PAGE_ENTRIES, page_token: String::new() }),
        ..GetTimelineRequest::default()
    };
    let began = Instant::now();
    side.client().interactions().get_timeline(request).await?;
    Ok(began.elapsed())
}

const fn as_of(position: u64) -> Option<QueryHeader> {
    Some(QueryHeader { min_position: 0, as_of: Some(AsOf::AsOfPosition(position)) })
}

/// Asks until there is an answer, and says how long that took.
async fn answer(side: &Side, position: u64) -> Result<Duration, Failure> {
    let header = as_of(position);
    let began = Instant::now();
    loop {
        let request = GetPipelineViewRequest { header, ..GetPipelineViewRequest::default() };
        match side.client().pipelines().get_pipeline_view(request).await {
            Ok(_) => return Ok(began.elapsed()),
            Err(status) if is_not_ready(&status) && began.elapsed() < ANSWER_MAX => {}
            Err(status) => return Err(status.into()),
        }
    }
}

fn is_not_ready(status: &tonic::Status) -> bool {
    let info = status.get_details_error_info();
    let is_late = |reason: &str| {
        [ErrorReason::AsOfNotReady, ErrorReason::DeadlineExceeded]
            .iter()
            .any(|late| late.as_str_name() == reason)
    };
    info.is_some_and(|info| is_late(&info.reason))
}
