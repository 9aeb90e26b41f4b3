//! Given a log, when it is proved, then the proofs are those of the whole tree, written down by its definition.

use rapport_domain::envelope::{Recorded, StreamId};
use rapport_transparency::proof::{verify_consistency, verify_inclusion};
use rapport_transparency::tile::Tile;
use rapport_transparency::{Grown, Hash, header};

use super::query::{consistency, grown, inclusion, leaves, tile};
use super::*;
use crate::projection::Projection as _;
use crate::query::Thing;
use crate::testing::company::company;
use crate::testing::{History, Model, at};

/// The root over some events, by the definition of RFC 6962.
fn mth(events: &[Recorded]) -> Hash {
    match events {
        [] => Hash::of_nothing(),
        [event] => Hash::of_leaf(&header::leaf(event).unwrap()),
        _ => {
            let half = events.len().next_power_of_two() / 2;
            let (left, right) = events.split_at(half);
            Hash::of_node(&mth(left), &mth(right))
        }
    }
}

fn folded(history: &History) -> Model<TransparencyProjection> {
    Model::of(TransparencyProjection::default(), history)
}

/// A history whose positions are no numbers without gaps.
fn sparse() -> History {
    let mut history = company(3);
    for (index, event) in history.events.iter_mut().enumerate() {
        let gaps = u64::try_from(index / 4).unwrap();
        event.position = Position(event.position.0 + 100 * gaps);
    }
    history
}

#[test]
fn every_event_is_in_the_tree_and_every_older_tree_is_its_beginning() {
    let history = company(4);
    let model = folded(&history);
    let whole = u64::try_from(history.events.len()).unwrap();
    for size in 1..=whole {
        let root = mth(&history.events[..usize::try_from(size).unwrap()]);
        for event in &history.events[..usize::try_from(size).unwrap()] {
            let found = inclusion(&model.connection, event.position, Some(size)).unwrap();
            assert_eq!((found.index, found.size, found.root), (event.position.0 - 1, size, root));
            let leaf = Hash::of_leaf(&header::leaf(event).unwrap());
            assert_eq!(verify_inclusion(found.index, size, &leaf, &found.hashes, &root), Ok(()));
        }
        let newer = mth(&history.events);
        let found = consistency(&model.connection, size, whole).unwrap();
        assert_eq!((found.older, found.newer), (root, newer));
        assert_eq!(verify_consistency(size, whole, &root, &newer, &found.hashes), Ok(()));
    }
}

#[test]
fn events_of_any_type_are_in_it() {
    let mut history = History::new();
    for (stream, event_type) in [
        ("x_orders-1", "x_orders.placed.v1"),
        ("foreign-1", "Something"),
        ("contact-1", "contact.unknown.v9"),
    ] {
        history.add_raw(
            StreamId::parse(stream).unwrap(),
            event_type,
            at("2026-01-01T00:00:00Z"),
            "{}".to_owned(),
        );
    }
    let model = folded(&history);
    assert_eq!(
        grown(&model.connection, 0).unwrap(),
        Grown { size: 3, root: mth(&history.events), from: 0, proof: Vec::new() }
    );
}

#[test]
fn where_positions_have_gaps_leaves_are_counted_all_the_same() {
    let history = sparse();
    let model = folded(&history);
    for (index, event) in history.events.iter().enumerate() {
        let found = inclusion(&model.connection, event.position, None).unwrap();
        assert_eq!((found.index, found.root), (u64::try_from(index).unwrap(), mth(&history.events)));
    }
    let expected: Vec<Position> = history.events.iter().map(|event| event.position).collect();
    let found = leaves(&model.connection, 0).unwrap();
    assert_eq!(found.iter().map(|leaf| leaf.position).collect::<Vec<_>>(), expected);
    for position in [0, 5, 99, 10_000] {
        let refused = inclusion(&model.connection, Position(position), None);
        assert_eq!(refused, Err(QueryError::NotFound { what: Thing::Event }), "{position}");
    }
}

#[test]
fn a_batch_that_was_rolled_back_leaves_no_trace() {
    let history = company(4);
    let mut model = Model::empty(TransparencyProjection::default());
    let mut projection = TransparencyProjection::default();
    for (index, event) in history.events.iter().enumerate() {
        if index % 3 == 0 {
            // Two events further, and back.
            let tx = model.connection.transaction().unwrap();
            for ahead in history.events[index..].iter().take(2) {
                projection.project_recorded(&tx, ahead).unwrap();
            }
            drop(tx);
        }
        let tx = model.connection.transaction().unwrap();
        projection.project_recorded(&tx, event).unwrap();
        tx.commit().unwrap();
    }
    assert_eq!(grown(&model.connection, 0).unwrap().root, mth(&history.events));
}

#[test]
fn what_the_tree_does_not_have_is_refused_with_its_size() {
    let history = company(1);
    let model = folded(&history);
    let size = u64::try_from(history.events.len()).unwrap();
    let too_small = |requested, size| Err(QueryError::TreeTooSmall { requested, size });
    assert_eq!(
        inclusion(&model.connection, Position(1), Some(size + 1)).map(drop),
        too_small(size + 1, size)
    );
    assert_eq!(inclusion(&model.connection, Position(3), Some(2)).map(drop), too_small(3, 2));
    assert_eq!(consistency(&model.connection, 1, size + 1).map(drop), too_small(size + 1, size));
    assert_eq!(consistency(&model.connection, 3, 2).map(drop), too_small(3, 2));
    assert_eq!(grown(&model.connection, size + 5).unwrap().proof, []);
}

#[test]
fn tiles_hold_the_leaves_and_above_them_whole_tiles() {
    let history = company(40);
    let model = folded(&history);
    assert!(history.events.len() > 256, "{} events", history.events.len());
    let hash = |bytes: &[u8], n: usize| Hash::from_bytes(&bytes[32 * n..32 * (n + 1)]).unwrap();
    let of_leaves = tile(&model.connection, Tile::parse("0/000").unwrap()).unwrap();
    assert_eq!(of_leaves.len(), 8_192);
    for n in [0, 1, 255] {
        assert_eq!(hash(&of_leaves, n), mth(&history.events[n..=n]));
    }
    let above = tile(&model.connection, Tile::parse("1/000.p/1").unwrap()).unwrap();
    assert_eq!((above.len(), hash(&above, 0)), (32, mth(&history.events[..256])));
    let missing = tile(&model.connection, Tile::parse("1/000.p/2").unwrap());
    assert!(matches!(missing, Err(QueryError::TreeTooSmall { .. })));
}
