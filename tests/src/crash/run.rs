//! A run: seasons of cycles, and what they found.

use std::fs;
use std::path::PathBuf;

use super::bugs::Bug;
use super::cycle::{Context, Outcome};
use super::disk::{Disk, Folder};
use super::model::Model;
use super::plan::{Plan, SEASON_CYCLES};
use super::report::{Failure, Report, Tally};

/// Violations of one cycle that are told at once.
const VIOLATIONS_TOLD_MAX: usize = 5;

/// What to run.
#[derive(Debug, Clone)]
pub struct Options {
    /// The program; `PROGRAM serve` is the server under test.
    pub program: PathBuf,
    /// Where the random numbers begin.
    pub seed: u64,
    /// The first cycle.
    pub first: u64,
    /// How many cycles.
    pub cycles: u64,
    /// A bug to plant. The run ends with the first cycle that catches it.
    pub bug: Option<Bug>,
    /// Words in the names of the faults that come in most cycles.
    pub only: Option<String>,
}

/// Runs the cycles. `tell` is given a line for each.
///
/// # Errors
/// Where there is no C compiler.
///
/// # Panics
/// When the machine does not let the harness work: no room for temporary files.
pub fn run(options: &Options, tell: &mut dyn FnMut(&str)) -> Result<Report, String> {
    let workshop = tempfile::Builder::new().prefix("rapport-crash-").tempdir().expect("a folder");
    let root = fs::canonicalize(workshop.path()).expect("a folder");
    let disk = Disk::build(&root)?;
    let Options { program, seed, bug, only, .. } = options.clone();
    let context = Context { program, disk, seed, bug, only };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.expect("a runtime");
    let mut report = Report { seed: options.seed, ..Report::default() };
    let end = options.first + options.cycles;
    let mut next = options.first;
    while next < end {
        // A season can be told only from its start.
        let season = next / SEASON_CYCLES;
        let cycles = season * SEASON_CYCLES..end.min((season + 1) * SEASON_CYCLES);
        next = cycles.end;
        let folder = Folder::create(root.join(format!("season-{season}"))).expect("a folder");
        runtime.block_on(run_season(&context, &folder, cycles, &mut report, tell));
        if report.failures.last().is_some_and(|failure| failure.plan_season() == season) {
            if options.bug.is_some() {
                break;
            }
        } else {
            fs::remove_dir_all(folder.root()).expect("the folder is removed");
        }
    }
    if !report.failures.is_empty() && options.bug.is_none() {
        let _ = workshop.keep();
    }
    Ok(report)
}

async fn run_season(
    context: &Context,
    folder: &Folder,
    cycles: std::ops::Range<u64>,
    report: &mut Report,
    tell: &mut dyn FnMut(&str),
) {
    let mut model = Model::default();
    let mut last = Tally::default();
    for cycle in cycles {
        let plan = Plan::of(context.seed, cycle, context.bug, context.only.as_deref());
        let mut outcome = context.cycle(folder, &mut model, &plan).await;
        report.cycles += 1;
        let planned = report.faults.entry(plan.fault.name()).or_default();
        planned.0 += 1;
        planned.1 += u64::from(outcome.struck);
        let struck = if outcome.struck { "struck" } else { "did not strike" };
        tell(&format!("{plan}; {struck}; {} events", outcome.tally.events));
        for violation in outcome.violations.iter().take(VIOLATIONS_TOLD_MAX) {
            tell(&format!("  {:?}: {}", violation.breach, violation.text));
        }
        // These three are counted anew each time, for the whole season.
        let standing = (outcome.tally.acknowledged, outcome.tally.refused, outcome.tally.events);
        (outcome.tally.acknowledged, outcome.tally.refused, outcome.tally.events) = (0, 0, 0);
        report.tally.add(&outcome.tally);
        (last.acknowledged, last.refused, last.events) = standing;
        if !outcome.violations.is_empty() {
            report.failures.push(failure(context, folder, &plan, outcome));
            break;
        }
    }
    report.tally.add(&last);
}

fn failure(context: &Context, folder: &Folder, plan: &Plan, outcome: Outcome) -> Failure {
    // For whoever looks for the reason.
    let _ = fs::write(folder.root().join("server.log"), &outcome.said);
    let kept = context.bug.is_none().then(|| folder.root().to_owned());
    Failure { cycle: plan.cycle, plan: plan.to_string(), violations: outcome.violations, kept }
}

impl Failure {
    const fn plan_season(&self) -> u64 {
        self.cycle / SEASON_CYCLES
    }
}
