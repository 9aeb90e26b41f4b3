//! Keys, checkpoints, proofs and addresses of tiles, which anybody may hand over.

use rapport_transparency::note::VerifierKey;
use rapport_transparency::tile::Tile;
use rapport_transparency::{Bundle, Checkpoint, Policy};

use super::feed;
use super::seeds::corpus;

/// The key of the log that the seeds are from.
fn key() -> VerifierKey {
    VerifierKey::parse(include_str!("corpus/verifier_key/of_the_log")).unwrap()
}

#[test]
fn a_key_is_read_and_written_the_same_or_refused() {
    feed(&corpus("verifier_key"), |seed| {
        let Some(key) = seed.text().and_then(|text| VerifierKey::parse(text).ok()) else { return };
        assert_eq!(VerifierKey::parse(&key.to_string()), Ok(key));
    });
}

#[test]
fn a_checkpoint_that_was_changed_is_no_other_one() {
    let key = key();
    let signed = Checkpoint::open(include_str!("corpus/checkpoint/of_18_events"), &key).unwrap();
    assert_eq!(signed.size, 18);
    feed(&corpus("checkpoint"), |seed| {
        let opened = seed.text().and_then(|note| Checkpoint::open(note, &key).ok());
        assert!(opened.is_none_or(|opened| opened == signed));
    });
}

#[test]
fn a_proof_that_was_changed_shows_nothing_else() {
    let key = key();
    let shown = Bundle::parse(include_str!("corpus/bundle/of_an_event")).unwrap().verify(&key).unwrap();
    feed(&corpus("bundle"), |seed| {
        let Some(bundle) = seed.text().and_then(|text| Bundle::parse(text).ok()) else { return };
        assert_eq!(Bundle::parse(&bundle.to_string()).as_ref(), Ok(&bundle));
        assert!(bundle.verify(&key).is_ok_and(|proved| proved == shown) || bundle.verify(&key).is_err());
    });
}

#[test]
fn an_address_of_a_tile_is_read_or_is_none() {
    feed(&corpus("tile"), |seed| {
        let tile = seed.text().and_then(Tile::parse);
        assert!(tile.is_none_or(|tile| (1..=256).contains(&tile.width)));
    });
}

#[test]
fn a_policy_believes_no_checkpoint_that_its_log_did_not_sign() {
    let signed = include_str!("corpus/checkpoint/of_18_events");
    let policy = Policy::parse(include_str!("corpus/policy/of_two_witnesses")).unwrap();
    assert!(policy.open(signed).is_err(), "no witness has seen it");
    feed(&corpus("policy"), |seed| {
        let Some(policy) = seed.text().and_then(|text| Policy::parse(text).ok()) else { return };
        assert!(
            policy.open(signed).is_ok_and(|seen| seen.checkpoint.size == 18) || policy.open(signed).is_err()
        );
    });
}
