//! The vault: personal data is written sealed, and erased by destroying its key.
//!
//! ```text
//! root key (a file outside the data directory)
//!   wraps the key-encryption key of an epoch
//!     wraps a random data key per subject and class
//!       gives, with a random salt, the key of one sealed value
//! ```
//!
//! The vault owns three promises. A value opens only for the subject, class and field that it was sealed for.
//! A key is on disk before anything is sealed under it. A destroyed key is neither in memory nor in the key
//! file any more, and is never made again.
//!
//! What it does not promise: a *backup* of the key file from before an erasure still holds the wrapped key, so
//! such backups are kept no longer than an erasure may take; and a file system that copies on write keeps old
//! blocks, so the disk itself is to be encrypted. The vault knows nothing of events, read models or who may
//! see what.
//!
//! One process opens a key file at a time: keys are remembered in memory, and another process would not see
//! them destroyed. The lock of the data directory sees to that.

mod blind;
mod envelope;
mod error;
mod keys;
mod root_key;
mod secret;
mod vault;

pub use blind::BlindIndex;
pub use envelope::VALUE_BYTES_MAX;
pub use error::{OpenError, VaultError};
pub use keys::{
    Destroyed, REQUESTS_PER_COMMIT_MAX, REQUESTS_QUEUED_MAX, SUBJECTS_CACHED_MAX, SUBJECTS_PER_REQUEST_MAX,
};
pub use root_key::{RootKey, RootKeyError};
pub use vault::Vault;
