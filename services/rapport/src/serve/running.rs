//! A server that runs: started, watched and stopped.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rapport_gateway::{Listening, Operations, OperationsListening, ReadModels, serve, serve_operations};
use rapport_kurrent_gateway as kurrent_gateway;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::parts::{self, Parts};
use super::proving::Proving;
use super::{Options, ready};
use crate::error::Failure;
use crate::tls::{ALPN_GRPC, ALPN_HTTP};

/// How long calls under way may take once the server is told to stop. Those that follow the log for ever are cut off.
const GRACE: Duration = Duration::from_secs(10);

/// A server that runs.
pub struct Running {
    /// Where the gateway listens.
    pub gateway: SocketAddr,
    /// Where metrics and health are.
    pub operations: SocketAddr,
    /// Where the log is offered over the KurrentDB protocol.
    pub kurrent: Option<SocketAddr>,
    parts: Parts,
    proving: Proving,
    stopping: CancellationToken,
    listeners: Vec<JoinHandle<()>>,
    failure: Arc<Broken>,
}

/// The first failure of a task, for whoever waits for it.
#[derive(Default)]
struct Broken {
    cause: parking_lot::Mutex<Option<String>>,
    told: Notify,
}

impl Broken {
    fn tell(&self, cause: &dyn std::error::Error) {
        *self.cause.lock() = Some(cause.to_string());
        self.told.notify_one();
    }

    /// Runs a listener, and tells when it fails.
    fn watch<E: std::error::Error + Send>(
        self: &Arc<Self>,
        serving: impl Future<Output = Result<(), E>> + Send + 'static,
    ) -> JoinHandle<()> {
        let failure = Arc::clone(self);
        tokio::spawn(async move {
            if let Err(error) = serving.await {
                failure.tell(&error);
            }
        })
    }
}

/// Starts a server, and comes back when it is ready.
///
/// # Errors
/// When a part cannot be opened, or an address is taken.
pub async fn start(options: Options) -> Result<Running, Failure> {
    start_until(options, CancellationToken::new()).await
}

/// The same. Once it is stopping, nobody elsewhere is waited for: then it ends with [`Failure::Interrupted`].
pub(super) async fn start_until(options: Options, stopping: CancellationToken) -> Result<Running, Failure> {
    options.assert_consistent()?;
    if let Some(file) = &options.ready_file {
        ready::forget(file)?;
    }
    let (proving, tls) = (Proving::open(&options).await?, options.tls.open(ALPN_GRPC)?);
    let operations_tls = if options.operations.operations_tls { options.tls.open(ALPN_HTTP)? } else { None };
    let token = options.operations.token()?;
    let gateway_listener = listen(options.listen).await?;
    let operations_listener = listen(options.operations_listen).await?;
    let kurrent_listener = match options.kurrent_listen {
        Some(address) => Some(listen(address).await?),
        None => None,
    };
    let blocking = options.clone();
    let (told, keys) = (stopping.clone(), proving.keys());
    let handle = tokio::runtime::Handle::current();
    // Opening reads files, and may fold a part of the log.
    let opened = tokio::task::spawn_blocking(move || {
        let _runtime = handle.enter();
        parts::open(&blocking, keys.as_deref(), told)
    });
    let mut parts =
        opened.await.map_err(|error| Failure::Local(format!("opening was cut off: {error}")))??;
    // Before anybody is answered: from here on nothing personal is shown until it is known who is about to be erased.
    let reactors = parts.reactors.take().map(|reactors| reactors.start(stopping.clone()));
    let (gateway, operations) = (address(&gateway_listener)?, address(&operations_listener)?);
    let kurrent = kurrent_listener.as_ref().map(address).transpose()?;
    let failure = Arc::new(Broken::default());
    let stopped = || stopping.clone().cancelled_owned();
    let mut listeners = vec![
        failure.watch(serve(
            Listening {
                listener: gateway_listener,
                tls,
                connections_per_address: options.connections_per_address,
                reflection: options.reflection || options.insecure_dev,
            },
            parts.services.clone(),
            proving.access(),
            parts.metrics.clone(),
            stopped(),
        )),
        failure.watch(serve_operations(
            OperationsListening {
                listener: operations_listener,
                tls: operations_tls,
                connections_per_address: options.connections_per_address,
                token,
            },
            told_of(&parts, &options),
            stopped(),
        )),
    ];
    listeners.extend(reactors);
    listeners.extend(without_callers(&mut parts, &proving, &stopping));
    if let Some(listener) = kurrent_listener {
        let (log, metrics) = (parts.log.store(), parts.metrics.clone());
        listeners.push(failure.watch(kurrent_gateway::serve(listener, log, metrics, stopping.clone())));
    }
    if let Some(file) = &options.ready_file {
        let mut ready = vec![("gateway", gateway), ("operations", operations)];
        ready.extend(kurrent.map(|address| ("kurrent", address)));
        ready::write(file, &ready)?;
    }
    Ok(Running { gateway, operations, kurrent, parts, proving, stopping, listeners, failure })
}

/// What the operations port tells of a server.
fn told_of(parts: &Parts, options: &Options) -> Operations {
    let lag_max = Duration::from_secs(options.lag_max);
    Operations {
        registry: Arc::clone(&parts.registry),
        trouble: parts.log.trouble(),
        read_models: ReadModels { projections: Arc::clone(&parts.projections), lag_max },
        services: parts.services.clone(),
        metrics: parts.metrics.clone(),
    }
}

/// Starts what goes on whether anybody calls or not.
fn without_callers(
    parts: &mut Parts,
    proving: &Proving,
    stopping: &CancellationToken,
) -> impl Iterator<Item = JoinHandle<()>> {
    let stopping = || stopping.clone();
    let checkpointer = parts.checkpointer.take().map(|task| tokio::spawn(task.run(stopping())));
    let witnesses = parts.witnesses.take().map(|task| tokio::spawn(task.run(stopping())));
    let keys = proving.keys().map(|task| tokio::spawn(task.run(stopping())));
    [checkpointer, witnesses, keys].into_iter().flatten()
}

impl Running {
    /// Resolves when a listener fails, with the reason.
    pub async fn failed(&self) -> Failure {
        self.failure.told.notified().await;
        let cause = self.failure.cause.lock().clone().unwrap_or_default();
        Failure::Local(format!("the server failed: {cause}"))
    }

    /// Reads policies and the files of keys again; calls that come in from then on are decided by them.
    ///
    /// # Errors
    /// When one of them makes no sense: then all stay as they were.
    pub fn reload(&self) -> Result<(), Failure> {
        self.proving.reload()
    }

    /// Takes no new call, lets those under way end, and closes the log. What was acknowledged is kept in any case.
    ///
    /// # Errors
    /// None at present; a failure to close would be told here.
    pub async fn stop(self) -> Result<(), Failure> {
        self.stopping.cancel();
        let cut_off: Vec<_> = self.listeners.iter().map(JoinHandle::abort_handle).collect();
        let ended = futures::future::join_all(self.listeners);
        if tokio::time::timeout(GRACE, ended).await.is_err() {
            tracing::warn!("calls were still under way and were cut off");
            cut_off.iter().for_each(tokio::task::AbortHandle::abort);
        }
        self.parts.projections.shutdown().await;
        self.parts.log.close().await;
        Ok(())
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    let listening = TcpListener::bind(address).await;
    listening.map_err(|error| Failure::Local(format!("{address} cannot be listened on: {error}")))
}

fn address(listener: &TcpListener) -> Result<SocketAddr, Failure> {
    listener.local_addr().map_err(|error| Failure::Local(error.to_string()))
}
