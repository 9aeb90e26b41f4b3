//! Tells in one look at memory that a key is not there. Sometimes it says "perhaps" of one that is not.
//!
//! A split block Bloom filter, as the Parquet format describes it ("Parquet Bloom Filter"): a key sets one bit in each
//! of the eight words of one block.

use super::Key;

/// Bits for each key: about one key in 700 that is not there passes.
const BITS_PER_KEY: u64 = 16;
const BLOCK_WORDS: usize = 8;
const WORD_BYTES: usize = 4;
const BLOCK_BYTES: usize = BLOCK_WORDS * WORD_BYTES;
const BLOCK_BITS: u64 = 256;
/// The odd numbers of the Parquet specification that choose the bit in each word.
const SALT: [u32; BLOCK_WORDS] =
    [0x47b6_137b, 0x4497_4d91, 0x8824_ad5b, 0xa2b7_289d, 0x7054_95c7, 0x2df1_424b, 0x9efc_4947, 0x5c6b_fb31];

/// The keys that may be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::embedded) struct Filter {
    blocks: Vec<[u32; BLOCK_WORDS]>,
}

impl Filter {
    /// An empty filter for so many keys.
    pub(super) fn with_room_for(keys: u64) -> Self {
        let blocks = (keys * BITS_PER_KEY).div_ceil(BLOCK_BITS).max(1);
        Self { blocks: vec![[0; BLOCK_WORDS]; usize::try_from(blocks).unwrap_or(usize::MAX)] }
    }

    pub(super) fn insert(&mut self, key: Key) {
        let (block, bits) = self.place(Hash::of(key));
        for (word, bit) in self.blocks[block].iter_mut().zip(bits) {
            *word |= bit;
        }
    }

    /// Whether the key with this hash may be there. `false` is certain.
    pub(super) fn may_have(&self, hash: Hash) -> bool {
        let (block, bits) = self.place(hash);
        self.blocks[block].iter().zip(bits).all(|(word, bit)| word & bit != 0)
    }

    fn place(&self, Hash(hash): Hash) -> (usize, [u32; BLOCK_WORDS]) {
        let block = (u128::from(hash) * self.blocks.len() as u128) >> 64;
        let low = u32::try_from(hash & u64::from(u32::MAX)).unwrap_or(0);
        (usize::try_from(block).unwrap_or(0), SALT.map(|salt| 1 << (low.wrapping_mul(salt) >> 27)))
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        self.blocks.iter().flatten().flat_map(|word| word.to_le_bytes()).collect()
    }

    /// Nothing where the bytes are not those of a filter.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (blocks, rest) = bytes.as_chunks::<BLOCK_BYTES>();
        let words = |block: &[u8; BLOCK_BYTES]| {
            let (words, _) = block.as_chunks::<WORD_BYTES>();
            std::array::from_fn(|n| words.get(n).map_or(0, |word| u32::from_le_bytes(*word)))
        };
        (rest.is_empty() && !blocks.is_empty()).then(|| Self { blocks: blocks.iter().map(words).collect() })
    }
}

/// The hash of a key, taken once for all filters that are asked.
#[derive(Debug, Clone, Copy)]
pub(in crate::embedded) struct Hash(u64);

impl Hash {
    /// Ids may be anything that callers choose, so every bit of them has to count: the finalizer of SplitMix64.
    pub(super) fn of(key: Key) -> Self {
        let [high, low] =
            [key >> 64, key].map(|half| u64::try_from(half & u128::from(u64::MAX)).unwrap_or(0));
        let mut hash = high ^ low.rotate_left(32).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        hash = (hash ^ hash >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        hash = (hash ^ hash >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        Self(hash ^ hash >> 31)
    }
}

#[cfg(test)]
mod tests {
    use rapport_domain::id::derived_uuid;

    use super::*;

    fn keys(seed: &str, count: u64) -> impl Iterator<Item = Key> {
        (0..count).map(move |n| derived_uuid(&[seed, &n.to_string()]).as_u128())
    }

    #[test]
    fn every_key_that_is_there_passes_and_few_others_do() {
        let mut filter = Filter::with_room_for(10_000);
        keys("there", 10_000).for_each(|key| filter.insert(key));
        assert!(keys("there", 10_000).all(|key| filter.may_have(Hash::of(key))));
        let passed = keys("elsewhere", 10_000).filter(|key| filter.may_have(Hash::of(*key))).count();
        assert!(passed < 200, "{passed} of 10000");
    }

    #[test]
    fn keys_that_count_up_are_told_apart_too() {
        let mut filter = Filter::with_room_for(10_000);
        (0..10_000).for_each(|key| filter.insert(key << 80));
        let passed = (10_000..20_000).filter(|key| filter.may_have(Hash::of(key << 80))).count();
        assert!(passed < 200, "{passed} of 10000");
    }

    #[test]
    fn a_filter_comes_back_from_its_bytes() {
        let mut filter = Filter::with_room_for(100);
        keys("there", 100).for_each(|key| filter.insert(key));
        assert_eq!(Filter::from_bytes(&filter.to_bytes()), Some(filter));
        assert_eq!(Filter::from_bytes(&[0; 31]), None);
        assert_eq!(Filter::from_bytes(&[]), None);
    }
}
