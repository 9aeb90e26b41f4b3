//! After a crash, callers send again what they had no answer to, and what they had.

use fastrand::Rng;
use tonic::transport::Channel;

use super::history::Stored;
use super::model::{Fate, Model};
use super::report::{Breach, Tally, Violation};
use super::request::{Failed, Request};

/// Acknowledged requests that are sent again.
const SAMPLE: usize = 25;
/// Request ids that are tried for another request.
const STOLEN: usize = 4;

/// Sends again everything whose fate is unknown, and some of what was acknowledged. `log` is what stands there.
pub(super) async fn all(
    model: &mut Model,
    log: &[Stored],
    channel: &Channel,
    rng: &mut Rng,
    tally: &mut Tally,
) -> Vec<Violation> {
    let mut violations = Vec::new();
    let there: std::collections::HashSet<String> = log.iter().map(Stored::request_id).collect();
    let unknown = requests(model, |fate| *fate == Fate::Unknown);
    let mut acknowledged = requests(model, |fate| matches!(fate, Fate::Acknowledged(_)));
    rng.shuffle(&mut acknowledged);
    for request in unknown {
        let applied = there.contains(request.id());
        let answer = request.send(channel).await;
        if applied {
            tally.unknown_applied += 1;
        } else {
            tally.unknown_absent += 1;
        }
        if applied && let Err(failed) = &answer {
            let text = format!("{}: it is in the log, and sent again it is told {failed:?}", request.id());
            violations.push(Violation::new(Breach::Answer, text));
        }
        if let Err(Failed::Unknown(cause)) = &answer {
            let text = format!("{}: sent again after the crash, it has no answer: {cause}", request.id());
            violations.push(Violation::new(Breach::Unusable, text));
        }
        model.answered(&request, &answer, 1);
    }
    for request in acknowledged.iter().take(SAMPLE) {
        let answer = request.send(channel).await;
        tally.retried += 1;
        if let Err(failed) = &answer {
            let text = format!("{}: acknowledged once, sent again it is told {failed:?}", request.id());
            violations.push(Violation::new(Breach::Answer, text));
        } else {
            model.answered(request, &answer, 1);
        }
    }
    violations.extend(stolen(model, &acknowledged, channel).await);
    violations
}

fn requests(model: &Model, of_fate: impl Fn(&Fate) -> bool) -> Vec<Request> {
    let promises = model.promises.values().filter(|promise| of_fate(&promise.fate));
    promises.map(|promise| promise.request.clone()).collect()
}

/// The id of a request that was acknowledged serves no other one, in whatever stream.
async fn stolen(model: &Model, acknowledged: &[Request], channel: &Channel) -> Vec<Violation> {
    let mut violations = Vec::new();
    let records = acknowledged.iter().filter_map(|request| match request {
        Request::Record(record) => Some(record),
        Request::Publish(_)
        | Request::Register(_)
        | Request::Open(_)
        | Request::Revise(_)
        | Request::Win(_)
        | Request::Append(_) => None,
    });
    for record in records.take(STOLEN) {
        let Some(other) = model.contacts.iter().find(|contact| **contact != record.contact_id) else { break };
        let mut thief = record.clone();
        thief.contact_id.clone_from(other);
        let thief = Request::Record(thief);
        let answer = thief.send(channel).await;
        if answer != Err(Failed::Refused("REQUEST_ID_REUSED".to_owned())) {
            let text = format!("{}: its id was taken for another request: {answer:?}", thief.id());
            violations.push(Violation::new(Breach::Doubled, text));
        }
    }
    violations
}
