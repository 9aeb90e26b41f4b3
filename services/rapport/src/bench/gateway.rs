//! `rapport bench gateway`: what a durable append costs beside a call that does nothing.

use serde_json::{Value, json};

use super::cell::{Cell, Field, Outcome};
use super::disk::Disk;
use super::options::{self, Load};
use super::target::{Expecting, Kind};
use crate::error::Failure;
use crate::output::{self, Format, Table};

/// What is measured: the call that does nothing last.
const TARGETS: [Kind; 3] = [Kind::Gateway, Kind::Bulk, Kind::Health];

/// How it is measured.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// Writers at a time.
    #[arg(long, value_delimiter = ',', value_parser = options::writers, default_value = "1,2,4,8,16,32,64,128,256,512,1024")]
    writers: Vec<u32>,
    /// How they are loaded.
    #[command(flatten)]
    load: Load,
}

pub(super) async fn run(options: Options, format: Format) -> Result<(), Failure> {
    let folder = options.load.folder.open()?;
    let disk = Disk::measure(&folder)?;
    let mut grid: Vec<Vec<Outcome>> = Vec::new();
    let field = Field::start(&TARGETS, &options.load, &folder).await?;
    for writers in options.writers {
        let cell = Cell { writers, events: 1, expecting: Expecting::Any };
        grid.push(field.measure(cell, &options.load).await?);
    }
    field.stop().await;
    match format {
        Format::Json => output::document(&json!({
            "bench": "gateway",
            "processors": super::machine::processors(),
            "disk": disk.json(),
            "cells": grid.iter().flatten().map(Outcome::json).collect::<Value>(),
            "ratios": grid.iter().flat_map(|cell| shares(cell)).map(|(ours, nothing)| json!({
                "ours": ours.kind.word(),
                "theirs": nothing.kind.word(),
                "writers": ours.cell.writers,
                "times": ours.times(nothing).json(),
            })).collect::<Value>(),
        })),
        Format::Table => output::words(&tables(&disk, &grid)),
    }
}

/// Every outcome but the last, beside the last.
fn shares(cell: &[Outcome]) -> Vec<(&Outcome, &Outcome)> {
    cell.split_last()
        .map_or_else(Vec::new, |(nothing, ours)| ours.iter().map(|ours| (ours, nothing)).collect())
}

fn tables(disk: &Disk, grid: &[Vec<Outcome>]) -> String {
    let mut outcomes = Table::new(Outcome::COLUMNS.to_vec());
    grid.iter().flatten().for_each(|outcome| outcomes.row(outcome.row()));
    let mut times = Table::new(vec!["calls/s", "#writers", "#times"]);
    for (ours, nothing) in grid.iter().flat_map(|cell| shares(cell)) {
        let names = format!("{} / {}", ours.kind.word(), nothing.kind.word());
        times.row(vec![names, ours.cell.writers.to_string(), ours.times(nothing).fine()]);
    }
    format!("{}\n{}\n{}", disk.words(), outcomes.lines(), times.lines())
}
