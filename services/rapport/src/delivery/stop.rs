//! A person at the keyboard who has enough.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Set by the first Ctrl-C; the second one ends the process at once.
#[must_use]
pub fn stop_on_interrupt() -> Arc<AtomicBool> {
    let stopped = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stopped);
    tokio::spawn(async move {
        while tokio::signal::ctrl_c().await.is_ok() {
            if flag.swap(true, Ordering::Relaxed) {
                std::process::exit(i32::from(crate::error::Exit::Failed as u8));
            }
            eprintln!("stopping: waiting for the answers that are on their way");
        }
    });
    stopped
}
