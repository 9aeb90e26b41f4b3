//! Fault evidence: a real server is killed, its disk fails and the power goes away, and what is left is compared with a
//! model kept outside.
//!
//! A *cycle* starts the server on what the last cycle left, works with it until a fault strikes, lets the power go
//! away or not, starts it again and verifies everything. Ten cycles make a *season* on one data directory. What happens
//! in a cycle derives from the seed and the cycle's number; what the scheduler makes of it does not.
//!
//! Where to look: `plan` and `points` for what strikes, `disk` and `tests/faults/disk.c` for how, `journal` and
//! `power` for what a disk may hold after a power cut, `workload` and `request` for what is written, `model` for what
//! was promised, `verify`, `resend` and `read_models` for what is checked, `bugs` for the proof that it is.

pub mod bugs;
mod cycle;
mod damage;
pub mod disk;
mod history;
pub mod journal;
pub mod model;
pub mod plan;
pub mod points;
pub mod power;
mod read_models;
pub mod report;
mod request;
mod resend;
mod run;
mod verify;
mod workload;

pub use bugs::Bug;
pub use report::Report;
pub use run::{Options, run};
