//! The vault: personal data is written sealed, and erased by destroying its key.
//!
//! ```text
//! root key (a file outside the data directory)
//!   wraps the key of an epoch (a file beside it)
//!     wraps a random data key per subject and class (the key file)
//!       gives, with a random salt, the key of one sealed value
//! ```
//!
//! The vault owns three promises. A value opens only for the subject, class and field that it was sealed for.
//! A key is on disk before anything is sealed under it. A destroyed key is neither in memory nor in the key
//! file any more, and is never made again.
//!
//! A *backup* of the key file from before an erasure still holds the wrapped key, until the next [`Rotation`] destroys
//! the key of the epoch that it is wrapped under; copies of that key have to go too. What the vault does not promise: a
//! file system that copies on write keeps old blocks, so the disk itself is to be encrypted. The vault knows nothing of
//! events, read models or who may see what.
//!
//! Several processes of one machine may have a key file open. Keys are remembered in memory, so before they are used
//! the file is asked whether anybody has written to it (SQLite's `data_version`), and if so whose keys were destroyed:
//! a key that one process destroyed is not used again by another. Who makes keys holds the file's write lock, so that
//! two processes never make two for one subject. The waiting is bounded. SQLite's shared memory does not reach other
//! machines: several machines need a key service that they share, and there is none yet.

mod blind;
mod envelope;
mod error;
mod keys;
mod log_key;
mod pseudonym;
mod root_key;
mod secret;
mod secret_file;
mod suppressed;
mod token;
mod vault;

pub use blind::BlindIndex;
pub use envelope::VALUE_BYTES_MAX;
pub use error::{EpochError, OpenError, VaultError};
pub use keys::{
    Destroyed, EpochReport, KeyFate, KeyFileReader, KeyReport, REQUESTS_PER_COMMIT_MAX, REQUESTS_QUEUED_MAX,
    Rotation, RotationError, SUBJECTS_CACHED_MAX, SUBJECTS_PER_REQUEST_MAX, Step,
};
pub use log_key::{LogKey, LogKeyError};
pub use pseudonym::Pseudonym;
pub use root_key::{RootKey, RootKeyError};
pub use secret_file::SecretFault;
pub use token::Token;
pub use vault::Vault;
