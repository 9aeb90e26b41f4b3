//! Answers about subjects' requests.

use rapport_domain::id::SubjectRequestId;
use rapport_domain::subject_request::{
    ArchiveMade, Erasure, Notification, Outcome, Request, Schedule, State,
};
use rapport_domain::value::Label;
use rapport_proto::v1 as wire;
use rapport_proto::v1::{NotificationStatus, SubjectRequestStatus as Status};

use crate::wire::{Known as _, text, timestamp};

/// How a request stands; nothing before it was received.
pub(super) fn subject_request(id: &SubjectRequestId, state: &State) -> Option<wire::SubjectRequest> {
    let received = |request, status| known(id, request, status);
    match state {
        State::NotReceived => None,
        State::Received(request) => Some(received(request, Status::Received)),
        State::Approved(request, approval) => {
            let (erase_at, erasing) = match approval.erasure {
                Schedule::Unset => (None, false),
                Schedule::At(at) => (Some(timestamp(at)), false),
                Schedule::Begun => (None, true),
            };
            let approved_by = approval.by.to_string();
            let approved = received(request, Status::Approved);
            Some(wire::SubjectRequest { approved_by, erase_at, erasing, ..approved })
        }
        State::Refused(request, reason) => {
            let refusal_reason = reason.to_string();
            Some(wire::SubjectRequest { refusal_reason, ..received(request, Status::Refused) })
        }
        State::Fulfilled(request, outcome) => {
            let fulfilled = received(request, Status::Fulfilled);
            Some(match outcome {
                Outcome::ByHand { note } => wire::SubjectRequest { note: note.to_string(), ..fulfilled },
                Outcome::Erased(erasure) => {
                    wire::SubjectRequest { certificate: Some(certificate(erasure)), ..fulfilled }
                }
            })
        }
    }
}

fn known(id: &SubjectRequestId, request: &Request, status: Status) -> wire::SubjectRequest {
    let received = &request.received;
    wire::SubjectRequest {
        subject_request_id: id.to_string(),
        contact_id: received.contact_id.to_string(),
        right: wire::SubjectRight::number(received.right),
        ground: text(received.ground.as_ref()),
        status: status.into(),
        due_on: request.due_on().to_string(),
        extension_reason: text(request.extended.as_ref().map(|extended| &extended.reason)),
        received_by: received.received_by.to_string(),
        cancellation_reason: text(request.cancelled.as_ref().map(|cancelled| &cancelled.reason)),
        due_soon: request.noted_due_soon == Some(request.due_on()),
        overdue: request.noted_overdue == Some(request.due_on()),
        archive: request.archive.as_ref().map(archive),
        recipients: request.recipients.all().map(recipient).collect(),
        ..wire::SubjectRequest::default()
    }
}

fn recipient((name, notification): (&Label, &Notification)) -> wire::Recipient {
    let (status, noted, reason) = match notification {
        Notification::Open => (NotificationStatus::Open, None, None),
        Notification::Told { told_by, told_at } => {
            (NotificationStatus::Told, Some((told_by, *told_at)), None)
        }
        Notification::Impossible { reason, found_by, found_at } => {
            (NotificationStatus::Impossible, Some((found_by, *found_at)), Some(reason))
        }
    };
    wire::Recipient {
        recipient: name.to_string(),
        status: status.into(),
        noted_at: noted.map(|(_, at)| timestamp(at)),
        noted_by: text(noted.map(|(by, _)| by)),
        reason: text(reason),
    }
}

fn archive(made: &ArchiveMade) -> wire::SubjectArchive {
    wire::SubjectArchive {
        sha256: made.archive.sha256.to_string(),
        bytes: made.archive.bytes,
        position: made.archive.position.0,
        opened_by: wire::ArchiveKey::number(made.archive.opened_by),
        made_by: made.made_by.to_string(),
        made_at: Some(timestamp(made.made_at)),
    }
}

fn certificate(erasure: &Erasure) -> wire::ErasureCertificate {
    let stores = erasure
        .stores
        .iter()
        .map(|store| wire::ErasedStore { name: store.name.clone(), method: store.method.clone() });
    wire::ErasureCertificate {
        key_ids: erasure.kids.clone(),
        keys_destroyed_at: Some(timestamp(erasure.keys_destroyed_at)),
        fields_probed: erasure.fields_probed,
        stores: stores.collect(),
        software: erasure.software.clone(),
        digests_kept: erasure.digests_kept,
    }
}
