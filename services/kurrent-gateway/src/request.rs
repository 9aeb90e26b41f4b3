//! What a read asks for, of values that cannot be malformed.

use rapport_domain::envelope::{Position, Revision, StreamId};
use rapport_event_store::Direction;
use rapport_proto::kurrent::streams::ReadReq;
use rapport_proto::kurrent::streams::read_req::Options;
use rapport_proto::kurrent::streams::read_req::options::all_options::AllOption;
use rapport_proto::kurrent::streams::read_req::options::stream_options::RevisionOption;
use rapport_proto::kurrent::streams::read_req::options::{
    AllOptions, CountOption, FilterOption, ReadDirection, StreamOption, StreamOptions, uuid_option,
};

use crate::filter::Watch;
use crate::refusal::Refusal;
use crate::wire::IdForm;

/// A place to begin at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Edge<T> {
    /// The first event.
    Start,
    /// Here.
    At(T),
    /// The last event.
    End,
}

/// What to read.
pub(crate) struct Query {
    /// Which events.
    pub(crate) what: What,
    /// In which form ids are sent.
    pub(crate) ids: IdForm,
}

/// Which events to read.
pub(crate) enum What {
    /// A part of a stream.
    Stream(StreamPart),
    /// A part of the log.
    All(AllPart),
    /// A stream, on and on.
    FollowStream {
        /// Which.
        stream: StreamId,
        /// Begin after this revision.
        after: Edge<Revision>,
    },
    /// The log, on and on.
    FollowAll {
        /// Begin after this position.
        after: Edge<Position>,
        /// Only these events; all of them without it.
        watch: Option<Watch>,
    },
}

/// A part of a stream.
pub(crate) struct StreamPart {
    /// The name as it was sent; not every name can be that of a stream here.
    pub(crate) name: Vec<u8>,
    /// First revision, inclusive.
    pub(crate) from: Edge<Revision>,
    /// Which way.
    pub(crate) direction: Direction,
    /// Most events.
    pub(crate) count: u64,
    /// Whether the client wants to be told the last revision.
    pub(crate) tell_last: bool,
}

/// A part of the log.
pub(crate) struct AllPart {
    /// First position, inclusive forwards, exclusive backwards.
    pub(crate) from: Edge<Position>,
    /// Which way.
    pub(crate) direction: Direction,
    /// Most events.
    pub(crate) count: u64,
    /// Only these events; all of them without it.
    pub(crate) watch: Option<Watch>,
}

/// Reads a request.
///
/// # Errors
/// When a part is missing, malformed, or does not go with another.
pub(crate) fn parse(request: ReadReq) -> Result<Query, Refusal> {
    let options = request.options.ok_or_else(|| Refusal::malformed("a read needs options"))?;
    let direction = match ReadDirection::try_from(options.read_direction) {
        Ok(ReadDirection::Forwards) => Direction::Forward,
        Ok(ReadDirection::Backwards) => Direction::Backward,
        Err(_) => return Err(Refusal::malformed("a read goes forwards or backwards")),
    };
    let form = options.uuid_option.and_then(|option| option.content);
    let ids = match form.ok_or_else(|| Refusal::malformed("a read needs `uuid_option`, the form of ids"))? {
        uuid_option::Content::Structured(_) => IdForm::Structured,
        uuid_option::Content::String(_) => IdForm::Text,
    };
    Ok(Query { what: what(options, direction)?, ids })
}

fn what(options: Options, direction: Direction) -> Result<What, Refusal> {
    let tell_last = options.control_option.is_some_and(|control| control.compatibility >= 1);
    let source = options.stream_option.ok_or_else(|| Refusal::malformed("a read needs a stream, or $all"))?;
    let count =
        options.count_option.ok_or_else(|| Refusal::malformed("a read needs a count, or to subscribe"))?;
    let filter = options
        .filter_option
        .ok_or_else(|| Refusal::malformed("a read needs a filter, or to say that there is none"))?;
    let watch = match filter {
        FilterOption::NoFilter(_) => None,
        FilterOption::Filter(filter) => Some(Watch::new(filter)?),
    };
    match (source, count) {
        (StreamOption::Stream(_), _) if watch.is_some() => {
            Err(Refusal::malformed("only the log as a whole, $all, is read with a filter"))
        }
        (_, CountOption::Subscription(_)) if direction == Direction::Backward => {
            Err(Refusal::malformed("a subscription goes forwards"))
        }
        (StreamOption::Stream(stream), CountOption::Count(count)) => {
            let (name, from) = named(stream)?;
            Ok(What::Stream(StreamPart { name, from, direction, count, tell_last }))
        }
        (StreamOption::All(all), CountOption::Count(count)) => {
            Ok(What::All(AllPart { from: position(all)?, direction, count, watch }))
        }
        (StreamOption::Stream(stream), CountOption::Subscription(_)) => {
            let (name, after) = named(stream)?;
            Ok(What::FollowStream { stream: stream_to_follow(name)?, after })
        }
        (StreamOption::All(all), CountOption::Subscription(_)) => {
            Ok(What::FollowAll { after: position(all)?, watch })
        }
    }
}

/// A stream that never can be is not waited for.
fn stream_to_follow(name: Vec<u8>) -> Result<StreamId, Refusal> {
    let name =
        String::from_utf8(name).map_err(|_| Refusal::malformed("the name of the stream is not UTF-8"))?;
    StreamId::parse(&name)
        .map_err(|error| Refusal::malformed(format!("there is no such stream here: {error}")))
}

fn named(options: StreamOptions) -> Result<(Vec<u8>, Edge<Revision>), Refusal> {
    let name = options.stream_identifier.map(|identifier| identifier.stream_name);
    let name = name.filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| Refusal::malformed("a read of a stream needs its name"))?;
    let from =
        options.revision_option.ok_or_else(|| Refusal::malformed("a read needs a place to begin at"))?;
    let from = match from {
        // The greatest number is how some clients say `end`.
        RevisionOption::End(_) | RevisionOption::Revision(u64::MAX) => Edge::End,
        RevisionOption::Revision(revision) => Edge::At(Revision(revision)),
        RevisionOption::Start(_) => Edge::Start,
    };
    Ok((name, from))
}

fn position(options: AllOptions) -> Result<Edge<Position>, Refusal> {
    match options.all_option.ok_or_else(|| Refusal::malformed("a read needs a place to begin at"))? {
        AllOption::Start(_) => Ok(Edge::Start),
        AllOption::End(_) => Ok(Edge::End),
        AllOption::Position(position) if position.commit_position != position.prepare_position => {
            Err(Refusal::PositionInvalid)
        }
        AllOption::Position(position) if position.commit_position == u64::MAX => Ok(Edge::End),
        AllOption::Position(position) => Ok(Edge::At(Position(position.commit_position))),
    }
}
