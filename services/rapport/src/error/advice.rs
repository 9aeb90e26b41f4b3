//! What to do about a no.

use super::Kind;

/// What to do where the connection broke off, and no gateway said a word: it may speak TLS, and be spoken to in clear.
pub(super) const BROKE_OFF: &str =
    "try again in a moment; where the gateway does TLS, say --addr https://HOST:PORT, or give --ca-cert";

/// What to do, by the reason and else by the kind. None where the message says it all.
pub(super) fn of(reason: &str, kind: Kind) -> Option<&'static str> {
    by_reason(reason).or(match kind {
        Kind::NotFound => Some("check the id; `rapport contact list` shows the contacts that there are"),
        Kind::Unavailable => Some("try again in a moment"),
        Kind::Failed => Some("look into the log of the server; it has the cause"),
        Kind::Refused => None,
    })
}

fn by_reason(reason: &str) -> Option<&'static str> {
    Some(match reason {
        "REQUEST_INVALID" => "correct the fields named above and send it again",
        "PAGE_TOKEN_INVALID" => "begin again with the first page",
        "REQUEST_ID_REUSED" => "send it under a new request id; the first request stands",
        "EVENT_ID_REUSED" => "send it under a new event id; the first event stands",
        "CATEGORY_RESERVED" => "keep facts of your own in a stream whose name begins with x_",
        "REVISION_MISMATCH" => "read it again and decide anew",
        "CONCURRENT_UPDATE" => "send the same request again",
        "PERMISSION_MISSING" => {
            "act as somebody who may, with --actor, another --api-key or --token-file; `rapport policy list` shows who may"
        }
        "CALLER_UNAUTHENTICATED" => {
            "give --api-key or --token-file, and one that is still valid; leave --actor out"
        }
        "CALLER_TOO_FAST" => {
            "wait a moment, then send it again; `rapport serve --calls-per-second` sets the limit"
        }
        "CALLER_INVALID" => "give --actor as kind:id, for example user:ann",
        "STORAGE_FULL" => "make room on the server's disk, then send the same request again",
        "OUTCOME_UNKNOWN" | "DEADLINE_EXCEEDED" => "send the same request, with the same id, again",
        "PROJECTION_BEHIND" => "ask again; `rapport projections list` shows how far the read models are",
        "LOG_TIME_PASSED" => {
            "import into a new data directory, or without --at-occurred: --valid-at then tells what was true"
        }
        "LOG_TIME_FIXED" => "import without --at-occurred: --valid-at then tells what was true",
        "AS_OF_NOT_READY" => "ask again: the server goes on putting that moment together",
        "PROJECTION_PARKED" => {
            "see `rapport projections list` for the event it met; then `rapport projections resume NAME`, or `skip`"
        }
        "WATCH_TOO_SLOW" => "watch again with --resume and the last token",
        "SUBJECT_REQUEST_SAME_ACTOR" => "let somebody else approve it, with --actor",
        "SUBJECT_REQUEST_NOT_APPROVED" => {
            "`rapport subject-request approve ID`, as somebody else than who received it"
        }
        "SUBJECT_REQUEST_RECIPIENT_NOT_FOUND" => "`rapport subject-request show ID` names those to be told",
        "CONTACT_ON_LEGAL_HOLD" => {
            "`rapport legal-hold list CONTACT_ID` shows what stands; release it when the matter is over, then erase"
        }
        "LEGAL_HOLD_NOT_FOUND" => "`rapport legal-hold list CONTACT_ID` shows the matters",
        "SUPPRESSION_NOT_RAISED" => "`rapport consent CONTACT_ID` shows what stands, with its kind and scope",
        "SUPPRESSION_LIFT_NOT_REQUESTED" => "`rapport suppression request-lift` first, then lift it",
        "EVENT_NOT_FOUND" => "name the position of an event, as `rapport replay` or a receipt shows it",
        "CHECKPOINT_REFUSED" => {
            "see `rapport audit checkpoint`, and RapportCheckpointRefused in the runbooks"
        }
        "EVENT_REWRITTEN" => "run `rapport check` on the data directory, and restore the log from a backup",
        "ERASURE_WINDOW_OPEN" => {
            "`rapport subject-request show ID` tells when it closes; `cancel-erasure` takes it back until then"
        }
        "ERASURE_NOT_SCHEDULED" | "ERASURE_BEGUN" => "`rapport subject-request show ID` tells how it stands",
        "REACTOR_NOT_FOUND" => "`rapport reactors list` shows the names",
        "CASE_NOT_FOUND" => "`rapport cases queue` shows the cases that are not solved",
        "LEAD_NOT_FOUND" => "`rapport leads queue` shows the leads that somebody should be working on",
        "QUOTE_NOT_FOUND" => "`rapport quotes list` shows the quotes that there are",
        "PRICE_BOOK_NOT_FOUND" => "`rapport price-book list` shows the price books that are published",
        "TASK_NOT_FOUND" => "`rapport tasks list` shows the tasks that are to be done",
        "CALENDAR_NOT_FOUND" => "`rapport calendar list` shows the calendars that are published",
        "SLA_POLICY_NOT_FOUND" => "`rapport sla-policy list` shows the policies that are published",
        "PROJECTION_NOT_FOUND" => "`rapport projections list` shows the names",
        "PIPELINE_AMBIGUOUS" => "name the pipeline: `rapport pipeline PIPELINE_ID`",
        _ => return None,
    })
}
