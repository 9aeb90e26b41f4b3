//! A microservice's day: register, record, move a deal, withdraw consent, and read everything back.

use rapport_proto::v1 as wire;
use rapport_tests::World;
use rapport_tests::ask::{after, call, deal, email, euros, header, person, pipeline};

/// The position of a write.
fn position(receipt: Option<wire::Receipt>) -> u64 {
    receipt.expect("a receipt").position
}

fn readable(text: Option<wire::PersonalText>) -> String {
    match text.and_then(|text| text.state) {
        Some(wire::personal_text::State::Text(text)) => text,
        other => panic!("not readable: {other:?}"),
    }
}

#[tokio::test]
async fn a_contact_is_registered_and_found_by_its_address() {
    let world = World::start().await;
    let mut contacts = world.contacts();
    let request = wire::RegisterContactRequest {
        contact_points: vec![email("Ann.Lee@Example.com")],
        segments: [("region".to_owned(), "north".to_owned())].into(),
        ..person("r1", "Ann Lee")
    };
    let registered = contacts.register_contact(request).await.unwrap().into_inner();
    let found = contacts
        .search_contacts(wire::SearchContactsRequest {
            header: after(position(registered.receipt)),
            by: Some(wire::search_contacts_request::By::Email("ann.lee@example.COM".to_owned())),
        })
        .await
        .unwrap()
        .into_inner();
    assert_eq!(found.contacts.len(), 1);
    let contact = found.contacts.into_iter().next().unwrap();
    assert_eq!(contact.contact_id, registered.contact_id);
    assert_eq!(readable(contact.name), "Ann Lee");
    assert_eq!(readable(contact.contact_points.into_iter().next().unwrap().point), "Ann.Lee@Example.com");
    assert_eq!(contact.segments["region"], "north");
}

#[tokio::test]
async fn what_was_said_stands_on_the_timeline_newest_first() {
    let world = World::start().await;
    let ann = world.contacts().register_contact(person("r1", "Ann")).await.unwrap().into_inner().contact_id;
    let mut interactions = world.interactions();
    interactions.record_interaction(call("r2", &ann, "asked for an offer")).await.unwrap();
    let last =
        interactions.record_interaction(call("r3", &ann, "took the offer")).await.unwrap().into_inner();
    let timeline = interactions
        .get_timeline(wire::GetTimelineRequest {
            header: after(position(last.receipt)),
            contact_id: ann,
            kinds: vec![wire::TimelineKind::Interaction.into()],
            ..wire::GetTimelineRequest::default()
        })
        .await
        .unwrap()
        .into_inner();
    let said: Vec<String> = timeline.entries.into_iter().map(|entry| readable(entry.summary)).collect();
    assert_eq!(said, ["took the offer", "asked for an offer"]);
}

#[tokio::test]
async fn a_deal_moves_through_its_pipeline_and_is_won() {
    let world = World::start().await;
    let ann = world.contacts().register_contact(person("r1", "Ann")).await.unwrap().into_inner().contact_id;
    let mut pipelines = world.pipelines();
    let sales = pipelines.publish_pipeline(pipeline("r2")).await.unwrap().into_inner().pipeline_id;
    let request = wire::OpenOpportunityRequest { amount: euros(100_000), ..deal("r3", &sales, &ann) };
    let opportunity_id = pipelines.open_opportunity(request).await.unwrap().into_inner().opportunity_id;
    let moved = wire::MoveOpportunityStageRequest {
        header: header("r4"),
        opportunity_id: opportunity_id.clone(),
        stage: "offered".to_owned(),
    };
    let moved = pipelines.move_opportunity_stage(moved).await.unwrap().into_inner();
    let view =
        |min_position| wire::GetPipelineViewRequest { header: after(min_position), ..Default::default() };
    let open = pipelines.get_pipeline_view(view(position(moved.receipt))).await.unwrap().into_inner();
    assert_eq!((open.opportunities, open.open), (1, 1));
    assert_eq!(open.open_amount, [euros(100_000).unwrap()]);
    assert_eq!(open.weighted_amount, [euros(50_000).unwrap()]);

    let (amount, fx) = (euros(90_000), None);
    let won = wire::WinOpportunityRequest { header: header("r5"), opportunity_id, amount, fx };
    let won = pipelines.win_opportunity(won).await.unwrap().into_inner();
    let closed = pipelines.get_pipeline_view(view(position(won.receipt))).await.unwrap().into_inner();
    assert_eq!(closed.open, 0);
    let closed = closed.closed.unwrap();
    assert_eq!((closed.won, closed.lost, closed.win_rate_basis_points), (1, 0, Some(10_000)));
    assert_eq!(closed.won_amount, [euros(90_000).unwrap()]);
}

