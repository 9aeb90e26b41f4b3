//! Which files of a read model there are, and what is to become of each.
//!
//! A file is called `<name>.v<version>.db`, and from the second one of a version on `<name>.v<version>.<number>.db`. No
//! file is ever renamed: an engine that has it open would lose its journal. Which one serves stands in the files
//! themselves, so that taking over is one commit.

use std::fs;
use std::path::{Path, PathBuf};

use super::{ModelFile, Purpose, Standing};
use crate::definition::{Definition, sha256};
use crate::projection::Projection;

/// The files of a read model.
#[derive(Debug)]
pub(crate) struct Survey {
    /// The one to follow and to ask.
    pub(crate) serving: ModelFile,
    /// One that is being built to replace it, with what it says of itself; `None` where it has yet to be made.
    pub(crate) beside: Option<(ModelFile, Option<Standing>)>,
    /// One that this build cannot ask, because its tables are others: to be compared with, then deleted.
    pub(crate) older: Option<(ModelFile, Standing)>,
    /// Of no use any more.
    pub(crate) left_over: Vec<ModelFile>,
}

/// A file whose name is one of this read model's.
struct Named {
    path: PathBuf,
    version: u32,
    /// Counted from 1.
    number: u32,
}

struct Found {
    named: Named,
    standing: Standing,
}

impl Survey {
    /// Looks at what is there. A definition that changed is built beside; `require_equal` says how it is taken over.
    pub(crate) fn of<P: Projection>(directory: &Path, require_equal: bool) -> Self {
        let named = named::<P>(directory);
        let next = next_path::<P>(directory, &named);
        let (mut found, mut unreadable) = (Vec::new(), Vec::new());
        for named in named {
            match standing_of::<P>(&named) {
                Ok(Some(standing)) => found.push(Found { named, standing }),
                // Nothing was made of it yet.
                Ok(None) => {}
                Err(_) if named.version == P::VERSION => unreadable.push(named),
                Err(_) => {}
            }
        }
        found.sort_by_key(|found| (found.named.version, found.named.number));
        let own = take_last(&mut found, |found| found.is_of::<P>() && found.standing.serving);
        let serving_elsewhere = |found: &Found| !found.is_of::<P>() && found.standing.serving;
        let survey = match (own, unreadable.pop()) {
            (Some(own), _) => {
                let own_at = own.standing.checkpoint.position;
                let compared = own.standing.comparison.is_some();
                let can_be_compared = |found: &Found| {
                    serving_elsewhere(found) && !compared && found.standing.checkpoint.position >= own_at
                };
                let older = take_last(&mut found, can_be_compared);
                let beside = take_last(&mut found, |found| found.is_of::<P>() && !found.standing.serving);
                Self {
                    serving: own.file::<P>(),
                    beside: beside.map(|beside| (beside.file::<P>(), Some(beside.standing))),
                    older: older.map(|older| (older.file::<P>(), older.standing)),
                    left_over: Vec::new(),
                }
            }
            // It parks, and an operator sees why. Nothing is deleted.
            (None, Some(broken)) => {
                found.clear();
                let serving = ModelFile::of::<P>(broken.path, Purpose::Serve);
                Self { serving, beside: None, older: None, left_over: Vec::new() }
            }
            (None, None) => match take_last(&mut found, serving_elsewhere) {
                Some(old) if old.standing.schema_sha256 == sha256(P::schema()) => {
                    let begun = take_last(&mut found, |found| found.is_of::<P>());
                    let beside = begun.map_or_else(
                        || (ModelFile::of::<P>(next, Purpose::Replace { require_equal }), None),
                        |begun| (begun.file::<P>(), Some(begun.standing)),
                    );
                    let serving = old.file::<P>();
                    Self { serving, beside: Some(beside), older: None, left_over: Vec::new() }
                }
                older => Self {
                    serving: ModelFile::of::<P>(next, Purpose::Serve),
                    beside: None,
                    older: older.map(|older| (older.file::<P>(), older.standing)),
                    left_over: Vec::new(),
                },
            },
        };
        Self { left_over: found.into_iter().map(|found| found.file::<P>()).collect(), ..survey }
    }

