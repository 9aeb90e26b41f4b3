//! Double opt-in, renewal, revocation and invalidation, through the wire and on the command line.

use rapport_proto::v1 as wire;
use rapport_proto::v1::query_header::AsOf;
use rapport_proto::v1::{ConsentChannel, ConsentMethod, ConsentVerdict, JurisdictionBasis};
use rapport_tests::ask::{header, person, reason};
use rapport_tests::{Process, World};
use serde_json::Value;

use crate::access::{keys_of_people_in_roles, proved};
use crate::audit::program;
use crate::consent_checks::{PURPOSE, check};

fn notice() -> Option<wire::ConsentNotice> {
    Some(wire::ConsentNotice { id: "n".to_owned(), version: "1".to_owned(), ..Default::default() })
}

fn evidence() -> Option<wire::ConsentEvidence> {
    Some(wire::ConsentEvidence { ip: "192.0.2.7".to_owned(), ..Default::default() })
}

fn california() -> Option<wire::Jurisdiction> {
    Some(wire::Jurisdiction { code: "US-CA".to_owned(), basis: JurisdictionBasis::Declared.into() })
}

/// A request about the newsletter by e-mail.
macro_rules! about {
    ($request:ident, $request_id:expr, $contact_id:expr, $($field:ident: $value:expr),* $(,)?) => {
        wire::$request {
            header: header($request_id),
            contact_id: $contact_id.to_owned(),
            purpose: PURPOSE.to_owned(),
            channel: ConsentChannel::Email.into(),
            $($field: $value,)*
            ..Default::default()
        }
    };
}

async fn ann(world: &World) -> String {
    world.contacts().register_contact(person("ann", "Ann")).await.unwrap().into_inner().contact_id
}

async fn ask(world: &World, request_id: &str, contact_id: &str) -> Result<u64, String> {
    let request = about!(RequestConsentRequest, request_id, contact_id, notice: notice());
    let asked = world.consents().request_consent(request).await.map_err(|status| reason(&status))?;
    Ok(asked.into_inner().receipt.unwrap().position)
}

fn first_act(request_id: &str, contact_id: &str) -> wire::RequestConfirmationRequest {
    about!(RequestConfirmationRequest, request_id, contact_id,
        notice: notice(), method: ConsentMethod::Checkbox.into(), evidence: evidence())
}

async fn confirm(world: &World, request_id: &str, contact_id: &str, token: &str) -> Result<u64, String> {
    let request = wire::ConfirmConsentRequest {
        header: header(request_id),
        contact_id: contact_id.to_owned(),
        token: token.to_owned(),
        evidence: evidence(),
    };
    let confirmed = world.consents().confirm_consent(request).await.map_err(|status| reason(&status))?;
    Ok(confirmed.into_inner().receipt.unwrap().position)
}

async fn verdict(world: &World, contact_id: &str, header: wire::QueryHeader) -> ConsentVerdict {
    check(world, &[contact_id.to_owned()], ConsentChannel::Email, header).await[0].verdict()
}

fn since(position: u64) -> wire::QueryHeader {
    wire::QueryHeader { min_position: position, as_of: None }
}

#[tokio::test]
async fn a_consent_is_given_by_the_token_that_was_sent_once() {
    let world = World::start().await;
    let ann = ann(&world).await;
    ask(&world, "ask", &ann).await.unwrap();
    let sent = world.consents().request_confirmation(first_act("first", &ann)).await.unwrap().into_inner();
    assert_eq!(sent.token.len(), 43, "32 bytes in base64url");
    let position = sent.receipt.unwrap().position;
    assert_eq!(verdict(&world, &ann, since(position)).await, ConsentVerdict::NotConfirmed);

    // Sent again after a lost answer, it is applied once, and the token is not told a second time.
    let again = world.consents().request_confirmation(first_act("first", &ann)).await.unwrap().into_inner();
    assert_eq!((again.token.as_str(), again.receipt), ("", sent.receipt));
    assert_eq!(again.consent_id, sent.consent_id);
    let anew = world.consents().request_confirmation(first_act("anew", &ann)).await.unwrap().into_inner();

    assert_eq!(confirm(&world, "c0", &ann, "guessed").await.unwrap_err(), "CONSENT_TOKEN_UNKNOWN");
    assert_eq!(confirm(&world, "c1", &ann, &sent.token).await.unwrap_err(), "CONSENT_TOKEN_UNKNOWN");
    let given =
        about!(GiveConsentRequest, "around", &ann, notice: notice(), method: ConsentMethod::Button.into());
    let around = world.consents().give_consent(given).await.unwrap_err();
    assert_eq!(reason(&around), "CONSENT_NOT_CONFIRMED");
    let confirmed = confirm(&world, "c2", &ann, &anew.token).await.unwrap();
    assert_eq!(confirm(&world, "c2", &ann, &anew.token).await, Ok(confirmed), "a retry");
    assert_eq!(confirm(&world, "c3", &ann, &anew.token).await.unwrap_err(), "CONSENT_TOKEN_USED");

    assert_eq!(verdict(&world, &ann, since(confirmed)).await, ConsentVerdict::Allowed);
    let trail = wire::GetConsentTrailRequest {
        header: Some(since(confirmed)),
        contact_id: ann.clone(),
        ..Default::default()
    };
    let steps = world.consents().get_consent_trail(trail).await.unwrap().into_inner().steps;
    let last = steps.last().unwrap();
    assert_eq!((last.method(), last.evidence_grade.as_str()), (ConsentMethod::DoubleOptIn, "A"));
    assert_eq!(last.consent_id, anew.consent_id);
    assert_eq!(steps[2].token_sha256, rapport_domain::value::Sha256::of(anew.token.as_bytes()).to_string());
}

