//! A campaign's worth of consents is imported, some are withdrawn, whom it may go to is checked as of before and after, the
//! trail of one subject is read, and what decides about them is proved to a program that knows nothing of Rapport.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use rapport_domain::id::ContactId;
use rapport_domain::value::Instant;
use rapport_tests::Process;
use serde_json::Value;
use tempfile::TempDir;

use crate::audit::{program, python, signed, succeeded};

const ROWS: usize = 2_000;
const CONTACTS: usize = 300;
const WORDS: &str = "May we write to you?\n";
/// Exit code of an import some of whose rows were refused.
const ROWS_REFUSED: i32 = 6;
/// When some consents run out: in the file's time, and long over by now.
const OVER: &str = "2026-01-02T12:00:00Z";
const MINUTE_MICROS: i64 = 60_000_000;
const COLUMNS: &str = "act,contact,contact_id,name,email,purpose,channel,notice,notice_version,wording_sha256,\
                       language,at,method,evidence,valid_until,jurisdiction,jurisdiction_basis,kind\n";

/// Numbers that are the same each time (an MMIX generator).
struct Chance(u64);

impl Chance {
    fn one_of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len())]
    }

    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }
}

/// The time of a row: a minute after the one before.
fn time(row: usize) -> String {
    let from = Instant::parse("2026-01-01T00:00:00Z").unwrap().micros();
    let at = Instant::from_micros(from + i64::try_from(row).unwrap() * MINUTE_MICROS).unwrap();
    at.to_datetime().format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// What can be said of a topic that stands at a word, and changes it: a row that a rule refuses, or that changes nothing,
/// would be judged anew by a second run, by what stands then.
fn acts(status: &str) -> &'static [&'static str] {
    match status {
        "unknown" => &["request", "request", "give", "give", "withdraw", "suppress"],
        "requested" => &["give", "give", "give", "refuse", "withdraw"],
        "given" => &["withdraw", "suppress"],
        "refused" | "expired" => &["request", "request", "request", "withdraw"],
        "withdrawn" => &["request"],
        other => panic!("{other}"),
    }
}

/// One line of the file, and how its topic stands after it.
fn row(
    chance: &mut Chance,
    number: usize,
    contact: usize,
    standing: &mut BTreeMap<String, &'static str>,
) -> String {
    let at = time(number);
    let (mut purpose, mut channel) =
        (chance.one_of(&["newsletter", "newsletter", "offers"]), chance.one_of(&["email", "email", "sms"]));
    let status = standing.entry(format!("{contact} {purpose} {channel}")).or_insert("unknown");
    let act = if chance.below(100) == 0 { "forget" } else { chance.one_of(acts(status)) };
    let wording = match chance.below(20) {
        0 => "0".repeat(64),
        1..=9 => rapport_domain::value::Sha256::of(WORDS.as_bytes()).to_string(),
        _ => String::new(),
    };
    let is_refused = wording.starts_with("000") && matches!(act, "request" | "give") || act == "forget";
    let method = if *status == "unknown" { "api_import" } else { "checkbox" };
    let ends = ["", "", OVER, "2029-01-01T00:00:00Z"];
    let until = if act == "give" && at.as_str() < OVER { chance.one_of(&ends) } else { "" };
    if !is_refused {
        *status = match act {
            "request" => "requested",
            "give" if until == OVER => "expired",
            "give" => "given",
            "refuse" => "refused",
            "withdraw" => "withdrawn",
            _ => *status,
        };
    }
    match (act, chance.below(3)) {
        ("suppress", 0) => (purpose, channel) = ("", ""),
        ("suppress", 1) => channel = "",
        _ => {}
    }
    let name = if number < CONTACTS { format!("Person {contact}") } else { String::new() };
    let kind = if act == "suppress" { "objection" } else { "" };
    format!(
        "{act},p{contact},,{name},,{purpose},{channel},newsletter,1,{wording},,{at},{method},list 7,{until},,,{kind}\n"
    )
}

/// Rows of every kind, some with words that were never published, some with an act that there is none of. The first of each
/// contact registers them.
fn rows() -> String {
    let (mut chance, mut standing) = (Chance(7), BTreeMap::new());
    let mut file = COLUMNS.to_owned();
    for number in 0..ROWS {
        let contact = if number < CONTACTS { number } else { chance.below(CONTACTS) };
        file.push_str(&row(&mut chance, number, contact, &mut standing));
    }
    file
}

struct Campaign {
    folder: TempDir,
    server: Process,
}

