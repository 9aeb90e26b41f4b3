//! Somebody agreed, and then an erasure of theirs is approved: they are addressed no more, unless that is taken back.

use std::time::Duration;

use futures::TryStreamExt as _;
use rapport_proto::v1 as wire;
use rapport_proto::v1::query_header::AsOf;
use rapport_proto::v1::{ConsentChannel, ConsentVerdict};
use rapport_tests::World;
use rapport_tests::ask::{after, header};

use crate::consent_checks::{PURPOSE, check, give};
use crate::erasure::{approve, asked, by, fulfil};

/// Asked one by one and in bulk, whether a contact may be addressed; the event that decides; the same both ways.
async fn decided(world: &World, contact_id: &str, header: wire::QueryHeader) -> (ConsentVerdict, u64) {
    let contact_ids = vec![contact_id.to_owned()];
    let alone = check(world, &contact_ids, ConsentChannel::Email, header).await.remove(0);
    let part = wire::CheckConsentsRequest {
        header: Some(header),
        contact_ids,
        purpose: PURPOSE.to_owned(),
        channel: ConsentChannel::Email.into(),
        ..Default::default()
    };
    let answers = world.consents().bulk_check_consents(futures::stream::iter([part])).await.unwrap();
    let parts: Vec<_> = answers.into_inner().try_collect().await.unwrap();
    assert_eq!(parts[0].decisions, std::slice::from_ref(&alone));
    assert_eq!(alone.allowed, alone.verdict() == ConsentVerdict::Allowed);
    (alone.verdict(), alone.position_of_event)
}

fn since(position: u64) -> wire::QueryHeader {
    after(position).unwrap()
}

fn as_of(position: u64) -> wire::QueryHeader {
    wire::QueryHeader { as_of: Some(AsOf::AsOfPosition(position)), ..Default::default() }
}

async fn approved(world: &World, request_id: &str, id: &str) -> u64 {
    let approve = by("user:bob", approve(request_id, id));
    let answer = world.subject_requests().approve_subject_request(approve).await.unwrap().into_inner();
    answer.receipt.unwrap().position
}

#[tokio::test]
async fn from_its_approval_on_nobody_addresses_them_and_once_it_is_taken_back_one_may() {
    let world = World::start_with_erasure_window(Duration::from_secs(72 * 3_600)).await;
    let (ann, id) = asked(&world, wire::SubjectRight::Erasure).await;
    let given = give(&world, 1, &ann).await;
    assert_eq!(decided(&world, &ann, since(given)).await, (ConsentVerdict::Allowed, given));

    let scheduled = approved(&world, "a1", &id).await;
    let no = (ConsentVerdict::ErasureApproved, given + 1);
    assert_eq!(decided(&world, &ann, since(scheduled)).await, no);
    assert_eq!(decided(&world, &ann, as_of(given)).await, (ConsentVerdict::Allowed, given));

    let (header, reason) = (header("c1"), "the wrong person".to_owned());
    let cancel = wire::CancelErasureRequest { header, subject_request_id: id.clone(), reason };
    let answer = world.subject_requests().cancel_erasure(by("user:ann", cancel)).await.unwrap();
    let cancelled = answer.into_inner().receipt.unwrap().position;
    assert_eq!(decided(&world, &ann, since(cancelled)).await, (ConsentVerdict::Allowed, given));
    assert_eq!(decided(&world, &ann, as_of(scheduled)).await, no, "what was answered then");
}

#[tokio::test]
async fn where_erasures_have_no_window_the_approval_forbids_until_they_are_erased() {
    let world = World::start().await;
    let (ann, id) = asked(&world, wire::SubjectRight::Erasure).await;
    let given = give(&world, 1, &ann).await;
    let position = approved(&world, "a1", &id).await;
    assert_eq!(decided(&world, &ann, since(position)).await, (ConsentVerdict::ErasureApproved, given + 1));

    let fulfil = by("user:bob", fulfil("f1", &id, ""));
    let done = world.subject_requests().fulfil_subject_request(fulfil).await.unwrap().into_inner();
    let done = done.receipt.unwrap().position;
    assert_eq!(decided(&world, &ann, since(done)).await, (ConsentVerdict::ContactErased, 0));
}
