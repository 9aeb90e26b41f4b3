//! An import with `--at-occurred`: history goes into the log as it happened, so that log time is business time and a
//! question as of a moment has the answer that it would have had.
//!
//! Log time never goes backwards, so the rows of all files are put into the order of time first, which takes memory for
//! all of them. What has no time was there before everything that has one. A contact is registered no later than the
//! first thing that happened with it. What happened at one time keeps the order of the mapping's steps.

use std::collections::HashMap;
use std::iter::{from_fn, once};
use std::sync::Arc;

use indicatif::ProgressBar;
use prost_types::Timestamp;
use rapport_proto::v1::RecordInteractionRequest;

use super::DataSet;
use super::account::{Account, Origin};
use super::parcels::Parcels;
use super::plan::Registered;
use crate::client::Client;
use crate::command::Command;
use crate::delivery::{Ledger as _, Parcel, apply, in_lanes, in_order};
use crate::error::Failure;

/// Commands that are put into the order of time, at most.
pub const COMMANDS_MAX: usize = 2_000_000;

/// A command, and its place in history.
struct Dated {
    place: (i64, i32, usize),
    origin: Origin,
    command: Command,
}

impl Dated {
    const fn is_interaction(&self) -> bool {
        matches!(self.command, Command::RecordInteraction(_))
    }

    fn interaction(self) -> Option<(Origin, Box<RecordInteractionRequest>)> {
        let Command::RecordInteraction(request) = self.command else { return None };
        Some((self.origin, request))
    }

    fn parcel(self) -> Parcel<Origin> {
        Parcel { origin: self.origin, commands: vec![self.command] }
    }
}

/// Imports a data set in the order of time; without a client, only plans it.
pub(super) async fn carry_out(
    data_set: &DataSet,
    client: Option<&Client>,
    concurrency: usize,
    account: &Arc<Account>,
    bar: &ProgressBar,
) -> Result<(), Failure> {
    let (beginning, history) = read(data_set, account, bar)?;
    let Some(client) = client else {
        account.planned(data_set.mapping.pipelines.len() + history.len());
        return Ok(());
    };
    for pipeline in &data_set.mapping.pipelines {
        let mut command = Command::from(pipeline.clone());
        command.record_at(beginning);
        account.applied_one(&apply(client, &command).await?);
    }
    bar.set_message("in order of time");
    send(client, history, concurrency, account).await
}

/// Sends interactions as they follow each other, and side by side what happened at one time in one step.
async fn send(
    client: &Client,
    history: Vec<Dated>,
    concurrency: usize,
    account: &Arc<Account>,
) -> Result<(), Failure> {
    let mut history = history.into_iter().peekable();
    while let Some(first) = history.next().filter(|_| !account.is_stopped()) {
        if first.is_interaction() {
            let run = once(first).chain(from_fn(|| history.next_if(Dated::is_interaction)));
            in_order(client, run.filter_map(Dated::interaction), &**account).await?;
        } else {
            let place = first.place;
            let beside = |next: &Dated| next.place == place && !next.is_interaction();
            let group: Vec<_> =
                once(first).chain(from_fn(|| history.next_if(beside))).map(Dated::parcel).collect();
            let lanes = concurrency.min(group.len());
            in_lanes(client, group.into_iter(), lanes, account).await?;
        }
    }
    Ok(())
}

/// Every command of the data set in the order of time, and the time that history begins at.
fn read(
    data_set: &DataSet,
    account: &Account,
    bar: &ProgressBar,
) -> Result<(Timestamp, Vec<Dated>), Failure> {
    let mut found: Vec<(usize, Origin, Command)> = Vec::new();
    for (place, step) in data_set.mapping.steps.iter().enumerate() {
        bar.set_message(step.name.clone());
        let mut parcels = Parcels::all(data_set, place, account, bar);
        for Parcel { origin, commands } in parcels.by_ref() {
            let Origin { place: row, step, rules } = origin;
            let one = |rule| Origin { place: row.clone(), step, rules: vec![rule] };
            found.extend(commands.into_iter().zip(rules).map(|(command, rule)| (step, one(rule), command)));
            if found.len() > COMMANDS_MAX {
                return Err(Failure::Usage(format!(
                    "--at-occurred takes at most {COMMANDS_MAX} commands at a time; split the data set by time"
                )));
            }
        }
        parcels.broken().map_or(Ok(()), |error| Err(Failure::Local(error.to_string())))?;
    }
    let times = found.iter().filter_map(|(_, _, command)| command.occurred_at());
    let beginning = times.min_by_key(|time| (time.seconds, time.nanos)).ok_or_else(|| {
        Failure::Usage("--at-occurred needs times: no row of this data set has one".to_owned())
    })?;
    let first_of = first_times(&found);
    let mut history: Vec<Dated> = found
        .into_iter()
        .map(|(step, origin, mut command)| {
            let own = command.occurred_at().unwrap_or(beginning);
            let time = first_of.get(command.about()).filter(|_| command.is_registration()).copied();
            let time = time.map_or(own, |first| earlier(own, first));
            command.record_at(time);
            Dated { place: (time.seconds, time.nanos, step), origin, command }
        })
        .collect();
    history.sort_by_key(|dated| dated.place);
    let mut registered = Registered::default();
    history.retain(|dated| registered.is_new(&dated.command));
    Ok((beginning, history))
}

/// When something happened first with each thing, but for its registration.
fn first_times(found: &[(usize, Origin, Command)]) -> HashMap<String, Timestamp> {
    let mut first = HashMap::new();
    for (_, _, command) in found.iter().filter(|(_, _, command)| !command.is_registration()) {
        let Some(time) = command.occurred_at() else { continue };
        for thing in once(command.about()).chain(command.contact()) {
            let known = first.entry(thing.to_owned()).or_insert(time);
            *known = earlier(*known, time);
        }
    }
    first
}

fn earlier(one: Timestamp, other: Timestamp) -> Timestamp {
    if (other.seconds, other.nanos) < (one.seconds, one.nanos) { other } else { one }
}
