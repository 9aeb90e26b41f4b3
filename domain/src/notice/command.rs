//! What can be asked of a notice.

use super::text::Text;
use crate::value::{Label, Reference};

/// A command to a notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Make its words known, for ever.
    Publish {
        /// What the company calls the notice; consents name it so.
        id: Reference,
        /// Its version.
        version: Label,
        /// Language of the text, a BCP 47 tag.
        language: Reference,
        /// The words.
        text: Text,
    },
}