#[tokio::test]
async fn what_is_found_invalid_is_so_since_then_and_what_was_known_before_stays() {
    let world = World::start().await;
    let ann = ann(&world).await;
    ask(&world, "ask", &ann).await.unwrap();
    let given =
        about!(GiveConsentRequest, "give", &ann, notice: notice(), method: ConsentMethod::Checkbox.into());
    let given = world.consents().give_consent(given).await.unwrap().into_inner();
    let renew = about!(RenewConsentRequest, "renew", &ann, method: ConsentMethod::Button.into());
    let unproved = world.consents().renew_consent(renew.clone()).await.unwrap_err();
    assert_eq!(rapport_tests::ask::refused_fields(&unproved), ["evidence"]);
    let renew = wire::RenewConsentRequest { evidence: evidence(), ..renew };
    let renewed = world.consents().renew_consent(renew).await.unwrap().into_inner();
    let before = renewed.receipt.unwrap().position;
    assert_eq!(verdict(&world, &ann, since(before)).await, ConsentVerdict::Allowed);

    let find = |request_id: &str, consent_id: &str, since| wire::InvalidateConsentRequest {
        header: header(request_id),
        contact_id: ann.clone(),
        consent_id: consent_id.to_owned(),
        since,
        authority: "Data protection authority".to_owned(),
        reason: "the box was ticked in advance".to_owned(),
    };
    let then = Some(prost_types::Timestamp { seconds: 1_700_000_000, nanos: 0 });
    let earlier = world.consents().invalidate_consent(find("f1", &given.consent_id, then)).await.unwrap();
    let position = earlier.into_inner().receipt.unwrap().position;
    assert_eq!(verdict(&world, &ann, since(position)).await, ConsentVerdict::Allowed, "the renewal stands");
    let found = world.consents().invalidate_consent(find("f2", &renewed.consent_id, then)).await.unwrap();
    let position = found.into_inner().receipt.unwrap().position;
    assert_eq!(verdict(&world, &ann, since(position)).await, ConsentVerdict::Invalidated);
    let as_of = wire::QueryHeader { min_position: 0, as_of: Some(AsOf::AsOfPosition(before)) };
    assert_eq!(verdict(&world, &ann, as_of).await, ConsentVerdict::Allowed, "what was known then");
    let unknown = find("f3", "consent_01arz3ndektsv4rrffq69g5fav", then);
    let unknown = world.consents().invalidate_consent(unknown).await.unwrap_err();
    assert_eq!(reason(&unknown), "CONSENT_NOT_FOUND");
    let without = world.consents().invalidate_consent(find("f4", &given.consent_id, None)).await.unwrap_err();
    assert_eq!(rapport_tests::ask::refused_fields(&without), ["since"]);
}

