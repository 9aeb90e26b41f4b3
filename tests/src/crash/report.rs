//! What a run has found.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

/// What was broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Breach {
    /// Something that was promised or served is gone.
    Lost,
    /// A request left more events than it asks for.
    Doubled,
    /// A request left a part of its events.
    Torn,
    /// An event is not what was written.
    Changed,
    /// A position or a revision is missing or there twice.
    Hole,
    /// Something is there that was refused, or that nobody asked for.
    Phantom,
    /// A retry was answered otherwise than the first time.
    Answer,
    /// A read model differs from the log.
    ReadModel,
    /// The log took writes after a commit could not be forced to disk.
    CarriedOn,
    /// The server does not start, or does not answer, on what a crash has left.
    Unusable,
    /// A damaged event was served, or its position was not named.
    DamageUnnoticed,
}

/// One thing that was broken.
#[derive(Debug, Clone)]
pub struct Violation {
    /// What kind.
    pub breach: Breach,
    /// What, exactly.
    pub text: String,
}

impl Violation {
    pub(super) fn new(breach: Breach, text: impl Into<String>) -> Self {
        Self { breach, text: text.into() }
    }
}

/// Numbers of a cycle or of a run.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// Requests that were answered as applied.
    pub acknowledged: u64,
    /// Requests that were refused and are not in the log.
    pub refused: u64,
    /// Requests without an answer that turned out to be in the log.
    pub unknown_applied: u64,
    /// Requests without an answer that turned out not to be.
    pub unknown_absent: u64,
    /// Requests that were sent again and compared with their first answer.
    pub retried: u64,
    /// Events that were read and compared, each time they were.
    pub verified: u64,
    /// Events that stand in the logs at the end.
    pub events: u64,
    /// Events that a follower was given and that were compared.
    pub followed: u64,
    /// Power cuts.
    pub power_cuts: u64,
    /// Times that read models were folded from zero and compared.
    pub folded_anew: u64,
    /// Bits that were flipped in the log.
    pub damages: u64,
}

impl Tally {
    pub(super) fn add(&mut self, other: &Self) {
        self.acknowledged += other.acknowledged;
        self.refused += other.refused;
        self.unknown_applied += other.unknown_applied;
        self.unknown_absent += other.unknown_absent;
        self.retried += other.retried;
        self.verified += other.verified;
        self.events += other.events;
        self.followed += other.followed;
        self.power_cuts += other.power_cuts;
        self.folded_anew += other.folded_anew;
        self.damages += other.damages;
    }
}

/// A cycle that broke something.
#[derive(Debug, Clone)]
pub struct Failure {
    /// Counted from 0.
    pub cycle: u64,
    /// What was planned, in words.
    pub plan: String,
    /// What it broke.
    pub violations: Vec<Violation>,
    /// Where the directory is kept; after a planted bug it is not.
    pub kept: Option<PathBuf>,
}

/// What a run has found.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Where the random numbers began.
    pub seed: u64,
    /// Cycles that were run.
    pub cycles: u64,
    /// By name of the fault: cycles it was planned in, and cycles it struck in.
    pub faults: BTreeMap<&'static str, (u64, u64)>,
    /// The numbers.
    pub tally: Tally,
    /// Cycles that broke something.
    pub failures: Vec<Failure>,
}

impl Report {
    /// How often this was broken.
    #[must_use]
    pub fn count(&self, breach: Breach) -> usize {
        let violations = self.failures.iter().flat_map(|failure| &failure.violations);
        violations.filter(|violation| violation.breach == breach).count()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tally = &self.tally;
        writeln!(f, "seed {}, {} cycles, {} power cuts", self.seed, self.cycles, tally.power_cuts)?;
        writeln!(f, "\nfault: cycles it struck in, of those it was planned for")?;
        for (name, (planned, struck)) in &self.faults {
            writeln!(f, "  {struck:>4} of {planned:>4}  {name}")?;
        }
        writeln!(f, "\n  {:>8}  requests acknowledged", tally.acknowledged)?;
        writeln!(f, "  {:>8}  requests refused, and not in the log", tally.refused)?;
        writeln!(f, "  {:>8}  requests without an answer that were in the log", tally.unknown_applied)?;
        writeln!(f, "  {:>8}  requests without an answer that were not", tally.unknown_absent)?;
        writeln!(f, "  {:>8}  requests sent again and answered as at first", tally.retried)?;
        writeln!(f, "  {:>8}  events in the logs at the end", tally.events)?;
        writeln!(f, "  {:>8}  events verified, counted each time", tally.verified)?;
        writeln!(f, "  {:>8}  events a follower had seen before, verified", tally.followed)?;
        writeln!(f, "  {:>8}  times read models folded from zero and compared", tally.folded_anew)?;
        writeln!(f, "  {:>8}  flipped bits in the log", tally.damages)?;
        writeln!(
            f,
            "\n{} lost, {} doubled, {} torn, {} changed, {} holes, {} phantoms, {} other answers, {} read models that differ, {} writes after a failed fsync, {} times unusable, {} damages unnoticed",
            self.count(Breach::Lost),
            self.count(Breach::Doubled),
            self.count(Breach::Torn),
            self.count(Breach::Changed),
            self.count(Breach::Hole),
            self.count(Breach::Phantom),
            self.count(Breach::Answer),
            self.count(Breach::ReadModel),
            self.count(Breach::CarriedOn),
            self.count(Breach::Unusable),
            self.count(Breach::DamageUnnoticed)
        )?;
        for failure in &self.failures {
            writeln!(f, "\n{}", failure.plan)?;
            for violation in failure.violations.iter().take(VIOLATIONS_SHOWN_MAX) {
                writeln!(f, "  {:?}: {}", violation.breach, violation.text)?;
            }
            writeln!(f, "  again: crash --seed {} --cycle {}", self.seed, failure.cycle)?;
            if let Some(kept) = &failure.kept {
                writeln!(f, "  kept: {}", kept.display())?;
            }
        }
        Ok(())
    }
}

/// Violations of one cycle that are shown.
const VIOLATIONS_SHOWN_MAX: usize = 12;
