//! The protocol over a real socket, with a raw client made from our own `.proto` files.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "what cannot be set up or read ends the test")]

mod appending;
mod batches;
mod crowded;
mod discovery;
mod following;
mod reading;
mod world;
