//! One line: an event, and where it goes.

use prost_types::Timestamp;
use rapport_domain::value::Invalid;
use rapport_proto::v1::{AppendEventsRequest, CommandHeader, ExpectedStream, NewEvent};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::import::request_id::request_id;
use crate::wire::{parse_moment, timestamp};

/// A line as it is read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    stream: String,
    expected: Option<Expected>,
    #[serde(rename = "type")]
    event_type: String,
    #[serde(borrow)]
    data: &'a RawValue,
    id: Option<String>,
    occurred_at: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Expected {
    Revision(u64),
    Stream(StreamState),
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum StreamState {
    Any,
    NoStream,
    StreamExists,
}

/// The request that a line is. `number` is its place in the source, from 1.
///
/// # Errors
/// When the line is not a line, or its time is no time. What else may be wrong with it is the gateway's to say.
pub(super) fn request(source: &str, number: u64, text: &str) -> Result<AppendEventsRequest, Invalid> {
    let line: Line<'_> = serde_json::from_str(text).map_err(|error| {
        let expected = format!(
            "expected a JSON object with stream, type and data, and optionally expected, id and occurred_at; it goes wrong at column {}",
            error.column()
        );
        Invalid::new("LINE_MALFORMED", expected)
    })?;
    let occurred_at: Option<Timestamp> =
        line.occurred_at.map(|text| parse_moment(&text).map(timestamp)).transpose()?;
    let (expected_revision, expected_stream) = match line.expected {
        None | Some(Expected::Stream(StreamState::Any)) => (None, ExpectedStream::Unspecified),
        Some(Expected::Stream(StreamState::NoStream)) => (None, ExpectedStream::Absent),
        Some(Expected::Stream(StreamState::StreamExists)) => (None, ExpectedStream::Present),
        Some(Expected::Revision(revision)) => (Some(revision), ExpectedStream::Unspecified),
    };
    let header = CommandHeader {
        request_id: request_id(source, &["append", &number.to_string(), text]),
        expected_revision,
        occurred_at,
        source: source.to_owned(),
        record_at_occurred: false,
    };
    let event = NewEvent {
        event_type: line.event_type,
        data: line.data.get().to_owned(),
        event_id: line.id.unwrap_or_default(),
        occurred_at: None,
    };
    Ok(AppendEventsRequest {
        header: Some(header),
        stream: line.stream,
        expected_stream: expected_stream.into(),
        events: vec![event],
        ..AppendEventsRequest::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_request_of_one_event_whose_data_stay_as_they_are() {
        let text = r#"{"stream":"x_orders-1","type":"x_orders.shipped.v1","data":{"b" : 1.50},"expected":3,"occurred_at":"2016-10-20"}"#;
        let request = request("shop", 7, text).unwrap();
        let header = request.header.unwrap();
        assert_eq!((header.source.as_str(), header.expected_revision), ("shop", Some(3)));
        assert_eq!(header.occurred_at, Some(Timestamp { seconds: 1_476_921_600, nanos: 0 }));
        assert_eq!((request.stream.as_str(), request.expected_stream), ("x_orders-1", 0));
        let [event] = &request.events[..] else { panic!("{:?}", request.events) };
        assert_eq!(
            (event.event_type.as_str(), event.data.as_str()),
            ("x_orders.shipped.v1", r#"{"b" : 1.50}"#)
        );
        assert_eq!(event.event_id, "");
    }

    #[test]
    fn the_same_line_at_the_same_place_of_the_same_source_is_the_same_request() {
        let id = |source: &str, number, data: &str| {
            let text = format!(r#"{{"stream":"x_a-1","type":"x_a.b.v1","data":{data}}}"#);
            request(source, number, &text).unwrap().header.unwrap().request_id
        };
        assert_eq!(id("shop", 1, "{}"), id("shop", 1, "{}"));
        let others = [id("shop", 2, "{}"), id("shop", 1, "{ }"), id("till", 1, "{}")];
        assert!(others.iter().all(|other| *other != id("shop", 1, "{}")));
    }

    #[test]
    fn what_is_expected_is_a_word_or_a_revision() {
        let expected = |word: &str| {
            let text = format!(r#"{{"stream":"x_a-1","type":"x_a.b.v1","data":{{}},"expected":{word}}}"#);
            let request = request("shop", 1, &text).ok()?;
            Some((request.header?.expected_revision, request.expected_stream))
        };
        assert_eq!(expected("\"any\""), Some((None, 0)));
        assert_eq!(expected("\"no_stream\""), Some((None, 1)));
        assert_eq!(expected("\"stream_exists\""), Some((None, 2)));
        assert_eq!(expected("0"), Some((Some(0), 0)));
        assert_eq!(expected("-1"), None);
        assert_eq!(expected("\"maybe\""), None);
    }

    #[test]
    fn a_line_that_is_none_is_refused_without_repeating_it() {
        for text in ["", "[]", "{}", r#"{"stream":"x_a-1","type":"x_a.b.v1","data":{},"name":"Ann"}"#] {
            let refused = request("shop", 1, text).unwrap_err();
            assert_eq!(refused.reason, "LINE_MALFORMED");
            assert!(!refused.expected.contains("Ann"));
        }
    }
}
