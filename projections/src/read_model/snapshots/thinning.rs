//! Which snapshots are worth their place. Whoever asks about a moment waits for the events since the one before it: so none
//! of the gaps is much wider than the others, and where the log is young they are narrower than where it is old.

use super::Snapshot;

/// Snapshots of one read model.
pub const SNAPSHOTS_MAX: usize = 128;
/// Bytes that they may take in any case.
pub const SNAPSHOTS_BYTES_FREE: u64 = 3 * 1024 * 1024 * 1024;
/// How many times the bytes of the newest one they may take together, beyond that.
const SNAPSHOTS_BYTES_FACTOR: u64 = 2;

/// Takes out of them, oldest first, what is missed least, until there are not too many; returns what was taken out.
pub(super) fn thin(kept: &mut Vec<Snapshot>) -> Vec<Snapshot> {
    let newest = kept.last().map_or(0, |snapshot| snapshot.bytes);
    let bytes_max = bytes_max(newest);
    let mut gone = Vec::new();
    while kept.len() > SNAPSHOTS_MAX || kept.iter().map(|snapshot| snapshot.bytes).sum::<u64>() > bytes_max {
        let positions: Vec<u64> = kept.iter().map(|snapshot| snapshot.position.0).collect();
        let Some(index) = missed_least(&positions) else { break };
        gone.push(kept.remove(index));
    }
    gone
}

/// Bytes that all may take together, by those of the newest one.
pub(super) fn bytes_max(newest: u64) -> u64 {
    SNAPSHOTS_BYTES_FREE.max(newest.saturating_mul(SNAPSHOTS_BYTES_FACTOR))
}

/// The one without which the gap between its neighbours is narrowest; at the young end it counts twice as wide as at the
/// old one. Never the newest.
fn missed_least(positions: &[u64]) -> Option<usize> {
    let head = *positions.last()?;
    let cost = |index: usize| {
        let before = index.checked_sub(1).and_then(|before| positions.get(before)).copied().unwrap_or(0);
        let after = positions.get(index + 1).copied().unwrap_or(head);
        // In parts of a million. The divisor is zero only where nothing has happened.
        let age_and_head = (u128::from(head) * 2).saturating_sub(u128::from(before)).max(1);
        u128::from(after - before) * 1_000_000 / age_and_head
    };
    (0..positions.len().checked_sub(1)?).min_by_key(|index| cost(*index))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is kept of snapshots that were made one after another.
    fn kept_of(count: u64, spacing: u64) -> Vec<u64> {
        let mut positions = Vec::new();
        for number in 1..=count {
            positions.push(number * spacing);
            while positions.len() > SNAPSHOTS_MAX {
                let index = missed_least(&positions).unwrap();
                positions.remove(index);
            }
        }
        positions
    }

    #[test]
    fn the_newest_is_kept_and_no_gap_is_much_wider_than_the_others() {
        for count in [129, 200, 1_000, 5_000] {
            let kept = kept_of(count, 10);
            assert_eq!((kept.len(), kept.last()), (SNAPSHOTS_MAX, Some(&(count * 10))));
            let gaps: Vec<u64> =
                std::iter::once(kept[0]).chain(kept.windows(2).map(|pair| pair[1] - pair[0])).collect();
            let even = count * 10 / SNAPSHOTS_MAX as u64;
            assert!(gaps.iter().all(|gap| *gap <= 10 || *gap <= 2 * even), "{even}: {gaps:?}");
            let (old, young) = gaps.split_at(gaps.len() / 2);
            assert!(old.iter().sum::<u64>() >= young.iter().sum(), "{gaps:?}");
        }
    }

    #[test]
    fn few_are_all_kept() {
        assert_eq!(kept_of(5, 7), [7, 14, 21, 28, 35]);
        assert_eq!(missed_least(&[]), None);
        assert_eq!(missed_least(&[5]), None);
    }
}
