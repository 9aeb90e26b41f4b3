//! The proof vectors of transparency-dev/merkle, most of them bad: this verifier says of each what the vector says.

#![allow(clippy::unwrap_used, reason = "a vector that cannot be read ends the test")]

use std::fs;
use std::path::{Path, PathBuf};

use rapport_transparency::Hash;
use rapport_transparency::proof::{verify_consistency, verify_inclusion};
use serde::Deserialize;

/// Expects success for roots of 12 bytes: an artefact of the vectors' origin, where a root is any text of bytes. Here a
/// hash has 32 bytes, so it is a rejection.
const ARTEFACT: &str = "additional/sizes-are-equal-one-and-proof-is-empty.json";
/// Vectors of each kind.
const VECTORS: usize = 98;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Inclusion {
    leaf_idx: u64,
    tree_size: u64,
    root: String,
    leaf_hash: String,
    proof: Option<Vec<String>>,
    want_err: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Consistency {
    size1: u64,
    size2: u64,
    root1: String,
    root2: String,
    proof: Option<Vec<String>>,
    want_err: bool,
}

fn folder(kind: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors/rfc6962").join(kind)
}

/// Path within the folder, and content.
fn vectors(kind: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![folder(kind)];
    while let Some(at) = folders.pop() {
        for entry in fs::read_dir(at).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder(kind)).unwrap().to_string_lossy().into_owned();
                found.push((name, fs::read_to_string(path).unwrap()));
            }
        }
    }
    assert_eq!(found.len(), VECTORS, "{kind}");
    found
}

/// Every element has to be a whole hash.
fn hashes(texts: Option<Vec<String>>) -> Option<Vec<Hash>> {
    texts.unwrap_or_default().iter().map(|text| Hash::from_base64(text)).collect()
}

fn is_missing() -> bool {
    let is_missing = !folder("inclusion").exists();
    if is_missing {
        eprintln!("skipped: there are no vectors at {}", folder("").display());
    }
    is_missing
}

#[test]
fn every_inclusion_vector_is_judged_as_it_says() {
    if is_missing() {
        return;
    }
    for (name, text) in vectors("inclusion") {
        let vector: Inclusion = serde_json::from_str(&text).unwrap();
        let verified = Hash::from_base64(&vector.root)
            .zip(Hash::from_base64(&vector.leaf_hash))
            .zip(hashes(vector.proof))
            .is_some_and(|((root, leaf), proof)| {
                verify_inclusion(vector.leaf_idx, vector.tree_size, &leaf, &proof, &root).is_ok()
            });
        assert_eq!(verified, !vector.want_err, "{name}");
    }
}

#[test]
fn every_consistency_vector_is_judged_as_it_says() {
    if is_missing() {
        return;
    }
    for (name, text) in vectors("consistency") {
        let vector: Consistency = serde_json::from_str(&text).unwrap();
        let verified = Hash::from_base64(&vector.root1)
            .zip(Hash::from_base64(&vector.root2))
            .zip(hashes(vector.proof))
            .is_some_and(|((older, newer), proof)| {
                verify_consistency(vector.size1, vector.size2, &older, &newer, &proof).is_ok()
            });
        let expected = !vector.want_err && name != ARTEFACT;
        assert_eq!(verified, expected, "{name}");
    }
}
