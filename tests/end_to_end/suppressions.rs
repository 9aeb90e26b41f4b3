//! Somebody does not want to be addressed: no consent changes that, nor does being erased and registered anew.

use rapport_proto::v1 as wire;
use rapport_proto::v1::{ConsentChannel, ConsentMethod, ConsentVerdict, SuppressionKind, SuppressionStatus};
use rapport_tests::World;
use rapport_tests::ask::{after, email, header, person, reason, refused_fields};

use crate::consent_checks::{PURPOSE, check, give};
use crate::erasure::{ADDRESS, approve, asked, by, fulfil};

fn objection(request_id: &str, contact_id: &str) -> wire::RaiseSuppressionRequest {
    wire::RaiseSuppressionRequest {
        header: header(request_id),
        contact_id: contact_id.to_owned(),
        kind: SuppressionKind::Objection.into(),
        channel: ConsentChannel::Email.into(),
        method: ConsentMethod::StaffRecorded.into(),
        evidence: Some(wire::ConsentEvidence { reference: "call 17".to_owned(), ..Default::default() }),
        ..Default::default()
    }
}

async fn raise(world: &World, request: wire::RaiseSuppressionRequest) -> u64 {
    world.consents().raise_suppression(request).await.unwrap().into_inner().receipt.unwrap().position
}

fn lift(request_id: &str, raised: &wire::RaiseSuppressionRequest) -> wire::LiftSuppressionRequest {
    wire::LiftSuppressionRequest {
        header: header(request_id),
        contact_id: raised.contact_id.clone(),
        kind: raised.kind,
        purpose: raised.purpose.clone(),
        channel: raised.channel,
        method: ConsentMethod::Button.into(),
        evidence: None,
        reason: "wrote that they want it again".to_owned(),
    }
}

/// Whether a contact may be addressed by e-mail, and the position of the event that decides.
async fn verdict(world: &World, contact_id: &str, position: u64) -> (ConsentVerdict, u64) {
    let header = after(position).unwrap();
    let decision = check(world, &[contact_id.to_owned()], ConsentChannel::Email, header).await.remove(0);
    (decision.verdict(), decision.position_of_event)
}

async fn registered(world: &World, request_id: &str, address: &str) -> String {
    let contact_points = vec![email(address)];
    let register = wire::RegisterContactRequest { contact_points, ..person(request_id, "Ann") };
    world.contacts().register_contact(register).await.unwrap().into_inner().contact_id
}

#[tokio::test]
async fn an_objection_dominates_until_the_subject_lifts_it_and_the_trail_tells_all_of_it() {
    let world = World::start().await;
    let ann = registered(&world, "r1", ADDRESS).await;
    let given = give(&world, 1, &ann).await;
    assert_eq!(verdict(&world, &ann, given).await, (ConsentVerdict::Allowed, given));

    let objection = objection("o1", &ann);
    let raised = raise(&world, objection.clone()).await;
    assert_eq!(verdict(&world, &ann, raised).await, (ConsentVerdict::Objected, raised));
    let again = wire::RaiseSuppressionRequest { header: header("o2"), ..objection.clone() };
    assert_eq!(raise(&world, again).await, raised, "said twice, recorded once");

    let by_click = wire::LiftSuppressionRequest {
        method: ConsentMethod::OneClickUnsubscribe.into(),
        ..lift("l0", &objection)
    };
    let refused = world.consents().lift_suppression(by_click).await.unwrap_err();
    assert_eq!(reason(&refused), "SUPPRESSION_METHOD_NOT_EXPLICIT");
    let lifted = world.consents().lift_suppression(lift("l1", &objection)).await.unwrap().into_inner();
    let lifted = lifted.receipt.unwrap().position;
    assert_eq!(verdict(&world, &ann, lifted).await, (ConsentVerdict::Allowed, given));

    let request = wire::GetConsentTrailRequest {
        header: after(lifted),
        contact_id: ann.clone(),
        purpose: PURPOSE.to_owned(),
        ..Default::default()
    };
    let steps = world.consents().get_consent_trail(request).await.unwrap().into_inner().steps;
    let told: Vec<_> = steps.iter().map(|step| (step.position, step.event_type.as_str())).collect();
    let expected =
        [(given, "consent.given.v1"), (raised, "suppression.raised.v1"), (lifted, "suppression.lifted.v1")];
    assert_eq!(told, expected);
    assert_eq!(steps[1].evidence.as_ref().unwrap().reference, "call 17");
    assert_eq!(
        (steps[1].suppression_kind(), steps[1].channel()),
        (SuppressionKind::Objection, ConsentChannel::Email)
    );
    assert_eq!(steps[2].reason, "wrote that they want it again");

    let request = wire::GetConsentsRequest { header: after(lifted), contact_id: ann, valid_at: None };
    let standing = world.consents().get_consents(request).await.unwrap().into_inner().suppressions;
    assert_eq!(standing.len(), 1);
    assert_eq!(standing[0].status(), SuppressionStatus::Lifted);
}

