//! `Streams.Append`.

use rapport_domain::envelope::{ExpectedRevision, Position, Revision};
use rapport_event_store::{AppendError, Appended};
use rapport_proto::kurrent as wire;
use rapport_proto::kurrent::streams::append_req::Content;
use rapport_proto::kurrent::streams::append_req::options::ExpectedStreamRevision;
use rapport_proto::kurrent::streams::append_resp::wrong_expected_version::{
    CurrentRevisionOption, CurrentRevisionOption2060, ExpectedRevisionOption, ExpectedRevisionOption2060,
};
use rapport_proto::kurrent::streams::append_resp::{self, Success, WrongExpectedVersion, success};
use rapport_proto::kurrent::streams::{AppendReq, AppendResp};
use tonic::Streaming;

use crate::proposal::{Parcel, stream_to_write};
use crate::refusal::Refusal;
use crate::status::broken;
use crate::streams::Kurrent;

const NOTHING: wire::Empty = wire::Empty {};

impl Kurrent {
    /// Takes in the options and the events, and appends them.
    pub(crate) async fn receive(&self, mut messages: Streaming<AppendReq>) -> Result<AppendResp, Refusal> {
        let out_of_order =
            || Refusal::malformed("an append is one message with options, then one for each event");
        let first = messages.message().await.map_err(broken)?.and_then(|message| message.content);
        let Some(Content::Options(options)) = first else { return Err(out_of_order()) };
        let stream = stream_to_write(options.stream_identifier)?;
        let expected = expected(options.expected_stream_revision)?;
        let mut parcel = Parcel::new(self.receiving.clone());
        while let Some(message) = messages.message().await.map_err(broken)? {
            let Some(Content::ProposedMessage(proposed)) = message.content else {
                return Err(out_of_order());
            };
            parcel.add(proposed.into())?;
        }
        let result = match self.store.append(&stream, expected, std::mem::take(&mut parcel.events)).await {
            Ok(appended) => append_resp::Result::Success(success(appended)),
            Err(AppendError::WrongRevision { expected, actual, .. }) => {
                append_resp::Result::WrongExpectedVersion(wrong_expected_version(expected, actual))
            }
            Err(error) => return Err(error.into()),
        };
        Ok(AppendResp { result: Some(result) })
    }
}

fn expected(sent: Option<ExpectedStreamRevision>) -> Result<ExpectedRevision, Refusal> {
    Ok(match sent.ok_or_else(|| Refusal::malformed("an append needs the revision that is expected"))? {
        ExpectedStreamRevision::Revision(revision) => ExpectedRevision::Exact(Revision(revision)),
        ExpectedStreamRevision::NoStream(_) => ExpectedRevision::NoStream,
        ExpectedStreamRevision::Any(_) => ExpectedRevision::Any,
        ExpectedStreamRevision::StreamExists(_) => ExpectedRevision::StreamExists,
    })
}

fn success(appended: Appended) -> Success {
    use success::{CurrentRevisionOption, PositionOption};
    let Position(position) = appended.position;
    match appended.revision {
        Some(Revision(revision)) => Success {
            current_revision_option: Some(CurrentRevisionOption::CurrentRevision(revision)),
            position_option: Some(PositionOption::Position(append_resp::Position {
                commit_position: position,
                prepare_position: position,
            })),
        },
        None => Success {
            current_revision_option: Some(CurrentRevisionOption::NoStream(NOTHING)),
            position_option: Some(PositionOption::NoPosition(NOTHING)),
        },
    }
}

fn wrong_expected_version(expected: ExpectedRevision, actual: Option<Revision>) -> WrongExpectedVersion {
    let (current, current_2060) = match actual {
        Some(Revision(revision)) => (
            CurrentRevisionOption::CurrentRevision(revision),
            CurrentRevisionOption2060::CurrentRevision2060(revision),
        ),
        None => (
            CurrentRevisionOption::CurrentNoStream(NOTHING),
            CurrentRevisionOption2060::NoStream2060(NOTHING),
        ),
    };
    let (expected, expected_2060) = match expected {
        ExpectedRevision::Any => {
            (ExpectedRevisionOption::ExpectedAny(NOTHING), ExpectedRevisionOption2060::Any2060(NOTHING))
        }
        ExpectedRevision::NoStream => (
            ExpectedRevisionOption::ExpectedNoStream(NOTHING),
            ExpectedRevisionOption2060::ExpectedRevision2060(u64::MAX),
        ),
        ExpectedRevision::StreamExists => (
            ExpectedRevisionOption::ExpectedStreamExists(NOTHING),
            ExpectedRevisionOption2060::StreamExists2060(NOTHING),
        ),
        ExpectedRevision::Exact(Revision(revision)) => (
            ExpectedRevisionOption::ExpectedRevision(revision),
            ExpectedRevisionOption2060::ExpectedRevision2060(revision),
        ),
    };
    WrongExpectedVersion {
        current_revision_option_20_6_0: Some(current_2060),
        expected_revision_option_20_6_0: Some(expected_2060),
        current_revision_option: Some(current),
        expected_revision_option: Some(expected),
    }
}
