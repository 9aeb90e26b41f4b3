//! Words that stand in one place only, and the shape of files.

use crate::tree::{SourceFile, files, rust_files};

/// Most lines of a file.
const FILE_LINES_MAX: usize = 500;
/// Names that say nothing about what is inside.
const EMPTY_NAMES: [&str; 5] = ["utils", "common", "helpers", "manager", "misc"];
/// Constructors of `tonic::Status`: each names a code.
const STATUS_CONSTRUCTORS: [&str; 16] = [
    "aborted",
    "already_exists",
    "cancelled",
    "data_loss",
    "deadline_exceeded",
    "failed_precondition",
    "internal",
    "invalid_argument",
    "new",
    "not_found",
    "out_of_range",
    "permission_denied",
    "resource_exhausted",
    "unauthenticated",
    "unavailable",
    "unimplemented",
];

/// The one place of each server that turns failures into statuses.
fn is_status_module(path: &str) -> bool {
    ["services/gateway/src/status.rs", "services/kurrent-gateway/src/status.rs"].contains(&path)
        || path.starts_with("services/gateway/src/status/")
}

/// The binary reads codes: it is a client too.
fn is_binary(path: &str) -> bool {
    path.starts_with("services/rapport/src/")
}

/// The adapters: the only ones that name their engine.
fn is_adapter(path: &str) -> bool {
    let event_store = "services/event-store/src/embedded";
    path == format!("{event_store}.rs")
        || [
            &format!("{event_store}/"),
            "services/kurrentdb/src/",
            "projections/src/",
            "services/vault/src/",
            // What two of them share.
            "services/write-ahead/src/",
            // What the read models are measured beside.
            "services/plain-crm/src/",
        ]
        .iter()
        .any(|folder| path.starts_with(*folder))
}

fn product_files() -> impl Iterator<Item = SourceFile> {
    rust_files().into_iter().filter(SourceFile::is_product)
}

#[test]
fn only_the_status_module_and_the_binary_name_grpc_codes() {
    let elsewhere = product_files().filter(|file| !is_status_module(&file.path) && !is_binary(&file.path));
    let places: Vec<String> = elsewhere
        .flat_map(|file| {
            let mut places = file.places_of("Code");
            for constructor in STATUS_CONSTRUCTORS {
                places.extend(file.places_of(&format!("Status::{constructor}")));
            }
            places
        })
        .collect();
    assert!(
        places.is_empty(),
        "gRPC codes are named at {places:#?}\nReturn a variant of the gateway's Error (or of the application's Failure) \
         and give it its code in services/gateway/src/status.rs, so that one condition has one code; over the KurrentDB \
         protocol, a Refusal and services/kurrent-gateway/src/status.rs."
    );
}

#[test]
fn only_the_adapters_name_their_engine() {
    let elsewhere = product_files().filter(|file| !is_adapter(&file.path));
    let places: Vec<String> = elsewhere.flat_map(|file| file.places_of("rusqlite")).collect();
    assert!(
        places.is_empty(),
        "rusqlite is named at {places:#?}\nMove it behind the port: event-store/src/embedded, projections or vault."
    );
}

#[test]
fn the_event_store_knows_of_the_domain_only_what_surrounds_an_event() {
    let allowed = ["rapport_domain::envelope", "rapport_domain::id", "rapport_domain::value"];
    let of_event_store = product_files().filter(|file| file.path.starts_with("services/event-store/src/"));
    for file in of_event_store {
        for (number, line) in file.code().filter(|(_, line)| line.contains("rapport_domain")) {
            assert!(
                allowed.iter().any(|path| line.contains(path)),
                "{}:{number}: the event store knows {allowed:?} of the domain, and no aggregate: it stores any event",
                file.path
            );
        }
    }
}

#[test]
fn the_projections_know_the_port_and_no_adapter() {
    let adapters = ["EmbeddedStore", "EmbeddedOptions"];
    let of_projections = product_files().filter(|file| file.path.starts_with("projections/src/"));
    for file in of_projections {
        for adapter in adapters {
            let places = file.places_of(adapter);
            assert!(
                places.is_empty(),
                "{adapter} at {places:?}: take `dyn EventStore`; `rapport` hands the adapter in"
            );
        }
    }
}

/// Where our own enums are matched, a new variant has to be an error of the compiler, not a silent default.
/// The lint `wildcard_enum_match_arm` sees most of it; this sees macros and what the lint was allowed for.
#[test]
fn no_wildcard_arm_hides_a_variant() {
    // A text has no variants: a stored type that this build does not know is `None`.
    let of_text = ("domain/src/aggregate.rs", "_ => None,");
    let strict =
        product_files().filter(|file| file.path.starts_with("domain/src/") || is_status_module(&file.path));
    for file in strict {
        for (number, line) in file.code().filter(|(_, line)| line.trim_start().starts_with("_ =>")) {
            assert!(
                (file.path.as_str(), line.trim()) == of_text,
                "{}:{number}: name every variant instead of `_ =>`; of a text, take the first match with `match` in a \
                 function that returns Option, and add it to this test with the reason",
                file.path
            );
        }
    }
}

#[test]
fn modules_name_themselves() {
    for file in rust_files() {
        let stem = file.path.rsplit('/').next().and_then(|name| name.strip_suffix(".rs")).unwrap_or_default();
        assert!(
            stem != "mod",
            "{}: call it after the module, beside its folder (clippy: mod_module_files)",
            file.path
        );
        assert!(!EMPTY_NAMES.contains(&stem), "{}: say what is inside; `{stem}` says nothing", file.path);
        for (number, line) in file.code() {
            for name in EMPTY_NAMES {
                let declared = line.contains(&format!("mod {name} {{"));
                assert!(!declared, "{}:{number}: say what is inside; `{name}` says nothing", file.path);
            }
        }
    }
}

#[test]
fn no_file_is_long() {
    for file in rust_files().into_iter().chain(files("proto")) {
        let lines = file.text.lines().count();
        assert!(
            lines <= FILE_LINES_MAX,
            "{} has {lines} lines, at most {FILE_LINES_MAX}: split it by what it is about",
            file.path
        );
    }
}
