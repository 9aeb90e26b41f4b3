//! `rapport bench append`.

use serde_json::{Value, json};

use super::cell::{Cell, Field, Outcome};
use super::disk::Disk;
use super::fill;
use super::options::{self, Load};
use super::target::{Expecting, Kind, peer};
use super::volume;
use crate::error::Failure;
use crate::output::{self, Format, Table};

/// What is measured.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// Writers at a time.
    #[arg(long, value_delimiter = ',', value_parser = options::writers, default_value = "1,2,4,8,16,32,64,128,256,512,1024")]
    writers: Vec<u32>,
    /// Events of one request.
    #[arg(long, value_delimiter = ',', value_parser = options::events, default_value = "1,10,100,1000")]
    events: Vec<u32>,
    /// What the writers expect of their streams.
    #[arg(long, value_delimiter = ',', value_enum, default_value = "any,exact")]
    expect: Vec<Expecting>,
    /// What they append to.
    #[arg(long, value_delimiter = ',', value_enum, default_value = "port,gateway")]
    target: Vec<Kind>,
    /// Another event store to measure beside, with its own server and client.
    #[arg(long, value_enum)]
    peer: Option<peer::Peer>,
    /// Compare a log of so many events with one of 100,000 instead, and kill its server.
    #[arg(long, value_name = "EVENTS", conflicts_with = "peer", value_parser = clap::value_parser!(u64).range(fill::EVENTS_RANGE))]
    volume: Option<u64>,
    /// How they are loaded.
    #[command(flatten)]
    load: Load,
}

pub(super) async fn run(options: Options, format: Format) -> Result<(), Failure> {
    let folder = options.load.folder.open()?;
    if let Some(events) = options.volume {
        return volume::run(events, &options.load, &folder, format).await;
    }
    let mut kinds = options.target.clone();
    if let Some(peer::Peer::Umadb) = options.peer {
        peer::present()?;
        kinds.push(Kind::Umadb);
    }
    let disk = Disk::measure(&folder)?;
    let mut grid: Vec<Vec<Outcome>> = Vec::new();
    let field = Field::start(&kinds, &options.load, &folder).await?;
    for cell in options.cells() {
        grid.push(field.measure(cell, &options.load).await?);
    }
    field.stop().await;
    match format {
        Format::Json => output::document(&json!({
            "bench": "append",
            "processors": super::machine::processors(),
            "disk": disk.json(),
            "cells": grid.iter().flatten().map(Outcome::json).collect::<Value>(),
            "ratios": grid.iter().flat_map(|cell| ratios(cell)).map(Ratio::json).collect::<Value>(),
        })),
        Format::Table => output::words(&tables(&disk, &grid)),
    }
}

impl Options {
    fn cells(&self) -> impl Iterator<Item = Cell> {
        let loads =
            self.events.iter().flat_map(|events| self.writers.iter().map(move |writers| (*writers, *events)));
        loads.flat_map(|(writers, events)| {
            self.expect.iter().map(move |expecting| Cell { writers, events, expecting: *expecting })
        })
    }
}

/// One target of ours beside the peer.
struct Ratio<'a> {
    ours: &'a Outcome,
    theirs: &'a Outcome,
}

fn ratios(cell: &[Outcome]) -> Vec<Ratio<'_>> {
    let Some((theirs, ours)) = cell.split_last().filter(|(last, _)| last.kind == Kind::Umadb) else {
        return Vec::new();
    };
    ours.iter().map(|ours| Ratio { ours, theirs }).collect()
}

impl Ratio<'_> {
    fn json(self) -> Value {
        json!({
            "ours": self.ours.kind.word(),
            "theirs": self.theirs.kind.word(),
            "writers": self.ours.cell.writers,
            "events_per_request": self.ours.cell.events,
            "expect": self.ours.cell.expecting.word(),
            "times": self.ours.times(self.theirs).json(),
        })
    }

    fn row(&self) -> Vec<String> {
        let cell = self.ours.cell;
        vec![
            format!("{} / {}", self.ours.kind.word(), self.theirs.kind.word()),
            cell.writers.to_string(),
            cell.events.to_string(),
            cell.expecting.word().to_owned(),
            self.ours.times(self.theirs).fine(),
        ]
    }
}

fn tables(disk: &Disk, grid: &[Vec<Outcome>]) -> String {
    let mut outcomes = Table::new(Outcome::COLUMNS.to_vec());
    grid.iter().flatten().for_each(|outcome| outcomes.row(outcome.row()));
    let mut times = Table::new(vec!["events/s", "#writers", "#events", "expect", "#times"]);
    grid.iter().flat_map(|cell| ratios(cell)).for_each(|ratio| times.row(ratio.row()));
    let mut text = format!("{}\n{}", disk.words(), outcomes.lines());
    if !times.is_empty() {
        text.push('\n');
        text.push_str(&times.lines());
    }
    text
}
