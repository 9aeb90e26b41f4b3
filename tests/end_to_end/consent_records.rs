//! Consents as records of a standard: what the ledger holds, what a file says besides, and nothing that is made up.

use std::fs;
use std::path::{Path, PathBuf};

use rapport_proto::v1 as wire;
use rapport_tests::ask::{header, person};
use rapport_tests::{Clients, Process};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::audit::{program, python, succeeded};

/// The example of a description, as the documentation has it.
fn description() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../services/rapport/CONSENT_RECORDS.md");
    let text = fs::read_to_string(path).unwrap();
    let example = text.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    example.to_owned()
}

struct House {
    folder: TempDir,
    server: Process,
    contact_id: String,
}

fn time(text: &str) -> Option<prost_types::Timestamp> {
    let instant = rapport_domain::value::Instant::parse(text).unwrap();
    Some(prost_types::Timestamp { seconds: instant.micros() / 1_000_000, nanos: 0 })
}

fn at(request_id: &str, text: &str) -> Option<wire::CommandHeader> {
    Some(wire::CommandHeader { occurred_at: time(text), ..header(request_id).unwrap() })
}

impl House {
    /// Ann agreed until the end of a year, which is over; was asked again, agreed, and took it back.
    fn with_ann() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = Process::serve(program(), &folder.path().join("data"), &[]).unwrap();
        let contact_id = Runtime::new().unwrap().block_on(async {
            let clients = Clients::connect(&server.gateway).await;
            let ann = clients.contacts().register_contact(person("ann", "Ann")).await.unwrap().into_inner();
            say(&clients, &ann.contact_id).await;
            ann.contact_id
        });
        Self { folder, server, contact_id }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn records(&self, description: &str) -> std::process::Output {
        fs::write(self.path("controller.toml"), description).unwrap();
        let file = self.path("controller.toml");
        let file = file.to_str().unwrap();
        self.server.run(&["consent", &self.contact_id, "--format", "dpv-27560", "--controller", file])
    }
}

async fn say(clients: &Clients, contact_id: &str) {
    let (purpose, channel) = ("newsletter".to_owned(), wire::ConsentChannel::Email.into());
    let (id, version) = ("newsletter-notice".to_owned(), "3".to_owned());
    let notice = Some(wire::ConsentNotice { id, version, ..Default::default() });
    let give = |name: &str, when: &str, method: wire::ConsentMethod, until: &str| wire::GiveConsentRequest {
        header: at(name, when),
        contact_id: contact_id.to_owned(),
        purpose: purpose.clone(),
        channel,
        notice: notice.clone(),
        method: method.into(),
        valid_until: if until.is_empty() { None } else { time(until) },
        ..Default::default()
    };
    let imported = give("g1", "2020-03-01T00:00:00Z", wire::ConsentMethod::ApiImport, "2020-12-31T00:00:00Z");
    let ask = wire::RequestConsentRequest {
        jurisdiction: None,
        header: at("a2", "2021-01-01T00:00:00Z"),
        contact_id: contact_id.to_owned(),
        purpose: purpose.clone(),
        channel,
        notice: notice.clone(),
    };
    let captured_at = time("2021-01-01T23:59:00Z");
    let given = wire::GiveConsentRequest {
        evidence: Some(wire::ConsentEvidence { captured_at, ..Default::default() }),
        ..give("g2", "2021-01-02T00:00:00Z", wire::ConsentMethod::Checkbox, "")
    };
    let withdraw = wire::WithdrawConsentRequest {
        jurisdiction: None,
        header: at("w2", "2021-02-01T00:00:00Z"),
        contact_id: contact_id.to_owned(),
        purpose: purpose.clone(),
        channel,
        method: wire::ConsentMethod::OneClickUnsubscribe.into(),
        evidence: None,
    };
    clients.consents().give_consent(imported).await.unwrap();
    clients.consents().request_consent(ask).await.unwrap();
    clients.consents().give_consent(given).await.unwrap();
    clients.consents().withdraw_consent(withdraw).await.unwrap();
    let again = give("g3", "2021-03-01T00:00:00Z", wire::ConsentMethod::ApiImport, "2021-04-01T00:00:00Z");
    let by_sms = wire::ConsentChannel::Sms.into();
    let again = wire::GiveConsentRequest { channel: by_sms, ..again };
    clients.consents().give_consent(again).await.unwrap();
}

/// Status and time of each event of a record.
fn told(record: &Value) -> Vec<(String, String)> {
    let words = |event: &Value| {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        (text(&event["@type"][0]), text(&event["dpv:isIndicatedAtTime"]))
    };
    record["dpv:hasConsentStatus"].as_array().unwrap().iter().map(words).collect()
}

#[test]
fn each_consent_is_a_record_with_every_mandatory_field_and_the_steps_that_led_to_it_and_ended_it() {
    let house = House::with_ann();
    let output = house.records(&description());
    succeeded(&output);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let records = document["@graph"].as_array().unwrap();
    let all: Vec<_> = records.iter().map(told).collect();
    let day = |status: &str, day: &str| (format!("dpv:Consent{status}"), format!("{day}T00:00:00.000000Z"));
    assert_eq!(
        all,
        [
            vec![day("Given", "2020-03-01"), day("Expired", "2020-12-31")],
            vec![day("Requested", "2021-01-01"), day("Given", "2021-01-02"), day("Withdrawn", "2021-02-01")],
            vec![day("Given", "2021-03-01"), day("Expired", "2021-04-01")],
        ],
        "two of them ran out, which nobody recorded"
    );
    let given = &records[1]["dpv:hasConsentStatus"][1];
    assert_eq!(given["dpv:isIndicatedBy"], "dpv:DataSubject");
    assert_eq!(given["dpv:hasIndicationMethod"], "checkbox");
    assert_eq!(given["dct:created"], "2021-01-01T23:59:00.000000Z", "by the clock of where it was captured");
    assert_eq!(records[1]["dpv:hasProcess"]["dpv:hasPurpose"]["dct:identifier"], "newsletter");
    fs::write(house.path("records.json"), &output.stdout).unwrap();
    let file = house.path("records.json");
    if let Some(checked) = python("cross_check/dpv27560.py", &[file.to_str().unwrap()]) {
        succeeded(&checked);
        eprint!("{}", String::from_utf8_lossy(&checked.stdout));
    }
}

#[test]
fn what_is_not_described_is_named_and_not_made_up() {
    let house = House::with_ann();
    for (from, to, complaint) in [
        ("[purposes.newsletter]", "[purposes.offers]", "add [purposes.\"newsletter\"]"),
        ("[notices.newsletter-notice]", "[notices.other]", "add [notices.\"newsletter-notice\"]"),
        ("jurisdiction = \"loc:DE\"", "", "missing field `jurisdiction`"),
        ("recipients = []", "", "missing field `recipients`"),
        ("retention = \"P3Y\"", "retention = \"three years\"", "expected an ISO 8601 duration"),
        ("name = \"Example GmbH\"", "name = \" \"", "expected a text"),
        ("[\"pd:EmailAddress\"]", "[]", "purposes.newsletter.personal_data is empty"),
    ] {
        let output = house.records(&description().replace(from, to));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{from}: {said}");
        assert!(said.contains(complaint) && output.stdout.is_empty(), "{from}: {said}");
    }
}
