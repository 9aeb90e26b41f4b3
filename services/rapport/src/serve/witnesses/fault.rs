//! Why a witness did not cosign.

/// A fault of a witness, or of this log in its eyes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Fault {
    #[error("it cannot be reached: {0}")]
    Unreachable(String),
    #[error("it does not know this log: give it the log's name and key, `rapport audit key`")]
    LogUnknown,
    #[error("it knows this log by another key")]
    KeyUnknown,
    #[error("it says that the proof does not hold")]
    ProofRefused,
    #[error(
        "it has cosigned {size} events of this log that are other ones: the log was rewritten, or restored with its checkpoint and went on. Find out which history is the right one before anything else"
    )]
    OtherHistory { size: u64 },
    #[error(
        "it has cosigned {known} events of this log, which has signed {size}: log and checkpoint were restored from an older backup, or another server with the same key is ahead"
    )]
    Ahead { known: u64, size: u64 },
    #[error("it answers with the status {0}")]
    Status(u16),
    #[error("its answer is not one of the protocol")]
    Malformed,
    #[error("its answer holds no cosignature of the key that the policy has")]
    NotCosigned,
    #[error("the size that it remembers changed again and again: it cosigns for another server as well")]
    Unsettled,
    #[error("the tree over the log could not be asked for a proof")]
    NoProof,
}

impl Fault {
    /// Whether it speaks of the log, and not of the witness or the way there.
    const fn is_of_the_log(&self) -> bool {
        match self {
            Self::OtherHistory { .. } | Self::Ahead { .. } | Self::ProofRefused => true,
            Self::Unreachable(_)
            | Self::LogUnknown
            | Self::KeyUnknown
            | Self::Status(_)
            | Self::Malformed
            | Self::NotCosigned
            | Self::Unsettled
            | Self::NoProof => false,
        }
    }

    pub(super) fn tell(&self, witness: &str) {
        if self.is_of_the_log() {
            tracing::error!(witness, "a witness refuses to cosign: {self}");
        } else {
            tracing::warn!(witness, "a witness does not cosign, and is asked again later: {self}");
        }
    }
}
