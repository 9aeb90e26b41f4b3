//! Personal data is readable in the answer to a caller who may, and nowhere else.

use std::path::{Path, PathBuf};

use futures::TryStreamExt as _;
use rapport_proto::v1 as wire;
use rapport_proto::v1::export_request::What;
use rapport_tests::World;
use rapport_tests::ask::{call, header, person, reason};
use tonic::{Code, Status};

/// Stands in every personal field of a made-up customer, in every case that a field may be kept in.
const CANARY: &str = "zzcanary7f3a";

fn files(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] })
        .collect()
}

fn holding(folder: &Path, text: &str) -> Vec<PathBuf> {
    let holds = |path: &PathBuf| {
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes.to_ascii_lowercase(),
            // A journal comes and goes while the server runs; what is gone holds nothing.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return false,
            Err(error) => panic!("{}: {error}", path.display()),
        };
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    };
    files(folder).into_iter().filter(holds).collect()
}

/// A customer whose every personal field holds the canary.
async fn load(world: &World) -> String {
    use wire::new_contact_point::Point;
    let point = |point| wire::NewContactPoint { point: Some(point), ..Default::default() };
    let request = wire::RegisterContactRequest {
        contact_points: vec![
            point(Point::Email(format!("{CANARY}@example.com"))),
            point(Point::Postal(format!("1 {CANARY} Street"))),
            point(Point::Social(format!("@{CANARY}"))),
        ],
        ..person("r1", &format!("Ann {CANARY}"))
    };
    let ann = world.contacts().register_contact(request).await.unwrap().into_inner().contact_id;
    let renamed = wire::CorrectContactNameRequest {
        header: header("r2"),
        contact_id: ann.clone(),
        name: format!("Anne {CANARY}"),
    };
    world.contacts().correct_contact_name(renamed).await.unwrap();
    let recorded =
        world.interactions().record_interaction(call("r3", &ann, &format!("said {CANARY}"))).await.unwrap();
    let corrected = wire::CorrectInteractionRequest {
        header: header("r4"),
        contact_id: ann.clone(),
        interaction_id: recorded.into_inner().interaction_id,
        summary: format!("wrote {CANARY}"),
        ..Default::default()
    };
    world.interactions().correct_interaction(corrected).await.unwrap();
    let text = || CANARY.to_owned();
    let withdrawn = wire::WithdrawConsentRequest {
        jurisdiction: None,
        header: header("r5"),
        contact_id: ann.clone(),
        purpose: "newsletter".to_owned(),
        channel: wire::ConsentChannel::Email.into(),
        method: wire::ConsentMethod::Button.into(),
        evidence: Some(wire::ConsentEvidence {
            ip: text(),
            user_agent: text(),
            form_url: text(),
            reference: text(),
            captured_at: None,
        }),
    };
    let last = world.consents().withdraw_consent(withdrawn).await.unwrap().into_inner().receipt.unwrap();
    // Every read model has taken it all in before the files are looked at.
    let header = Some(wire::QueryHeader { min_position: last.position, as_of: None });
    let contact = wire::GetContactRequest { header, contact_id: ann.clone() };
    world.contacts().get_contact(contact).await.unwrap();
    let timeline = wire::GetTimelineRequest { header, contact_id: ann.clone(), ..Default::default() };
    let timeline = world.interactions().get_timeline(timeline).await.unwrap().into_inner();
    assert!(format!("{timeline:?}").contains(CANARY), "the answer to a caller who may is readable");
    let trail = wire::GetConsentTrailRequest { header, contact_id: ann.clone(), ..Default::default() };
    world.consents().get_consent_trail(trail).await.unwrap();
    ann
}

#[tokio::test]
async fn no_file_of_the_data_directory_holds_a_personal_field() {
    let mut world = World::start().await;
    load(&world).await;
    assert_eq!(holding(&world.data_dir(), CANARY), Vec::<PathBuf>::new(), "while it runs");
    world.stop().await;
    assert_eq!(holding(&world.data_dir(), CANARY), Vec::<PathBuf>::new(), "after it stopped");
    assert!(files(&world.data_dir()).len() >= 7, "there are files to look into");
}

#[tokio::test]
async fn the_scan_finds_what_is_there() {
    let world = World::start().await;
    std::fs::write(world.data_dir().join("leak"), "x ZZcanary7F3A x").unwrap();
    assert_eq!(holding(&world.data_dir(), CANARY), [world.data_dir().join("leak")]);
}

#[tokio::test]
async fn history_is_sealed_unless_a_caller_who_may_asks_for_it_open() {
    let world = World::start().await;
    load(&world).await;
    let read = async |open_personal, actor: &str| {
        let mut request =
            tonic::Request::new(wire::ReadHistoryRequest { open_personal, ..Default::default() });
        request.metadata_mut().insert("rapport-actor", actor.parse().unwrap());
        let events = world.history().read_history(request).await?.into_inner();
        events.map_ok(|event| event.data).try_collect::<Vec<String>>().await
    };
    let sealed = read(false, "service:tests").await.unwrap();
    assert!(sealed.iter().all(|data| !data.contains(CANARY)));
    let open = read(true, "service:tests").await.unwrap();
    assert!(
        open.iter().all(|data| data.contains(CANARY)),
        "every event of this history has a personal field"
    );
    let refused = read(true, "analyst:tests").await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused)), (Code::PermissionDenied, "PERMISSION_MISSING".to_owned()));
}

/// Everything that an export hands out, as text.
async fn exported(world: &World, what: &What, open_personal: bool, actor: &str) -> Result<String, Status> {
    let header = Some(wire::QueryHeader { min_position: 5, as_of: None });
    let mut request =
        tonic::Request::new(wire::ExportRequest { header, what: Some(what.clone()), open_personal });
    request.metadata_mut().insert("rapport-actor", actor.parse().unwrap());
    let parts = world.history().export(request).await?.into_inner();
    parts.map_ok(|part| format!("{part:?}")).try_collect().await
}

#[tokio::test]
async fn an_export_holds_pseudonyms_unless_a_caller_who_may_asks_for_it_open() {
    let world = World::start().await;
    load(&world).await;
    let models = ["directory", "timeline", "consent"]
        .map(|name| What::Model(wire::ExportModel { name: name.to_owned(), table: String::new() }));
    for what in models.into_iter().chain([What::Events(wire::ExportEvents::default())]) {
        let blind = exported(&world, &what, false, "analyst:tests").await.unwrap();
        assert!(!blind.to_ascii_lowercase().contains(CANARY), "{what:?}");
        assert!(!blind.contains("$enc"), "nothing is left sealed: {what:?}");
        assert_eq!(blind, exported(&world, &what, false, "service:tests").await.unwrap(), "{what:?}");
        let open = exported(&world, &what, true, "service:tests").await.unwrap();
        assert!(open.contains(CANARY), "{what:?}");
        let refused = exported(&world, &what, true, "analyst:tests").await.unwrap_err();
        assert_eq!(reason(&refused), "PERMISSION_MISSING");
    }
}

#[tokio::test]
async fn an_analyst_sees_the_seal_and_not_the_name() {
    let world = World::start().await;
    let contact_id = load(&world).await;
    let mut request = tonic::Request::new(wire::GetContactRequest { header: None, contact_id });
    request.metadata_mut().insert("rapport-actor", "analyst:tests".parse().unwrap());
    let contact = world.contacts().get_contact(request).await.unwrap().into_inner().contact.unwrap();
    assert!(!format!("{contact:?}").contains(CANARY));
    assert!(matches!(contact.name.unwrap().state, Some(wire::personal_text::State::Sealed(_))));
}
