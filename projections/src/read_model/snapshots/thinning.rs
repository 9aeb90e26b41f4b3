//! Which snapshots are worth their place: close together where the log is young, farther apart the older it gets.

use super::Snapshot;

/// Snapshots of one read model.
pub const SNAPSHOTS_MAX: usize = 32;
/// Bytes that they may take in any case.
pub const SNAPSHOTS_BYTES_FREE: u64 = 1024 * 1024 * 1024;
/// How many times the bytes of the newest one they may take together, beyond that.
const SNAPSHOTS_BYTES_FACTOR: u64 = 4;

/// Takes out of them, oldest first, what is missed least, until there are not too many; returns what was taken out.
pub(super) fn thin(kept: &mut Vec<Snapshot>) -> Vec<Snapshot> {
    let newest = kept.last().map_or(0, |snapshot| snapshot.bytes);
    let bytes_max = SNAPSHOTS_BYTES_FREE.max(newest.saturating_mul(SNAPSHOTS_BYTES_FACTOR));
    let mut gone = Vec::new();
    while kept.len() > SNAPSHOTS_MAX || kept.iter().map(|snapshot| snapshot.bytes).sum::<u64>() > bytes_max {
        let positions: Vec<u64> = kept.iter().map(|snapshot| snapshot.position.0).collect();
        let Some(index) = missed_least(&positions) else { break };
        gone.push(kept.remove(index));
    }
    gone
}

/// The one without which the events between its neighbours are fewest for their age. Never the newest.
fn missed_least(positions: &[u64]) -> Option<usize> {
    let head = *positions.last()?;
    let cost = |index: usize| {
        let before = index.checked_sub(1).and_then(|before| positions.get(before)).copied().unwrap_or(0);
        let after = positions.get(index + 1).copied().unwrap_or(head);
        // Compared as a share of the age, which is never zero; in parts of a million.
        u128::from(after - before) * 1_000_000 / (u128::from(head - before) + 1)
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
    fn the_newest_is_kept_and_the_older_ones_lie_farther_and_farther_apart() {
        let kept = kept_of(1_000, 10);
        assert_eq!((kept.len(), kept.last()), (SNAPSHOTS_MAX, Some(&10_000)));
        let gaps: Vec<u64> = kept.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert_eq!(gaps.last(), Some(&10));
        // No moment is farther from what it is folded on from than a third of its age.
        for (pair, gap) in kept.windows(2).zip(&gaps) {
            let age = 10_000 - pair[0];
            assert!(*gap <= 10 || gap * 3 <= age, "{pair:?} of {kept:?}");
        }
        assert!(kept[0] * 3 <= 10_000, "{kept:?}");
    }

    #[test]
    fn few_are_all_kept() {
        assert_eq!(kept_of(5, 7), [7, 14, 21, 28, 35]);
        assert_eq!(missed_least(&[]), None);
        assert_eq!(missed_least(&[5]), None);
    }
}
