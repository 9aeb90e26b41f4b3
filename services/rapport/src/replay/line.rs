//! One event as one line.

use std::borrow::Cow;
use std::io::{self, Write};

use rapport_proto::v1::HistoryEvent;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::error::Failure;
use crate::output::{one_line, plain};
use crate::wire::rfc3339;

/// An event as it is written. Metadata and data stay the bytes that they are in the log.
#[derive(Serialize)]
struct Line<'a> {
    position: u64,
    stream: &'a str,
    revision: u64,
    id: &'a str,
    #[serde(rename = "type")]
    event_type: &'a str,
    recorded_at: String,
    metadata: Option<Cow<'a, RawValue>>,
    data: Option<Cow<'a, RawValue>>,
}

pub(super) fn json(out: &mut impl Write, event: &HistoryEvent) -> Result<(), Failure> {
    let line = Line {
        position: event.position,
        stream: &event.stream,
        revision: event.revision,
        id: &event.event_id,
        event_type: &event.event_type,
        recorded_at: rfc3339(event.recorded_at.as_ref()),
        metadata: raw(&event.metadata, event.position)?,
        data: raw(&event.data, event.position)?,
    };
    serde_json::to_writer(&mut *out, &line).map_err(io::Error::from)?;
    Ok(out.write_all(b"\n")?)
}

/// Stored JSON in one line. Absent when there is none.
fn raw(text: &str, position: u64) -> Result<Option<Cow<'_, RawValue>>, Failure> {
    if text.is_empty() {
        return Ok(None);
    }
    let no_json = || Failure::Local(format!("the event at position {position} is not JSON"));
    one_line(text).map(Some).ok_or_else(no_json)
}

pub(super) fn words(out: &mut impl Write, event: &HistoryEvent) -> Result<(), Failure> {
    let recorded_at = rfc3339(event.recorded_at.as_ref());
    let (position, stream, revision) = (event.position, plain(&event.stream), event.revision);
    Ok(writeln!(out, "{position:>10}  {recorded_at}  {:<36}  {stream}@{revision}", plain(&event.event_type))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event() -> HistoryEvent {
        HistoryEvent {
            position: 7,
            stream: "contact-contact_x".to_owned(),
            revision: 0,
            event_id: "0190".to_owned(),
            event_type: "contact.archived.v1".to_owned(),
            recorded_at: Some(prost_types::Timestamp { seconds: 1, nanos: 5_000 }),
            metadata: r#"{"b":1,"a":[1, 2]}"#.to_owned(),
            data: "{}".to_owned(),
        }
    }

    fn written(write: impl Fn(&mut Vec<u8>, &HistoryEvent) -> Result<(), Failure>) -> String {
        let mut out = Vec::new();
        write(&mut out, &event()).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn an_event_is_one_line_of_json_with_its_stored_bytes() {
        let line = concat!(
            r#"{"position":7,"stream":"contact-contact_x","revision":0,"id":"0190","type":"contact.archived.v1","#,
            r#""recorded_at":"1970-01-01T00:00:01.000005Z","metadata":{"b":1,"a":[1, 2]},"data":{}}"#,
            "\n"
        );
        assert_eq!(written(json), line);
    }

    #[test]
    fn what_another_service_stored_in_several_lines_is_one_line_too() {
        let mut event = event();
        event.data = "{\n  \"a\": \"b\\n\"\r\n}".to_owned();
        let mut out = Vec::new();
        json(&mut out, &event).unwrap();
        let line = String::from_utf8(out).unwrap();
        assert!(line.ends_with("\"data\":{   \"a\": \"b\\n\"  }}\n"), "{line}");
        assert_eq!(line.matches('\n').count(), 1);
    }

    #[test]
    fn an_event_is_one_line_for_people() {
        assert_eq!(
            written(words),
            "         7  1970-01-01T00:00:01.000005Z  contact.archived.v1                   contact-contact_x@0\n"
        );
    }
}
