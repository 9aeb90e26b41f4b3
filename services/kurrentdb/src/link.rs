//! The connection: calls with a deadline, kept apart from the panics of the library, over a client that is replaced
//! when it is dead.

use std::future::Future;
use std::time::Duration;

use eventstore::{Client, ClientSettings, Credentials};
use parking_lot::Mutex;

use crate::metrics::KurrentMetrics;
use crate::prompt::Prompt;
use crate::trouble::{Kind, Trouble};

/// Time for one call to KurrentDB, as the server is told.
pub(crate) const CALL_DEADLINE: Duration = Duration::from_secs(5);
/// The server's own word about the deadline may come so much later.
const DEADLINE_GRACE: Duration = Duration::from_millis(500);
/// Failures in a row after which the client is replaced: it never leaves a node by itself, however dead that one is.
const FAILURES_IN_A_ROW_MAX: u32 = 3;
/// Pause before the second attempt of a call; it doubles from attempt to attempt.
const PAUSE_MIN: Duration = Duration::from_millis(20);
/// Longest pause between attempts.
const PAUSE_MAX: Duration = Duration::from_secs(1);

/// The connection to the log.
pub(crate) struct Link {
    settings: ClientSettings,
    credentials: Option<Credentials>,
    current: Mutex<Current>,
    prompt: Prompt,
    pub(crate) metrics: KurrentMetrics,
}

struct Current {
    client: Client,
    generation: u64,
    failures: u32,
}

impl Link {
    /// A link that connects with its first call.
    pub(crate) fn new(
        settings: ClientSettings,
        credentials: Option<Credentials>,
        metrics: KurrentMetrics,
    ) -> Result<Self, Trouble> {
        let client = Client::new(settings.clone())?;
        let current = Mutex::new(Current { client, generation: 0, failures: 0 });
        Ok(Self { settings, credentials, current, prompt: Prompt::new(), metrics })
    }

    /// Who asks, as it is to be sent with every call.
    pub(crate) fn credentials(&self) -> Option<Credentials> {
        self.credentials.clone()
    }

    /// Makes one call. In a task of its own: the library panics on answers that it does not expect.
    pub(crate) async fn call<T, A>(&self, action: impl FnOnce(Client) -> A) -> Result<T, Trouble>
    where
        T: Send + 'static,
        A: Future<Output = Result<T, eventstore::Error>> + Send + 'static,
    {
        let (client, generation) = {
            let current = self.current.lock();
            (current.client.clone(), current.generation)
        };
        let mut task = tokio::spawn(action(client));
        let answer = match tokio::time::timeout(CALL_DEADLINE + DEADLINE_GRACE, &mut task).await {
            Ok(Ok(answer)) => answer.map_err(Trouble::from),
            Ok(Err(_)) => Err(Trouble::garbled()),
            Err(_) => {
                task.abort();
                Err(Trouble::deadline())
            }
        };
        match answer.as_ref().err().map(Trouble::passes) {
            Some(Some(kind)) => self.failed(generation, kind),
            Some(None) | None => self.succeeded().await,
        }
        answer
    }

    async fn succeeded(&self) {
        self.current.lock().failures = 0;
        self.prompt.call_succeeded().await;
    }

    fn failed(&self, generation: u64, kind: Kind) {
        self.prompt.call_failed();
        let mut current = self.current.lock();
        current.failures = current.failures.saturating_add(1);
        let dead = kind == Kind::Connection || current.failures.is_multiple_of(FAILURES_IN_A_ROW_MAX);
        if !dead || current.generation != generation {
            return;
        }
        match Client::new(self.settings.clone()) {
            Ok(client) => {
                current.client = client;
                current.generation += 1;
                self.metrics.reconnected(kind);
                tracing::info!(cause = kind.as_str(), "a new client of KurrentDB");
            }
            Err(error) => tracing::error!(%error, "no new client of KurrentDB could be made"),
        }
    }
}

/// The pause before attempt `number` + 1: doubles, and no two callers keep step.
pub(crate) fn pause(number: u32) -> Duration {
    let longest = PAUSE_MIN.saturating_mul(1 << number.min(10)).min(PAUSE_MAX);
    longest.mul_f64(fastrand::f64().mul_add(0.5, 0.5))
}