#[tokio::test]
async fn that_a_consent_is_invalid_is_found_by_two_people_and_by_one_alone_only_where_a_policy_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let people = [("eve", "privacy_officer"), ("pat", "privacy_officer"), ("bot", "service")];
    let world = World::start_with_api_keys(keys_of_people_in_roles(&folder, &people)).await;
    let ann = world.contacts().register_contact(proved("bot", person("ann", "Ann"))).await.unwrap();
    let ann = ann.into_inner().contact_id;
    let mut consents = world.consents();
    let ask = about!(RequestConsentRequest, "ask", &ann, notice: notice());
    consents.request_consent(proved("bot", ask)).await.unwrap();
    let give =
        about!(GiveConsentRequest, "give", &ann, notice: notice(), method: ConsentMethod::Checkbox.into());
    let given = consents.give_consent(proved("bot", give)).await.unwrap().into_inner();

    let then = Some(prost_types::Timestamp { seconds: 1_700_000_000, nanos: 0 });
    let propose = |request_id: &str| wire::ProposeInvalidationRequest {
        header: header(request_id),
        contact_id: ann.clone(),
        consent_id: given.consent_id.clone(),
        since: then,
        authority: "Data protection authority".to_owned(),
        reason: "the box was ticked in advance".to_owned(),
    };
    let approve = |request_id: &str| wire::ApproveInvalidationRequest {
        header: header(request_id),
        contact_id: ann.clone(),
        consent_id: given.consent_id.clone(),
        since: then,
    };
    let alone = wire::InvalidateConsentRequest {
        header: header("i1"),
        contact_id: ann.clone(),
        consent_id: given.consent_id.clone(),
        since: then,
        authority: "Data protection authority".to_owned(),
        reason: "the box was ticked in advance".to_owned(),
    };
    let refused = consents.invalidate_consent(proved("eve", alone)).await.unwrap_err();
    assert_eq!(reason(&refused), "PERMISSION_MISSING");
    let refused = consents.approve_invalidation(proved("pat", approve("i2"))).await.unwrap_err();
    assert_eq!(reason(&refused), "CONSENT_INVALIDATION_NOT_PROPOSED");
    consents.propose_invalidation(proved("eve", propose("i3"))).await.unwrap();
    let refused = consents.approve_invalidation(proved("eve", approve("i4"))).await.unwrap_err();
    assert_eq!(reason(&refused), "CONSENT_INVALIDATION_SAME_ACTOR");
    let later = Some(prost_types::Timestamp { seconds: 1_700_000_001, nanos: 0 });
    let other = wire::ApproveInvalidationRequest { since: later, ..approve("i6") };
    let refused = consents.approve_invalidation(proved("pat", other)).await.unwrap_err();
    assert_eq!(reason(&refused), "CONSENT_INVALIDATION_NOT_PROPOSED");
    let approved = consents.approve_invalidation(proved("pat", approve("i5"))).await.unwrap().into_inner();

    let position = approved.receipt.unwrap().position;
    let header = Some(since(position));
    let trail = wire::GetConsentTrailRequest { header, contact_id: ann.clone(), ..Default::default() };
    let steps = consents.get_consent_trail(proved("eve", trail)).await.unwrap().into_inner().steps;
    let told: Vec<(&str, &str)> = steps
        .iter()
        .map(|step| (step.event_type.as_str(), step.actor.as_ref().unwrap().id.as_str()))
        .collect();
    let expected = [
        ("consent.requested.v1", "bot"),
        ("consent.given.v1", "bot"),
        ("consent.invalidation_proposed.v1", "eve"),
        ("consent.invalidated.v1", "pat"),
    ];
    assert_eq!(told, expected);
    assert_eq!(steps[2].invalid_since, then);
    let header = Some(since(position));
    let current = wire::GetConsentsRequest { header, contact_id: ann.clone(), valid_at: None };
    let current = consents.get_consents(proved("eve", current)).await.unwrap().into_inner().consents;
    assert_eq!(current[0].status(), wire::ConsentStatus::Invalidated);
}

#[tokio::test]
async fn evidence_says_when_it_was_captured_by_its_own_clock_and_that_cannot_lie_ahead() {
    let world = World::start().await;
    let ann = ann(&world).await;
    ask(&world, "ask", &ann).await.unwrap();
    let captured_at = Some(prost_types::Timestamp { seconds: 1_700_000_000, nanos: 0 });
    let captured = wire::ConsentEvidence { captured_at, ..evidence().unwrap() };
    let give = about!(GiveConsentRequest, "give", &ann,
        notice: notice(), method: ConsentMethod::Button.into(), evidence: Some(captured.clone()));
    let far = Some(prost_types::Timestamp { seconds: 7_000_000_000, nanos: 0 });
    let ahead = wire::ConsentEvidence { captured_at: far, ..captured.clone() };
    let ahead = wire::GiveConsentRequest { evidence: Some(ahead), header: header("ahead"), ..give.clone() };
    let refused = world.consents().give_consent(ahead).await.unwrap_err();
    assert_eq!(rapport_tests::ask::refused_fields(&refused), ["evidence.captured_at"]);

    let given = world.consents().give_consent(give).await.unwrap().into_inner();
    let header = Some(since(given.receipt.unwrap().position));
    let trail = wire::GetConsentTrailRequest { header, contact_id: ann, ..Default::default() };
    let steps = world.consents().get_consent_trail(trail).await.unwrap().into_inner().steps;
    assert_eq!(steps[1].evidence, Some(captured));
}

