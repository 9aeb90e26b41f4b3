//! The task that has checkpoints cosigned by the witnesses of a policy (c2sp.org/tlog-witness).
//!
//! A witness signs what goes on from what it signed before, and keeps that where this server has no say. So whoever asks
//! for a quorum of cosignatures is never shown another history than anybody else, whatever becomes of the log key.

mod client;
mod fault;
mod metrics;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures::future::{join_all, pending};
use rapport_domain::envelope::Position;
use rapport_projections::{Freshness, Projections};
use rapport_transparency::{Checkpoint, Cosigned, Hash, Notary, Policy, Standing, WitnessKey};
use reqwest::Url;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use self::client::{Answer, Client};
use self::fault::Fault;
pub(super) use self::metrics::WitnessMetrics;
use crate::error::Failure;

/// Time between two rounds, at least.
const ROUND_INTERVAL: Duration = Duration::from_secs(5);
/// Time until a witness that could not be had is asked again; doubled with each time.
const PAUSE: Duration = Duration::from_secs(5);
/// Longest such time.
const PAUSE_MAX: Duration = Duration::from_secs(600);
/// Requests to a witness in a round: where it remembers another size than this server, it is asked again from there.
const ATTEMPTS_MAX: usize = 3;
/// How long the tree is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// Has checkpoints cosigned.
pub(super) struct Witnesses {
    policy: Policy,
    notary: Arc<Notary>,
    projections: Arc<Projections>,
    metrics: WitnessMetrics,
    client: Client,
    asked: Vec<Asked>,
    /// The checkpoint that is gone round with, and the cosignatures on it.
    round: Option<Round>,
}

/// A witness, as this server knows it.
struct Asked {
    key: WitnessKey,
    url: Url,
    /// Size of the checkpoint that it cosigned last, as far as is known.
    cosigned: u64,
    failing: Option<Failing>,
}

/// Why a witness could not be had, and when it is asked again.
struct Failing {
    fault: Fault,
    pause: Duration,
    until: Instant,
}

struct Round {
    checkpoint: Checkpoint,
    note: String,
}

impl Witnesses {
    /// Reads the policy of a server.
    ///
    /// # Errors
    /// [`Failure::Usage`] when it is no policy, or has a witness without an address.
    pub(super) fn of(
        file: &Path,
        notary: Arc<Notary>,
        projections: Arc<Projections>,
    ) -> Result<Self, Failure> {
        let wrong = |what: String| Failure::Usage(format!("--witness-policy {}: {what}", file.display()));
        let text = std::fs::read_to_string(file).map_err(|error| wrong(error.to_string()))?;
        let policy = Policy::parse(&text).map_err(|error| wrong(error.to_string()))?;
        let mut asked = Vec::with_capacity(policy.witnesses().len());
        for witness in policy.witnesses() {
            let url = witness.url.as_deref().and_then(address).ok_or_else(|| {
                wrong(format!(
                    "the witness {} has no address, such as https://HOST/PREFIX",
                    witness.key.name()
                ))
            })?;
            asked.push(Asked { key: witness.key.clone(), url, cosigned: 0, failing: None });
        }
        if asked.is_empty() {
            return Err(wrong("it names no witness".to_owned()));
        }
        let client = Client::new().map_err(|error| Failure::Local(error.to_string()))?;
        let metrics = WitnessMetrics::default();
        Ok(Self { policy, notary, projections, metrics, client, asked, round: None })
    }

    pub(super) fn metrics(&self) -> &WitnessMetrics {
        &self.metrics
    }

    /// Runs until the server is told to stop.
    pub(super) async fn run(mut self, stopping: CancellationToken) {
        let mut standing = self.notary.watch();
        let work = async {
            loop {
                let newest = standing.borrow_and_update().clone();
                let again = if newest.checkpoint.size > 0 { self.go_round(&newest).await } else { None };
                tokio::select! {
                    _ = standing.changed() => {}
                    () = at(again) => {}
                }
                sleep(ROUND_INTERVAL).await;
            }
        };
        // The loop has no end of its own.
        let _: Option<()> = stopping.run_until_cancelled(work).await;
    }

    /// Asks every witness that is due for a cosignature on the newest checkpoint; when the next of those is due that could
    /// not be had.
    async fn go_round(&mut self, newest: &Standing) -> Option<Instant> {
        let Standing { checkpoint, note, .. } = newest;
        let before = self.round.take();
        if before.as_ref().is_some_and(|round| round.checkpoint.origin != checkpoint.origin) {
            self.asked.iter_mut().for_each(|witness| witness.cosigned = 0);
        }
        let mut round = before
            .filter(|round| round.checkpoint == *checkpoint)
            .unwrap_or_else(|| Round { checkpoint: checkpoint.clone(), note: note.to_string() });
        let now = Instant::now();
        let asking = self.asked.iter_mut().filter(|witness| {
            witness.is_due(now) && matches!(witness.key.cosignature(&round.note), Ok(None))
        });
        let (client, projections) = (&self.client, &self.projections);
        let lines = join_all(asking.map(|witness| witness.ask(client, projections, newest))).await;
        round.note.extend(lines.into_iter().flatten());
        self.tell(&newest.key, &round);
        self.round = Some(round);
        self.asked.iter().filter_map(|witness| witness.failing.as_ref()).map(|failing| failing.until).min()
    }

