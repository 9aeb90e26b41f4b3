//! Given a definition, when anything in it changes, then its hash does.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Transaction;

use super::*;
use crate::access::AccessProjection;
use crate::cases::CaseProjection;
use crate::churn::ChurnProjection;
use crate::consent::ConsentProjection;
use crate::deal_flow::DealFlowProjection;
use crate::directory::DirectoryProjection;
use crate::leads::LeadProjection;
use crate::pipeline::PipelineProjection;
use crate::projection::{ProjectError, Projected};
use crate::quotes::QuoteProjection;
use crate::subscriptions::SubscriptionProjection;
use crate::tasks::TaskProjection;
use crate::timeline::TimelineProjection;
use crate::transparency::TransparencyProjection;

/// Declares read models that differ in one part each.
macro_rules! variants {
    ($($name:ident: $said:literal, $version:literal, $handles:expr, $schema:literal, $sources:expr;)+) => {$(
        #[derive(Clone)]
        struct $name;
        impl Projection for $name {
            const NAME: &'static str = $said;
            const VERSION: u32 = $version;
            const HANDLES: &'static [&'static str] = &$handles;
            const SOURCES: &'static [&'static str] = &$sources;

            fn schema() -> &'static str {
                $schema
            }

            fn project(&mut self, _tx: &Transaction<'_>, _event: &Projected<'_>) -> Result<(), ProjectError> {
                Ok(())
            }
        }
    )+};
}

variants! {
    First: "a", 1, ["x", "y"], "s", ["fold", "ask"];
    Same: "a", 1, ["x", "y"], "s", ["fold", "ask"];
    OtherName: "b", 1, ["x", "y"], "s", ["fold", "ask"];
    OtherVersion: "a", 2, ["x", "y"], "s", ["fold", "ask"];
    OtherTypes: "a", 1, ["xy"], "s", ["fold", "ask"];
    OtherTables: "a", 1, ["x", "y"], "s ", ["fold", "ask"];
    OtherFold: "a", 1, ["x", "y"], "s", ["folds", "ask"];
    OtherCut: "a", 1, ["x", "y"], "s", ["fol", "dask"];
    OtherPlace: "a", 1, ["x", "y", "fold"], "s", ["ask"];
}

#[test]
fn whatever_changes_in_a_definition_changes_its_hash() {
    let first = Definition::of::<First>();
    assert_eq!(Definition::of::<Same>(), first);
    let hashes: BTreeSet<String> = [
        first,
        Definition::of::<OtherName>(),
        Definition::of::<OtherVersion>(),
        Definition::of::<OtherTypes>(),
        Definition::of::<OtherTables>(),
        Definition::of::<OtherFold>(),
        Definition::of::<OtherCut>(),
        Definition::of::<OtherPlace>(),
    ]
    .map(|definition| definition.sha256)
    .into();
    assert_eq!(hashes.len(), 8);
    assert!(hashes.iter().all(|hash| hash.len() == 64), "{hashes:?}");
}

/// The product files of a module: `<name>.rs` and what is under `<name>/`, without its tests.
fn files_of(name: &str) -> BTreeSet<String> {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let paths = [vec![sources.join(format!("{name}.rs"))], product_files(&sources.join(name))].concat();
    paths.into_iter().map(|path| fs::read_to_string(path).unwrap()).collect()
}

fn product_files(folder: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let product = paths.filter(|path| path.file_stem().is_some_and(|stem| stem != "tests"));
    product
        .flat_map(|path| match path.extension() {
            None => product_files(&path),
            Some(extension) if extension == "rs" => vec![path],
            Some(_) => Vec::new(),
        })
        .collect()
}

fn assert_whole<P: Projection>() {
    let declared: BTreeSet<String> = P::SOURCES.iter().map(|source| (*source).to_owned()).collect();
    assert_eq!(declared.len(), P::SOURCES.len(), "{}: a file is named twice", P::NAME);
    assert!(declared == files_of(P::NAME), "{}: SOURCES names every file of the module, once", P::NAME);
}

#[test]
fn a_definition_holds_every_file_of_its_read_model() {
    assert_whole::<DirectoryProjection>();
    assert_whole::<TimelineProjection>();
    assert_whole::<PipelineProjection>();
    assert_whole::<ChurnProjection>();
    assert_whole::<ConsentProjection>();
    assert_whole::<SubscriptionProjection>();
    assert_whole::<CaseProjection>();
    assert_whole::<LeadProjection>();
    assert_whole::<TaskProjection>();
    assert_whole::<QuoteProjection>();
    assert_whole::<DealFlowProjection>();
    assert_whole::<AccessProjection>();
    assert_whole::<TransparencyProjection>();
}
