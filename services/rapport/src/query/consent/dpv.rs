//! Consents as records of ISO/IEC TS 27560, in the DPV-27560 profile (<https://w3id.org/dpv/guides/consent-27560>), as JSON-LD.
//!
//! One record for each consent that was given, with the steps that led to it and ended it. A time that has run out without
//! a step of its own is told as such.

use rapport_proto::v1::{Consent, ConsentChannel, ConsentMethod, ConsentNotice, ConsentStatus, ConsentStep};
use serde_json::{Value, json};

use super::description::{Description, Iri, Notice, Party, Purpose};
use crate::error::Failure;
use crate::wire::{rfc3339, word_of};

/// The profile.
const PROFILE: &str = "https://w3id.org/dpv/schema/dpv-27560#record";
/// Properties whose values are IRIs.
const LINKS: [&str; 13] = [
    "dct:conformsTo",
    "dpv:hasDataController",
    "dpv:hasDataSubject",
    "dpv:hasJurisdiction",
    "dpv:hasLegalBasis",
    "dpv:hasLocation",
    "dpv:hasPersonalData",
    "dpv:hasPurpose",
    "dpv:hasRecipient",
    "dpv:isExercisedAt",
    "dpv:isIndicatedBy",
    "schema:url",
    "skos:broader",
];
const SUBJECT: &str = "dpv:DataSubject";
/// Until when an end lasts.
const ANEW: &str = "the data subject gives a new consent";

/// The records of a subject, by the steps of their trail and by where their consents stand.
///
/// # Errors
/// When a step is about something that is not described.
pub(crate) fn document(
    description: &Description,
    contact_id: &str,
    steps: &[ConsentStep],
    consents: &[Consent],
) -> Result<Value, Failure> {
    let records = histories(steps)
        .iter()
        .map(|history| record(description, contact_id, history, consents))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(json!({ "@context": context(), "@graph": records }))
}

fn context() -> Value {
    let mut context = json!({
        "dpv": "https://w3id.org/dpv#",
        "pd": "https://w3id.org/dpv/pd#",
        "loc": "https://w3id.org/dpv/loc#",
        "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
        "dct": "http://purl.org/dc/terms/",
        "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
        "schema": "https://schema.org/",
        "skos": "http://www.w3.org/2004/02/skos/core#",
    });
    for link in LINKS {
        context[link] = json!({ "@type": "@id" });
    }
    context
}

/// The steps of one consent, in the order of the log.
struct History<'a> {
    given: &'a ConsentStep,
    steps: Vec<&'a ConsentStep>,
}

/// Each consent with the request before it, and what came until the next request; renewals are steps of the consent that
/// they renew. What was found invalid stands with the consent that it is about, whenever it was found; what is only proposed
/// is no status of it.
fn histories(steps: &[ConsentStep]) -> Vec<History<'_>> {
    let mut histories: Vec<History<'_>> = Vec::new();
    for given in steps.iter().filter(|step| step.event_type == "consent.given.v1") {
        let same = |step: &&ConsentStep| {
            step.event_type.starts_with("consent.")
                && step.event_type != "consent.invalidation_proposed.v1"
                && (&step.purpose, step.channel) == (&given.purpose, given.channel)
        };
        let is_request = |step: &&ConsentStep| step.event_type == "consent.requested.v1";
        let earlier: Vec<&ConsentStep> = steps
            .iter()
            .filter(same)
            .filter(|step| step.position < given.position && !is_finding(step))
            .collect();
        let asked = earlier.iter().rposition(is_request).unwrap_or(earlier.len());
        let after = steps.iter().filter(same).filter(|step| step.position > given.position);
        let until_asked_again: Vec<&ConsentStep> =
            after.clone().take_while(|step| !is_request(step)).filter(|step| !is_finding(step)).collect();
        let own: Vec<&str> = [given]
            .into_iter()
            .chain(until_asked_again.iter().copied().filter(|step| gives(step)))
            .map(|step| step.consent_id.as_str())
            .collect();
        let found = after.filter(|step| is_finding(step) && own.contains(&step.consent_id.as_str()));
        let mut told: Vec<&ConsentStep> =
            earlier[asked..].iter().copied().chain([given]).chain(until_asked_again).chain(found).collect();
        told.sort_by_key(|step| step.position);
        histories.push(History { given, steps: told });
    }
    histories
}

