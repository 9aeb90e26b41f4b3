//! What can go wrong on the client's side, what is said about it, and the exit code it ends with.

mod advice;
mod refusal;

use std::process::ExitCode;

pub use refusal::{Field, Kind, Refusal};

/// Why a command of the command line did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The arguments, or a file that they name, make no sense.
    #[error("{0}")]
    Usage(String),
    /// Something on this machine: a file, a port, the terminal.
    #[error("{0}")]
    Local(String),
    /// No gateway answers there.
    #[error("no gateway answers at {addr}: {cause}")]
    Unreachable {
        /// Where it was looked for.
        addr: String,
        /// What went wrong.
        cause: String,
    },
    /// The gateway said no.
    #[error("{0}")]
    Refused(Box<Refusal>),
    /// An import or an append ended, and some of its rows were refused.
    #[error("{count} rows were refused")]
    RowsRefused {
        /// How many.
        count: u64,
    },
    /// Something in a data directory or a backup is damaged.
    #[error("something is damaged; findings: {count}, each listed with what to do about it")]
    Damaged {
        /// How many things are wrong.
        count: u64,
    },
    /// A file of a data directory or of a backup is not what was written.
    #[error("{0}")]
    Unsound(String),
    /// A report was computed again, and has another result.
    #[error("the report computed again has another result than the certificate says")]
    ReportDiffers,
    /// A proof, or a signed checkpoint, does not hold.
    #[error("{0}")]
    Unproved(String),
    /// The person at the keyboard stopped it.
    #[error("interrupted; run the same command again to go on")]
    Interrupted,
    /// Whoever reads the output has gone away. Not an error: the command ends quietly.
    #[error("the output was closed")]
    OutputClosed,
}

/// How the process ends. The numbers are a contract, documented in `rapport --help`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// It failed, and trying again may not help.
    Failed = 1,
    /// The arguments are wrong.
    Usage = 2,
    /// There is no such thing.
    NotFound = 3,
    /// The gateway refused: malformed, not allowed, or against a rule.
    Refused = 4,
    /// The gateway cannot be reached or cannot answer now; try again.
    Unavailable = 5,
    /// Some rows of an import, or lines of an append, were refused; the others are in.
    RowsRefused = 6,
    /// Something in a data directory or a backup is damaged.
    Damaged = 7,
    /// A report that was computed again has another result.
    Differs = 8,
    /// A proof, or a signed checkpoint, does not hold.
    Unproved = 9,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl Failure {
    /// How the process ends.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Usage(_) => Exit::Usage,
            Self::Local(_) | Self::Interrupted => Exit::Failed,
            Self::Unreachable { .. } => Exit::Unavailable,
            Self::Refused(refusal) => refusal.kind().into(),
            Self::RowsRefused { .. } => Exit::RowsRefused,
            Self::Damaged { .. } | Self::Unsound(_) => Exit::Damaged,
            Self::ReportDiffers => Exit::Differs,
            Self::Unproved(_) => Exit::Unproved,
            Self::OutputClosed => Exit::Done,
        }
    }

    /// A file that could not be read or written.
    #[must_use]
    pub fn file(path: &std::path::Path, error: impl std::fmt::Display) -> Self {
        Self::Local(format!("{}: {error}", path.display()))
    }

    /// A file that is not what was written.
    #[must_use]
    pub fn unsound(path: &std::path::Path, what: impl std::fmt::Display) -> Self {
        Self::Unsound(format!("{}: {what}", path.display()))
    }

    /// Everything that is known about it, in lines for standard error.
    #[must_use]
    pub fn report(&self) -> String {
        let mut text = format!("error: {self}\n");
        match self {
            Self::Refused(refusal) => text.push_str(&refusal.details()),
            Self::Unreachable { cause, .. } if cause.contains("CaUsedAsEndEntity") => {
                text.push_str(
                    "  what to do: give the gateway a certificate that is not itself an authority (basicConstraints CA:FALSE)\n",
                );
            }
            Self::Unreachable { cause, .. } if cause.contains("certificate") => {
                text.push_str(
                    "  what to do: say with --ca-cert which authority the gateway's certificate leads to\n",
                );
            }
            Self::Unreachable { .. } => {
                text.push_str("  what to do: start one with `rapport serve`, or say where it is with --addr or RAPPORT_ADDR\n");
            }
            Self::OutputClosed => text.clear(),
            Self::Usage(_)
            | Self::Local(_)
            | Self::RowsRefused { .. }
            | Self::Damaged { .. }
            | Self::Unsound(_)
            | Self::ReportDiffers
            | Self::Unproved(_)
            | Self::Interrupted => {}
        }
        text
    }
}

impl From<Kind> for Exit {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::NotFound => Self::NotFound,
            Kind::Refused => Self::Refused,
            Kind::Unavailable => Self::Unavailable,
            Kind::Failed => Self::Failed,
        }
    }
}

impl From<tonic::Status> for Failure {
    fn from(status: tonic::Status) -> Self {
        Self::Refused(Box::new(Refusal::from(&status)))
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

/// Of writing data to standard output.
impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::BrokenPipe => Self::OutputClosed,
            _ => Self::Local(format!("standard output: {error}")),
        }
    }
}