impl Campaign {
    /// The words are published, the file lies there.
    fn prepared() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = Process::serve(program(), &folder.path().join("data"), &[]).unwrap();
        let campaign = Self { folder, server };
        fs::write(campaign.path("words.txt"), WORDS).unwrap();
        fs::write(campaign.path("consents.csv"), rows()).unwrap();
        let mut contacts = String::new();
        for contact in 0..CONTACTS {
            let reference = format!("p{contact}");
            writeln!(contacts, "{reference} {}", ContactId::derived("consents", &reference)).unwrap();
        }
        fs::write(campaign.path("contacts.txt"), contacts).unwrap();
        let words = campaign.text("words.txt");
        let publish = ["notice", "publish", &words, "--id", "newsletter", "--notice-version", "1"];
        succeeded(&campaign.server.run(&[&publish[..], &["--language", "en"]].concat()));
        campaign
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    /// Rows are refused, each in a line of `errors.csv`.
    fn import(&self) -> Value {
        let (file, errors) = (self.text("consents.csv"), self.text("errors.csv"));
        let output = self.server.run(&["import", "consents", &file, "--errors", &errors, "--json"]);
        assert_eq!(output.status.code(), Some(ROWS_REFUSED), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn check(&self, at: &str, more: &[&str]) -> Value {
        let topic = ["--purpose", "newsletter", "--channel", "email", "--at", at, "--json"];
        self.server.json(&[&["check-consent"], &topic[..], more].concat())
    }
}

#[test]
fn a_campaign_is_imported_checked_as_of_before_and_after_and_proved() {
    let campaign = Campaign::prepared();
    let first = campaign.import();
    assert_eq!(first["rows_read"], 2 * ROWS, "two steps read the file");
    let position = first["position"].as_u64().unwrap().to_string();

    // A second run applies nothing twice and refuses the same rows.
    let errors = fs::read_to_string(campaign.path("errors.csv")).unwrap();
    let second = campaign.import();
    for field in ["commands_applied", "rows_refused", "position"] {
        assert_eq!(second[field], first[field], "{field}");
    }
    let sorted = |text: &str| {
        let mut lines: Vec<String> = text.lines().map(ToOwned::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(sorted(&fs::read_to_string(campaign.path("errors.csv")).unwrap()), sorted(&errors));

    let ids: Vec<String> = fs::read_to_string(campaign.path("contacts.txt"))
        .unwrap()
        .lines()
        .map(|line| line.split(' ').nth(1).unwrap().to_owned())
        .collect();
    fs::write(campaign.path("ids.txt"), ids.join("\n")).unwrap();
    let times = [time(CONTACTS), time(ROWS / 2), time(ROWS), "2026-05-01T00:00:00Z".to_owned()];
    let file = campaign.text("ids.txt");
    for (place, at) in times.iter().enumerate() {
        let checked = campaign.check(at, &["--contacts", &file, "--min-position", &position]);
        fs::write(campaign.path(&format!("{place}.json")), checked.to_string()).unwrap();
    }
    fs::write(campaign.path("times.txt"), times.join("\n")).unwrap();
    if let Some(output) = python("cross_check/campaign_consents.py", &[&campaign.text("")]) {
        succeeded(&output);
        eprint!("{}", String::from_utf8_lossy(&output.stdout));
    }
    let last: Value = serde_json::from_slice(&fs::read(campaign.path("2.json")).unwrap()).unwrap();
    takes_back(&campaign, &last);
}

/// One of those who may be written to takes it back: the check of before stays, the trail tells it, and it is proved.
fn takes_back(campaign: &Campaign, checked: &Value) {
    let allowed = |decision: &&Value| decision["allowed"] == true;
    let subject =
        checked["decisions"].as_array().unwrap().iter().find(allowed).unwrap()["contact_id"].clone();
    let subject = subject.as_str().unwrap();
    let withdraw = ["record-consent", "withdraw", subject, "--purpose", "newsletter", "--channel", "email"];
    let withdrawn = campaign.server.json(&[&withdraw[..], &["--method", "button", "--json"]].concat());
    let position = withdrawn["position"].as_u64().unwrap();
    let before = (position - 1).to_string();
    let at = ["2099-01-01T00:00:00Z", &time(ROWS)];
    let verdict = |at: &str, more: &[&str]| {
        campaign.check(at, &[&[subject], more].concat())["decisions"][0]["verdict"].clone()
    };
    assert_eq!(verdict(at[1], &["--as-of", &before]), "allowed");
    assert_eq!(verdict(at[0], &["--min-position", &position.to_string()]), "withdrawn");

    let trail = campaign.server.run(&["consent", subject, "--trail"]);
    let trail = String::from_utf8(trail.stdout).unwrap();
    for told in ["agreed by ", "took it back by button", "May we write to you?"] {
        assert!(trail.contains(told), "{told}: {trail}");
    }

    signed(&campaign.server, position);
    let proved = campaign.check(at[0], &[subject, "--with-proof"]);
    assert_eq!(proved["decisions"][0]["position_of_event"], position);
    fs::write(campaign.path("proof"), proved["decisions"][0]["proof"].as_str().unwrap()).unwrap();
    let key = campaign.server.json(&["audit", "key", "--json"]);
    let key = key["verifier_key"].as_str().unwrap();
    fs::write(campaign.path("key"), key).unwrap();
    let verified = campaign.server.json(&["verify", &campaign.text("proof"), "--key", key, "--json"]);
    assert_eq!(verified["event"]["type"], "consent.withdrawn.v1");
    // It also changes each byte of the proof, and each time refuses it.
    if let Some(output) = python("cross_check/proof.py", &[&campaign.text("")]) {
        succeeded(&output);
        eprint!("{}", String::from_utf8_lossy(&output.stdout));
    }
}