/// Whether a step is a consent that was given, for the first time or anew.
fn gives(step: &ConsentStep) -> bool {
    matches!(step.event_type.as_str(), "consent.given.v1" | "consent.renewed.v1")
}

/// Whether it found one to be invalid.
fn is_finding(step: &ConsentStep) -> bool {
    step.event_type == "consent.invalidated.v1"
}

fn record(
    description: &Description,
    contact_id: &str,
    history: &History<'_>,
    consents: &[Consent],
) -> Result<Value, Failure> {
    let given = history.given;
    let purpose = description.purpose(&given.purpose)?;
    let notice = given.notice.clone().unwrap_or_default();
    let described = description.notice(&notice.id)?;
    let mut events: Vec<Value> = history.steps.iter().map(|step| event(description, step)).collect();
    events.extend(ran_out(description, history, consents));
    let parties: Vec<Value> = [(&description.controller, "dpv:DataController")]
        .into_iter()
        .chain(description.recipients.iter().map(|party| (party, "dpv:Recipient")))
        .map(|(party, role)| self::party(party, role))
        .collect();
    Ok(json!({
        "@id": format!("{}{}", description.base.as_str(), given.consent_id),
        "@type": "dpv:ConsentRecord",
        "dct:conformsTo": PROFILE,
        "dct:identifier": given.consent_id,
        "dpv:hasIdentifier": given.consent_id,
        "dpv:hasDataSubject": {
            "@id": format!("{}{contact_id}", description.base.as_str()),
            "@type": SUBJECT,
            "dct:identifier": contact_id,
        },
        "dpv:hasDataController": description.controller.id.as_str(),
        "dpv:hasJurisdiction": description.jurisdiction.as_str(),
        "dpv:hasProcess": process(description, given, purpose),
        "dpv:hasNotice": self::notice(&notice, described),
        "dpv:hasConsentControl": {
            "@type": "dpv:WithdrawConsent",
            "dpv:isExercisedAt": description.withdrawal.as_str(),
        },
        "dpv:hasEntity": parties,
        "dpv:hasConsentStatus": events,
    }))
}

fn process(description: &Description, given: &ConsentStep, purpose: &Purpose) -> Value {
    let iris = |list: &[Iri]| list.iter().map(Iri::as_str).collect::<Value>();
    let recipients = [&description.controller].into_iter().chain(&description.recipients);
    let recipients: Value = recipients.map(|party| party.id.as_str()).collect();
    json!({
        "@type": "dpv:Process",
        "dpv:hasPurpose": {
            "@type": "dpv:Purpose",
            "skos:broader": purpose.purpose_type.as_str(),
            "dct:identifier": given.purpose,
            "dct:description": format!("{}, by {}", given.purpose, word_of::<ConsentChannel>(given.channel)),
        },
        "dpv:hasLegalBasis": purpose.legal_basis.as_str(),
        "dpv:hasPersonalData": iris(&purpose.personal_data),
        "dpv:hasRecipient": recipients,
        "dpv:hasStorageCondition": [
            { "@type": "dpv:StorageLocation", "dpv:hasLocation": iris(&purpose.storage_locations) },
            {
                "@type": "dpv:StorageDuration",
                "dpv:hasDuration": { "@type": "dpv:TemporalDuration", "rdf:value": purpose.retention.as_str() },
            },
        ],
    })
}

fn notice(shown: &ConsentNotice, described: &Notice) -> Value {
    let language =
        if shown.language.is_empty() { described.language.as_str() } else { shown.language.as_str() };
    let mut notice = json!({
        "@type": "dpv:ConsentNotice",
        "schema:url": described.url.as_str(),
        "dct:identifier": shown.id,
        "dct:hasVersion": shown.version,
        "dct:language": language,
    });
    if !shown.wording_sha256.is_empty() {
        notice["schema:sha256"] = shown.wording_sha256.as_str().into();
    }
    notice
}

fn party(party: &Party, role: &str) -> Value {
    let contact = party.contact.as_str();
    let way = if contact.contains('@') { "schema:email" } else { "schema:url" };
    json!({
        "@id": party.id.as_str(),
        "@type": [role, party.party_type.as_str()],
        "dpv:hasIdentifier": party.id.as_str(),
        "dpv:hasName": party.name.as_str(),
        "schema:address": { "@type": "schema:PostalAddress", "schema:streetAddress": party.address.as_str() },
        "schema:contactPoint": { "@type": "schema:ContactPoint", way: contact },
    })
}

