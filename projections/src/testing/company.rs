//! A small company's history: something of every kind.

use std::collections::BTreeSet;

use rapport_domain::consent::{self, EvidenceGrade, Method, Notice, Topic};
use rapport_domain::contact::{self, Kind, LifecycleStage};
use rapport_domain::id::{
    ConsentId, ContactId, CorrectionId, InteractionId, OpportunityId, PipelineId, SubscriptionId,
};
use rapport_domain::interaction::{self, Channel, Direction, Interactions};
use rapport_domain::opportunity::{self, StagePlace};
use rapport_domain::pipeline::{
    self, Definition, ForecastCategory, Percent, RequiredFields, Stage, StageTasks, StageType,
};
use rapport_domain::subscription::{self, CancellationKind};
use rapport_domain::value::{Instant, Key, Segments};

use super::{History, at, contact, eur, key, label, reference, sealed, segments};

/// Steps that each contact of [`company`] takes.
pub(crate) const STEPS_PER_CONTACT: u64 = 13;

/// `contacts` contacts, called `c0`, `c1` and so on, each with exchanges, a deal, a contract and a consent.
pub(crate) fn company(contacts: usize) -> History {
    let mut history = History::new();
    let published = pipeline::Published { definition: definition() };
    history.add::<pipeline::Pipeline>(
        &PipelineId::derived("tests", "sales"),
        "2025-12-01T00:00:00Z",
        published,
    );
    for number in 0..contacts {
        tell_of(&mut history, number);
    }
    history
}

fn tell_of(history: &mut History, number: usize) {
    let name = format!("c{number}");
    let id = contact(&name);
    let day = i64::try_from(number % 300).unwrap();
    let on = |days: i64| {
        Instant::from_micros(at("2026-01-01T09:00:00Z").micros() + (day + days) * 86_400_000_000).unwrap()
    };
    let first = InteractionId::derived("tests", &format!("{name}-1"));
    history
        .add_at::<contact::Contact>(&id, on(0), registered(number))
        .add_at::<Interactions>(&id, on(1), exchange(&format!("{name}-1"), Channel::Email, None))
        .add_at::<Interactions>(&id, on(2), exchange(&format!("{name}-2"), Channel::Order, Some(eur(1_000))))
        .add_at::<Interactions>(&id, on(9), exchange(&format!("{name}-3"), Channel::Order, Some(eur(2_500))));
    deal(history, number, id, on(3), on(33));
    let contract = SubscriptionId::derived("tests", &name);
    if number.is_multiple_of(2) {
        history.add_at::<subscription::Subscription>(&contract, on(4), started(id));
        history.add_at::<subscription::Subscription>(&contract, on(64), cancelled());
    } else {
        history.add_at::<Interactions>(
            &id,
            on(5),
            exchange(&format!("{name}-4"), Channel::Order, Some(eur(1))),
        );
        history.add_at::<Interactions>(&id, on(6), corrected(first));
    }
    let topic = || Topic { purpose: key("newsletter"), channel: consent::Channel::Email };
    history
        .add_at::<consent::Consent>(
            &id,
            on(1),
            consent::Requested { topic: topic(), notice: notice(), jurisdiction: None },
        )
        .add_at::<consent::Consent>(&id, on(2), given(&name, topic()))
        .add_at::<consent::Consent>(&id, on(3), withdrawn(&name, topic()))
        .add_at::<contact::Contact>(
            &id,
            on(70),
            contact::OwnerAssigned { owner: reference("bob"), previous_owner: None },
        );
}

