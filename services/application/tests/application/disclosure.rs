//! Who sees personal data, and who sees the seal.

use futures::TryStreamExt as _;
use rapport_application::{Failure, HistoryFilter, HistoryQuery};
use rapport_domain::Personal;
use rapport_domain::aggregate::StoredEvent as _;
use rapport_domain::contact;
use rapport_domain::envelope::{ActorKind, Position};
use rapport_domain::personal::Personal::{Clear, Sealed};
use rapport_domain::value::Name;
use serde_json::{Value, json};

use crate::house::House;
use crate::sample::{actor, ann, bob, call, name, record, registered};

const SEES: [ActorKind; 2] = [ActorKind::User, ActorKind::Service];
const SEES_NOT: [ActorKind; 4] =
    [ActorKind::Analyst, ActorKind::Auditor, ActorKind::Import, ActorKind::System];

fn everything(open_personal: bool) -> HistoryQuery {
    HistoryQuery {
        from: Position::START,
        to: None,
        follow: false,
        filter: HistoryFilter::default(),
        open_personal,
    }
}

async fn data(house: &House, kind: ActorKind, open_personal: bool) -> Vec<Value> {
    let history = house.application.history(&actor(kind), everything(open_personal)).unwrap();
    let data = history.map_ok(|event| serde_json::from_str(&event.data).unwrap());
    data.try_collect().await.unwrap()
}

async fn stored_name(house: &House) -> Personal<Name> {
    let event = house.log().await.remove(0);
    let Ok(contact::Event::Registered(registered)) =
        contact::Event::decode(&event.event_type, &event.data).unwrap()
    else {
        panic!("{event:?}");
    };
    registered.name
}

#[tokio::test]
async fn personal_fields_are_opened_in_place_for_those_who_may() {
    for kind in SEES {
        let house = House::in_memory();
        registered(&house.application, ann()).await;
        house.application.interactions(ann(), vec![(record("a", "She called"), call("a"))]).await;
        let shown = data(&house, kind, true).await;
        assert_eq!(
            shown[0],
            json!({ "kind": "person", "name": { "$clear": "Ann Lee" }, "lifecycle_stage": "lead" })
        );
        assert_eq!(shown[1]["summary"], json!({ "$clear": "She called" }));
        assert_eq!(shown[1]["channel"], json!("call"));
    }
}

#[tokio::test]
async fn each_contacts_fields_are_opened_with_their_own_keys() {
    let house = House::in_memory();
    registered(&house.application, ann()).await;
    registered(&house.application, bob()).await;
    house.vault.destroy_keys(&ann()).await.unwrap();
    let shown = data(&house, ActorKind::User, true).await;
    assert_eq!(shown[0]["name"], json!({ "$erased": true }));
    assert_eq!(shown[1]["name"], json!({ "$clear": "Ann Lee" }));
}

#[tokio::test]
async fn nobody_else_may_ask_for_opened_fields() {
    let house = House::in_memory();
    registered(&house.application, ann()).await;
    for kind in SEES_NOT {
        let refused = house.application.history(&actor(kind), everything(true)).err();
        assert!(matches!(refused, Some(Failure::DisclosureDenied)), "{kind:?}: {refused:?}");
    }
}

#[tokio::test]
async fn everybody_reads_the_sealed_history() {
    let house = House::in_memory();
    registered(&house.application, ann()).await;
    let log = house.log().await;
    for kind in SEES.into_iter().chain(SEES_NOT) {
        let history = house.application.history(&actor(kind), everything(false)).unwrap();
        assert_eq!(history.try_collect::<Vec<_>>().await.unwrap(), log);
    }
}

#[tokio::test]
async fn a_sealed_value_is_disclosed_to_those_who_may_and_stays_sealed_for_the_others() {
    let house = House::in_memory();
    registered(&house.application, ann()).await;
    let sealed = stored_name(&house).await;
    for kind in SEES {
        let shown = house.application.disclose(&actor(kind), &ann(), sealed.clone()).unwrap();
        assert!(shown == name("Ann Lee") && matches!(shown, Clear(_)));
    }
    for kind in SEES_NOT {
        let shown = house.application.disclose(&actor(kind), &ann(), sealed.clone()).unwrap();
        assert!(shown == sealed && matches!(shown, Sealed(_)));
    }
    house.vault.destroy_keys(&ann()).await.unwrap();
    let shown = house.application.disclose(&actor(ActorKind::User), &ann(), sealed).unwrap();
    assert!(matches!(shown, Personal::Erased));
}
