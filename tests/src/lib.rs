//! What the end-to-end tests stand on: a real server, in this process or in one of its own, and real clients.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a fixture that cannot be set up ends the test")]

pub mod ask;
pub mod clients;
pub mod company;
pub mod crash;
pub mod data;
pub mod http;
pub mod process;
pub mod rebuild;
pub mod world;

pub use clients::Clients;
pub use process::Process;
pub use world::World;
