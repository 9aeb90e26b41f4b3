//! What can happen to bytes on their way.

use proptest::prelude::any;
use proptest::sample::Index;

/// One thing that happens to them.
#[derive(Debug, Clone)]
pub(super) enum Change {
    Flip {
        at: Index,
        bit: u8,
    },
    Insert {
        at: Index,
        byte: u8,
    },
    Remove {
        at: Index,
    },
    CutOff {
        at: Index,
    },
    /// What stands between two places comes twice.
    Repeat {
        from: Index,
        to: Index,
    },
}

impl proptest::arbitrary::Arbitrary for Change {
    type Parameters = ();
    type Strategy = proptest::strategy::BoxedStrategy<Self>;

    fn arbitrary_with((): ()) -> Self::Strategy {
        use proptest::strategy::Strategy as _;
        let place = any::<Index>;
        proptest::prop_oneof![
            4 => (place(), 0_u8..8).prop_map(|(at, bit)| Self::Flip { at, bit }),
            3 => (place(), any::<u8>()).prop_map(|(at, byte)| Self::Insert { at, byte }),
            3 => place().prop_map(|at| Self::Remove { at }),
            1 => place().prop_map(|at| Self::CutOff { at }),
            1 => (place(), place()).prop_map(|(from, to)| Self::Repeat { from, to }),
        ]
        .boxed()
    }
}

/// The bytes, after all of it.
pub(super) fn changed(bytes: &[u8], changes: &[Change]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for change in changes {
        let length = bytes.len();
        match change {
            Change::Insert { at, byte } => bytes.insert(at.index(length + 1), *byte),
            Change::Flip { .. } | Change::Remove { .. } | Change::CutOff { .. } | Change::Repeat { .. }
                if length == 0 => {}
            Change::Flip { at, bit } => bytes[at.index(length)] ^= 1 << bit,
            Change::Remove { at } => drop(bytes.remove(at.index(length))),
            Change::CutOff { at } => bytes.truncate(at.index(length)),
            Change::Repeat { from, to } => {
                let (from, to) = (from.index(length), to.index(length));
                let part = bytes[from.min(to)..from.max(to)].to_vec();
                bytes.splice(from..from, part);
            }
        }
    }
    bytes
}
