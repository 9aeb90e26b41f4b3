//! The crash harness: `crash --seed 1 --cycles 200`. Ends with 0 when nothing was broken; with a planted bug, when it was
//! caught.

use std::process::ExitCode;

use clap::Parser;
use rapport_tests::crash::{Bug, Options, bugs, run};

/// Kills a real server, lets its disk fail and the power go away, and compares what is left with what was promised.
#[derive(Debug, Parser)]
struct Arguments {
    /// Where the random numbers begin.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many cycles to run.
    #[arg(long, default_value_t = 200)]
    cycles: u64,
    /// Run one cycle again, with those of its season before it.
    #[arg(long, conflicts_with = "cycles")]
    cycle: Option<u64>,
    /// Plant a bug and see that it is caught: ack-before-fsync, skip-checksum, forget-index, forget-repetitions, carry-on,
    /// lying-disk.
    #[arg(long, value_parser = Bug::parse)]
    bug: Option<Bug>,
    /// Words in the name of a fault: most cycles meet one of those.
    #[arg(long)]
    fault: Option<String>,
    /// Say nothing until the end.
    #[arg(long)]
    quiet: bool,
}

fn main() -> ExitCode {
    // The server under test is this program too: nothing else has to be built.
    if std::env::args().nth(1).is_some_and(|first| first == "serve") {
        bugs::plant_from_environment();
        return rapport::cli::main();
    }
    harness(&Arguments::parse())
}

#[expect(clippy::print_stdout, reason = "this is what the program says")]
fn harness(arguments: &Arguments) -> ExitCode {
    let (first, cycles) = arguments.cycle.map_or((0, arguments.cycles), |cycle| (cycle, 1));
    let Ok(program) = std::env::current_exe() else {
        println!("the harness cannot run: the system does not tell where this program is");
        return ExitCode::FAILURE;
    };
    let (seed, bug, only) = (arguments.seed, arguments.bug, arguments.fault.clone());
    let options = Options { program, seed, first, cycles, bug, only };
    let mut tell = |line: &str| {
        if !arguments.quiet {
            println!("{line}");
        }
    };
    let report = match run(&options, &mut tell) {
        Ok(report) => report,
        Err(cause) => {
            println!("the harness cannot run: {cause}");
            return ExitCode::FAILURE;
        }
    };
    println!("\n{report}");
    let caught = !report.failures.is_empty();
    match arguments.bug {
        Some(bug) if caught => println!("{} was caught after {} cycles", bug.name(), report.cycles),
        Some(bug) => println!("{} was NOT caught in {} cycles", bug.name(), report.cycles),
        None => {}
    }
    if caught == arguments.bug.is_some() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
