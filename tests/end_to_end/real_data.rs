//! Real data sets through the command line, and the numbers that an independent tool finds in them.

use std::path::Path;

use rapport_tests::{Process, data};
use serde_json::Value;

use crate::cross_check::CrossCheck;

pub(crate) fn served() -> (tempfile::TempDir, Process) {
    let folder = tempfile::tempdir().unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_rapport-under-test"));
    let server = Process::serve(program, &folder.path().join("data"), &[]).unwrap();
    (folder, server)
}

fn import(server: &Process, preset: &str, folder: &Path) {
    import_with(server, preset, folder, &[]);
}

/// Imports a data set, with more options, and waits until every read model has taken it in.
pub(crate) fn import_with(server: &Process, preset: &str, folder: &Path, options: &[&str]) {
    let words = ["import", preset, folder.to_str().unwrap()];
    let imported = server.run(&[&words, options].concat());
    assert!(imported.status.success(), "{}", String::from_utf8_lossy(&imported.stderr));
    while !is_caught_up(server) {}
}

fn is_caught_up(server: &Process) -> bool {
    let listed = server.json(&["projections", "list", "--json"]);
    listed["projections"].as_array().unwrap().iter().all(|projection| projection["behind"] == 0)
}

fn head(server: &Process) -> usize {
    let output = server.run(&["replay", "--json"]);
    assert!(output.status.success());
    output.stdout.iter().filter(|byte| **byte == b'\n').count()
}

/// The numbers of the sales pipeline, as pandas finds them in the CSV files.
pub(crate) fn assert_maven_numbers(server: &Process) {
    let view = server.json(&["pipeline", "--json"]);
    assert_eq!(view["opportunities"], 8_800);
    let stages: Vec<(&str, u64)> = view["stages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|stage| (stage["key"].as_str().unwrap(), stage["count"].as_u64().unwrap()))
        .collect();
    assert_eq!(stages, [("prospecting", 500), ("engaging", 1_589), ("won", 4_238), ("lost", 2_473)]);
    let closed = &view["closed"];
    assert_eq!((&closed["won"], &closed["lost"]), (&Value::from(4_238), &Value::from(2_473)));
    assert_eq!(closed["won_amount"][0]["decimal"], "10005534.00");
    assert_eq!(closed["win_rate_percent"], "63.15");
    assert_eq!(closed["mean_cycle_days"], "51.78");
    let teams: Vec<(&str, &str)> = view["by_team"]
        .as_array()
        .unwrap()
        .iter()
        .map(|team| (team["key"].as_str().unwrap(), team["won_amount"][0]["decimal"].as_str().unwrap()))
        .collect();
    assert_eq!(teams, [("Central", "3346293.00"), ("East", "3090594.00"), ("West", "3568647.00")]);
}

/// What DuckDB and pandas read from the exports, beside what the views and the replay say.
fn assert_the_exports_agree(server: &Process, folder: &Path) {
    let Some(check) = CrossCheck::with_pandas("export.py") else { return };
    check.answer(server, "pipeline.json", &["pipeline", "--json"]);
    check.answer(server, "replay.ndjson", &["replay", "--json"]);
    for form in ["parquet", "ndjson"] {
        let deals = ["export", "--model=pipeline", "--table=deals", "--format", form];
        check.answer(server, &format!("deals.{form}"), &deals);
        check.answer(server, &format!("events.{form}"), &["export", "--events", "--format", form]);
        let read_models = check.folder().join(form);
        for model in ["directory", "timeline", "pipeline", "churn", "consent", "subscriptions"] {
            let to = read_models.join(model);
            let export = ["export", "--model", model, "--format", form, "--to", to.to_str().unwrap()];
            check.answer(server, "nothing", &export);
        }
    }
    check.agrees(folder);
}

#[test]
fn the_sales_pipeline_of_maven_comes_out_as_it_went_in() {
    let Some(folder) = data::folder("maven_crm") else { return };
    let (_folder, server) = served();
    import(&server, "maven-crm", &folder);
    assert_maven_numbers(&server);
    if let Some(check) = CrossCheck::with_pandas("maven_crm.py") {
        check.answer(&server, "pipeline.json", &["pipeline", "--json"]);
        check.agrees(&folder);
    }
    assert_the_exports_agree(&server, &folder);
    let head_before = head(&server);
    import(&server, "maven-crm", &folder);
    assert_eq!(head(&server), head_before, "a second import changes nothing");
    assert_maven_numbers(&server);
    server.terminate();
}

#[test]
fn the_buyers_of_cdnow_come_out_as_customers_and_purchase_days() {
    let Some(folder) = data::folder("cdnow_sample") else { return };
    let (_folder, server) = served();
    import(&server, "cdnow", &folder);
    let report = server.json(&["churn", "--json"]);
    assert_eq!(report["activity"]["customers"], 2_357);
    assert_eq!(report["activity"]["purchase_days"], 6_696);
    if let Some(check) = CrossCheck::with_pandas("cdnow.py") {
        // The day after the last order, which is answered from counters, and a day before it, which is not.
        for day in ["1998-07-01", "1997-12-31"] {
            let report = ["churn", "--json", "--activity-to", day];
            check.answer(&server, &format!("churn-{day}.json"), &report);
            let at_risk = ["churn", "--at-risk", "--json", "--limit", "200", "--activity-to", day];
            check.answer(&server, &format!("at-risk-{day}.json"), &at_risk);
        }
        check.answer(&server, "contacts.ndjson", &["replay", "--json", "--type", "contact.registered"]);
        check.agrees(&folder);
    }
    server.terminate();
}

#[test]
fn the_incidents_of_servicenow_are_all_there_once_and_in_the_order_of_the_file() {
    let Some(folder) = data::folder("servicenow_incidents_half_a") else { return };
    let (_folder, server) = served();
    import(&server, "servicenow", &folder);
    let recorded = || {
        let output = server.run(&["replay", "--json", "--type", "interaction.recorded"]);
        let lines = String::from_utf8(output.stdout).unwrap();
        let line_numbers: Vec<u64> = lines
            .lines()
            .map(|line| {
                let event: Value = serde_json::from_str(line).unwrap();
                let external_ref = event["data"]["source"]["external_ref"].as_str().unwrap().to_owned();
                external_ref.rsplit_once('/').unwrap().1.parse().unwrap()
            })
            .collect();
        line_numbers
    };
    let once = recorded();
    assert_eq!(once.len(), 59_831);
    assert!(once.is_sorted(), "the log keeps the order of the file");
    if let Some(check) = CrossCheck::with_pandas("servicenow.py") {
        check.answer(&server, "contacts.ndjson", &["replay", "--json", "--type", "contact.registered"]);
        check.answer(&server, "interactions.ndjson", &["replay", "--json", "--type", "interaction.recorded"]);
        check.agrees(&folder);
    }
    let head_before = head(&server);
    import(&server, "servicenow", &folder);
    assert_eq!(head(&server), head_before, "a second import changes nothing");
    assert_eq!(recorded(), once);
    server.terminate();
}
