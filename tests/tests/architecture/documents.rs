//! What the documents say of limits, of what holds an invariant and of other files is compared with the sources.

use std::collections::BTreeSet;

use crate::tree::{SourceFile, files, root, rust_files};

/// Most lines of ARCHITECTURE.md: it is read in one sitting.
const ARCHITECTURE_LINES_MAX: usize = 250;

fn document(name: &str) -> String {
    let mut documents = files("md").into_iter();
    documents.find(|file| file.path == name).unwrap_or_else(|| panic!("there is no {name}")).text
}

fn architecture() -> String {
    document("ARCHITECTURE.md")
}

/// What stands between backticks, in order.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

#[test]
fn the_architecture_is_read_in_one_sitting() {
    let lines = architecture().lines().count();
    assert!(
        lines <= ARCHITECTURE_LINES_MAX,
        "ARCHITECTURE.md has {lines} lines, at most {ARCHITECTURE_LINES_MAX}"
    );
}

#[test]
fn the_limits_are_those_of_the_sources() {
    let sources = rust_files();
    let text = document("LIMITS.md");
    let rows: Vec<Vec<&str>> =
        text.lines().filter(|line| line.starts_with("| `")).map(|line| quoted(line).collect()).collect();
    assert!(!rows.is_empty(), "LIMITS.md has no table");
    for row in rows {
        let [name, value, path] = row[..] else {
            panic!("a limit is `NAME`, `value`, `file`; found {row:?}")
        };
        let file = sources.iter().find(|file| file.path == path);
        let file =
            file.unwrap_or_else(|| panic!("{name}: there is no {path}; say in LIMITS.md where it is now"));
        let found = value_of(file, name);
        assert_eq!(found.as_deref(), Some(value), "{name} in {path}: write its value into LIMITS.md");
    }
}

/// What a constant is set to, as written.
fn value_of(file: &SourceFile, name: &str) -> Option<String> {
    file.code().find_map(|(_, line)| {
        let (_, declared) = line.split_once(&format!("const {name}: "))?;
        let (_, value) = declared.split_once(" = ")?;
        value.trim_end().strip_suffix(';').map(str::to_owned)
    })
}

/// The name of every function.
fn functions(sources: &[SourceFile]) -> BTreeSet<&str> {
    let code = sources.iter().flat_map(SourceFile::code);
    code.filter_map(|(_, line)| Some(line.split_once("fn ")?.1.split_once('(')?.0)).collect()
}

#[test]
fn every_test_that_is_said_to_keep_an_erasure_whole_is_there() {
    let sources = rust_files();
    let (functions, text) = (functions(&sources), document("SECURITY.md"));
    let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("| ")).collect();
    assert!(rows.len() > 13, "SECURITY.md has no table of them");
    for name in rows.into_iter().flat_map(quoted).filter(|name| is_sentence(name)) {
        assert!(
            functions.contains(name),
            "SECURITY.md names the test `{name}`, which is gone: what holds it now?"
        );
    }
}

#[test]
fn every_test_that_is_said_to_hold_an_invariant_is_there() {
    let sources = rust_files();
    let functions = functions(&sources);
    let text = architecture();
    for named in text.split("\n\n").filter(|paragraph| paragraph.starts_with("*Architecture Invariant:*")) {
        let tests =
            named.split_once("test ").or_else(|| named.split_once("tests ")).map_or("", |(_, tests)| tests);
        for name in quoted(tests).filter(|name| is_sentence(name)) {
            assert!(
                functions.contains(name),
                "ARCHITECTURE.md names the test `{name}`, which is gone: what holds it now?"
            );
        }
    }
}

/// A name such as `no_file_is_long`; lints and paths are none.
fn is_sentence(name: &str) -> bool {
    name.matches('_').count() >= 2
        && name.chars().all(|c| c.is_ascii_lowercase() || c == '_')
        && name != "mod_module_files"
}

#[test]
fn every_link_of_a_document_leads_to_a_file() {
    for document in files("md") {
        let folder = root().join(&document.path);
        let folder = folder.parent().unwrap_or(&folder);
        let links = document.text.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
        for (link, _) in links.filter(|(link, _)| !link.contains("://")) {
            let path = link.split('#').next().unwrap_or_default();
            assert!(
                path.is_empty() || folder.join(path).exists(),
                "{} links to {link}, which is not there",
                document.path
            );
        }
    }
}
