//! What the log is promised: every event type has one name, one form, and no personal data in clear.

mod lead_rules;
mod leads;
mod quotes;
mod sample;
mod service;
mod tasks;
mod word;

use std::collections::BTreeSet;
use std::fmt::Debug;

use uuid::Uuid;

use super::*;
use crate::aggregate::Aggregate;
use crate::envelope::{EventId, Position, Recorded, Revision, StreamId};
use crate::personal::{PersonalFields, PersonalSlot};
use crate::testing::{NOON, at};

fn recorded(event_type: &str, data: &str) -> Recorded {
    Recorded {
        id: EventId(Uuid::nil()),
        stream: StreamId::parse("sample-1").unwrap(),
        revision: Revision(0),
        position: Position(1),
        event_type: event_type.to_owned(),
        recorded_at: at(NOON),
        metadata: "{}".to_owned(),
        data: data.to_owned(),
    }
}

/// The events of one module.
trait Events: StoredEvent + PersonalFields + Clone + PartialEq + Debug {}
impl<E: StoredEvent + PersonalFields + Clone + PartialEq + Debug> Events for E {}

/// Checks a promise for a sample of every event of one category.
trait Promise {
    fn check<E: Events>(category: &str, sample: E, wrap: fn(E) -> DomainEvent);
}

fn every_event_keeps<P: Promise>() {
    fn of<P: Promise, A: Aggregate<Event: Events>>(
        samples: Vec<A::Event>,
        wrap: fn(A::Event) -> DomainEvent,
    ) {
        within::<P, A::Event>(A::CATEGORY, samples, wrap);
    }
    fn within<P: Promise, E: Events>(category: &str, samples: Vec<E>, wrap: fn(E) -> DomainEvent) {
        let types: Vec<&str> = samples.iter().map(StoredEvent::event_type).collect();
        assert_eq!(types, E::TYPES, "one sample of each type, in order");
        samples.into_iter().for_each(|sample| P::check(category, sample, wrap));
    }
    of::<P, contact::Contact>(sample::contact(), DomainEvent::Contact);
    of::<P, interaction::Interactions>(sample::interaction(), DomainEvent::Interaction);
    of::<P, pipeline::Pipeline>(sample::pipeline(), DomainEvent::Pipeline);
    of::<P, opportunity::Opportunity>(sample::opportunity(), DomainEvent::Opportunity);
    of::<P, subscription::Subscription>(sample::subscription(), DomainEvent::Subscription);
    of::<P, consent::Consent>(sample::consent(), DomainEvent::Consent);
    of::<P, notice::Notice>(sample::notice(), DomainEvent::Notice);
    of::<P, subject_request::SubjectRequest>(sample::subject_request(), DomainEvent::SubjectRequest);
    of::<P, suppression::Suppression>(sample::suppression(), DomainEvent::Suppression);
    of::<P, calendar::Calendar>(service::calendar(), DomainEvent::Calendar);
    of::<P, sla_policy::SlaPolicy>(service::sla_policy(), DomainEvent::SlaPolicy);
    of::<P, case::Case>(service::case(), DomainEvent::Case);
    of::<P, lead::Lead>(leads::lead(), DomainEvent::Lead);
    of::<P, scoring_model::ScoringModel>(lead_rules::scoring_model(), DomainEvent::ScoringModel);
    of::<P, routing_policy::RoutingPolicy>(lead_rules::routing_policy(), DomainEvent::RoutingPolicy);
    of::<P, field_set::FieldSet>(lead_rules::field_set(), DomainEvent::FieldSet);
    of::<P, task::Task>(tasks::task(), DomainEvent::Task);
    of::<P, price_book::PriceBook>(quotes::price_book(), DomainEvent::PriceBook);
    of::<P, quote::Quote>(quotes::quote(), DomainEvent::Quote);
    within::<P, access::Event>(access::CATEGORY, sample::access(), DomainEvent::Access);
}