fn deal(history: &mut History, number: usize, contact_id: ContactId, opened_at: Instant, closed_at: Instant) {
    let id = OpportunityId::derived("tests", &number.to_string());
    let place = |index: usize| StagePlace::new(&definition(), &definition().stages[index]);
    let opened = opportunity::Opened {
        pipeline_id: PipelineId::derived("tests", "sales"),
        place: place(0),
        title: label("A deal"),
        contact_id: Some(contact_id),
        amount: Some(eur(10_000)),
        fx: None,
        expected_close_on: None,
        owner: Some(reference(["ann", "bob", "cid"][number % 3])),
        team: None,
        segments: region(number),
        next_step: None,
        contact_roles: BTreeSet::new(),
    };
    let from = key("engaging");
    history.add_at::<opportunity::Opportunity>(&id, opened_at, opened);
    if number.is_multiple_of(3) {
        let lost = opportunity::Lost { from, place: place(2), reason: None, competitor: None };
        history.add_at::<opportunity::Opportunity>(&id, closed_at, lost);
    } else {
        let won = opportunity::Won { from, place: place(1), amount: Some(eur(9_000)), fx: None };
        history.add_at::<opportunity::Opportunity>(&id, closed_at, won);
    }
}

pub(crate) fn definition() -> Definition {
    let stage = |name: &str, stage_type, probability| Stage {
        key: key(name),
        name: label(name),
        stage_type,
        probability: Percent::new(probability).unwrap(),
        forecast_category: ForecastCategory::Pipeline,
        rot_after_days: None,
        required: RequiredFields::default(),
        tasks: StageTasks::default(),
        exit_criteria: Vec::new(),
    };
    let stages = vec![
        stage("engaging", StageType::Open, 50),
        stage("won", StageType::Won, 100),
        stage("lost", StageType::Lost, 0),
    ];
    Definition { version: 1, name: label("Sales"), stages }
}

fn region(number: usize) -> Segments {
    segments([("region", ["north", "south"][number % 2])])
}

pub(crate) fn registered(number: usize) -> contact::Registered {
    contact::Registered {
        kind: Kind::Person,
        name: sealed("name"),
        contact_points: Vec::new(),
        owner: Some(reference("ann")),
        lifecycle_stage: LifecycleStage::Lead,
        segments: region(number),
        external_ref: None,
    }
}

pub(crate) fn exchange(
    name: &str,
    channel: Channel,
    value: Option<rapport_domain::value::Money>,
) -> interaction::Recorded {
    interaction::Recorded {
        interaction_id: InteractionId::derived("tests", name),
        channel,
        direction: Direction::Inbound,
        summary: Some(sealed("what was said")),
        topic: None,
        duration_seconds: None,
        outcome: None,
        value,
        source: None,
        related: Vec::new(),
        segments: Segments::new(),
        mentions: [].into(),
    }
}

fn corrected(interaction_id: InteractionId) -> interaction::Corrected {
    interaction::Corrected {
        interaction_id,
        correction_id: CorrectionId::derived("tests", "1"),
        summary: Some(sealed("what was really said")),
        duration_seconds: Some(60),
        outcome: None,
    }
}

fn started(contact_id: ContactId) -> subscription::Started {
    let mrr = eur(500);
    subscription::Started {
        contact_id,
        plan: label("Plan"),
        mrr,
        term_ends_on: None,
        segments: Segments::new(),
    }
}

fn cancelled() -> subscription::Cancelled {
    subscription::Cancelled { mrr: eur(500), kind: CancellationKind::Voluntary, reason: None }
}

pub(crate) fn notice() -> Notice {
    Notice { id: reference("notice-1"), version: label("3"), wording_sha256: None, language: None }
}

pub(crate) fn given(name: &str, topic: Topic) -> consent::Given {
    consent::Given {
        consent_id: ConsentId::derived("tests", name),
        topic,
        notice: notice(),
        method: Method::Checkbox,
        evidence_grade: EvidenceGrade::B,
        evidence: Some(sealed("what proves it")),
        valid_until: None,
        jurisdiction: None,
    }
}

fn withdrawn(name: &str, topic: Topic) -> consent::Withdrawn {
    let consent_id = Some(ConsentId::derived("tests", name));
    let method = Method::OneClickUnsubscribe;
    consent::Withdrawn {
        consent_id,
        topic,
        method,
        evidence: None,
        jurisdiction: None,
        no_reask_before: None,
    }
}

/// A purpose of a company.
pub(crate) fn newsletter() -> Key {
    key("newsletter")
}
