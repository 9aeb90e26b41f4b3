//! The short form of the crash harness: a few cycles without a bug, and every planted bug is caught. The long form is
//! `cargo run --release -p rapport-tests --bin crash`.

use std::path::PathBuf;
use std::process::Command;

use rapport_tests::crash::{Bug, Options, Report, run};

/// Cycles without a bug.
const CYCLES: u64 = 10;
/// Within so many cycles a planted bug must be caught.
const CYCLES_TO_CATCH: u64 = 30;
const SEED: u64 = 7;

/// A run; nothing where there is no C compiler, which is said.
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn report(cycles: u64, bug: Option<Bug>) -> Option<Report> {
    if Command::new("cc").arg("--version").output().is_err() {
        eprintln!("SKIPPED: there is no C compiler to be started as `cc`");
        return None;
    }
    let program = PathBuf::from(env!("CARGO_BIN_EXE_rapport-under-test"));
    let options = Options { program, seed: SEED, first: 0, cycles, bug, only: None };
    Some(run(&options, &mut |_| {}).unwrap_or_else(|cause| panic!("the harness cannot run: {cause}")))
}

#[test]
fn nothing_is_lost_doubled_or_half_there_whatever_strikes() {
    let Some(report) = report(CYCLES, None) else { return };
    assert!(report.failures.is_empty(), "{report}");
    assert_eq!(report.cycles, CYCLES);
    assert!(report.tally.acknowledged > 0 && report.tally.power_cuts > 0, "{report}");
}

#[test]
fn every_planted_bug_is_caught() {
    for bug in Bug::ALL {
        let Some(report) = report(CYCLES_TO_CATCH, Some(bug)) else { return };
        assert!(!report.failures.is_empty(), "{} was not caught: {report}", bug.name());
    }
}
