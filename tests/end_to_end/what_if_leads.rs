//! Drafts over the leads of the past, by the command line.

use rapport_tests::Process;
use serde_json::{Value, json};

use crate::real_data::served;

const MODEL: &str = r#"
name = "Draft"
hot = ["A3"]
[fit]
high = 50
middle = 20
cap = 100
[engagement]
high = 50
middle = 20
cap = 100
[[fit_rule]]
key = "large"
points = 60
[[fit_rule.when]]
field = "employees"
at_least = 100
"#;

const POLICY: &str = r#"
name = "Draft"
respond_minutes = 30
fallback_queue = "inbound"
[[rule]]
key = "all"
strategy = "in_order"
[[rule.candidate]]
owner = "user_ann"
"#;

fn captured(server: &Process, address: &str, employees: u32) -> String {
    let employees = format!("employees={employees}");
    let captured = server.json(&[
        "lead", "capture", "--source", "web_form", "--name", "Lee", "--email", address, "--field",
        &employees, "--json",
    ]);
    captured["lead"]["lead_id"].as_str().unwrap().to_owned()
}

#[test]
fn drafts_over_leads_say_what_would_be_otherwise_the_same_twice_and_write_nothing() {
    let (folder, server) = served();
    let large = captured(&server, "ann@example.com", 120);
    let small = captured(&server, "ben@example.com", 12);
    assert!(
        server.run(&["lead", "contacted", &large, "--channel", "call", "--text", "Hello"]).status.success()
    );
    assert!(server.run(&["lead", "disqualify", &large, "--reason", "no budget"]).status.success());
    let file = |name: &str, text: &str| {
        let file = folder.path().join(name);
        std::fs::write(&file, text).unwrap();
        file.to_str().unwrap().to_owned()
    };
    let before = server.run(&["replay", "--json"]).stdout;
    let tried = |noun: &str, draft: &str| -> Value {
        let words = ["what-if", noun, draft, "--from", "2020-01-01", "--to", "2100-01-01", "--json"];
        let first = server.run(&words);
        assert!(first.status.success(), "{}", String::from_utf8_lossy(&first.stderr));
        assert_eq!(server.run(&words).stdout, first.stdout, "the same question has the same answer");
        serde_json::from_slice(&first.stdout).unwrap()
    };
    let scoring = tried("scoring", &file("scoring.toml", MODEL));
    assert_eq!((&scoring["all"]["leads"], &scoring["newly_hot"]["disqualified"]), (&json!(2), &json!(1)));
    let changed = scoring["changed"].as_array().unwrap();
    let grades: Vec<_> = changed.iter().map(|lead| (&lead["lead_id"], &lead["would_be_grade"])).collect();
    let (hot, cold) = (json!(large), json!(small));
    assert_eq!(grades, [(&hot, &json!("A3")), (&cold, &json!("C3"))]);

    let policy = file("routing.toml", POLICY);
    let routing = tried("routing", &policy);
    // Something was done for the one in time, and nothing ever for the other.
    assert_eq!(routing["by_owner"], json!([{ "owner": "user_ann", "was": 0, "would_be": 1 }]));
    let nobody = json!({ "owned": 0, "in_queue": 0, "unassigned": 2, "timed_out": 0 });
    assert_eq!(routing["was"], nobody);
    assert_eq!(routing["would_be"], json!({ "owned": 1, "in_queue": 1, "unassigned": 0, "timed_out": 1 }));
    assert_eq!(server.run(&["replay", "--json"]).stdout, before, "nothing is written");

    let nameless = file("nameless.toml", &POLICY.replace("key = \"all\"", "key = \"\""));
    let words = ["what-if", "routing", &nameless, "--from", "2020-01-01", "--to", "2100-01-01"];
    let refused = server.run(&words);
    assert!(!refused.status.success());
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(said.contains("definition.rules[0].key"), "{said}");
    server.terminate();
}
