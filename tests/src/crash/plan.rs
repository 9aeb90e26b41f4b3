//! What happens in a cycle, from the seed and its number.

use fastrand::Rng;

use super::bugs::Bug;
use super::disk::Order;
use super::journal::Survival;
use super::points::{Effect, POINTS, Point, Stage};

/// Cycles on one data directory.
pub const SEASON_CYCLES: u64 = 10;
/// Requests of all writers after which the server is killed from outside, at most.
const KILLED_AFTER_MAX: usize = 250;

/// What strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// SIGKILL from outside, after so many answers.
    Kill {
        /// How many.
        after: usize,
    },
    /// The disk, at a point.
    Disk {
        /// Which.
        point: Point,
        /// At which such call, counted from 1.
        nth: u64,
    },
}

/// How a server that no fault has ended is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// SIGKILL.
    Kill,
    /// SIGTERM, and it finishes.
    Stop,
}

/// A cycle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Counted from 0.
    pub cycle: u64,
    /// What strikes.
    pub fault: Fault,
    /// How a server that still runs is ended.
    pub ending: Ending,
    /// Whether the power goes away then, and what survives.
    pub power_cut: Option<Survival>,
    /// Whether read models are folded from zero and compared.
    pub folds_anew: bool,
    /// Whether a bit is flipped in the log afterwards, and flipped back.
    pub damages: bool,
}

/// The random numbers of one use in one cycle.
#[must_use]
pub fn chance(seed: u64, cycle: u64, what: u64) -> Rng {
    let mut rng = Rng::with_seed(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ cycle.rotate_left(32) ^ what);
    // Neighbouring seeds begin alike.
    for _ in 0..4 {
        rng.u64(..);
    }
    rng
}

impl Plan {
    /// The plan of a cycle. `only` narrows the faults down to those with these words in their names; a planted bug
    /// that one fault alone shows does so for most cycles.
    #[must_use]
    pub fn of(seed: u64, cycle: u64, bug: Option<Bug>, only: Option<&str>) -> Self {
        let mut rng = chance(seed, cycle, 1);
        let words = only.or_else(|| bug.and_then(Bug::shown_by)).filter(|_| rng.u8(..3) > 0);
        let fault = match words {
            Some(words) => at_point(&mut rng, |point| point.name.contains(words)),
            None if rng.u8(..7) == 0 => Fault::Kill { after: rng.usize(1..=KILLED_AFTER_MAX) },
            None => at_point(&mut rng, |_| true),
        };
        let stops = matches!(fault, Fault::Disk { point, .. } if point.stage == Stage::Closing);
        let ending = if stops || rng.u8(..5) == 0 { Ending::Stop } else { Ending::Kill };
        let power_cut = (rng.u8(..3) > 0).then(|| match rng.u8(..10) {
            0..4 => Survival::Nothing,
            4..7 => Survival::SomeWrites,
            _ => Survival::SomeSectors,
        });
        let folds_anew = cycle % SEASON_CYCLES == SEASON_CYCLES - 1 || rng.u8(..8) == 0;
        let damages = cycle % SEASON_CYCLES == SEASON_CYCLES - 1 || bug == Some(Bug::SkipChecksum);
        Self { cycle, fault, ending, power_cut, folds_anew, damages }
    }

    /// The season that the cycle belongs to.
    #[must_use]
    pub const fn season(&self) -> u64 {
        self.cycle / SEASON_CYCLES
    }
}

fn at_point(rng: &mut Rng, which: impl Fn(&Point) -> bool) -> Fault {
    let points: Vec<Point> = POINTS.into_iter().filter(which).collect();
    match rng.choice(points) {
        Some(point) => Fault::Disk { point, nth: rng.u64(1..=point.nth_max) },
        None => Fault::Kill { after: rng.usize(1..=KILLED_AFTER_MAX) },
    }
}

impl Fault {
    /// Its name, as reports count it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Kill { .. } => "kill from outside",
            Self::Disk { point, .. } => point.name,
        }
    }

    /// What the disk is told.
    #[must_use]
    pub fn order(&self) -> Order {
        let Self::Disk { point, nth } = self else { return Order::Watch };
        let Point { call, file, effect, times, .. } = point;
        let mut words = format!("call={call} file={file} nth={nth} times={times} do={}", effect.word());
        if point.stage != Stage::Opening {
            words.push_str(" after=ready");
        }
        if let Some(at) = point.at {
            words.push_str(&format!(" at={at}"));
        }
        Order::Strike(words)
    }

    /// Whether the log cannot be read for a while.
    #[must_use]
    pub fn fails_reads(&self) -> bool {
        matches!(self, Self::Disk { point, .. } if point.call == "read")
    }

    /// Whether something of the log cannot be forced to disk while it serves, after which the log takes no more.
    #[must_use]
    pub fn leaves_doubt(&self) -> bool {
        let Self::Disk { point, .. } = self else { return false };
        point.call == "sync"
            && point.file.starts_with("log.db")
            && point.effect == Effect::Eio
            && point.stage == Stage::Serving
    }
}

impl std::fmt::Display for Plan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "cycle {}: {}", self.cycle, self.fault.name())?;
        match self.fault {
            Fault::Kill { after } => write!(f, " (after {after} answers)")?,
            Fault::Disk { nth, .. } => write!(f, " (call {nth})")?,
        }
        match self.power_cut {
            None => f.write_str(", the power stays"),
            Some(survival) => write!(f, ", the power goes ({survival:?} survives)"),
        }
    }
}