#[test]
fn every_type_is_the_category_the_fact_and_a_version() {
    struct Form;
    impl Promise for Form {
        fn check<E: Events>(expected: &str, sample: E, _wrap: fn(E) -> DomainEvent) {
            let event_type = sample.event_type();
            let parts: Vec<&str> = event_type.split('.').collect();
            let [category, fact, version] = parts[..] else { panic!("three parts: {event_type}") };
            assert_eq!(category, expected, "{event_type}");
            assert!(
                !fact.is_empty() && fact.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'),
                "{event_type}"
            );
            let number = version.strip_prefix('v').and_then(|digits| digits.parse::<u32>().ok());
            assert!(
                number.is_some_and(|number| format!("v{number}") == version && number >= 1),
                "{event_type}"
            );
        }
    }
    every_event_keeps::<Form>();
}

#[test]
fn every_type_is_listed_once() {
    let types = DomainEvent::types();
    assert_eq!(types.iter().collect::<BTreeSet<_>>().len(), types.len());
    assert_eq!(types.len(), 124);
}

#[test]
fn every_event_is_read_as_it_was_written() {
    struct RoundTrip;
    impl Promise for RoundTrip {
        fn check<E: Events>(_category: &str, sample: E, wrap: fn(E) -> DomainEvent) {
            let data = sample.encode().unwrap().to_string();
            let read = E::decode(sample.event_type(), &data).map(Result::unwrap);
            assert_eq!(read.as_ref(), Some(&sample));
            let read = DomainEvent::decode(&recorded(sample.event_type(), &data)).unwrap();
            assert_eq!(read, Some(wrap(sample)));
        }
    }
    every_event_keeps::<RoundTrip>();
}

#[test]
fn the_fields_of_a_stored_event_stand_in_the_order_of_their_names() {
    fn names(value: &serde_json::Value) {
        if let Some(fields) = value.as_object() {
            assert!(fields.keys().is_sorted(), "{:?}", fields.keys());
            fields.values().for_each(names);
        }
        value.as_array().into_iter().flatten().for_each(names);
    }
    struct Sorted;
    impl Promise for Sorted {
        fn check<E: Events>(_category: &str, sample: E, _wrap: fn(E) -> DomainEvent) {
            names(&sample.encode().unwrap());
        }
    }
    every_event_keeps::<Sorted>();
}

#[test]
fn no_event_is_written_with_a_personal_field_in_clear() {
    struct Sealed;
    impl Promise for Sealed {
        fn check<E: Events>(_category: &str, mut sample: E, _wrap: fn(E) -> DomainEvent) {
            for index in 0..sample.personal_fields().len() {
                let mut opened = sample.clone();
                let field = &mut opened.personal_fields()[index];
                field.set_clear(clear(&**field).as_bytes()).unwrap();
                assert!(opened.encode().is_err(), "{} field {index}", sample.event_type());
            }
        }
    }
    every_event_keeps::<Sealed>();
}

#[test]
fn every_event_can_be_written_and_read_once_it_is_erased() {
    struct Erased;
    impl Promise for Erased {
        fn check<E: Events>(_category: &str, mut sample: E, _wrap: fn(E) -> DomainEvent) {
            sample.personal_fields().into_iter().for_each(PersonalSlot::set_erased);
            let data = sample.encode().unwrap().to_string();
            assert_eq!(E::decode(sample.event_type(), &data).map(Result::unwrap), Some(sample));
        }
    }
    every_event_keeps::<Erased>();
}

#[test]
fn the_sealed_values_of_every_sample_stand_in_its_json() {
    struct Seals;
    impl Promise for Seals {
        fn check<E: Events>(_category: &str, mut sample: E, _wrap: fn(E) -> DomainEvent) {
            let data = sample.encode().unwrap().to_string();
            assert_eq!(
                data.matches("$enc").count(),
                sample.personal_fields().len(),
                "{}",
                sample.event_type()
            );
        }
    }
    every_event_keeps::<Seals>();
}

#[test]
fn a_type_that_this_build_does_not_know_is_no_event_and_no_error() {
    for event_type in
        ["weather.rained.v1", "contact.registered.v2", "contact.registered", "CONTACT.REGISTERED.V1", ""]
    {
        assert_eq!(DomainEvent::decode(&recorded(event_type, "{}")).unwrap(), None, "{event_type}");
    }
}

#[test]
fn a_known_type_with_another_shape_is_an_error() {
    for data in ["{}", "", "null", r#"{"id":"contact_01arz3ndektsv4rrffq69g5fav"}"#] {
        assert!(DomainEvent::decode(&recorded("contact.contact_point_removed.v1", data)).is_err(), "{data}");
    }
}

