//! Two replicas over one log: what one of them has folded may be old.

use rapport_application::{Call, Failure};
use rapport_domain::envelope::{ExpectedRevision, Revision};
use rapport_domain::{contact, opportunity};

use crate::house::House;
use crate::sample::{
    ann, assign, call, correct_name, deal, move_to, open_deal, publish, receipt, record, redact, register,
    registered, sales,
};

#[tokio::test]
async fn a_replica_that_is_behind_writes_after_the_other() {
    let house = House::in_memory();
    let (here, there) = (&house.application, house.replica());
    registered(here, ann()).await;
    there.contact(ann(), assign("user_1"), call("r1")).await.unwrap();
    let behind = here.contact(ann(), correct_name("Ann Li"), call("r2")).await.unwrap();
    assert_eq!(behind, receipt(2, 3));
}

#[tokio::test]
async fn a_change_that_a_replica_holds_for_done_is_made_where_another_undid_it() {
    for house in House::on_each_store() {
        let (here, there) = (&house.application, house.replica());
        registered(here, ann()).await;
        here.contact(ann(), assign("user_1"), call("r1")).await.unwrap();
        there.contact(ann(), assign("user_2"), call("r2")).await.unwrap();
        let back = here.contact(ann(), assign("user_1"), call("r3")).await.unwrap();
        assert_eq!(back, receipt(3, 4));
    }
}

#[tokio::test]
async fn a_refusal_is_not_given_on_an_old_state() {
    let house = House::in_memory();
    let (here, there) = (&house.application, house.replica());
    registered(here, ann()).await;
    here.interactions(ann(), vec![(record("a", "first"), call("a"))]).await;
    there.interactions(ann(), vec![(record("b", "second"), call("b"))]).await;
    let redacted = here.interactions(ann(), vec![(redact("b"), call("c"))]).await.remove(0);
    assert_eq!(redacted.unwrap(), receipt(2, 4));
}

#[tokio::test]
async fn an_expected_revision_is_held_against_the_log_and_not_against_an_old_state() {
    let house = House::in_memory();
    let (here, there) = (&house.application, house.replica());
    registered(here, ann()).await;
    there.contact(ann(), assign("user_1"), call("r1")).await.unwrap();
    let at = |revision| Call { expected_revision: Some(Revision(revision)), ..call("r2") };
    let stale = here.contact(ann(), assign("user_2"), at(0)).await;
    assert!(
        matches!(
            stale,
            Err(Failure::RevisionMismatch {
                expected: ExpectedRevision::Exact(Revision(0)),
                actual: Some(Revision(1))
            })
        ),
        "{stale:?}"
    );
    there.contact(ann(), assign("user_3"), call("r3")).await.unwrap();
    let right = here.contact(ann(), assign("user_2"), at(2)).await.unwrap();
    assert_eq!(right, receipt(3, 4));
}

#[tokio::test]
async fn a_retry_at_a_replica_that_is_behind_gets_the_receipt_of_the_first() {
    for house in House::on_each_store() {
        let (here, there) = (&house.application, house.replica());
        registered(here, ann()).await;
        for (owner, request) in [("user_1", "r1"), ("user_2", "r2"), ("user_3", "r3")] {
            there.contact(ann(), assign(owner), call(request)).await.unwrap();
        }
        let again = here.contact(ann(), assign("user_2"), call("r2")).await.unwrap();
        assert_eq!(again, receipt(2, 3));
        let next = here.contact(ann(), assign("user_4"), call("r4")).await.unwrap();
        assert_eq!(next, receipt(4, 5));
    }
}

#[tokio::test]
async fn an_event_of_another_replica_is_not_taken_for_ones_own() {
    let house = House::in_memory();
    let (here, there) = (&house.application, house.replica());
    registered(here, ann()).await;
    let archive = contact::Command::Archive;
    there.contact(ann(), assign("user_1"), call("r1")).await.unwrap();
    there.contact(ann(), archive.clone(), call("r2")).await.unwrap();
    there.contact(ann(), contact::Command::Restore, call("r3")).await.unwrap();
    // Here the same data would stand at revision 1; in the log it stands at revision 2.
    assert_eq!(here.contact(ann(), archive, call("r2")).await.unwrap(), receipt(2, 3));
    assert_eq!(here.contact(ann(), assign("user_2"), call("r4")).await.unwrap(), receipt(4, 5));
}

#[tokio::test]
async fn a_contact_registered_at_one_replica_is_known_at_the_other() {
    let house = House::in_memory();
    let (here, there) = (&house.application, house.replica());
    let early = here.interactions(ann(), vec![(record("a", "first"), call("a"))]).await.remove(0);
    assert!(matches!(early, Err(Failure::Contact(_))), "{early:?}");
    there.contact(ann(), register("Ann Lee"), call("r1")).await.unwrap();
    let late = here.interactions(ann(), vec![(record("a", "first"), call("a"))]).await.remove(0);
    assert_eq!(late.unwrap(), receipt(0, 2));
}

#[tokio::test]
async fn a_pipeline_published_at_one_replica_is_in_force_at_the_other() {
    let house = House::in_memory();
    let (here, there) = (&house.application, house.replica());
    let early = here.opportunity(deal(), open_deal(None), call("r1")).await;
    assert!(matches!(early, Err(Failure::PipelineUnknown)), "{early:?}");
    there.pipeline(sales(), publish(&["talk"]), call("r2")).await.unwrap();
    here.opportunity(deal(), open_deal(None), call("r3")).await.unwrap();
    there.pipeline(sales(), publish(&["talk", "offer"]), call("r4")).await.unwrap();
    here.opportunity(deal(), move_to("offer"), call("r5")).await.unwrap();
    let moved = house.log().await.pop().unwrap();
    let moved: serde_json::Value = serde_json::from_str(&moved.data).unwrap();
    assert_eq!((moved["stage"].as_str(), moved["pipeline_version"].as_u64()), (Some("offer"), Some(2)));
}

#[tokio::test]
async fn a_deal_opened_at_one_replica_is_known_at_the_other() {
    let house = House::in_memory();
    let (here, there) = (&house.application, house.replica());
    here.pipeline(sales(), publish(&["talk", "offer"]), call("r1")).await.unwrap();
    let early = here.opportunity(deal(), move_to("offer"), call("r2")).await;
    assert!(matches!(early, Err(Failure::Opportunity(opportunity::Rejection::NotOpened))), "{early:?}");
    there.opportunity(deal(), open_deal(None), call("r3")).await.unwrap();
    let late = here.opportunity(deal(), move_to("offer"), call("r4")).await.unwrap();
    assert_eq!(late, receipt(1, 3));
}
