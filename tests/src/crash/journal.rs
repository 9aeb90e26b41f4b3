//! What was written to a file since it was last forced to disk, and what a power cut may leave of it.

use fastrand::Rng;

/// First bytes of a record, as `tests/faults/disk.c` writes them.
const MAGIC: u32 = 0x314a_4452;
/// Magic, kind, offset, bytes written, bytes that stood there, size of the file before.
const HEAD_BYTES: usize = 40;
/// What a disk writes whole or not at all, in bytes.
const SECTOR_BYTES: usize = 512;

/// One change of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// Bytes were written.
    Written {
        /// Where.
        offset: usize,
        /// What.
        new: Vec<u8>,
        /// What stood there.
        old: Vec<u8>,
        /// Size of the file before.
        size_before: usize,
    },
    /// The file was cut or grown.
    Resized {
        /// To what size.
        size: usize,
        /// What was cut away.
        old: Vec<u8>,
        /// From what size.
        size_before: usize,
    },
    /// Everything before was forced to disk.
    Forced,
    /// Forcing failed: what waited is written by nobody any more.
    ForcingFailed,
}

/// How much of what was not forced to disk is there after a power cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Survival {
    /// Nothing.
    Nothing,
    /// Some writes, each whole, in any order.
    SomeWrites,
    /// Some sectors of some writes, in any order.
    SomeSectors,
}

/// Reads a journal. A record that the death of the process cut off describes a write that never began.
#[must_use]
pub fn parse(bytes: &[u8]) -> (Vec<Record>, usize) {
    let (mut records, mut read) = (Vec::new(), 0);
    while let Some((record, length)) = bytes.get(read..).and_then(record) {
        records.push(record);
        read += length;
    }
    (records, read)
}

fn record(bytes: &[u8]) -> Option<(Record, usize)> {
    let head = bytes.get(..HEAD_BYTES)?;
    let number = |at: usize| usize::try_from(u64::from_le_bytes(head[at..at + 8].try_into().ok()?)).ok();
    if u32::from_le_bytes(head[..4].try_into().ok()?) != MAGIC {
        return None;
    }
    let (offset, new_bytes, old_bytes, size_before) = (number(8)?, number(16)?, number(24)?, number(32)?);
    let new = bytes.get(HEAD_BYTES..HEAD_BYTES + new_bytes)?.to_vec();
    let length = HEAD_BYTES + new_bytes + old_bytes;
    let old = bytes.get(HEAD_BYTES + new_bytes..length)?.to_vec();
    let record = match head[4] {
        b'W' => Record::Written { offset, new, old, size_before },
        b'T' => Record::Resized { size: offset, old, size_before },
        b'S' => Record::Forced,
        b'F' => Record::ForcingFailed,
        _unknown => return None,
    };
    Some((record, length))
}

/// What a file may hold after a power cut, from what it holds now and its journal.
#[must_use]
pub fn after_power_cut(now: Vec<u8>, records: &[Record], survival: Survival, rng: &mut Rng) -> Vec<u8> {
    let mut file = records.iter().rev().fold(now, undone);
    let mut waiting: Vec<&Record> = Vec::new();
    for record in records {
        match record {
            Record::Written { .. } | Record::Resized { .. } => waiting.push(record),
            Record::Forced => waiting.drain(..).for_each(|record| apply(&mut file, record)),
            Record::ForcingFailed => {
                waiting.drain(..).for_each(|record| survive(&mut file, record, survival, rng));
            }
        }
    }
    waiting.into_iter().for_each(|record| survive(&mut file, record, survival, rng));
    file
}

fn undone(mut file: Vec<u8>, record: &Record) -> Vec<u8> {
    match record {
        Record::Written { offset, old, size_before, .. } => {
            file.resize(*size_before, 0);
            let end = (offset + old.len()).min(file.len());
            if *offset < end {
                file[*offset..end].copy_from_slice(&old[..end - offset]);
            }
        }
        Record::Resized { size, old, size_before } => {
            file.resize((*size).min(*size_before), 0);
            file.extend_from_slice(old);
            file.resize(*size_before, 0);
        }
        Record::Forced | Record::ForcingFailed => {}
    }
    file
}