    /// A file for this version that is not there yet.
    pub(crate) fn new_file<P: Projection>(directory: &Path, purpose: Purpose) -> ModelFile {
        ModelFile::of::<P>(next_path::<P>(directory, &named::<P>(directory)), purpose)
    }

    /// The files of this version.
    pub(crate) fn files<P: Projection>(directory: &Path) -> Vec<ModelFile> {
        let own = named::<P>(directory).into_iter().filter(|named| named.version == P::VERSION);
        own.map(|named| ModelFile::of::<P>(named.path, Purpose::Serve)).collect()
    }
}

impl Found {
    /// Whether this build began it, or would have begun it the same.
    fn is_of<P: Projection>(&self) -> bool {
        let definition = Definition::of::<P>();
        (self.standing.version, &self.standing.definition_sha256) == (definition.version, &definition.sha256)
    }

    fn file<P: Projection>(&self) -> ModelFile {
        let Standing { version, definition_sha256, require_equal, .. } = &self.standing;
        let definition =
            Definition { projection: P::NAME, version: *version, sha256: definition_sha256.clone() };
        let purpose = Purpose::Replace { require_equal: *require_equal };
        ModelFile::of::<P>(self.named.path.clone(), purpose).begun_with(definition)
    }
}

/// The files that have a name of this read model's, by version and number.
fn named<P: Projection>(directory: &Path) -> Vec<Named> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let mut named: Vec<Named> = entries
        .filter_map(|entry| {
            let (version, number) = parse(P::NAME, entry.file_name().to_str()?)?;
            Some(Named { path: entry.path(), version, number })
        })
        .collect();
    named.sort_by_key(|named| (named.version, named.number));
    named
}

/// Version and number of a file by its name.
fn parse(projection: &str, file: &str) -> Option<(u32, u32)> {
    let rest = file.strip_prefix(projection)?.strip_prefix(".v")?.strip_suffix(".db")?;
    match rest.split_once('.') {
        None => Some((rest.parse().ok()?, 1)),
        Some((version, number)) => Some((version.parse().ok()?, number.parse().ok()?)),
    }
}

/// The first name of this version behind every one that is taken.
fn next_path<P: Projection>(directory: &Path, named: &[Named]) -> PathBuf {
    let is_taken = |named: &&Named| {
        named.version == P::VERSION && standing_of::<P>(named).map_or(true, |standing| standing.is_some())
    };
    let last = named.iter().filter(is_taken).map(|named| named.number).max();
    match last {
        None => directory.join(format!("{}.v{}.db", P::NAME, P::VERSION)),
        Some(last) => directory.join(format!("{}.v{}.{}.db", P::NAME, P::VERSION, last.saturating_add(1))),
    }
}

/// What a file says of itself. Nothing where it is empty.
fn standing_of<P: Projection>(named: &Named) -> rusqlite::Result<Option<Standing>> {
    if fs::metadata(&named.path).is_ok_and(|metadata| metadata.len() == 0) {
        return Ok(None);
    }
    let file = ModelFile::of::<P>(named.path.clone(), Purpose::Serve);
    let standing = Standing::read(&file.open_reader()?)?;
    let is_strange = |standing: &Standing| standing.name != P::NAME || standing.version != named.version;
    if standing.as_ref().is_some_and(is_strange) {
        return Err(rusqlite::Error::QueryReturnedNoRows);
    }
    Ok(standing)
}

/// Takes the last of those that fit.
fn take_last(found: &mut Vec<Found>, fits: impl Fn(&Found) -> bool) -> Option<Found> {
    found.iter().rposition(fits).map(|index| found.remove(index))
}
