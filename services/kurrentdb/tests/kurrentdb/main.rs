//! The adapter against servers that fail, and against logs that are not ours alone.

#![allow(clippy::unwrap_used, reason = "the lint spares test functions, not what they call")]

#[cfg(test)]
mod connecting;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod foreign;
#[cfg(test)]
mod replicas;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod server;
#[cfg(test)]
mod shared_log;
#[cfg(test)]
mod whims;