#[tokio::test]
async fn an_opt_out_signal_is_lifted_in_two_steps() {
    let world = World::start().await;
    let ann = registered(&world, "r1", ADDRESS).await;
    let signal = wire::RaiseSuppressionRequest {
        kind: SuppressionKind::OptOutSignal.into(),
        method: ConsentMethod::GpcSignal.into(),
        ..objection("s1", &ann)
    };
    let raised = raise(&world, signal.clone()).await;
    assert_eq!(verdict(&world, &ann, raised).await, (ConsentVerdict::OptedOut, raised));
    let at_once = world.consents().lift_suppression(lift("l1", &signal)).await.unwrap_err();
    assert_eq!(reason(&at_once), "SUPPRESSION_LIFT_NOT_REQUESTED");
    let request = wire::RequestSuppressionLiftRequest {
        header: header("q1"),
        contact_id: ann.clone(),
        kind: signal.kind,
        channel: signal.channel,
        method: ConsentMethod::Checkbox.into(),
        ..Default::default()
    };
    let asked = world.consents().request_suppression_lift(request).await.unwrap().into_inner();
    let asked = asked.receipt.unwrap().position;
    assert_eq!(verdict(&world, &ann, asked).await, (ConsentVerdict::OptedOut, raised));
    let lifted = world.consents().lift_suppression(lift("l2", &signal)).await.unwrap().into_inner();
    let (now, _) = verdict(&world, &ann, lifted.receipt.unwrap().position).await;
    assert_eq!(now, ConsentVerdict::NotAsked, "what is lifted gives no consent");
}

#[tokio::test]
async fn who_was_erased_is_left_alone_when_they_are_registered_anew() {
    let mut world = World::start().await;
    let (ann, id) = asked(&world, wire::SubjectRight::Erasure).await;
    raise(&world, objection("o1", &ann)).await;
    world.subject_requests().approve_subject_request(by("user:bob", approve("a1", &id))).await.unwrap();
    let done = world.subject_requests().fulfil_subject_request(by("user:bob", fulfil("f1", &id, ""))).await;
    let certificate = done.unwrap().into_inner().subject_request.unwrap().certificate.unwrap();
    assert_eq!(certificate.digests_kept, 1);

    let again = registered(&world, "r4", &ADDRESS.to_uppercase()).await;
    let other = registered(&world, "r5", "bob@example.com").await;
    give(&world, 4, &again).await;
    let given = give(&world, 5, &other).await;
    let (found, decided_by) = verdict(&world, &again, given).await;
    assert_eq!(found, ConsentVerdict::Objected);
    assert_eq!(verdict(&world, &other, given).await.0, ConsentVerdict::Allowed);
    let request =
        wire::GetConsentTrailRequest { header: after(given), contact_id: ann, ..Default::default() };
    let steps = world.consents().get_consent_trail(request).await.unwrap().into_inner().steps;
    let last = steps.last().unwrap();
    assert_eq!((last.position, last.event_type.as_str()), (decided_by, "suppression.retained.v1"));

    world.stop().await;
    std::fs::remove_dir_all(world.data_dir().join("read")).unwrap();
    world.start_again().await;
    assert_eq!(verdict(&world, &again, given).await, (ConsentVerdict::Objected, decided_by));
}

#[tokio::test]
async fn a_suppression_names_what_is_malformed() {
    let world = World::start().await;
    let request = wire::LiftSuppressionRequest {
        header: header("l1"),
        purpose: "No Key".to_owned(),
        channel: 99,
        ..Default::default()
    };
    let refused = world.consents().lift_suppression(request).await.unwrap_err();
    assert_eq!(refused_fields(&refused), ["contact_id", "kind", "purpose", "channel", "method", "reason"]);
}