fn apply(file: &mut Vec<u8>, record: &Record) {
    match record {
        Record::Written { offset, new, .. } => put(file, *offset, new),
        Record::Resized { size, .. } => file.resize(*size, 0),
        Record::Forced | Record::ForcingFailed => {}
    }
}

fn put(file: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    let end = offset + bytes.len();
    if file.len() < end {
        file.resize(end, 0);
    }
    file[offset..end].copy_from_slice(bytes);
}

fn survive(file: &mut Vec<u8>, record: &Record, survival: Survival, rng: &mut Rng) {
    match (survival, record) {
        (Survival::Nothing, _) => {}
        (Survival::SomeSectors, Record::Written { offset, new, .. }) => {
            let mut at = 0;
            while at < new.len() {
                let sector = SECTOR_BYTES - (offset + at) % SECTOR_BYTES;
                let end = (at + sector).min(new.len());
                if rng.bool() {
                    put(file, offset + at, &new[at..end]);
                }
                at = end;
            }
        }
        (Survival::SomeWrites | Survival::SomeSectors, record) => {
            if rng.bool() {
                apply(file, record);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(offset: usize, new: &[u8], old: &[u8], size_before: usize) -> Record {
        Record::Written { offset, new: new.to_vec(), old: old.to_vec(), size_before }
    }

    fn cut(now: &[u8], records: &[Record]) -> Vec<u8> {
        after_power_cut(now.to_vec(), records, Survival::Nothing, &mut Rng::with_seed(1))
    }

    #[test]
    fn what_was_not_forced_to_disk_is_undone() {
        let records = [written(1, b"XY", b"bc", 4), written(3, b"12", b"d", 4)];
        assert_eq!(cut(b"aXY12", &records), b"abcd");
    }

    #[test]
    fn what_was_forced_stays_and_what_failed_to_be_forced_does_not() {
        let first = written(0, b"A", b"a", 3);
        let second = written(1, b"B", b"b", 3);
        let third = written(2, b"C", b"c", 3);
        let kept = [first.clone(), Record::Forced, second.clone(), Record::ForcingFailed, third.clone()];
        assert_eq!(cut(b"ABC", &kept), b"Abc");
        let forced_again = [first, Record::ForcingFailed, second, third, Record::Forced];
        assert_eq!(cut(b"ABC", &forced_again), b"aBC", "a page that was dropped is not written later");
    }

    #[test]
    fn a_cut_file_is_as_long_as_before() {
        let records = [Record::Resized { size: 1, old: b"bc".to_vec(), size_before: 3 }];
        assert_eq!(cut(b"a", &records), b"abc");
    }

    #[test]
    fn sectors_survive_one_by_one() {
        let records = [written(256, &[1; 1_024], &[0; 1_024], 2_048)];
        let mut now = vec![0; 2_048];
        now[256..1_280].fill(1);
        let left = after_power_cut(now, &records, Survival::SomeSectors, &mut Rng::with_seed(3));
        let pieces = [&left[256..512], &left[512..1_024], &left[1_024..1_280]];
        assert!(pieces.iter().all(|piece| piece.iter().all(|byte| *byte == piece[0])));
        assert_eq!(pieces.iter().map(|piece| piece[0]).collect::<std::collections::BTreeSet<_>>().len(), 2);
    }

    #[test]
    fn a_record_that_was_cut_off_never_began() {
        let mut bytes = Vec::new();
        bytes.extend(MAGIC.to_le_bytes());
        bytes.extend(u32::from(b'W').to_le_bytes());
        for number in [7_u64, 2, 1, 8] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend(b"XYz");
        let whole = bytes.len();
        bytes.extend(&bytes.clone()[..20]);
        assert_eq!(parse(&bytes), (vec![written(7, b"XY", b"z", 8)], whole));
    }
}
