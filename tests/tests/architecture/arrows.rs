//! Which crate may depend on which, and on what else.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use cargo_metadata::{DependencyKind, MetadataCommand, Package};

use crate::tree::{files, root};

/// The arrows: a crate, and the crates of ours that it may depend on. Nothing else is allowed. `rapport-tests`
/// may depend on all of them, and nothing depends on it.
const ARROWS: [(&str, &[&str]); 15] = [
    ("rapport-domain", &[]),
    ("rapport-proto", &[]),
    ("rapport-archive", &[]),
    ("rapport-authorization", &["rapport-domain"]),
    ("rapport-event-store", &["rapport-domain", "rapport-write-ahead"]),
    ("rapport-kurrentdb", &["rapport-domain", "rapport-event-store"]),
    ("rapport-kurrent-gateway", &["rapport-domain", "rapport-event-store", "rapport-proto"]),
    ("rapport-plain-crm", &["rapport-domain"]),
    ("rapport-transparency", &["rapport-domain"]),
    ("rapport-vault", &["rapport-domain"]),
    ("rapport-write-ahead", &[]),
    (
        "rapport-projections",
        &[
            "rapport-domain",
            "rapport-event-store",
            "rapport-transparency",
            "rapport-vault",
            "rapport-write-ahead",
        ],
    ),
    ("rapport-application", &["rapport-domain", "rapport-event-store", "rapport-vault"]),
    (
        "rapport-gateway",
        &[
            "rapport-application",
            "rapport-authorization",
            "rapport-domain",
            "rapport-projections",
            "rapport-proto",
            "rapport-transparency",
        ],
    ),
    (
        "rapport",
        &[
            "rapport-application",
            "rapport-archive",
            "rapport-authorization",
            "rapport-domain",
            "rapport-event-store",
            "rapport-gateway",
            "rapport-kurrent-gateway",
            "rapport-kurrentdb",
            "rapport-plain-crm",
            "rapport-projections",
            "rapport-proto",
            "rapport-transparency",
            "rapport-vault",
        ],
    ),
];
/// May depend on everything.
const TESTS: &str = "rapport-tests";

/// Foreign crates, and the only crates of ours that may depend on them.
const KEEPERS: [(&str, &[&str]); 7] = [
    (
        "rusqlite",
        &[
            "rapport-event-store",
            "rapport-kurrentdb",
            "rapport-plain-crm",
            "rapport-projections",
            "rapport-vault",
            "rapport-write-ahead",
        ],
    ),
    ("cedar-policy", &["rapport-authorization"]),
    ("eventstore", &["rapport-kurrentdb"]),
    ("aws-lc-rs", &["rapport-transparency", "rapport-vault"]),
    ("axum", &["rapport-gateway"]),
    ("age", &["rapport-archive"]),
    ("clap", &["rapport"]),
];

/// What would bring a clock, a random number, I/O, logging or a runtime into the domain.
const IMPURE: [&str; 11] = [
    "async-trait",
    "fastrand",
    "futures",
    "getrandom",
    "parking_lot",
    "rand",
    "rusqlite",
    "tempfile",
    "tokio",
    "tonic",
    "tracing",
];

fn packages() -> Vec<Package> {
    let manifest = root().join("Cargo.toml");
    MetadataCommand::new()
        .manifest_path(manifest)
        .no_deps()
        .exec()
        .expect("cargo metadata reads the workspace")
        .packages
}

/// Names of what a crate depends on when it is built into the product.
fn dependencies(package: &Package) -> BTreeSet<String> {
    let normal = package.dependencies.iter().filter(|dependency| dependency.kind == DependencyKind::Normal);
    normal.map(|dependency| dependency.name.clone()).collect()
}

