//! One cycle: start, work, strike, power cut, start again, verify.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use tonic::transport::{Channel, Endpoint};

use super::bugs::Bug;
use super::disk::{Disk, Folder, Order};
use super::model::{Fate, Model};
use super::plan::{Ending, Fault, Plan, chance};
use super::points::Stage;
use super::report::{Breach, Tally, Violation};
use super::workload::{Office, work};
use super::{damage, history, power, read_models, resend, verify};
use crate::Process;

/// How long a call may take. A server that hangs is a violation, not a harness that hangs.
const CALL_TIME_MAX: Duration = Duration::from_secs(20);
/// Writes that are tried after something could not be forced to disk. The writer may hear of a checkpoint's failure
/// a moment later: so many may pass before the first is refused, and none after it.
const WRITES_AFTER_FAILURE: usize = 20;

/// What all cycles of a run share.
#[derive(Debug)]
pub(super) struct Context {
    pub(super) program: PathBuf,
    pub(super) disk: Disk,
    pub(super) seed: u64,
    pub(super) bug: Option<Bug>,
    pub(super) only: Option<String>,
}

/// What became of a cycle.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// Whether the fault struck.
    pub(super) struck: bool,
    pub(super) tally: Tally,
    pub(super) violations: Vec<Violation>,
    /// What the servers wrote to standard error.
    pub(super) said: String,
}

impl Context {
    /// Starts a server and connects to it.
    pub(super) async fn start(&self, folder: &Folder, order: &Order) -> Result<(Process, Channel), String> {
        let lies = self.bug == Some(Bug::LyingDisk);
        let mut environment = self.disk.environment(folder, order, lies);
        environment.extend(Bug::environment(self.bug));
        let server = Process::serve_in(&self.program, &folder.data(), &[], &environment)?;
        let address = format!("http://{}", server.gateway);
        let endpoint = Endpoint::from_shared(address).map_err(|error| error.to_string())?;
        match endpoint.tcp_nodelay(true).timeout(CALL_TIME_MAX).connect().await {
            Ok(channel) => Ok((server, channel)),
            Err(_) => Err(server.kill()),
        }
    }

    /// Runs a cycle. The model goes in and comes out.
    pub(super) async fn cycle(&self, folder: &Folder, model: &mut Model, plan: &Plan) -> Outcome {
        let mut outcome = Outcome::default();
        self.strike(folder, model, plan, &mut outcome).await;
        let mut rng = chance(self.seed, plan.cycle, 2);
        power::mend(folder).expect("the journals are mended");
        if let Some(survival) = plan.power_cut {
            power::cut(folder, survival, &mut rng).expect("the power is cut");
            outcome.tally.power_cuts += 1;
        }
        if outcome.violations.is_empty() {
            self.judge(folder, model, plan, &mut outcome, &mut rng).await;
        }
        outcome
    }

    /// The first half: the server works until something strikes.
    async fn strike(&self, folder: &Folder, model: &mut Model, plan: &Plan, outcome: &mut Outcome) {
        let (mut server, channel) = match self.start(folder, &plan.fault.order()).await {
            Ok(started) => started,
            Err(said) => {
                outcome.struck = folder.strikes() > 0;
                if !outcome.struck {
                    outcome
                        .violations
                        .push(Violation::new(Breach::Unusable, format!("it does not start: {said}")));
                }
                outcome.said.push_str(&said);
                return;
            }
        };
        let kill_after = if let Fault::Kill { after } = plan.fault { after } else { usize::MAX };
        model.reads_fail = plan.fault.fails_reads();
        let office = Office::new(std::mem::take(model), format!("c{}", plan.cycle), kill_after);
        let office = Arc::new(office);
        let head = office.model.lock().head();
        let follower = tokio::spawn(history::follow(channel.clone(), head));
        let working = tokio::spawn({
            let (office, channel) = (Arc::clone(&office), channel.clone());
            let (seed, cycle) = (self.seed, plan.cycle);
            async move { work(&office, &channel, seed, cycle).await }
        });
        tokio::pin!(working);
        let mut worked = None;
        tokio::select! {
            done = &mut working => worked = Some(done),
            () = office.enough.notified() => outcome.struck = true,
        }
        let strikes = folder.strikes();
        outcome.struck |= strikes > 0;
        if plan.fault.leaves_doubt() && strikes > 0 && server.is_running() {
            outcome.violations.extend(goes_on(&office, &channel).await);
        }
        outcome.said.push_str(&if outcome.struck && matches!(plan.fault, Fault::Kill { .. }) {
            server.kill()
        } else {
            end(server, plan.ending)
        });
        if matches!(plan.fault, Fault::Disk { point, .. } if point.stage == Stage::Closing) {
            outcome.struck = folder.strikes() > 0;
        }
        if worked.is_none() {
            working.await.expect("the writers do not panic");
        }
        let followed = follower.await.expect("the follower does not panic");
        let office = Arc::into_inner(office).expect("the writers are done");
        *model = office.model.into_inner();
        model.reads_fail = false;
        model.followed = followed;
    }