    fn tell(&self, log: &rapport_transparency::note::VerifierKey, round: &Round) {
        self.metrics.failing(self.asked.iter().filter(|witness| witness.failing.is_some()).count());
        // Too few of them yet: the checkpoint before stays the last one.
        if let Ok(witnessed) = self.policy.clone().for_log(log.clone()).open(&round.note) {
            self.metrics.cosigned(witnessed.checkpoint.size);
            let note = round.note.as_str().into();
            self.notary.keep_cosigned(Cosigned { checkpoint: witnessed.checkpoint, note });
        }
    }
}

impl Asked {
    fn is_due(&self, now: Instant) -> bool {
        self.failing.as_ref().is_none_or(|failing| failing.until <= now)
    }

    /// The line of its cosignature; nothing where it could not be had, which is written to the log.
    async fn ask(&mut self, client: &Client, projections: &Projections, newest: &Standing) -> Option<String> {
        let witness = self.key.name().to_owned();
        match self.cosignature(client, projections, newest).await {
            Ok(line) => {
                if self.failing.take().is_some() {
                    tracing::info!(witness, "the witness cosigns checkpoints again");
                }
                Some(line)
            }
            Err(fault) => {
                let known = self.failing.take();
                if known.as_ref().is_none_or(|failing| failing.fault != fault) {
                    fault.tell(&witness);
                }
                let pause = known.map_or(PAUSE, |failing| (failing.pause * 2).min(PAUSE_MAX));
                self.failing = Some(Failing { fault, pause, until: Instant::now() + pause });
                None
            }
        }
    }

    async fn cosignature(
        &mut self,
        client: &Client,
        projections: &Projections,
        newest: &Standing,
    ) -> Result<String, Fault> {
        let size = newest.checkpoint.size;
        for _ in 0..ATTEMPTS_MAX {
            let proof = consistency(projections, self.cosigned, size).await?;
            let body = request(self.cosigned, &proof, &newest.note);
            match client.add_checkpoint(self.url.clone(), body).await? {
                Answer::Cosigned(lines) => {
                    let note = format!("{}{lines}", newest.note);
                    let found = self.key.cosignature(&note).ok().flatten().ok_or(Fault::NotCosigned)?;
                    self.cosigned = size;
                    return Ok(format!("{}\n", found.line));
                }
                // It has the size that is said, and still will not: it knows another root.
                Answer::Knows(known) if known == self.cosigned => {
                    return Err(Fault::OtherHistory { size: known });
                }
                Answer::Knows(known) if known > size => return Err(Fault::Ahead { known, size }),
                Answer::Knows(known) => self.cosigned = known,
            }
        }
        Err(Fault::Unsettled)
    }
}

/// The proof that the tree of one size is the beginning of that of another; nothing of the empty one.
async fn consistency(projections: &Projections, from: u64, to: u64) -> Result<Vec<Hash>, Fault> {
    if from == 0 || from >= to {
        return Ok(Vec::new());
    }
    let fresh = Freshness::at_least(Position::START, PATIENCE);
    let found = projections.transparency().consistency(fresh, from, to).await;
    found.map(|found| found.value.hashes).map_err(|_| Fault::NoProof)
}

/// The body of an `add-checkpoint`.
fn request(old: u64, proof: &[Hash], note: &str) -> String {
    let lines: String = proof.iter().map(|hash| format!("{hash}\n")).collect();
    format!("old {old}\n{lines}\n{note}")
}

/// Where a witness takes checkpoints.
fn address(prefix: &str) -> Option<Url> {
    let url = Url::parse(&format!("{}/add-checkpoint", prefix.trim_end_matches('/'))).ok()?;
    matches!(url.scheme(), "http" | "https").then_some(url)
}

async fn at(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_has_the_form_of_the_protocol() {
        let hash = Hash::of_nothing();
        assert_eq!(request(0, &[], "note\n"), "old 0\n\nnote\n");
        let proof = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
        assert_eq!(request(7, &[hash, hash], "note\n"), format!("old 7\n{proof}\n{proof}\n\nnote\n"));
    }

    #[test]
    fn a_witness_is_asked_under_its_prefix() {
        for (prefix, url) in [
            ("https://witness.example", Some("https://witness.example/add-checkpoint")),
            ("http://127.0.0.1:7470/w1/", Some("http://127.0.0.1:7470/w1/add-checkpoint")),
            ("ftp://witness.example", None),
            ("witness.example", None),
        ] {
            assert_eq!(address(prefix).as_ref().map(Url::as_str), url, "{prefix}");
        }
    }
}
