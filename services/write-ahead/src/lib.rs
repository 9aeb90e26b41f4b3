//! The write-ahead log of a SQLite file, copied into the file without making its one writer wait.

mod checkpointer;
#[cfg(test)]
mod tests;

pub use self::checkpointer::{Checkpointer, is_unforced};
