//! What begins while whom it is about is erased ends with them, although the erasure did not find it.

use std::sync::Arc;

use rapport_application::{AppendError, Failure, LeadCapture};
use rapport_domain::task::{About, Command};
use rapport_domain::{contact, lead};
use tokio::sync::Notify;

use crate::fickle::{FickleStore, Whim};
use crate::house::House;
use crate::sample::{ann, call, registered};
use crate::tasks::{captured, coming_in, create, erase_ann, id};

fn fickle_house() -> (Arc<FickleStore>, House) {
    let store = FickleStore::new();
    let house = House::over(Arc::clone(&store) as Arc<_>);
    (store, house)
}

/// The answer to a request that was let through before another server erases Ann, and whose events are written after that. The
/// append after them has the whim.
async fn written_after_the_erasure<T>(
    store: &FickleStore,
    house: &House,
    asked: impl Future<Output = T>,
    next: Whim,
) -> T {
    let (other, let_go) = (house.replica(), Arc::new(Notify::new()));
    store.next_append(Whim::Hold(Arc::clone(&let_go)));
    let erasing = async {
        store.parked().await;
        erase_ann(&other).await;
        store.next_append(next);
        let_go.notify_one();
    };
    tokio::join!(asked, erasing).0
}

/// The last thing that happened: this, because the contact was erased. How many events there are.
async fn assert_ended_last(house: &House, event_type: &str) -> usize {
    let log = house.log().await;
    let last = log.last().unwrap();
    let told = (last.event_type.as_str(), last.data.as_str());
    assert_eq!(told, (event_type, r#"{"reason":"contact erased"}"#));
    log.len()
}

#[tokio::test]
async fn a_task_that_is_begun_while_its_contact_is_erased_ends_with_them() {
    for about in [About::Contact(ann()), About::Lead(lead::id_of(ann(), 0))] {
        let (store, house) = fickle_house();
        let app = &house.application;
        captured(app).await;
        let command = create(app, about);
        let asked = app.task(id(), command.clone(), call("begin"));
        let begun = written_after_the_erasure(&store, &house, asked, Whim::Pass).await.unwrap();
        let told = assert_ended_last(&house, "task.cancelled.v1").await;
        let again = app.task(id(), command, call("begin")).await.unwrap();
        assert_eq!((again, house.log().await.len()), (begun, told), "sent again, it gets its first answer");
    }
}

#[tokio::test]
async fn a_task_that_is_reopened_while_its_contact_is_erased_ends_with_them() {
    for about in [About::Contact(ann()), About::Lead(lead::id_of(ann(), 0))] {
        let (store, house) = fickle_house();
        let app = &house.application;
        captured(app).await;
        app.task(id(), create(app, about), call("create")).await.unwrap();
        app.task(id(), Command::Complete { outcome: None }, call("done")).await.unwrap();
        let asked = app.task(id(), Command::Reopen, call("reopen"));
        let reopened = written_after_the_erasure(&store, &house, asked, Whim::Pass).await.unwrap();
        let told = assert_ended_last(&house, "task.cancelled.v1").await;
        let again = app.task(id(), Command::Reopen, call("reopen")).await.unwrap();
        assert_eq!(
            (again, house.log().await.len()),
            (reopened, told),
            "sent again, it gets its first answer"
        );
    }
}

#[tokio::test]
async fn a_task_that_could_not_be_ended_with_its_contact_is_when_its_request_comes_again() {
    let (store, house) = fickle_house();
    let app = &house.application;
    captured(app).await;
    let command = create(app, About::Contact(ann()));
    let full = Whim::Refuse(AppendError::StorageFull);
    let asked = app.task(id(), command.clone(), call("begin"));
    let failed = written_after_the_erasure(&store, &house, asked, full).await;
    assert!(matches!(failed, Err(Failure::Append(AppendError::StorageFull))), "{failed:?}");
    let last = house.log().await.pop().unwrap();
    assert_eq!(last.event_type, "task.created.v1");

    let begun = app.task(id(), command, call("begin")).await.unwrap();
    assert_eq!(begun.position, last.position, "its first answer");
    assert_ended_last(&house, "task.cancelled.v1").await;
}

#[tokio::test]
async fn a_lead_that_is_captured_while_its_contact_is_erased_is_over_and_refused() {
    for next in [Whim::Pass, Whim::Refuse(AppendError::StorageFull)] {
        let (store, house) = fickle_house();
        let app = &house.application;
        registered(app, ann()).await;
        let capture = || LeadCapture { register: None, ..coming_in() };
        let asked = app.capture_lead(capture(), call("capture"));
        let refused = written_after_the_erasure(&store, &house, asked, next).await;
        assert!(matches!(refused, Err(Failure::Contact(_) | Failure::Append(_))), "{refused:?}");
        // Where it could not be ended it is when the request comes again.
        let again = app.capture_lead(capture(), call("capture")).await;
        assert!(matches!(again, Err(Failure::Contact(contact::Rejection::Erased))), "{again:?}");
        let told = assert_ended_last(&house, "lead.disqualified.v1").await;
        let types = house.types("lead").await;
        assert_eq!(types, ["lead.captured.v1", "lead.disqualified.v1"]);
        assert_eq!(house.log().await.len(), told);
    }
}
