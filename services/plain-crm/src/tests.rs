//! Given what happened, when the tables are asked, then they say what a person would count.

use std::collections::BTreeSet;

use rapport_domain::aggregate::{Aggregate, StoredEvent as _};
use rapport_domain::consent::{self, Channel, Consent, Method, Notice, Topic};
use rapport_domain::contact::{self, Contact, Kind, LifecycleStage};
use rapport_domain::envelope::{Actor, ActorKind, EventId, Metadata, Position, Recorded, Revision};
use rapport_domain::id::{ConsentId, ContactId, OpportunityId, PipelineId, derived_uuid};
use rapport_domain::opportunity::{self, Opportunity, StagePlace};
use rapport_domain::personal::Personal;
use rapport_domain::pipeline::{ForecastCategory, Percent, StageType};
use rapport_domain::suppression::{self, Suppression};
use rapport_domain::value::{Currency, Instant, Key, Label, Money, Reference, Segments};

use super::*;

const NOON: &str = "2026-03-01T12:00:00Z";

fn recorded<A: Aggregate>(position: u64, id: &A::Id, event: impl Into<A::Event>) -> Recorded {
    let (event, at) = (event.into(), Instant::parse(NOON).unwrap());
    let metadata = Metadata {
        occurred_at: at,
        actor: Actor { kind: ActorKind::System, id: Reference::parse("tests").unwrap(), on_behalf_of: None },
        correlation_id: String::new(),
        causation_id: None,
        causation_depth: 0,
        request_id: String::new(),
        request_digest: String::new(),
        source: None,
        traceparent: None,
        imported_at: None,
        payload_sha256: String::new(),
    };
    Recorded {
        id: EventId(derived_uuid(&[&position.to_string()])),
        stream: A::stream(id).unwrap(),
        revision: Revision(0),
        position: Position(position),
        event_type: event.event_type().to_owned(),
        recorded_at: at,
        metadata: serde_json::to_string(&metadata).unwrap(),
        data: event.encode().unwrap().to_string(),
    }
}

fn ann() -> ContactId {
    ContactId::derived("tests", "ann")
}

fn registered() -> contact::Registered {
    contact::Registered {
        kind: Kind::Person,
        name: Personal::Erased,
        contact_points: Vec::new(),
        owner: None,
        lifecycle_stage: LifecycleStage::Lead,
        segments: Segments::new(),
        external_ref: None,
    }
}

fn place(stage: &str, stage_type: StageType) -> StagePlace {
    StagePlace {
        pipeline_version: 1,
        stage: Key::parse(stage).unwrap(),
        stage_type,
        probability: Percent::new(50).unwrap(),
        forecast_category: ForecastCategory::Pipeline,
    }
}

fn opened(minor_units: i64) -> opportunity::Opened {
    opportunity::Opened {
        pipeline_id: PipelineId::derived("tests", "sales"),
        place: place("talking", StageType::Open),
        title: Label::parse("A deal").unwrap(),
        contact_id: Some(ann()),
        amount: Some(Money { minor_units, currency: Currency::parse("EUR").unwrap() }),
        fx: None,
        expected_close_on: None,
        owner: Some(Reference::parse("bob").unwrap()),
        team: None,
        segments: Segments::new(),
        next_step: None,
        contact_roles: BTreeSet::new(),
    }
}

#[test]
fn deals_are_counted_where_they_stand_and_activities_where_they_belong() {
    let folder = tempfile::tempdir().unwrap();
    let mut plain = PlainCrm::create(&folder.path().join("plain.db")).unwrap();
    let [first, second] = ["1", "2"].map(|key| OpportunityId::derived("tests", key));
    let won = opportunity::Won {
        from: Key::parse("talking").unwrap(),
        place: place("won", StageType::Won),
        amount: None,
        fx: None,
    };
    plain
        .take(&[
            recorded::<Contact>(1, &ann(), registered()),
            recorded::<Opportunity>(2, &first, opened(500)),
            recorded::<Opportunity>(3, &second, opened(70)),
            recorded::<Opportunity>(4, &first, won),
        ])
        .unwrap();

    let group = |key: &str, amount| Group { key: key.to_owned(), deals: 1, amount };
    assert_eq!(
        plain.pipeline().unwrap(),
        PipelineNumbers {
            by_stage: vec![group("talking", 70), group("won", 500)],
            open_by_owner: vec![group("bob", 70)],
            closed: vec![group("won 2026-03 bob", 500)],
        }
    );
    let page = plain.timeline(&ann().to_string(), 2, 1).unwrap();
    let kinds: Vec<&str> = page.activities.iter().map(|activity| activity.kind.as_str()).collect();
    assert_eq!((page.total, kinds), (4, vec!["opportunity.opened.v1", "opportunity.opened.v1"]));
}

#[test]
fn somebody_may_be_addressed_while_a_consent_holds_and_no_opt_out_covers_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut plain = PlainCrm::create(&folder.path().join("plain.db")).unwrap();
    let topic = Topic { purpose: Key::parse("newsletter").unwrap(), channel: Channel::Email };
    let end = Instant::parse("2026-06-01T00:00:00Z").unwrap();
    let given = consent::Given {
        consent_id: ConsentId::derived("tests", "a"),
        topic: topic.clone(),
        notice: Notice {
            id: Reference::parse("n").unwrap(),
            version: Label::parse("1").unwrap(),
            wording_sha256: None,
            language: None,
        },
        method: Method::Checkbox,
        evidence_grade: Method::Checkbox.grade(),
        evidence: None,
        valid_until: Some(end),
        jurisdiction: None,
    };
    let (kind, method, evidence) = (suppression::Kind::Objection, Method::Button, None);
    let scope = suppression::Scope { purpose: None, channel: Some(Channel::Email) };
    let raised = suppression::Raised {
        kind,
        scope: scope.clone(),
        method,
        evidence: None,
        jurisdiction: None,
        no_reask_before: None,
    };
    let reason = Label::parse("came back").unwrap();
    let lifted = suppression::Lifted { kind, scope, method, reason, evidence };
    let withdrawn = consent::Withdrawn {
        consent_id: None,
        topic: topic.clone(),
        method,
        evidence: None,
        jurisdiction: None,
        no_reask_before: None,
    };
    let id = ann().to_string();
    let may =
        |plain: &PlainCrm, at: &str| plain.may_address(&id, &topic, Instant::parse(at).unwrap()).unwrap();

    assert!(!may(&plain, NOON));
    plain.take(&[recorded::<Consent>(1, &ann(), given)]).unwrap();
    assert!(may(&plain, NOON) && !may(&plain, "2026-06-01T00:00:00Z"));
    plain.take(&[recorded::<Suppression>(2, &ann(), raised)]).unwrap();
    assert!(!may(&plain, NOON));
    plain.take(&[recorded::<Suppression>(3, &ann(), lifted)]).unwrap();
    assert!(may(&plain, NOON));
    plain.take(&[recorded::<Consent>(4, &ann(), withdrawn)]).unwrap();
    assert!(!may(&plain, NOON));
}
