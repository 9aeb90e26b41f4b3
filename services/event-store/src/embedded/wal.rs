//! Looks at a write-ahead log before the engine does.
//!
//! The engine takes the frames up to the first one that is not whole and forgets the rest. That is right for a write
//! that a crash cut off, and wrong for a log that was damaged later: what was acknowledged would be gone without a
//! word. A crash leaves at most one commit behind the break, because the next one is written only after the last is on
//! disk; more than one commit there is damage. The layout is that of the "WAL-mode File Format" of SQLite's
//! documentation.

use std::fs::File;
use std::io::{self, BufReader, ErrorKind, Read};
use std::path::Path;

const HEADER_BYTES: usize = 32;
const FRAME_HEADER_BYTES: usize = 24;
/// The last bit says how checksums read words: set, the first byte is the highest.
const MAGIC: u32 = 0x377f_0682;
const PAGE_BYTES_MIN: u32 = 512;
const PAGE_BYTES_MAX: u32 = 65_536;
const BUFFER_BYTES: usize = 1024 * 1024;

/// What a write-ahead log is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wal {
    /// Nothing in it, or every commit whole.
    Sound,
    /// It ends in a commit that is not whole.
    CutOff,
    /// Commits that were on disk are lost: from this frame on, counted from 1; 0 is the header.
    Damaged { frame: u64 },
}

/// Reads a write-ahead log; where there is none, all is well.
pub(super) fn judge(path: &Path) -> io::Result<Wal> {
    match File::open(path) {
        Ok(file) => read(BufReader::with_capacity(BUFFER_BYTES, file)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Wal::Sound),
        Err(error) => Err(error),
    }
}

fn read(mut file: impl Read) -> io::Result<Wal> {
    let mut bytes = [0; HEADER_BYTES];
    if !filled(&mut file, &mut bytes)? {
        return Ok(Wal::Sound);
    }
    let Some(header) = Header::of(&bytes) else {
        let empty = bytes.iter().all(|byte| *byte == 0) && is_blank(&mut file)?;
        return Ok(if empty { Wal::Sound } else { Wal::Damaged { frame: 0 } });
    };
    let mut frame = vec![0; FRAME_HEADER_BYTES + header.page_bytes];
    let mut chain = Chain { whole: header.sum, stored: header.sum, broken_at: None, commits_after: 0 };
    let mut number = 0;
    while filled(&mut file, &mut frame)? && chain.goes_on(&header, &frame, number + 1) {
        number += 1;
    }
    Ok(match chain.broken_at {
        Some(frame) if chain.commits_after > 1 => Wal::Damaged { frame },
        Some(_) if chain.commits_after == 1 => Wal::CutOff,
        Some(_) | None => Wal::Sound,
    })
}

/// The frames of a write-ahead log, each of which carries a checksum over itself and all before it.
struct Chain {
    /// Checksum of the last frame by its content, and as it stands in it. They differ after a break.
    whole: [u32; 2],
    stored: [u32; 2],
    broken_at: Option<u64>,
    /// Commits from the break on.
    commits_after: u64,
}

impl Chain {
    /// Takes in a frame; `false` once a second break shows that what follows was not written after the first:
    /// commits that failed leave such frames.
    fn goes_on(&mut self, header: &Header, frame: &[u8], number: u64) -> bool {
        let of_this_log = frame[8..16] == header.salts;
        let stored = [word(frame, 16), word(frame, 20)];
        let after = |sum| header.add(header.add(sum, &frame[..8]), &frame[FRAME_HEADER_BYTES..]);
        let whole = after(self.whole);
        let follows = whole == stored || self.stored != self.whole && after(self.stored) == stored;
        let intact = of_this_log && word(frame, 0) != 0 && follows;
        if !intact && self.broken_at.is_some() {
            return false;
        }
        if !intact {
            self.broken_at = Some(number);
        }
        let is_commit = of_this_log && word(frame, 4) != 0;
        self.commits_after += u64::from(self.broken_at.is_some() && is_commit);
        (self.whole, self.stored) = (if intact { stored } else { whole }, stored);
        true
    }
}

/// What the header of a write-ahead log says of its frames.
struct Header {
    highest_first: bool,
    page_bytes: usize,
    salts: [u8; 8],
    sum: [u32; 2],
}

impl Header {
    /// Nothing where it is not one, or not whole.
    fn of(bytes: &[u8; HEADER_BYTES]) -> Option<Self> {
        let (magic, page_bytes) = (word(bytes, 0), word(bytes, 8));
        let known = magic & !1 == MAGIC
            && (PAGE_BYTES_MIN..=PAGE_BYTES_MAX).contains(&page_bytes)
            && page_bytes.is_power_of_two();
        let mut header = Self {
            highest_first: magic & 1 == 1,
            page_bytes: usize::try_from(page_bytes).ok()?,
            salts: bytes[16..24].try_into().ok()?,
            sum: [0; 2],
        };
        header.sum = header.add([0; 2], &bytes[..24]);
        (known && header.sum == [word(bytes, 24), word(bytes, 28)]).then_some(header)
    }

    /// The running checksum with more bytes, two words at a time.
    fn add(&self, [mut first, mut second]: [u32; 2], bytes: &[u8]) -> [u32; 2] {
        let read = if self.highest_first { u32::from_be_bytes } else { u32::from_le_bytes };
        for pair in bytes.chunks_exact(8) {
            let [a, b, c, d, e, f, g, h] = *pair else { break };
            first = first.wrapping_add(read([a, b, c, d])).wrapping_add(second);
            second = second.wrapping_add(read([e, f, g, h])).wrapping_add(first);
        }
        [first, second]
    }
}

fn word(bytes: &[u8], at: usize) -> u32 {
    bytes[at..at + 4].iter().fold(0, |word, byte| word << 8 | u32::from(*byte))
}

/// Whether there were bytes enough.
fn filled(file: &mut impl Read, bytes: &mut [u8]) -> io::Result<bool> {
    match file.read_exact(bytes) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether nothing but zeros follows.
fn is_blank(file: &mut impl Read) -> io::Result<bool> {
    let mut bytes = vec![0; BUFFER_BYTES];
    loop {
        match file.read(&mut bytes)? {
            0 => return Ok(true),
            read if bytes[..read].iter().any(|byte| *byte != 0) => return Ok(false),
            _read => {}
        }
    }
}
