//! How long it takes to look at a pipeline as it was, at moments of the past chosen at random.

use std::time::{Duration, Instant};

use rapport_proto::v1::query_header::AsOf;
use rapport_proto::v1::{ErrorReason, GetPipelineViewRequest, QueryHeader};
use serde_json::{Value, json};
use tonic_types::StatusExt as _;

use super::side::Side;
use crate::bench::latency::Latency;
use crate::error::Failure;

/// Moments that are asked about in a run; none is known from before.
const MOMENTS: u32 = 10;
/// How long an answer is waited for.
const ANSWER_MAX: Duration = Duration::from_secs(300);

/// Answers about the past: the first one of each moment, and the next one, which finds it put together.
pub(super) struct Past {
    first: Latency,
    again: Latency,
}

impl Past {
    pub(super) fn new() -> Result<Self, Failure> {
        Ok(Self { first: Latency::new()?, again: Latency::new()? })
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
        }
        Ok(())
    }

    pub(super) fn json(&self) -> Value {
        json!({ "first_ms": self.first.json(), "again_ms": self.again.json() })
    }

    pub(super) fn words(&self) -> String {
        let line = |what: &str, latency: &Latency| {
            let [p50, p99, _, max] = latency.words();
            format!("{what}: p50 {p50} ms, p99 {p99} ms, at most {max} ms\n")
        };
        format!("{}{}", line("as of a moment", &self.first), line("the same again", &self.again))
    }
}

/// Asks until there is an answer, and says how long that took.
async fn answer(side: &Side, position: u64) -> Result<Duration, Failure> {
    let header = Some(QueryHeader { min_position: 0, as_of: Some(AsOf::AsOfPosition(position)) });
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
    info.is_some_and(|info| info.reason == ErrorReason::AsOfNotReady.as_str_name())
}