#[tokio::test]
async fn a_consent_is_requested_given_and_withdrawn_and_the_trail_shows_each_step() {
    let world = World::start().await;
    let ann = world.contacts().register_contact(person("r1", "Ann")).await.unwrap().into_inner().contact_id;
    let notice = || {
        Some(wire::ConsentNotice {
            id: "newsletter".to_owned(),
            version: "3".to_owned(),
            ..Default::default()
        })
    };
    let mut consents = world.consents();
    let (purpose, channel) = ("newsletter".to_owned(), wire::ConsentChannel::Email.into());
    consents
        .request_consent(wire::RequestConsentRequest {
            jurisdiction: None,
            header: header("r2"),
            contact_id: ann.clone(),
            purpose: purpose.clone(),
            channel,
            notice: notice(),
        })
        .await
        .unwrap();
    consents
        .give_consent(wire::GiveConsentRequest {
            header: header("r3"),
            contact_id: ann.clone(),
            purpose: purpose.clone(),
            channel,
            notice: notice(),
            method: wire::ConsentMethod::Checkbox.into(),
            evidence: Some(wire::ConsentEvidence { ip: "192.0.2.7".to_owned(), ..Default::default() }),
            ..Default::default()
        })
        .await
        .unwrap();
    let withdrawn = consents
        .withdraw_consent(wire::WithdrawConsentRequest {
            jurisdiction: None,
            header: header("r4"),
            contact_id: ann.clone(),
            purpose,
            channel,
            method: wire::ConsentMethod::OneClickUnsubscribe.into(),
            evidence: None,
        })
        .await
        .unwrap()
        .into_inner();
    let min_position = after(position(withdrawn.receipt));
    let current = wire::GetConsentsRequest { header: min_position, contact_id: ann.clone(), valid_at: None };
    let current = consents.get_consents(current).await.unwrap().into_inner().consents;
    assert_eq!(current.len(), 1);
    assert_eq!(current[0].status(), wire::ConsentStatus::Withdrawn);
    let trail = wire::GetConsentTrailRequest { header: min_position, contact_id: ann, ..Default::default() };
    let steps = consents.get_consent_trail(trail).await.unwrap().into_inner().steps;
    let types: Vec<&str> = steps.iter().map(|step| step.event_type.as_str()).collect();
    assert_eq!(types, ["consent.requested.v1", "consent.given.v1", "consent.withdrawn.v1"]);
    assert_eq!(steps[1].evidence.as_ref().unwrap().ip, "192.0.2.7");
    assert_eq!(steps[1].evidence_grade, "B");
}

#[tokio::test]
async fn a_contract_that_ends_shows_in_the_churn_report() {
    let world = World::start().await;
    let ann = world.contacts().register_contact(person("r1", "Ann")).await.unwrap().into_inner().contact_id;
    let on = |request_id: &str, seconds| {
        let mut header = header(request_id);
        header.as_mut().unwrap().occurred_at = Some(prost_types::Timestamp { seconds, nanos: 0 });
        header
    };
    let mut subscriptions = world.subscriptions();
    let (january, march) = (1_704_067_200, 1_709_251_200);
    let started = wire::StartSubscriptionRequest {
        header: on("r2", january),
        contact_id: ann,
        plan: "basic".to_owned(),
        mrr: euros(5_000),
        ..Default::default()
    };
    let subscription_id =
        subscriptions.start_subscription(started).await.unwrap().into_inner().subscription_id;
    let cancelled = wire::CancelSubscriptionRequest {
        header: on("r3", march),
        subscription_id,
        kind: wire::CancellationKind::Voluntary.into(),
        reason: String::new(),
    };
    let cancelled = subscriptions.cancel_subscription(cancelled).await.unwrap().into_inner();
    let report =
        wire::GetChurnReportRequest { header: after(position(cancelled.receipt)), ..Default::default() };
    let periods = world.reports().get_churn_report(report).await.unwrap().into_inner().periods;
    let lines: Vec<(&str, i64, u64, Option<i64>, Option<i64>)> = periods
        .iter()
        .map(|p| {
            (
                p.month.as_str(),
                p.start_mrr,
                p.churned_customers,
                p.logo_churn_basis_points,
                p.nrr_basis_points,
            )
        })
        .collect();
    assert_eq!(
        lines,
        [
            ("2024-01", 0, 0, None, None),
            ("2024-02", 5_000, 0, Some(0), Some(10_000)),
            ("2024-03", 5_000, 1, Some(10_000), Some(0)),
        ]
    );
}
