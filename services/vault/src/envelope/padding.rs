//! Padding, because the length of a ciphertext tells the length of a name.
//!
//! One byte 0x80 ends the value, zeros fill the bucket: 32, 64, 128 or 256 bytes, then multiples of 256.

use zeroize::Zeroizing;

const END: u8 = 0x80;
const SMALL_BUCKETS: [usize; 3] = [32, 64, 128];
const LARGE_STEP: usize = 256;
/// Room for the tag, so that appending it does not move the value and leave a copy behind.
const TAG_ROOM: usize = 16;

fn bucket(length: usize) -> usize {
    let small = SMALL_BUCKETS.into_iter().find(|bucket| length <= *bucket);
    small.unwrap_or_else(|| length.next_multiple_of(LARGE_STEP))
}

/// The value, its end mark, and zeros up to the bucket.
pub(super) fn pad(value: &[u8]) -> Zeroizing<Vec<u8>> {
    let length = bucket(value.len() + 1);
    let mut padded = Zeroizing::new(Vec::with_capacity(length + TAG_ROOM));
    padded.extend_from_slice(value);
    padded.push(END);
    padded.resize(length, 0);
    padded
}

/// Takes the padding away; `None` where there is none.
pub(super) fn unpad(padded: &mut Zeroizing<Vec<u8>>) -> Option<()> {
    let end = padded.iter().rposition(|byte| *byte != 0).filter(|end| padded[*end] == END)?;
    padded.truncate(end);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_comes_back_and_ends_in_a_bucket() {
        for length in 0..=1_100 {
            for last in [0, END, b'"'] {
                let mut value = vec![b'x'; length];
                if let Some(byte) = value.last_mut() {
                    *byte = last;
                }
                let mut padded = pad(&value);
                assert!(
                    [32, 64, 128].contains(&padded.len()) || padded.len().is_multiple_of(256),
                    "{length}"
                );
                assert!(padded.capacity() >= padded.len() + TAG_ROOM);
                assert_eq!(unpad(&mut padded), Some(()));
                assert_eq!(*padded, value);
            }
        }
    }

    #[test]
    fn the_buckets_are_32_64_128_256_and_then_every_256() {
        let lengths =
            [0, 31, 32, 63, 64, 127, 128, 255, 256, 511, 512].map(|length| pad(&vec![b'x'; length]).len());
        assert_eq!(lengths, [32, 32, 64, 64, 128, 128, 256, 256, 512, 512, 768]);
    }

    #[test]
    fn bytes_without_an_end_mark_are_refused() {
        for bytes in [vec![], vec![0; 32], vec![b'x'; 32]] {
            assert_eq!(unpad(&mut Zeroizing::new(bytes)), None);
        }
    }
}