    /// The second half: what is left is compared with what was promised.
    async fn judge(
        &self,
        folder: &Folder,
        model: &mut Model,
        plan: &Plan,
        outcome: &mut Outcome,
        rng: &mut Rng,
    ) {
        let (server, channel) = match self.start(folder, &Order::Watch).await {
            Ok(started) => started,
            Err(said) => {
                let text = format!("it does not start after the crash: {said}");
                return outcome.violations.push(Violation::new(Breach::Unusable, text));
            }
        };
        if let Err(status) = self.compare(model, plan, &channel, outcome, rng).await {
            let text = format!("it does not answer after the crash: {} {}", status.code(), status.message());
            outcome.violations.push(Violation::new(Breach::Unusable, text));
        }
        let damages = plan.damages && outcome.violations.is_empty();
        let ending = if damages || rng.bool() { Ending::Stop } else { Ending::Kill };
        outcome.said.push_str(&end(server, ending));
        power::mend(folder).expect("the journals are mended");
        if damages && let Some(violations) = damage::flip(self, folder, &model.log, rng).await {
            outcome.tally.damages += 1;
            outcome.violations.extend(violations);
            power::mend(folder).expect("the journals are mended");
        }
        count(model, outcome);
    }

    async fn compare(
        &self,
        model: &mut Model,
        plan: &Plan,
        channel: &Channel,
        outcome: &mut Outcome,
        rng: &mut Rng,
    ) -> Result<(), tonic::Status> {
        let log = history::read(channel, false).await?;
        outcome.tally.verified += log.len() as u64;
        outcome.tally.followed += model.followed.len() as u64;
        outcome.violations.extend(verify::log(model, &log));
        if !outcome.violations.is_empty() {
            return Ok(());
        }
        model.log = log;
        model.followed.clear();
        let before = model.log.clone();
        outcome.violations.extend(resend::all(model, &before, channel, rng, &mut outcome.tally).await);
        let log = history::read(channel, false).await?;
        outcome.tally.verified += log.len() as u64;
        outcome.violations.extend(verify::log(model, &log));
        outcome.violations.extend(verify::content(model, &history::read(channel, true).await?));
        for told in model.contradictions.drain(..) {
            let text = format!("{}: first {:?}, then {}", told.request_id, told.first, told.then);
            outcome.violations.push(Violation::new(Breach::Answer, text));
        }
        model.log = log;
        let answers = read_models::ask(model, channel, model.head()).await?;
        outcome.violations.extend(read_models::compare(&answers, model, &model.log));
        if plan.folds_anew {
            read_models::fold_anew(channel).await?;
            outcome.tally.folded_anew += 1;
            if read_models::ask(model, channel, model.head()).await? != answers {
                let text = "folded from zero, the read models answer otherwise";
                outcome.violations.push(Violation::new(Breach::ReadModel, text));
            }
        }
        Ok(())
    }
}

/// After something could not be forced to disk, writes must be refused.
async fn goes_on(office: &Office, channel: &Channel) -> Option<Violation> {
    let mut rng = Rng::with_seed(0);
    let mut refused = false;
    for _ in 0..WRITES_AFTER_FAILURE {
        let request = office.request(&mut rng);
        office.settle(channel, &request, 1).await;
        let fate = office.model.lock().promises.get(request.id()).map(|promise| promise.fate.clone());
        match fate {
            Some(Fate::Acknowledged(answer)) if refused => {
                let text = format!(
                    "writes were refused, then {} was acknowledged at {}",
                    request.id(),
                    answer.position
                );
                return Some(Violation::new(Breach::CarriedOn, text));
            }
            Some(Fate::Unknown) => refused = true,
            // Others are refused by a rule, not by the store.
            Some(Fate::Refused(reason)) => refused |= reason == "STORE_UNAVAILABLE",
            Some(Fate::Acknowledged(_)) | None => {}
        }
    }
    let text = "something could not be forced to disk, and writes went on";
    (!refused).then(|| Violation::new(Breach::CarriedOn, text))
}

/// Ends a server; hands over what it wrote to standard error.
fn end(server: Process, ending: Ending) -> String {
    match ending {
        Ending::Kill => server.kill(),
        // Its disk may have failed, so it need not end well.
        Ending::Stop => server.stop().1,
    }
}

/// Numbers of the model as it stands.
fn count(model: &Model, outcome: &mut Outcome) {
    let fates =
        |of: fn(&Fate) -> bool| model.promises.values().filter(|promise| of(&promise.fate)).count() as u64;
    outcome.tally.acknowledged = fates(|fate| matches!(fate, Fate::Acknowledged(_)));
    outcome.tally.refused = fates(|fate| matches!(fate, Fate::Refused(_)));
    outcome.tally.events = model.log.len() as u64;
}
