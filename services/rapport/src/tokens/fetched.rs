//! The provider's keys, fetched from where it publishes them: at the start, from time to time, and when a token names a key
//! that is not known. A fetch that fails changes nothing: what was fetched last stays.

mod metrics;
mod schedule;

use std::sync::Arc;

use parking_lot::Mutex;
use prometheus_client::registry::Registry;
use reqwest::{Certificate, Client, StatusCode, Url};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use self::metrics::FetchMetrics;
use self::schedule::{MISSED_INTERVAL, Schedule};
use super::ProviderOptions;
use super::key_set::{Algorithms, KeySet};
use crate::error::Failure;
use crate::http::{self, Fault};
use crate::secret_file;

/// Largest set of keys that is fetched, in bytes.
const JWKS_BYTES_MAX: usize = 256 * 1024;

/// The keys of an address.
pub(crate) struct FetchedKeys {
    url: Url,
    algorithms: Algorithms,
    client: Client,
    known: Mutex<Arc<KeySet>>,
    /// When a key was missed that the address was asked for.
    missed_at: Mutex<Option<Instant>>,
    wanted: Notify,
    metrics: FetchMetrics,
}

/// Why the keys could not be fetched.
#[derive(Debug, thiserror::Error)]
enum NotFetched {
    #[error(transparent)]
    NoAnswer(#[from] Fault),
    #[error("it answers with the status {}; redirections are not followed", .0.as_u16())]
    Status(StatusCode),
    #[error("{0}")]
    NoKeys(Failure),
}

impl FetchedKeys {
    /// Fetches them for the first time, where there is an address.
    ///
    /// # Errors
    /// When they cannot be had: nobody could call.
    pub(crate) async fn open(options: &ProviderOptions) -> Result<Option<Arc<Self>>, Failure> {
        let Some(url) = options.jwks_url.clone() else { return Ok(None) };
        crate::tls::provide_cryptography();
        let mut client = http::client().https_only(true);
        if let Some(file) = &options.jwks_ca_cert {
            let roots = Certificate::from_pem_bundle(&secret_file::read("--jwks-ca-cert", file)?);
            let roots = roots.map_err(|error| unusable(&error))?;
            client = client.tls_built_in_root_certs(false);
            client = roots.into_iter().fold(client, reqwest::ClientBuilder::add_root_certificate);
        }
        let client = client.build().map_err(|error| unusable(&error))?;
        let algorithms = options.algorithms();
        // Not a fault of usage: a provider that is away for a moment is there again when the supervisor starts anew.
        let keys = fetch(&client, &url, algorithms).await.map_err(|error| {
            Failure::Local(format!(
                "--jwks-url {url}: {error}. Nobody could call, so the server does not start"
            ))
        })?;
        let metrics = FetchMetrics::default();
        metrics.fetched();
        Ok(Some(Arc::new(Self {
            url,
            algorithms,
            client,
            known: Mutex::new(Arc::new(keys)),
            missed_at: Mutex::new(None),
            wanted: Notify::new(),
            metrics,
        })))
    }

    /// Those that were fetched last.
    pub(super) fn current(&self) -> Arc<KeySet> {
        Arc::clone(&self.known.lock())
    }

    /// A token names a key that is none of them: it may be new. Anybody can send such a token, so this is heard now and then.
    pub(super) fn missed(&self) {
        let mut missed_at = self.missed_at.lock();
        if missed_at.is_none_or(|at| at.elapsed() >= MISSED_INTERVAL) {
            *missed_at = Some(Instant::now());
            self.wanted.notify_one();
        }
    }

    pub(crate) fn register(&self, registry: &mut Registry) {
        self.metrics.register(registry);
    }

    /// Fetches them again and again until the server is told to stop.
    pub(crate) async fn run(self: Arc<Self>, stopping: CancellationToken) {
        let work = async {
            let mut schedule = Schedule::default();
            loop {
                tokio::select! {
                    () = sleep(schedule.pause()) => {}
                    // While fetching fails it is tried again in its own time, whoever asks.
                    () = self.wanted.notified(), if !schedule.is_failing() => {}
                }
                match fetch(&self.client, &self.url, self.algorithms).await {
                    Ok(keys) => {
                        *self.known.lock() = Arc::new(keys);
                        self.metrics.fetched();
                        schedule.succeeded();
                    }
                    Err(error) => {
                        schedule.failed();
                        tracing::warn!(url = %self.url, pause = ?schedule.pause(), "the provider's keys were not fetched; those of before stay: {error}");
                    }
                }
            }
        };
        // The loop has no end of its own.
        let _: Option<()> = stopping.run_until_cancelled(work).await;
    }
}

async fn fetch(client: &Client, url: &Url, algorithms: Algorithms) -> Result<KeySet, NotFetched> {
    let response = client.get(url.clone()).send().await.map_err(Fault::from)?;
    if response.status() != StatusCode::OK {
        return Err(NotFetched::Status(response.status()));
    }
    let json = http::body(response, JWKS_BYTES_MAX).await?;
    KeySet::parse("its answer", &json, algorithms).map_err(NotFetched::NoKeys)
}

fn unusable(error: &reqwest::Error) -> Failure {
    Failure::Usage(format!("--jwks-ca-cert: {}", crate::client::root_cause(error)))
}
