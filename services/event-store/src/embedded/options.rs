//! What can be set about the embedded log.

use crate::clock::Clock;

/// Settings of an [`EmbeddedStore`](crate::EmbeddedStore). The defaults suit a machine of its own.
#[derive(Debug, Clone)]
pub struct EmbeddedOptions {
    /// Events that are kept indexed in memory until they are merged into the indexes on disk.
    /// More of them: fewer bytes written, more memory (about 150 bytes each), a longer start.
    pub index_interval: usize,
    /// Connections that read at the same time.
    pub readers: usize,
    /// Streams whose last revision is remembered in memory.
    pub stream_heads: usize,
    /// Bytes of the events committed last that are kept in memory, for those who follow the log close behind its end.
    pub recent_bytes: usize,
    /// Pages of the write-ahead log, 8 KiB each, after which they are copied into the log file.
    pub checkpoint_pages: u32,
    /// Largest size of the log file in bytes; none means: until the disk is full.
    /// See [`EmbeddedStore::set_log_bytes_max`](crate::EmbeddedStore::set_log_bytes_max).
    pub log_bytes_max: Option<u64>,
    /// Where `recorded_at` comes from.
    pub clock: Clock,
}

impl Default for EmbeddedOptions {
    fn default() -> Self {
        Self {
            index_interval: 50_000,
            readers: 4,
            stream_heads: 100_000,
            recent_bytes: 8 * 1024 * 1024,
            checkpoint_pages: 4_096,
            log_bytes_max: None,
            clock: Clock::system(),
        }
    }
}