#[tokio::test]
async fn who_said_no_in_california_or_opted_out_there_is_not_asked_again() {
    let world = World::start().await;
    let ann = ann(&world).await;
    ask(&world, "ask", &ann).await.unwrap();
    let no = wire::RefuseConsentRequest {
        header: header("no"),
        contact_id: ann.clone(),
        purpose: PURPOSE.to_owned(),
        channel: ConsentChannel::Email.into(),
        method: ConsentMethod::Button.into(),
        jurisdiction: california(),
    };
    world.consents().refuse_consent(no).await.unwrap();
    assert_eq!(ask(&world, "again", &ann).await.unwrap_err(), "CONSENT_REASK_TOO_EARLY");

    let ben = world.contacts().register_contact(person("ben", "Ben")).await.unwrap().into_inner().contact_id;
    let opt_out = wire::RaiseSuppressionRequest {
        header: header("gpc"),
        contact_id: ben.clone(),
        kind: wire::SuppressionKind::OptOutSignal.into(),
        method: ConsentMethod::GpcSignal.into(),
        jurisdiction: california(),
        ..Default::default()
    };
    world.consents().raise_suppression(opt_out).await.unwrap();
    assert_eq!(ask(&world, "ask-ben", &ben).await.unwrap_err(), "CONSENT_REASK_TOO_EARLY");
}

/// The server, and what a command line about Ann and her newsletter prints.
struct House {
    _folder: tempfile::TempDir,
    server: Process,
    ann: String,
}

impl House {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = Process::serve(program(), &folder.path().join("data"), &[]).unwrap();
        let ann = tokio::runtime::Runtime::new().unwrap().block_on(async {
            let clients = rapport_tests::Clients::connect(&server.gateway).await;
            clients.contacts().register_contact(person("ann", "Ann")).await.unwrap().into_inner().contact_id
        });
        Self { _folder: folder, server, ann }
    }

    fn record(&self, act: &str, more: &[&str]) -> Value {
        let topic = ["--purpose", "newsletter", "--channel", "email"];
        self.server.json(&[&["record-consent", act, self.ann.as_str(), "--json"], &topic[..], more].concat())
    }

    fn status(document: &Value) -> &str {
        document["consents"][0]["status"].as_str().unwrap()
    }
}

#[test]
fn the_command_line_records_every_step_and_the_trail_tells_each_in_words() {
    let house = House::new();
    let words = ["--notice", "n", "--notice-version", "1"];
    let law = ["--jurisdiction", "DE", "--jurisdiction-basis", "billing"];
    assert_eq!(House::status(&house.record("request", &[&words[..], &law].concat())), "requested");
    let first = [&words[..], &["--method", "checkbox", "--request-id", "first"]].concat();
    let sent = house.record("request-confirmation", &first);
    assert_eq!(House::status(&sent), "pending");
    assert_eq!(house.record("request-confirmation", &first)["token"], Value::Null);
    let token = sent["token"].as_str().unwrap();
    let confirm = ["record-consent", "confirm", &house.ann, "--token", token, "--json"];
    let confirmed = house.server.json(&confirm);
    assert_eq!(House::status(&confirmed), "given");
    assert_eq!(confirmed["consents"][0]["evidence_grade"], "A");
    let used = house.server.run(&confirm);
    assert_eq!(used.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&used.stderr).contains("CONSENT_TOKEN_USED"));
    let renewed = house.record("renew", &["--method", "paper_signed", "--evidence", "letter 7"]);
    assert_eq!(House::status(&renewed), "renewed");
    let consent_id = renewed["consent_id"].as_str().unwrap();
    assert_eq!(House::status(&house.record("revoke", &["--reason", "the newsletter ended"])), "revoked");
    let found = [
        "record-consent",
        "invalidate",
        &house.ann,
        "--consent-id",
        consent_id,
        "--since",
        "2026-01-01",
        "--authority",
        "audit",
        "--reason",
        "bundled",
        "--json",
    ];
    assert_eq!(House::status(&house.server.json(&found)), "revoked");
    house.record("withdraw", &["--method", "button"]);

    let printed = house.server.run(&["consent", &house.ann, "--trail"]);
    let printed = String::from_utf8(printed.stdout).unwrap();
    for told in [
        "asked, n 1, law of DE (billing)",
        "agreed by checkbox, to be confirmed by ",
        "agreed by double_opt_in, grade A",
        "agreed anew by paper_signed, grade A, after ",
        "ended by the company: the newsletter ended",
        "found invalid since 2026-01-01T00:00:00",
        " by audit: bundled",
        "took it back by button",
    ] {
        assert!(printed.contains(told), "{told}: {printed}");
    }
}