#[test]
fn crates_depend_on_each_other_only_along_the_arrows() {
    let arrows: BTreeMap<&str, &[&str]> = ARROWS.into_iter().collect();
    let packages = packages();
    let ours: BTreeSet<String> = packages.iter().map(|package| package.name.to_string()).collect();
    let mut forbidden = Vec::new();
    for package in packages.iter().filter(|package| package.name.as_str() != TESTS) {
        let name = package.name.as_str();
        let allowed = arrows.get(name).unwrap_or_else(|| {
            panic!("{name} has no arrows: add it to ARROWS here, to ARCHITECTURE.md, and to the folder map of README.md")
        });
        let of_ours = dependencies(package).into_iter().filter(|dependency| ours.contains(dependency));
        let wrong = of_ours.filter(|dependency| !allowed.contains(&dependency.as_str()));
        forbidden.extend(wrong.map(|dependency| format!("{name} -> {dependency}")));
    }
    assert!(
        forbidden.is_empty(),
        "arrows that are not allowed: {forbidden:?}\nTake the dependency out of the crate's Cargo.toml. What it needs \
         from there belongs into a crate below both, or is handed in by `rapport`. A new arrow is a decision: write \
         it down in ARCHITECTURE.md, then add it to ARROWS."
    );
}

#[test]
fn an_engine_is_a_dependency_of_its_keepers_only() {
    let mut wrong = Vec::new();
    for package in packages().iter().filter(|package| package.name.as_str() != TESTS) {
        let dependencies = dependencies(package);
        for (engine, keepers) in KEEPERS {
            if dependencies.contains(engine) && !keepers.contains(&package.name.as_str()) {
                wrong.push(format!("{} -> {engine}", package.name));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{wrong:?}: only the crates of KEEPERS know these. Ask the keeper through its own types instead."
    );
}

#[test]
fn the_domain_depends_on_nothing_impure() {
    let packages = packages();
    let domain = packages.iter().find(|package| package.name.as_str() == "rapport-domain").expect("a domain");
    let impure: Vec<String> =
        dependencies(domain).into_iter().filter(|dependency| IMPURE.contains(&dependency.as_str())).collect();
    assert!(
        impure.is_empty(),
        "rapport-domain depends on {impure:?}: decide and evolve see no clock, no random number and no I/O. Take what \
         is ambient from Context, which the application fills."
    );
}

#[test]
fn every_crate_takes_the_workspace_lints() {
    let without: Vec<String> = packages()
        .iter()
        .filter(|package| {
            let manifest = fs::read_to_string(&package.manifest_path).expect("a manifest can be read");
            let manifest: toml::Table = manifest.parse().expect("a manifest is TOML");
            let lints = manifest.get("lints").and_then(|lints| lints.get("workspace"));
            lints.and_then(toml::Value::as_bool) != Some(true)
        })
        .map(|package| package.name.to_string())
        .collect();
    assert!(
        without.is_empty(),
        "{without:?}: add `[lints]` with `workspace = true` to the crate's Cargo.toml"
    );
}

/// The nearest `clippy.toml` replaces the root's; it is not added to it.
#[test]
fn every_clippy_toml_repeats_the_settings_of_the_root() {
    let configurations: Vec<(String, toml::Table)> = files("toml")
        .into_iter()
        .filter(|file| file.path.ends_with("clippy.toml"))
        .map(|file| (file.path, file.text.parse().expect("clippy.toml is TOML")))
        .collect();
    let (_, of_root) =
        configurations.iter().find(|(path, _)| path == "clippy.toml").expect("a clippy.toml at the root");
    for (path, settings) in &configurations {
        for (key, expected) in of_root {
            let found = settings.get(key);
            let repeated = match (expected, found) {
                (toml::Value::Array(expected), Some(toml::Value::Array(found))) => {
                    expected.iter().all(|entry| found.contains(entry))
                }
                (expected, Some(found)) => expected == found,
                (_, None) => false,
            };
            assert!(
                repeated,
                "{path}: repeat `{key} = {expected}` of the root's clippy.toml, which it replaces"
            );
        }
    }
}

#[test]
fn only_the_tests_can_plant_bugs() {
    let planters: Vec<String> = packages()
        .iter()
        .filter(|package| package.name.as_str() != TESTS)
        .filter(|package| {
            package
                .dependencies
                .iter()
                .any(|dependency| dependency.features.iter().any(|it| it == "seeded-bugs"))
        })
        .map(|package| package.name.to_string())
        .collect();
    assert!(
        planters.is_empty(),
        "{planters:?} switch on `seeded-bugs` of rapport-event-store: what is shipped has no hook for bugs"
    );
}
