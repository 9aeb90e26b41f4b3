//! What an operator is given fits the program: alerts and runbooks, metrics, command lines.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

use crate::tree::{SourceFile, files, rust_files};

/// How every metric of ours begins.
const METRIC_PREFIX: &str = "rapport_";
/// What the scrape adds to the name that was registered: of a counter, of a histogram.
const SERIES_SUFFIXES: [&str; 4] = ["_total", "_bucket", "_count", "_sum"];
/// Where an installed program stands.
const INSTALLED: &str = "/usr/local/bin/rapport ";

fn of_operations(extension: &str, folder: &str) -> Vec<SourceFile> {
    let found: Vec<SourceFile> =
        files(extension).into_iter().filter(|file| file.path.starts_with(folder)).collect();
    assert!(!found.is_empty(), "no .{extension} file under {folder}: the test looks in the wrong place");
    found
}

/// What stands after a key of the rules, `alert` or `runbook`.
fn values_of(rules: &SourceFile, key: &str) -> Vec<String> {
    let prefix = format!("{key}: ");
    let lines = rules.text.lines().map(|line| line.trim_start().trim_start_matches("- "));
    lines.filter_map(|line| line.strip_prefix(&prefix)).map(str::to_owned).collect()
}

/// Names that begin as ours do.
fn metrics_in(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|word| word.starts_with(METRIC_PREFIX)).map(str::to_owned).collect()
}

/// The names that the code registers: texts of the files called `metrics.rs`.
fn registered() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for file in rust_files().iter().filter(|file| file.is_product() && file.path.ends_with("/metrics.rs")) {
        let texts = file.code().flat_map(|(_, line)| line.split('"').skip(1).step_by(2));
        names.extend(texts.filter(|text| metrics_in(text).contains(*text)).map(str::to_owned));
    }
    assert!(!names.is_empty(), "no metric is registered in a file called metrics.rs");
    names
}

/// Every `expr` and `query` of a dashboard.
fn expressions(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                match value {
                    Value::String(text) if (key == "expr" || key == "query") && text != "prometheus" => {
                        found.push(text.clone());
                    }
                    value => expressions(value, found),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| expressions(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn every_alert_has_a_runbook_and_every_runbook_an_alert() {
    let mut alerts = BTreeSet::new();
    for rules in of_operations("yml", "ops/alerts/") {
        let names = values_of(&rules, "alert");
        let runbooks: Vec<String> = names.iter().map(|alert| format!("ops/runbooks/{alert}.md")).collect();
        assert_eq!(
            values_of(&rules, "runbook"),
            runbooks,
            "{}: every alert names its runbook, ops/runbooks/<alert>.md",
            rules.path
        );
        alerts.extend(runbooks);
    }
    let pages: BTreeSet<String> =
        of_operations("md", "ops/runbooks/").into_iter().map(|file| file.path).collect();
    assert_eq!(
        alerts, pages,
        "left the alerts, right the runbooks: write what is missing, delete what is left over"
    );
}

#[test]
fn alerts_and_dashboards_speak_of_metrics_that_the_code_registers() {
    let registered = registered();
    let is_registered = |name: &str| {
        registered.contains(name)
            || SERIES_SUFFIXES
                .iter()
                .any(|suffix| name.strip_suffix(suffix).is_some_and(|base| registered.contains(base)))
    };
    let rules = of_operations("yml", "ops/alerts/").into_iter().map(|rules| (rules.path, vec![rules.text]));
    let dashboards = of_operations("json", "ops/dashboards/").into_iter().map(|dashboard| {
        let mut found = Vec::new();
        expressions(&serde_json::from_str(&dashboard.text).expect("JSON"), &mut found);
        assert!(!found.is_empty(), "{} asks for nothing", dashboard.path);
        (dashboard.path, found)
    });
    for (path, texts) in rules.chain(dashboards) {
        for text in texts {
            let named = metrics_in(&text);
            assert!(!named.is_empty(), "{path}: no metric of ours in `{text}`");
            for name in named {
                assert!(is_registered(&name), "{path}: nothing registers {name}; there are {registered:#?}");
            }
        }
    }
}

/// The command lines of a document's code blocks, and of a unit's `ExecStart`, which is where one is continued.
fn command_lines(file: &SourceFile) -> Vec<String> {
    let text = file.text.replace("\\\n", " ");
    let lines = text.lines().map(|line| line.trim().trim_start_matches("ExecStart="));
    lines
        .filter_map(|line| line.strip_prefix("rapport ").or_else(|| line.strip_prefix(INSTALLED)))
        .map(str::to_owned)
        .collect()
}

/// With `--help` at the end nothing is done: the program reads its arguments and says what they are for.
#[test]
fn every_command_line_for_operators_is_one_that_the_program_takes() {
    let documents = of_operations("md", "ops/").into_iter().chain(of_operations("service", "ops/deploy/"));
    let mut tried = 0;
    for file in documents {
        for line in command_lines(&file) {
            let program = env!("CARGO_BIN_EXE_rapport-under-test");
            let outcome = Command::new(program).args(line.split_whitespace()).arg("--help").output();
            let outcome = outcome.expect("the program starts");
            let complaint = String::from_utf8_lossy(&outcome.stderr);
            assert!(outcome.status.success(), "{}: `rapport {line}`: {complaint}", file.path);
            tried += 1;
        }
    }
    assert!(tried > 0, "no command line was found under ops/");
}
