//! Carrying out an import.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};
use rapport_proto::v1::RecordInteractionRequest;

use super::account::{Account, Origin};
use super::as_it_happened;
use super::parcels::Parcels;
use super::refusals::Refusals;
use super::summary::Summary;
use super::{DataSet, Options};
use crate::client::{self, Client};
use crate::command::Command;
use crate::delivery::{Parcel, apply, in_lanes, in_order, stop_on_interrupt};
use crate::error::Failure;
use crate::output::{self, Format};

/// Who acts where nobody else is named.
const ACTOR_DEFAULT: &str = "import:cli";

/// Imports a data set, and writes what became of it.
///
/// # Errors
/// When the data set makes no sense, the gateway cannot be reached, or some rows were refused.
pub async fn run(connection: &client::Options, options: &Options, format: Format) -> Result<(), Failure> {
    let data_set = DataSet::open(options)?;
    let client = if options.dry_run { None } else { Some(Client::connect(connection, ACTOR_DEFAULT).await?) };
    let stopped = stop_on_interrupt();
    let refusals = Refusals::new(options.errors.as_deref())?;
    let bar = progress_bar(data_set.bytes());
    let began = Instant::now();
    let account =
        Arc::new(Account::new(Arc::clone(&data_set.mapping), refusals, Arc::clone(&stopped), bar.clone()));
    let carried = if options.at_occurred {
        as_it_happened::carry_out(&data_set, client.as_ref(), options.concurrency, &account, &bar).await
    } else {
        carry_out(&data_set, client.as_ref(), options.concurrency, &account, &bar).await
    };
    bar.finish_and_clear();
    account.close()?;
    let [rows_read, commands_applied, rows_refused, position] = account.totals();
    let summary = Summary {
        source: data_set.mapping.source.clone(),
        dry_run: options.dry_run,
        interrupted: stopped.load(Ordering::Relaxed),
        rows_read,
        commands_applied,
        rows_refused,
        position,
        took: began.elapsed(),
    };
    match format {
        Format::Json => output::document(&summary.document())?,
        Format::Table => output::words(&summary.lines())?,
    }
    carried?;
    if summary.interrupted {
        return Err(Failure::Interrupted);
    }
    if rows_refused > 0 { Err(Failure::RowsRefused { count: rows_refused }) } else { Ok(()) }
}

async fn carry_out(
    data_set: &DataSet,
    client: Option<&Client>,
    concurrency: usize,
    account: &Arc<Account>,
    bar: &ProgressBar,
) -> Result<(), Failure> {
    for pipeline in &data_set.mapping.pipelines {
        let Some(client) = client else {
            account.planned(1);
            continue;
        };
        let receipt = apply(client, &Command::from(pipeline.clone())).await?;
        account.applied_one(&receipt);
    }
    for place in 0..data_set.mapping.steps.len() {
        step(data_set, place, client, concurrency, account, bar).await?;
    }
    Ok(())
}

async fn step(
    data_set: &DataSet,
    place: usize,
    client: Option<&Client>,
    concurrency: usize,
    account: &Arc<Account>,
    bar: &ProgressBar,
) -> Result<(), Failure> {
    let step = &data_set.mapping.steps[place];
    bar.set_message(step.name.clone());
    let mut parcels = Parcels::new(data_set, place, account, bar);
    match client {
        None => parcels.by_ref().for_each(|parcel| account.planned(parcel.commands.len())),
        Some(client) if step.is_stream() => {
            in_order(client, parcels.by_ref().flat_map(interactions), &**account).await?;
        }
        Some(client) => in_lanes(client, parcels.by_ref(), concurrency, account).await?,
    }
    parcels.broken().map_or(Ok(()), |error| Err(Failure::Local(error.to_string())))
}

/// The interactions of a parcel, one by one.
fn interactions(parcel: Parcel<Origin>) -> impl Iterator<Item = (Origin, Box<RecordInteractionRequest>)> {
    let Parcel { origin, commands } = parcel;
    let rules = origin.rules.clone();
    commands.into_iter().zip(rules).filter_map(move |(command, rule)| {
        let Command::RecordInteraction(request) = command else { return None };
        Some((Origin { rules: vec![rule], ..origin.clone() }, request))
    })
}

/// A bar over the bytes of the files, hidden where nobody watches.
fn progress_bar(bytes: u64) -> ProgressBar {
    let template = "{msg:16} [{bar:40}] {bytes}/{total_bytes} {elapsed}";
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(bytes).with_style(style)
}
