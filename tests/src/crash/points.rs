//! The points where a fault strikes, by name. A point is a call of the server to the system: hooks in the product are
//! not needed.

/// What happens there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// The process is killed before the call.
    KillBefore,
    /// The process is killed after the call.
    KillAfter,
    /// Half of the bytes are written, then the process is killed.
    KillTorn,
    /// The call fails with EIO.
    Eio,
    /// The call fails with ENOSPC.
    Full,
    /// Half of the bytes are written, then there is no space.
    Short,
}

impl Effect {
    /// As `tests/faults/disk.c` knows it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::KillBefore => "kill-before",
            Self::KillAfter => "kill-after",
            Self::KillTorn => "kill-torn",
            Self::Eio => "eio",
            Self::Full => "enospc",
            Self::Short => "short",
        }
    }

    /// Whether the server goes on after it.
    #[must_use]
    pub const fn is_survived(self) -> bool {
        match self {
            Self::KillBefore | Self::KillAfter | Self::KillTorn => false,
            Self::Eio | Self::Full | Self::Short => true,
        }
    }
}

/// When the calls are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// From the start of the process: while files are made, recovered and opened.
    Opening,
    /// From the moment when the server is ready.
    Serving,
    /// Likewise; the cycle ends with an orderly stop, which is where such calls are.
    Closing,
}

/// A point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Point {
    /// Its name.
    pub name: &'static str,
    /// What happens.
    pub effect: Effect,
    /// When it is counted.
    pub stage: Stage,
    /// The call, as `tests/faults/disk.c` knows it.
    pub call: &'static str,
    /// Pattern of the file's path in the data directory.
    pub file: &'static str,
    /// Only writes at this offset.
    pub at: Option<u64>,
    /// It strikes at a call from the first to this one.
    pub nth_max: u64,
    /// How many calls fail from there on; 0: all.
    pub times: u64,
}

const fn kill(
    name: &'static str,
    effect: Effect,
    call: &'static str,
    file: &'static str,
    nth_max: u64,
) -> Point {
    Point { name, effect, stage: Stage::Serving, call, file, at: None, nth_max, times: 1 }
}

const fn fail(
    name: &'static str,
    effect: Effect,
    call: &'static str,
    file: &'static str,
    nth_max: u64,
    times: u64,
) -> Point {
    Point { name, effect, stage: Stage::Serving, call, file, at: None, nth_max, times }
}

const fn opening(name: &'static str, effect: Effect, call: &'static str, file: &'static str) -> Point {
    Point { name, effect, stage: Stage::Opening, call, file, at: None, nth_max: 6, times: 1 }
}

const fn closing(name: &'static str, effect: Effect, call: &'static str, file: &'static str) -> Point {
    Point { name, effect, stage: Stage::Closing, call, file, at: None, nth_max: 2, times: 1 }
}

const LOG: &str = "log.db";
const WAL: &str = "log.db-wal";
const VAULT_WAL: &str = "vault.db-wal";

/// All of them. `log.db-wal` holds commits of appends and of index merges, `log.db` is written by checkpoints.
pub const POINTS: [Point; 43] = [
    kill("kill before a commit is forced to disk", Effect::KillBefore, "sync", WAL, 60),
    kill("kill after a commit is forced to disk, before the answer", Effect::KillAfter, "sync", WAL, 60),
    kill("kill in the middle of a write to the write-ahead log", Effect::KillTorn, "write", WAL, 300),
    kill("kill between the writes of a commit", Effect::KillAfter, "write", WAL, 300),
    Point {
        at: Some(0),
        ..kill("kill when the write-ahead log starts over", Effect::KillAfter, "write", WAL, 3)
    },
    kill("kill in the middle of a checkpoint's write", Effect::KillTorn, "write", LOG, 120),
    kill("kill between the writes of a checkpoint", Effect::KillAfter, "write", LOG, 120),
    kill("kill before a checkpoint is forced to disk", Effect::KillBefore, "sync", LOG, 5),
    kill("kill after a checkpoint is forced to disk", Effect::KillAfter, "sync", LOG, 5),
    kill("kill before keys are forced to disk", Effect::KillBefore, "sync", VAULT_WAL, 12),
    kill("kill after keys are forced to disk", Effect::KillAfter, "sync", VAULT_WAL, 12),
    kill("kill in the middle of a write of keys", Effect::KillTorn, "write", VAULT_WAL, 40),
    kill("kill in the middle of a read model's commit", Effect::KillTorn, "write", "read/*-wal", 200),
    kill("kill after a read model's write", Effect::KillAfter, "write", "read/*", 200),
    fail("a commit cannot be forced to disk", Effect::Eio, "sync", WAL, 40, 1),
    fail("no commit can be forced to disk", Effect::Eio, "sync", WAL, 40, 0),
    fail("a write to the write-ahead log fails", Effect::Eio, "write", WAL, 200, 1),
    fail("every write to the write-ahead log fails", Effect::Eio, "write", WAL, 200, 0),
    fail("the disk is full for the write-ahead log", Effect::Full, "write", WAL, 200, 25),
    fail("the disk is full for the write-ahead log and stays so", Effect::Full, "write", WAL, 200, 0),
    fail("half a write to the write-ahead log, then a full disk", Effect::Short, "write", WAL, 200, 12),
    fail("a checkpoint's write fails", Effect::Eio, "write", LOG, 60, 3),
    fail("a checkpoint cannot be forced to disk", Effect::Eio, "sync", LOG, 4, 1),
    fail("the disk is full for a checkpoint", Effect::Full, "write", LOG, 60, 40),
    fail("the log cannot be read", Effect::Eio, "read", "log.db*", 60, 4),
    fail("keys cannot be forced to disk", Effect::Eio, "sync", VAULT_WAL, 10, 1),
    fail("a write of keys fails", Effect::Eio, "write", VAULT_WAL, 30, 2),
    fail("the disk is full for keys", Effect::Full, "write", VAULT_WAL, 30, 4),
    fail("a read model's write fails", Effect::Eio, "write", "read/*", 150, 4),
    fail("the disk is full for read models", Effect::Full, "write", "read/*", 150, 8),
    opening("kill while the log is made or opened, after a write", Effect::KillAfter, "write", "log.db*"),
    opening(
        "kill while the log is made or opened, before it is forced",
        Effect::KillBefore,
        "sync",
        "log.db*",
    ),
    opening("the log cannot be forced to disk while it is made or opened", Effect::Eio, "sync", "log.db*"),
    opening("keys cannot be forced to disk while they are made or opened", Effect::Eio, "sync", "vault.db*"),
    opening("the root key cannot be forced to disk", Effect::Eio, "sync", ".root-key"),
    opening("kill while the vault is made or opened", Effect::KillAfter, "write", "vault.db*"),
    opening("kill while the root key is made", Effect::KillBefore, "sync", ".root-key"),
    opening("the key of an epoch cannot be forced to disk", Effect::Eio, "sync", ".root-key.epochs/*"),
    opening("kill while the key of an epoch is made", Effect::KillBefore, "sync", ".root-key.epochs/*"),
    opening("kill while read models are made or opened", Effect::KillAfter, "write", "read/*"),
    closing("kill before the write-ahead log is emptied", Effect::KillBefore, "truncate", WAL),
    closing("kill after the write-ahead log is emptied", Effect::KillAfter, "truncate", WAL),
    closing("kill after the write-ahead log is removed", Effect::KillAfter, "unlink", "*-wal"),
];
