//! Who sees personal data, and who sees the seal.

use futures::TryStreamExt as _;
use rapport_application::{Failure, HistoryFilter, HistoryQuery, Reveal};
use rapport_domain::Personal;
use rapport_domain::aggregate::StoredEvent as _;
use rapport_domain::contact;
use rapport_domain::envelope::{ActorKind, Position};
use rapport_domain::personal::Personal::{Clear, Sealed};
use rapport_domain::value::Name;
use serde_json::{Value, json};

use crate::house::House;
use crate::sample::{ann, bob, call, name, record, registered};

const SEES: [ActorKind; 2] = [ActorKind::User, ActorKind::Service];
const SEES_NOT: [ActorKind; 4] =
    [ActorKind::Analyst, ActorKind::Auditor, ActorKind::Import, ActorKind::System];

fn everything(reveal: Option<Reveal>) -> HistoryQuery {
    HistoryQuery { from: Position::START, to: None, follow: false, filter: HistoryFilter::default(), reveal }
}

async fn data(house: &House, kind: ActorKind, reveal: Reveal) -> Vec<Value> {
    let history = house.application.history(&house.look(kind), everything(Some(reveal))).unwrap();
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
        let shown = data(&house, kind, Reveal::Clear).await;
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
    let shown = data(&house, ActorKind::User, Reveal::Clear).await;
    assert_eq!(shown[0]["name"], json!({ "$erased": true }));
    assert_eq!(shown[1]["name"], json!({ "$clear": "Ann Lee" }));
}

#[tokio::test]
async fn nobody_else_may_ask_for_opened_fields() {
    let house = House::in_memory();
    registered(&house.application, ann()).await;
    for kind in SEES_NOT {
        let refused = house.application.history(&house.look(kind), everything(Some(Reveal::Clear))).err();
        assert!(matches!(refused, Some(Failure::DisclosureDenied)), "{kind:?}: {refused:?}");
    }
}

#[tokio::test]
async fn everybody_sees_pseudonyms_that_are_the_same_for_the_same_value_and_end_with_its_key() {
    let house = House::in_memory();
    registered(&house.application, ann()).await;
    registered(&house.application, bob()).await;
    house.application.interactions(bob(), vec![(record("a", "Ann Lee"), call("a"))]).await;
    for kind in SEES.into_iter().chain(SEES_NOT) {
        let shown = data(&house, kind, Reveal::Pseudonyms).await;
        let digits = shown[0]["name"]["$pseudonym"].as_str().unwrap();
        assert!(digits.len() == 32 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()), "{digits}");
        assert_eq!(shown[0]["name"], shown[1]["name"], "two people of one name");
        assert_ne!(shown[2]["summary"]["$pseudonym"], json!(digits), "the same words in another field");
        assert_eq!(shown[2]["channel"], json!("call"));
    }
    let before = data(&house, ActorKind::Analyst, Reveal::Pseudonyms).await;
    house.vault.destroy_keys(&ann()).await.unwrap();
    let after = data(&house, ActorKind::Analyst, Reveal::Pseudonyms).await;
    assert_eq!(after[0]["name"], json!({ "$erased": true }));
    assert_eq!(after[1..], before[1..]);
}

#[tokio::test]
async fn everybody_reads_the_sealed_history() {
    let house = House::in_memory();
    registered(&house.application, ann()).await;
    let log = house.log().await;
    for kind in SEES.into_iter().chain(SEES_NOT) {
        let history = house.application.history(&house.look(kind), everything(None)).unwrap();
        assert_eq!(history.try_collect::<Vec<_>>().await.unwrap(), log);
    }
}

#[tokio::test]
async fn a_sealed_value_is_disclosed_to_those_who_may_and_stays_sealed_for_the_others() {
    let house = House::in_memory();
    registered(&house.application, ann()).await;
    let sealed = stored_name(&house).await;
    for kind in SEES {
        let shown = house.application.disclose(&house.look(kind), &ann(), sealed.clone()).unwrap();
        assert!(shown == name("Ann Lee") && matches!(shown, Clear(_)));
    }
    for kind in SEES_NOT {
        let shown = house.application.disclose(&house.look(kind), &ann(), sealed.clone()).unwrap();
        assert!(shown == sealed && matches!(shown, Sealed(_)));
    }
    house.vault.destroy_keys(&ann()).await.unwrap();
    let shown = house.application.disclose(&house.look(ActorKind::User), &ann(), sealed).unwrap();
    assert!(matches!(shown, Personal::Erased));
}
