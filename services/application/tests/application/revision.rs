//! A caller may say which revision it decided on.

use rapport_application::{Call, Failure};
use rapport_domain::envelope::{ExpectedRevision, Revision};

use crate::house::House;
use crate::sample::{ann, assign, call, receipt, record, register, registered};

fn at(revision: u64, request: &str) -> Call {
    Call { expected_revision: Some(Revision(revision)), ..call(request) }
}

#[tokio::test]
async fn a_stale_revision_is_refused_with_both_numbers() {
    for house in House::on_each_store() {
        registered(&house.application, ann()).await;
        house.application.contact(ann(), assign("user_1"), call("r1")).await.unwrap();
        let stale = house.application.contact(ann(), assign("user_2"), at(0, "r2")).await;
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
        assert_eq!(house.head().await.0, 2);
    }
}

#[tokio::test]
async fn the_right_revision_is_accepted() {
    for house in House::on_each_store() {
        registered(&house.application, ann()).await;
        let right = house.application.contact(ann(), assign("user_1"), at(0, "r1")).await.unwrap();
        assert_eq!(right, receipt(1, 2));
    }
}

#[tokio::test]
async fn a_revision_of_a_stream_without_events_is_refused() {
    let house = House::in_memory();
    let early = house.application.contact(ann(), register("Ann Lee"), at(0, "r1")).await;
    assert!(
        matches!(
            early,
            Err(Failure::RevisionMismatch { expected: ExpectedRevision::Exact(Revision(0)), actual: None })
        ),
        "{early:?}"
    );
    assert_eq!(house.head().await.0, 0);
}

#[tokio::test]
async fn a_refused_request_may_come_again_with_the_right_revision() {
    let house = House::in_memory();
    registered(&house.application, ann()).await;
    house.application.contact(ann(), assign("user_2"), at(4, "r1")).await.unwrap_err();
    let right = house.application.contact(ann(), assign("user_2"), at(0, "r1")).await.unwrap();
    assert_eq!(right, receipt(1, 2));
}

#[tokio::test]
async fn in_a_run_a_revision_counts_what_the_run_wrote_before() {
    let house = House::in_memory();
    registered(&house.application, ann()).await;
    let run = vec![
        (record("a", "first"), call("a")),
        (record("b", "second"), at(0, "b")),
        (record("c", "third"), at(0, "c")),
    ];
    let answers = house.application.interactions(ann(), run).await;
    assert_eq!(*answers[1].as_ref().unwrap(), receipt(1, 3));
    let refused = Err(Failure::RevisionMismatch {
        expected: ExpectedRevision::Exact(Revision(0)),
        actual: Some(Revision(1)),
    });
    assert_eq!(format!("{:?}", answers[2]), format!("{:?}", refused as Result<(), Failure>));
    assert_eq!(house.head().await.0, 3);
}
