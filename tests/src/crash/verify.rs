//! The log against the promises.

use std::collections::{BTreeMap, HashSet};

use super::history::Stored;
use super::model::{Fate, Model, Promise};
use super::report::{Breach, Violation};

/// Everything that the log breaks, as it was read after a crash.
pub(super) fn log(model: &Model, log: &[Stored]) -> Vec<Violation> {
    let mut violations = Vec::new();
    order(log, &mut violations);
    kept("was there before the crash", &model.log, log, &mut violations);
    kept("was given to a follower before the crash", &model.followed, log, &mut violations);
    promises(model, log, &mut violations);
    violations
}

/// Positions and revisions without a hole, ids without a twin, data as hashed when it was written.
fn order(log: &[Stored], violations: &mut Vec<Violation>) {
    let mut next: BTreeMap<&str, u64> = BTreeMap::new();
    let mut ids = HashSet::new();
    for (expected, event) in (1..).zip(log) {
        let Stored { position, stream, revision, event_id, .. } = event;
        if *position != expected {
            violations.push(Violation::new(
                Breach::Hole,
                format!("position {expected} is missing, {position} comes"),
            ));
            return;
        }
        let of_stream = next.entry(stream).or_default();
        if revision != of_stream {
            let text = format!("{stream} has revision {revision} at {position}, expected {of_stream}");
            violations.push(Violation::new(Breach::Hole, text));
        }
        *of_stream = revision + 1;
        if !ids.insert(event_id) {
            violations.push(Violation::new(
                Breach::Doubled,
                format!("event {event_id} is there again at {position}"),
            ));
        }
        if !event.is_whole() {
            let text = format!("the data at {position} does not have its hash");
            violations.push(Violation::new(Breach::Changed, text));
        }
    }
}

/// What was seen once is there, the same.
fn kept(why: &str, before: &[Stored], log: &[Stored], violations: &mut Vec<Violation>) {
    for event in before {
        let index = usize::try_from(event.position).unwrap_or(0).wrapping_sub(1);
        match log.get(index) {
            Some(now) if now == event => {}
            Some(now) if now.event_id == event.event_id => {
                let text = format!("the event at {} {why}, otherwise", event.position);
                violations.push(Violation::new(Breach::Changed, text));
            }
            Some(_) | None => {
                let text = format!("the event at {} of {} {why}", event.position, event.request_id());
                violations.push(Violation::new(Breach::Lost, text));
            }
        }
    }
}

/// Every request has left what its fate says.
fn promises(model: &Model, log: &[Stored], violations: &mut Vec<Violation>) {
    let mut found: BTreeMap<String, Vec<&Stored>> = BTreeMap::new();
    for event in log {
        found.entry(event.request_id()).or_default().push(event);
    }
    for (id, promise) in &model.promises {
        let events = found.remove(id).unwrap_or_default();
        if let Some(violation) = broken(id, promise, &events) {
            violations.push(violation);
        }
    }
    for (id, events) in found {
        let text = format!("nobody sent {id}, and it has left {} events", events.len());
        violations.push(Violation::new(Breach::Phantom, text));
    }
}

fn broken(id: &str, promise: &Promise, events: &[&Stored]) -> Option<Violation> {
    let wanted = promise.request.events();
    let violation = |breach, text: String| Some(Violation::new(breach, format!("{id}: {text}")));
    let at: Vec<u64> = events.iter().map(|event| event.position).collect();
    if events.len() > wanted {
        return violation(Breach::Doubled, format!("{wanted} events were asked for, they stand at {at:?}"));
    }
    if !events.is_empty() && events.len() < wanted {
        return violation(Breach::Torn, format!("{wanted} events were asked for, only {at:?} are there"));
    }
    if events
        .windows(2)
        .any(|pair| pair[1].position != pair[0].position + 1 || pair[1].stream != pair[0].stream)
    {
        return violation(Breach::Torn, format!("its events do not stand next to each other: {at:?}"));
    }
    match (&promise.fate, events.last()) {
        (Fate::Unknown, _) | (Fate::Refused(_), None) => None,
        (Fate::Refused(reason), Some(_)) => {
            violation(Breach::Phantom, format!("it was refused with {reason} and stands at {at:?}"))
        }
        (Fate::Acknowledged(answer), None) => {
            violation(Breach::Lost, format!("it was acknowledged at {}", answer.position))
        }
        (Fate::Acknowledged(answer), Some(last)) => {
            let there = (last.position, Some(last.revision));
            let told = (answer.position, answer.revision);
            let text = format!("it was acknowledged at {told:?} and stands at {there:?}");
            if there == told { None } else { violation(Breach::Answer, text) }
        }
    }
}

/// Every event tells what its request said; `opened` is the log with personal fields opened.
pub(super) fn content(model: &Model, opened: &[Stored]) -> Vec<Violation> {
    let mut events: BTreeMap<String, Vec<Stored>> = BTreeMap::new();
    for event in opened {
        events.entry(event.request_id()).or_default().push(event.clone());
    }
    let told = |(id, events): (&String, &Vec<Stored>)| {
        model.promises.get(id).is_none_or(|promise| promise.request.is_told_by(events))
    };
    let untold = events.iter().filter(|entry| !told(*entry));
    let text = |(id, events): (&String, &Vec<Stored>)| {
        let types: Vec<&str> = events.iter().map(|event| event.event_type.as_str()).collect();
        format!("{id}: its events tell another thing than it did: {types:?}")
    };
    untold.map(|entry| Violation::new(Breach::Changed, text(entry))).collect()
}
