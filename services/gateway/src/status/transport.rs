//! What the transport refuses by itself, with the reason that it does not give.

use tonic::{Code, Status};

use super::{Public, internal};
use rapport_proto::v1::ErrorReason;

/// A status that the transport gave by itself, with the reason that it lacks; `None` when nothing is to be added.
pub(crate) fn explained(status: Status) -> Option<Status> {
    if !status.details().is_empty() {
        return None;
    }
    let public = match status.code() {
        Code::Ok | Code::Cancelled => return None,
        Code::Unimplemented => {
            Public::new(Code::Unimplemented, ErrorReason::RpcUnknown, "there is no such RPC")
        }
        Code::OutOfRange | Code::ResourceExhausted => Public::new(
            Code::InvalidArgument,
            ErrorReason::MessageTooLarge,
            "the message is larger than the server takes; send less at once",
        ),
        Code::Internal | Code::InvalidArgument => Public::new(
            Code::InvalidArgument,
            ErrorReason::MessageMalformed,
            "the message cannot be read; see the contract",
        ),
        Code::Unknown
        | Code::DeadlineExceeded
        | Code::NotFound
        | Code::AlreadyExists
        | Code::PermissionDenied
        | Code::FailedPrecondition
        | Code::Aborted
        | Code::Unavailable
        | Code::DataLoss
        | Code::Unauthenticated => internal(status.message().to_owned()),
    };
    Some(public.into())
}

/// The same of a message in a stream of requests. What befell the connection stays as it is: nobody hears it any more.
pub(crate) fn unread(status: Status) -> Status {
    let is_of_message = matches!(status.code(), Code::Internal | Code::OutOfRange | Code::ResourceExhausted);
    let explained = is_of_message.then(|| explained(status.clone())).flatten();
    explained.unwrap_or(status)
}
