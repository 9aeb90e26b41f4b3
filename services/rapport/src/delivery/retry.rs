//! Sending again.

use std::time::Duration;

use rapport_proto::v1::Receipt;

use crate::client::Client;
use crate::command::Command;
use crate::error::Refusal;

/// Times that a command is sent before it is given up: enough for a server to be started again.
pub const ATTEMPTS_MAX: u32 = 12;
/// Wait before the second time.
const BACKOFF_FIRST: Duration = Duration::from_millis(50);
/// Longest wait.
const BACKOFF_MAX: Duration = Duration::from_secs(2);

/// Sends a command until it is applied, refused for good, or given up.
///
/// # Errors
/// The last refusal.
pub async fn apply(client: &Client, command: &Command) -> Result<Receipt, Refusal> {
    let mut attempts = Attempts::default();
    loop {
        match command.send(client).await {
            Ok(receipt) => return Ok(receipt),
            Err(status) => attempts.failed(&status).await?,
        }
    }
}

/// The attempts at one thing.
#[derive(Default)]
pub(super) struct Attempts(u32);

impl Attempts {
    /// Waits for the next attempt, where there is to be one.
    pub(super) async fn failed(&mut self, status: &tonic::Status) -> Result<(), Refusal> {
        self.0 += 1;
        let refusal = Refusal::from(status);
        if !refusal.is_transient() || self.0 >= ATTEMPTS_MAX {
            return Err(refusal);
        }
        tokio::time::sleep(backoff(self.0)).await;
        Ok(())
    }
}

/// Wait after so many failures: doubled each time, up to a limit.
pub(super) fn backoff(failures: u32) -> Duration {
    let doubled = BACKOFF_FIRST.saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1)));
    doubled.min(BACKOFF_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_limit() {
        let waits: Vec<u128> = (1..ATTEMPTS_MAX).map(|failures| backoff(failures).as_millis()).collect();
        assert_eq!(waits, [50, 100, 200, 400, 800, 1600, 2000, 2000, 2000, 2000, 2000]);
        assert_eq!(backoff(u32::MAX), BACKOFF_MAX);
    }
}