/// A step; in the ledger under its event id, at its position.
fn event(description: &Description, step: &ConsentStep) -> Value {
    let controller = description.controller.id.as_str();
    let (status, by, duration) = match step.event_type.as_str() {
        "consent.requested.v1" => ("dpv:ConsentRequested", controller, until("the data subject answers")),
        "consent.given.v1" => ("dpv:ConsentGiven", SUBJECT, lasts(step)),
        "consent.refused.v1" => ("dpv:ConsentRefused", SUBJECT, until(ANEW)),
        "consent.withdrawn.v1" => ("dpv:ConsentWithdrawn", SUBJECT, until(ANEW)),
        "consent.expired.v1" => ("dpv:ConsentExpired", controller, until(ANEW)),
        // DPV has no status for a first act that waits for its second one: the answer is still out.
        "consent.confirmation_requested.v1" => ("dpv:ConsentRequested", controller, confirmable(step)),
        "consent.renewed.v1" => ("dpv:RenewedConsentGiven", SUBJECT, lasts(step)),
        "consent.revoked.v1" => ("dpv:ConsentRevoked", controller, until(ANEW)),
        "consent.invalidated.v1" => ("dpv:ConsentInvalidated", controller, until(ANEW)),
        _ => ("dpv:ConsentUnknown", controller, until("the next event")),
    };
    let mut event = json!({
        "@type": [status, consent_type(step)],
        "dpv:isIndicatedAtTime": rfc3339(step.occurred_at.as_ref()),
        "dpv:hasDuration": duration,
        "dpv:isIndicatedBy": by,
        "dct:identifier": step.event_id,
        "dct:source": format!("position {} of the log", step.position),
    });
    let method = word_of::<ConsentMethod>(step.method);
    if !method.is_empty() {
        event["dpv:hasIndicationMethod"] = method.into();
    }
    // By the clock of the source of what proves it, where that was opened.
    if let Some(captured_at) = step.evidence.as_ref().and_then(|evidence| evidence.captured_at.as_ref()) {
        event["dct:created"] = rfc3339(Some(captured_at)).into();
    }
    event
}

/// What was taken over from elsewhere does not tell how it was expressed.
fn consent_type(step: &ConsentStep) -> &'static str {
    if step.method() == ConsentMethod::ApiImport { "dpv:Consent" } else { "dpv:ExpressedConsent" }
}

fn lasts(given: &ConsentStep) -> Value {
    match given.valid_until.as_ref() {
        Some(until) => json!({ "@type": "dpv:UntilTimeDuration", "rdf:value": rfc3339(Some(until)) }),
        None => until("the data subject withdraws"),
    }
}

fn confirmable(first_act: &ConsentStep) -> Value {
    json!({ "@type": "dpv:UntilTimeDuration", "rdf:value": rfc3339(first_act.confirm_by.as_ref()) })
}

fn until(event: &str) -> Value {
    json!({ "@type": "dpv:UntilEventDuration", "rdf:value": event })
}

/// A consent whose time has run out is over, whether or not a step says so: it does not hold, and nobody ended it.
fn ran_out(description: &Description, history: &History<'_>, consents: &[Consent]) -> Option<Value> {
    let given = history.steps.iter().rev().find(|step| gives(step))?;
    let valid_until = given.valid_until.as_ref()?;
    let in_force = |it: &Consent| matches!(it.status(), ConsentStatus::Given | ConsentStatus::Renewed);
    let holds = consents.iter().any(|it| it.consent_id == given.consent_id && in_force(it));
    let is_last = history.steps.last().is_some_and(|last| last.position == given.position);
    (is_last && !holds).then(|| {
        json!({
            "@type": ["dpv:ConsentExpired", consent_type(given)],
            "dpv:isIndicatedAtTime": rfc3339(Some(valid_until)),
            "dpv:hasDuration": until(ANEW),
            "dpv:isIndicatedBy": description.controller.id.as_str(),
            "dct:source": "its time has run out; the log has no event of it",
        })
    })
}
