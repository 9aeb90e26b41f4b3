//! A made-up history is one that the read models fold to its end.

use std::collections::BTreeSet;

use futures::TryStreamExt as _;
use rapport_domain::envelope::{Position, Recorded};
use rapport_domain::event::DomainEvent;
use rapport_event_store::{Filter, MemoryStore};
use rapport_vault::RootKey;

use super::*;

const EVENTS: u64 = 12_000;

async fn history() -> Vec<Recorded> {
    let folder = tempfile::tempdir().unwrap();
    let root = RootKey::create(&folder.path().join("root.key")).unwrap();
    let vault = Arc::new(Vault::open(&folder.path().join("vault.db"), &root).unwrap());
    let store = MemoryStore::new();
    fill(&store, vault, EVENTS).await.unwrap();
    store.read_all(Position::START.next(), &Filter::all()).try_collect().await.unwrap()
}

#[tokio::test]
async fn every_kind_of_event_happens_but_that_somebody_is_erased_and_every_one_can_be_read() {
    let history = history().await;
    assert_eq!(history.len() as u64, EVENTS);
    for event in &history {
        assert!(DomainEvent::decode(event).unwrap().is_some(), "{}", event.event_type);
        assert!(event.metadata().unwrap().occurred_at.micros() < END);
    }
    let happened: BTreeSet<&str> = history.iter().map(|event| event.event_type.as_str()).collect();
    // What is no customer's, or comes of an erasure, or keeps from one, or is told to others, or takes
    // two people, or comes of somebody who looks.
    let is_elsewhere = |kind: &&str| {
        let apart = [
            "contact.erased.v1",
            "contact.disclosed.v1",
            "consent.invalidation_proposed.v1",
            "suppression.retained.v1",
        ];
        apart.contains(kind)
            || ["contact.legal_hold_", "subject_request.", "access.", "notice."]
                .iter()
                .any(|begins| kind.starts_with(begins))
    };
    let known: BTreeSet<&str> = DomainEvent::types().into_iter().filter(|kind| !is_elsewhere(kind)).collect();
    assert_eq!(happened, known);
}

#[tokio::test]
async fn the_same_customers_come_every_time() {
    let streams =
        async || history().await.into_iter().map(|event| (event.id, event.stream)).collect::<Vec<_>>();
    assert_eq!(streams().await, streams().await);
}

#[test]
fn what_a_contact_has_of_the_history_falls_with_its_rank() {
    let mut chance = fastrand::Rng::with_seed(1);
    let mut drawn = [0_u32; 3];
    for _ in 0..200_000 {
        let rank = usize::try_from(zipf(&mut chance, 1_000)).unwrap();
        assert!(rank < 1_000);
        if let Some(count) = drawn.get_mut(rank) {
            *count += 1;
        }
    }
    // The share of the k-th is ln((k + 1) / k) / ln(1000).
    let expected = [20_069, 11_739, 8_330].map(f64::from);
    for (count, expected) in drawn.into_iter().zip(expected) {
        assert!((f64::from(count) - expected).abs() < expected / 20.0, "{drawn:?}");
    }
}
