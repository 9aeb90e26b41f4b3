//! The files of an archive.

use rapport_proto::v1::{ConsentStep, SubjectArchiveEvent, TimelineKind};
use serde_json::{Value, json};

use super::gathered::Gathered;
use super::{business, readme, spreadsheet};
use crate::disclosure;
use crate::error::Failure;
use crate::output;
use crate::query::consent::description::Description;
use crate::query::consent::{self, dpv, trail};
use crate::query::{access, contact, timeline};
use crate::suppression;
use crate::wire::rfc3339;

/// A file.
pub(super) struct File {
    pub(super) name: String,
    pub(super) content: Vec<u8>,
}

/// All of them, what explains the others first.
///
/// # Errors
/// When a consent is about something that the controller does not describe.
pub(super) fn of(gathered: &Gathered, controller: Option<&Description>) -> Result<Vec<File>, Failure> {
    let mut files = vec![text("README.txt", readme::of(gathered, controller))];
    for (name, rows) in tables(gathered)? {
        files.push(File { name: format!("{name}.csv"), content: spreadsheet::csv(&rows)? });
        files.push(json_file(&format!("{name}.json"), &rows.into_iter().collect())?);
    }
    files.push(text("consent-trail.txt", trail::lines(&gathered.trail)));
    files.push(json_file("notices.json", &trail::notices_document(&gathered.trail))?);
    if let Some(controller) = controller {
        let steps: Vec<ConsentStep> = gathered.trail.iter().map(|step| step.step.clone()).collect();
        let consents = &gathered.consents.consents;
        let records = dpv::document(controller, gathered.contact_id(), &steps, consents)?;
        files.push(json_file("consent-records.jsonld", &records)?);
    }
    files.push(text("proofs/verifier-key.txt", format!("{}\n", gathered.begun.verifier_key)));
    files.push(text("proofs/checkpoint.txt", gathered.begun.checkpoint.clone()));
    for event in gathered.events.iter().filter(|event| !event.proof.is_empty()) {
        let position = event.event.as_ref().map_or(0, |event| event.position);
        files.push(text(&format!("proofs/{position}.tlog-proof"), event.proof.clone()));
    }
    Ok(files)
}

/// What is there as JSON and as CSV.
fn tables(gathered: &Gathered) -> Result<Vec<(&'static str, Vec<Value>)>, Failure> {
    let entries = |is_told: fn(TimelineKind) -> bool| {
        let told = gathered.timeline.iter().filter(|entry| is_told(entry.kind()));
        told.map(timeline::entry).collect::<Vec<Value>>()
    };
    let steps = gathered.trail.iter().map(trail::Step::document).collect();
    let events = gathered.events.iter().map(event).collect::<Result<Vec<Value>, Failure>>()?;
    Ok(vec![
        ("contact", gathered.contact.iter().map(contact::contact).collect()),
        ("interactions", entries(|kind| kind == TimelineKind::Interaction)),
        ("requests", entries(|kind| kind == TimelineKind::SubjectRequest)),
        ("timeline", entries(|_| true)),
        ("opportunities", gathered.opportunities.iter().map(business::deal).collect()),
        ("subscriptions", gathered.subscriptions.iter().map(business::contract).collect()),
        ("consents", gathered.consents.consents.iter().map(consent::consent).collect()),
        ("suppressions", gathered.consents.suppressions.iter().map(suppression::document).collect()),
        ("consent-trail", steps),
        ("recipients", gathered.begun.disclosures.iter().map(disclosure::document).collect()),
        ("accesses", gathered.accesses.iter().map(access::access).collect()),
        ("events", events),
    ])
}

/// An event as the log holds it, opened.
fn event(event: &SubjectArchiveEvent) -> Result<Value, Failure> {
    let event = event.event.clone().unwrap_or_default();
    let json = |text: &str| -> Result<Value, Failure> {
        let no_json = |_| Failure::Local(format!("the event at position {} is not JSON", event.position));
        serde_json::from_str(text).map_err(no_json)
    };
    Ok(json!({
        "position": event.position,
        "stream": event.stream,
        "revision": event.revision,
        "event_id": event.event_id,
        "event_type": event.event_type,
        "recorded_at": rfc3339(event.recorded_at.as_ref()),
        "metadata": json(&event.metadata)?,
        "data": json(&event.data)?,
    }))
}

fn text(name: &str, text: String) -> File {
    File { name: name.to_owned(), content: text.into_bytes() }
}

fn json_file(name: &str, value: &Value) -> Result<File, Failure> {
    let unwritable = |error| Failure::Local(format!("{name} cannot be written: {error}"));
    let mut content = serde_json::to_vec_pretty(&output::sorted(value.clone())).map_err(unwritable)?;
    content.push(b'\n');
    Ok(File { name: name.to_owned(), content })
}