#[test]
fn a_field_that_this_build_does_not_know_is_passed_over() {
    let data = r#"{"owner":"user_1","reason":"holiday"}"#;
    let read = DomainEvent::decode(&recorded("contact.owner_assigned.v1", data)).unwrap();
    let expected =
        contact::OwnerAssigned { owner: crate::testing::reference("user_1"), previous_owner: None };
    assert_eq!(read, Some(DomainEvent::Contact(expected.into())));
}

#[test]
fn an_event_with_nothing_that_may_be_left_out_is_read_as_it_was_written() {
    for (event_type, data) in [
        ("contact.registered.v1", r#"{"kind":"person","lifecycle_stage":"lead","name":{"$erased":true}}"#),
        (
            "interaction.recorded.v1",
            r#"{"channel":"call","direction":"inbound","interaction_id":"interaction_19wcnkfgk7hn6tt8cc4dmyf1gm"}"#,
        ),
        (
            "opportunity.opened.v1",
            r#"{"forecast_category":"pipeline","pipeline_id":"pipeline_0ff51rez2fgc8a1ny5nvtxe3d3","pipeline_version":1,"probability":10,"stage":"new","stage_type":"open","title":"200 chairs"}"#,
        ),
        (
            "subscription.started.v1",
            r#"{"contact_id":"contact_7sq8qd6f90hbtsv9jbt5hjp30f","mrr":{"currency":"EUR","minor_units":5000},"plan":"Team"}"#,
        ),
        ("consent.withdrawn.v1", r#"{"channel":"post","method":"button","purpose":"newsletter"}"#),
        ("access.recorded.v1", r#"{"classes":[],"rpc":"rapport.v1.A/B","subjects":[]}"#),
        ("access.denied.v1", r#"{"personal":false,"rpc":"rapport.v1.A/B","unwritten":0}"#),
        (
            "calendar.published.v1",
            r#"{"hours":[{"day":"monday","from":"09:00","to":"17:00"}],"name":"Office","time_zone":"UTC","version":1}"#,
        ),
        (
            "sla_policy.published.v1",
            r#"{"name":"Standard","targets":[{"priority":"low","resolution_minutes":60}],"version":1}"#,
        ),
        (
            "case.opened.v1",
            r#"{"channel":"call","kind":"incident","priority":"normal","title":"The printer is on fire"}"#,
        ),
        ("case.awaited.v1", r#"{"wait":"customer"}"#),
        ("case.closed.v1", "{}"),
    ] {
        let event = DomainEvent::decode(&recorded(event_type, data)).unwrap();
        let written = match event.unwrap() {
            DomainEvent::Contact(event) => event.encode(),
            DomainEvent::Interaction(event) => event.encode(),
            DomainEvent::Pipeline(event) => event.encode(),
            DomainEvent::Opportunity(event) => event.encode(),
            DomainEvent::Subscription(event) => event.encode(),
            DomainEvent::Consent(event) => event.encode(),
            DomainEvent::Notice(event) => event.encode(),
            DomainEvent::SubjectRequest(event) => event.encode(),
            DomainEvent::Suppression(event) => event.encode(),
            DomainEvent::Access(event) => event.encode(),
            DomainEvent::Calendar(event) => event.encode(),
            DomainEvent::SlaPolicy(event) => event.encode(),
            DomainEvent::Case(event) => event.encode(),
            DomainEvent::Lead(event) => event.encode(),
            DomainEvent::ScoringModel(event) => event.encode(),
            DomainEvent::RoutingPolicy(event) => event.encode(),
            DomainEvent::FieldSet(event) => event.encode(),
            DomainEvent::Task(event) => event.encode(),
            DomainEvent::PriceBook(event) => event.encode(),
            DomainEvent::Quote(event) => event.encode(),
        };
        assert_eq!(written.unwrap(), serde_json::from_str::<serde_json::Value>(data).unwrap());
    }
}

/// A value in clear for a personal field.
fn clear(field: &dyn PersonalSlot) -> &'static str {
    match field.field() {
        "name" | "text" => r#""Ann Lee""#,
        "contact_point" => r#"{"postal":"1 High Street"}"#,
        "evidence" => r#"{"ip":"192.0.2.7"}"#,
        other => panic!("no clear sample of {other}"),
    }
}
