//! What can go wrong with a call, told apart by what to do next.

use eventstore::{CurrentRevision, Error};
use rapport_domain::envelope::Revision;
use rapport_event_store::ReadError;

/// `Code::Aborted`, `Code::InvalidArgument` of gRPC, as numbers: the library's tonic is not ours.
const ABORTED: i32 = 10;
const INVALID_ARGUMENT: i32 = 3;

/// Why a call failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Trouble {
    /// It may go better the next time.
    #[error("{cause}")]
    Passing {
        /// What kind of failure, for metrics.
        kind: Kind,
        /// Whether an append may have been applied all the same.
        sent: bool,
        /// What failed.
        cause: String,
    },
    /// The stream is not where the append expected it.
    #[error("the stream is at another revision")]
    WrongRevision {
        /// Its last revision, when it has one.
        current: Option<Revision>,
    },
    /// The server takes smaller appends only.
    #[error("the server takes smaller appends only: {cause}")]
    TooLarge {
        /// Its own limit, where it says so.
        limit: Option<usize>,
        /// What it says.
        cause: String,
    },
    /// The stream does not exist.
    #[error("the stream does not exist")]
    NoStream,
    /// An id of an append is in the log already. Only servers that are stricter than KurrentDB say so.
    #[error("an event with this id is in the log already")]
    IdKnown,
    /// Somebody deleted the stream.
    #[error(
        "the stream was deleted in KurrentDB, which Rapport never does; restore the database from a backup"
    )]
    Deleted,
    /// The user may not do this.
    #[error(
        "access denied: check user and password in the connection string, and that the user may append, and may read $all (by default only members of $admins may)"
    )]
    Denied,
    /// The server understood, and will answer the same again.
    #[error("the server refuses: {cause}")]
    Refused {
        /// What it says.
        cause: String,
    },
}

/// Kinds of failures that pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// No connection, or no node found.
    Connection,
    /// The node does not lead the cluster.
    NotLeader,
    /// The server failed or went away.
    Server,
    /// No answer in time.
    Deadline,
    /// The server gave up waiting for its own disk or its followers.
    Aborted,
    /// The answer could not be understood.
    Garbled,
}

impl Kind {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Connection => "connection",
            Self::NotLeader => "not_leader",
            Self::Server => "server",
            Self::Deadline => "deadline",
            Self::Aborted => "aborted",
            Self::Garbled => "garbled",
        }
    }
}

impl Trouble {
    pub(crate) fn deadline() -> Self {
        passing(Kind::Deadline, true, "no answer in time")
    }

    /// The library panics on answers that it does not expect.
    pub(crate) fn garbled() -> Self {
        passing(Kind::Garbled, true, "the answer could not be understood")
    }

    /// Whether trying again makes sense, and what kind of failure it was.
    pub(crate) const fn passes(&self) -> Option<Kind> {
        match self {
            Self::Passing { kind, .. } => Some(*kind),
            Self::WrongRevision { .. }
            | Self::TooLarge { .. }
            | Self::NoStream
            | Self::IdKnown
            | Self::Deleted
            | Self::Denied
            | Self::Refused { .. } => None,
        }
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        let whole = error.to_string();
        let cause = message_of(&whole).to_owned();
        match error {
            Error::ConnectionClosed | Error::GrpcConnectionError(_) | Error::InitializationError(_) => {
                passing(Kind::Connection, false, &cause)
            }
            Error::NotLeaderException(_) => {
                passing(Kind::NotLeader, false, "the node does not lead the cluster")
            }
            Error::ServerError(_) => passing(Kind::Server, true, &cause),
            Error::DeadlineExceeded => passing(Kind::Deadline, true, &cause),
            Error::InternalParsingError(_) | Error::InternalClientError | Error::IllegalStateError(_) => {
                passing(Kind::Garbled, true, &cause)
            }
            Error::Grpc { code, message } => of_status(code as i32, &message),
            Error::WrongExpectedVersion { current, .. } => Self::WrongRevision {
                current: match current {
                    CurrentRevision::Current(revision) => Some(Revision(revision)),
                    CurrentRevision::NoStream => None,
                },
            },
            Error::AccessDenied => Self::Denied,
            Error::ResourceNotFound => Self::NoStream,
            Error::ResourceDeleted => Self::Deleted,
            Error::ResourceAlreadyExists => Self::IdKnown,
            Error::UnsupportedFeature => Self::Refused { cause },
        }
    }
}

impl From<Trouble> for ReadError {
    fn from(trouble: Trouble) -> Self {
        Self::Unavailable { cause: trouble.to_string() }
    }
}

fn passing(kind: Kind, sent: bool, cause: &str) -> Trouble {
    Trouble::Passing { kind, sent, cause: cause.to_owned() }
}

fn of_status(code: i32, message: &str) -> Trouble {
    match code {
        ABORTED => passing(Kind::Aborted, true, message),
        INVALID_ARGUMENT if message.contains("Append Size") => {
            let digits = message.split(|c: char| !c.is_ascii_digit()).find_map(|word| word.parse().ok());
            Trouble::TooLarge { limit: digits, cause: message.to_owned() }
        }
        INVALID_ARGUMENT => Trouble::Refused { cause: message.to_owned() },
        other => passing(Kind::Server, true, &format!("status {other}: {message}")),
    }
}

/// What a status says, without the form in which the library prints it.
fn message_of(status: &str) -> &str {
    let message = status.split_once("message: \"").and_then(|(_, rest)| rest.split_once("\", details: "));
    message.map_or(status, |(message, _)| message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_status_only_the_message_is_repeated() {
        let printed =
            r#"status: Unavailable, message: "the server is \"shutting\" down", details: [], metadata: {}"#;
        let Trouble::Passing { kind, sent, cause } = Trouble::from(Error::ServerError(printed.to_owned()))
        else {
            panic!("it passes");
        };
        assert_eq!((kind, sent, cause.as_str()), (Kind::Server, true, r#"the server is \"shutting\" down"#));
        assert_eq!(message_of("Connection is closed."), "Connection is closed.");
    }

    #[test]
    fn the_limit_of_a_server_is_read_from_what_it_says() {
        let told = of_status(INVALID_ARGUMENT, "Maximum Append Size of 1048576 Exceeded.");
        assert!(matches!(told, Trouble::TooLarge { limit: Some(1_048_576), .. }));
        assert!(matches!(of_status(INVALID_ARGUMENT, "no"), Trouble::Refused { .. }));
    }
}
