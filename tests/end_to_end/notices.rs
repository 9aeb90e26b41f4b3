//! The words that people are shown: published once, named by consents, printed by the trail.

use std::fs;

use rapport_proto::v1 as wire;
use rapport_proto::v1::{ConsentChannel, ConsentMethod};
use rapport_tests::ask::{header, person, reason};
use rapport_tests::{Clients, Process, World};
use tonic::Code;

use crate::audit::program;

const WORDS: &str = "May we write to you?\n\nYou can take it back in each message.\n";

fn publish(request_id: &str, version: &str, text: &str) -> wire::PublishNoticeRequest {
    wire::PublishNoticeRequest {
        header: header(request_id),
        notice_id: "newsletter-notice".to_owned(),
        version: version.to_owned(),
        language: "en".to_owned(),
        text: text.to_owned(),
    }
}

fn named(version: &str, wording_sha256: &str) -> Option<wire::ConsentNotice> {
    Some(wire::ConsentNotice {
        id: "newsletter-notice".to_owned(),
        version: version.to_owned(),
        wording_sha256: wording_sha256.to_owned(),
        language: String::new(),
    })
}

fn request(
    request_id: &str,
    contact_id: &str,
    notice: Option<wire::ConsentNotice>,
) -> wire::RequestConsentRequest {
    wire::RequestConsentRequest {
        jurisdiction: None,
        header: header(request_id),
        contact_id: contact_id.to_owned(),
        purpose: "newsletter".to_owned(),
        channel: ConsentChannel::Email.into(),
        notice,
    }
}

fn give(request_id: &str, contact_id: &str, notice: Option<wire::ConsentNotice>) -> wire::GiveConsentRequest {
    wire::GiveConsentRequest {
        header: header(request_id),
        contact_id: contact_id.to_owned(),
        purpose: "newsletter".to_owned(),
        channel: ConsentChannel::Email.into(),
        notice,
        method: ConsentMethod::Checkbox.into(),
        ..Default::default()
    }
}

async fn trail(clients: &Clients, contact_id: &str, position: u64) -> wire::GetConsentTrailResponse {
    let request = wire::GetConsentTrailRequest {
        header: rapport_tests::ask::after(position),
        contact_id: contact_id.to_owned(),
        ..Default::default()
    };
    clients.consents().get_consent_trail(request).await.unwrap().into_inner()
}

#[tokio::test]
async fn a_consent_names_words_that_were_published_or_is_refused() {
    let world = World::start().await;
    let ann = world.contacts().register_contact(person("ann", "Ann")).await.unwrap().into_inner().contact_id;
    let before = request("before", &ann, named("1", ""));
    world.consents().request_consent(before).await.unwrap();

    let published = world.notices().publish_notice(publish("p1", "1", WORDS)).await.unwrap().into_inner();
    let again = world.notices().publish_notice(publish("p1", "1", WORDS)).await.unwrap().into_inner();
    assert_eq!(again, published);
    let changed = world.notices().publish_notice(publish("p2", "1", "Others.")).await.unwrap_err();
    assert_eq!(
        (changed.code(), reason(&changed).as_str()),
        (Code::AlreadyExists, "NOTICE_ALREADY_PUBLISHED")
    );

    let other = "0".repeat(64);
    for (notice, expected) in [
        (named("2", ""), "NOTICE_VERSION_UNKNOWN"),
        (named("1", &other), "NOTICE_WORDING_DIFFERS"),
        (
            Some(wire::ConsentNotice { language: "fr".to_owned(), ..named("1", "").unwrap() }),
            "NOTICE_LANGUAGE_UNKNOWN",
        ),
    ] {
        let refused = world.consents().request_consent(request(expected, &ann, notice)).await.unwrap_err();
        assert_eq!(reason(&refused), expected);
    }

    // What was asked before the words were published can be answered after.
    let given = world.consents().give_consent(give("give", &ann, named("1", ""))).await.unwrap().into_inner();
    let trail = trail(&world, &ann, given.receipt.unwrap().position).await;
    let digests: Vec<String> =
        trail.steps.iter().map(|step| step.notice.clone().unwrap().wording_sha256).collect();
    assert_eq!(digests, [String::new(), published.wording_sha256.clone()]);
    assert_eq!(trail.notices.len(), 1);
    assert_eq!((trail.notices[0].text.as_str(), trail.notices[0].language.as_str()), (WORDS, "en"));
    assert_eq!(trail.notices[0].position, published.receipt.unwrap().position);
}

#[test]
fn the_command_line_publishes_lists_shows_and_prints_the_words_of_a_trail() {
    let folder = tempfile::tempdir().unwrap();
    let server = Process::serve(program(), &folder.path().join("data"), &[]).unwrap();
    let file = folder.path().join("notice.txt");
    fs::write(&file, WORDS).unwrap();
    let file = file.to_str().unwrap();
    let id = "newsletter-notice";
    let arguments =
        ["notice", "publish", file, "--id", id, "--notice-version", "1", "--language", "en", "--json"];
    let published = server.json(&arguments);
    let sha256 = published["wording_sha256"].as_str().unwrap().to_owned();

    let position = published["position"].to_string();
    let listed = server.json(&["notice", "list", "--min-position", &position, "--json"]);
    assert_eq!(listed["notices"][0]["wording_sha256"], sha256.as_str());
    assert_eq!(listed["notices"][0]["text"], serde_json::Value::Null);
    let shown = server.json(&["notice", "show", id, "--wording-sha256", &sha256, "--json"]);
    assert_eq!(shown["notices"][0]["text"], WORDS);
    let unknown = server.run(&["notice", "show", id, "--notice-version", "2"]);
    assert!(!unknown.status.success());

    let contact_id = tokio::runtime::Runtime::new().unwrap().block_on(async {
        let clients = Clients::connect(&server.gateway).await;
        let ann =
            clients.contacts().register_contact(person("ann", "Ann")).await.unwrap().into_inner().contact_id;
        clients.consents().request_consent(request("ask", &ann, named("1", ""))).await.unwrap();
        let unpublished = wire::ConsentNotice { id: "terms".to_owned(), ..named("7", "").unwrap() };
        let terms = wire::RequestConsentRequest {
            purpose: "terms".to_owned(),
            ..request("terms", &ann, Some(unpublished))
        };
        let receipt = clients.consents().request_consent(terms).await.unwrap().into_inner().receipt.unwrap();
        trail(&clients, &ann, receipt.position).await;
        ann
    });
    let printed = server.run(&["consent", &contact_id, "--trail"]);
    let printed = String::from_utf8(printed.stdout).unwrap();
    assert!(printed.contains("    You can take it back in each message."), "{printed}");
    assert!(printed.contains(&format!("sha256 {sha256}")), "{printed}");
    assert!(printed.contains("terms 7: not published here"), "{printed}");
    let document = server.json(&["consent", &contact_id, "--trail", "--json"]);
    assert_eq!(document["notices"][0]["text"], WORDS);
}
