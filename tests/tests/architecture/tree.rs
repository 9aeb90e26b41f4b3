//! The project's files, as text.

use std::fs;
use std::path::{Path, PathBuf};

/// Deepest folder that is looked into, counted from the root.
const DEPTH_MAX: usize = 12;

/// The folder of the workspace.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().expect("the tests stand in a folder of the workspace").to_owned()
}

/// One file of the project.
pub(crate) struct SourceFile {
    /// Its path from the root, with `/`.
    pub(crate) path: String,
    /// All of it.
    pub(crate) text: String,
}

impl SourceFile {
    /// Whether it belongs to what is built into the product: not to tests that stand beside it.
    pub(crate) fn is_product(&self) -> bool {
        !self.path.starts_with("tests/") && self.path.contains("src/")
    }

    /// Its lines with their numbers, without comments.
    pub(crate) fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().enumerate();
        lines.map(|(index, line)| (index + 1, line.split("//").next().unwrap_or_default()))
    }

    /// Places of a word, as `path:line`.
    pub(crate) fn places_of(&self, word: &str) -> Vec<String> {
        let hits = self.code().filter(|(_, line)| has_word(line, word));
        hits.map(|(number, _)| format!("{}:{number}", self.path)).collect()
    }
}

/// Every file of the project with this extension, sorted by path. What git ignores is not among them.
pub(crate) fn files(extension: &str) -> Vec<SourceFile> {
    let mut found = Vec::new();
    collect(&root(), extension, DEPTH_MAX, &mut found);
    found.sort_by(|one, other| one.path.cmp(&other.path));
    assert!(
        !found.is_empty(),
        "no .{extension} file under {}: the test looks in the wrong place",
        root().display()
    );
    found
}

/// Every Rust file of the project.
pub(crate) fn rust_files() -> Vec<SourceFile> {
    files("rs")
}

fn collect(folder: &Path, extension: &str, depth: usize, found: &mut Vec<SourceFile>) {
    assert!(depth > 0, "{} lies deeper than {DEPTH_MAX} folders", folder.display());
    for entry in fs::read_dir(folder).expect("a folder of the project can be listed") {
        let path = entry.expect("a folder of the project can be listed").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            if name != "target" && !name.starts_with('.') {
                collect(&path, extension, depth - 1, found);
            }
        } else if path.extension().is_some_and(|found| found == extension) {
            let text = fs::read_to_string(&path).expect("a source file is UTF-8");
            found.push(SourceFile { path: from_root(&path), text });
        }
    }
}

fn from_root(path: &Path) -> String {
    let relative = path.strip_prefix(root()).expect("the file stands under the root");
    relative.to_string_lossy().replace('\\', "/")
}

/// Whether a line holds a word: not a part of a longer one.
pub(crate) fn has_word(line: &str, word: &str) -> bool {
    let part_of_word = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(start, _)| {
        let before = line[..start].chars().next_back();
        let after = line[start + word.len()..].chars().next();
        !before.is_some_and(part_of_word) && !after.is_some_and(part_of_word)
    })
}

#[test]
fn a_word_is_found_whole_and_not_in_a_longer_one() {
    assert!(has_word("use tonic::{Code, Status};", "Code"));
    assert!(!has_word("use rusqlite::ErrorCode;", "Code"));
    assert!(!has_word("ExitCode::SUCCESS", "Code"));
    assert!(!has_word("Codec::new()", "Code"));
}
