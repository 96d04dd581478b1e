//! From settings to running services: what `run` and `up` share.

use crate::args::SettingsArgs;
use crate::failure::Failure;
use secrecy::{ExposeSecret, SecretString};
use sixbtc_api::Api;
use sixbtc_backtester::Backtester;
use sixbtc_core::daemon::{self, OpenStore, Service, ServiceError, ServiceName};
use sixbtc_core::settings::{self, Loaded, SecretName, Settings, Sources, Watcher};
use sixbtc_core::store::{OpenOptions, Store, StoreError, redact};
use sixbtc_core::telemetry::{self, Console, Telemetry, TelemetryError};
use sixbtc_docs::{Book, Docs};
use sixbtc_exchange::keys::Unlock;
use sixbtc_executor::Executor;
use sixbtc_executor::gateway::Looks;
use sixbtc_executor::office::UnlockSource;
use sixbtc_frontend::Frontend;
use sixbtc_generator::service::Generator;
use sixbtc_metrics::Metrics;
use sixbtc_monitor::Monitor;
use sixbtc_rotator::Rotator;
use sixbtc_scheduler::Scheduler;
use sixbtc_validator::Validator;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// How often the file with settings is looked at.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// Settings, and where they were looked for: they are looked at again while services run.
pub struct Loading {
    /// Where they come from.
    pub sources: Sources,
    /// What was found.
    pub loaded: Loaded,
}

impl Loading {
    /// Settings as the command line asks for them. Every secret is kept out of the log from here on.
    pub fn of(args: &SettingsArgs) -> Result<Self, Failure> {
        Self::from(Sources::of_process(args.config.clone(), args.assignments()))
    }

    /// The same with other sources, such as another profile.
    pub fn from(sources: Sources) -> Result<Self, Failure> {
        let mut loaded = settings::load(&sources).map_err(|e| Failure::input(e.to_string()))?;
        let filled = loaded.secrets.fill_from_system();
        filled.map_err(|e| Failure::outside(e.to_string()))?;
        for name in loaded.secrets.names() {
            if let Some(secret) = loaded.secrets.get(name) {
                telemetry::hide(secret.expose_secret());
            }
        }
        Ok(Self { sources, loaded })
    }
}

/// A service by its name.
// one that needs a secret to begin with will refuse here
#[allow(clippy::unnecessary_wraps)]
pub fn construct(name: ServiceName, loaded: &Loaded) -> Result<Box<dyn Service>, Failure> {
    Ok(match name {
        ServiceName::Generator => Box::new(Generator::new().secrets(&loaded.secrets)),
        ServiceName::Validator => Box::new(Validator::new()),
        ServiceName::Backtester => Box::new(Backtester::new()),
        ServiceName::Rotator => Box::new(Rotator::new().venue(Arc::new(Looks))),
        ServiceName::Executor => Box::new(Executor::new().keys(unlock(loaded))),
        ServiceName::Monitor => {
            Box::new(Monitor::new(Arc::new(loaded.secrets.clone())).venue(Arc::new(Looks)))
        }
        ServiceName::Metrics => Box::new(Metrics::new()),
        ServiceName::Api => Box::new(Api::default()),
        ServiceName::Frontend => Box::new(Frontend::default()),
        ServiceName::Docs => Box::new(Docs::new(Book::in_or_embedded(Path::new("book")))),
        ServiceName::Scheduler => Box::new(Scheduler::new()),
    })
}

/// What opens the key file of a service: the secret, else the file that the settings name. Nobody sits at a service's terminal.
fn unlock(loaded: &Loaded) -> UnlockSource {
    let secrets = loaded.secrets.clone();
    Arc::new(move |settings| {
        if let Some(text) = secrets.get(SecretName::KeysPassphrase) {
            let read = Unlock::read(text.expose_secret());
            return read.map(Some).map_err(|e| e.to_string());
        }
        let path = &settings.keys.passphrase_file;
        if path.as_os_str().is_empty() {
            return Ok(None);
        }
        Unlock::from_file(path).map(Some).map_err(|e| e.to_string())
    })
}

/// How the store of some settings is opened.
#[derive(Clone)]
pub struct Opening {
    url: SecretString,
    /// As the settings say.
    pub options: OpenOptions,
}

impl Opening {
    /// The store of these settings.
    pub fn of(loaded: &Loaded) -> Self {
        Self {
            url: loaded.secrets.database_url(&loaded.settings.database.url),
            options: OpenOptions::of(&loaded.settings.database.pool),
        }
    }

    /// Opens it.
    pub async fn open(&self, options: OpenOptions) -> Result<Store, StoreError> {
        Store::open(self.url.expose_secret(), options).await
    }

    /// An error of it, with its address but without its password.
    pub fn failure(&self, error: StoreError) -> Failure {
        match error {
            StoreError::Open { .. } | StoreError::Backup(_) | StoreError::Newer { .. } => {
                Failure::input(error.to_string())
            }
            other => {
                let shown = redact(self.url.expose_secret());
                Failure::outside(format!("{shown}: {other}"))
            }
        }
    }

    /// As services ask for it.
    fn for_services(self) -> OpenStore {
        Arc::new(move || {
            let opening = self.clone();
            Box::pin(async move {
                let options = opening.options.clone();
                opening.open(options).await.map_err(refused)
            })
        })
    }
}

fn refused(e: StoreError) -> ServiceError {
    if e.is_passing() {
        ServiceError::Store(e)
    } else {
        ServiceError::Fatal(e.to_string())
    }
}

/// Runs services until they are stopped; the value is the exit code.
pub fn serve(
    services: Vec<Box<dyn Service>>,
    loading: Loading,
    console: Console,
) -> Result<u8, Failure> {
    serve_with(
        services,
        loading,
        console,
        async |_: &Loading| Ok(None),
        |_, _| {},
    )
}

/// Something that the services need and that runs as long as they do.
pub struct Guest {
    /// Ends it.
    pub stop: CancellationToken,
    /// Its end, whoever wanted it.
    pub ended: JoinHandle<Result<(), String>>,
}

/// How long a guest has to end.
const PATIENCE: Duration = Duration::from_secs(10);

/// The same, with a guest that is there before the first service and until after the last, and a last change to how services are
/// run; both are called within the runtime.
pub fn serve_with(
    services: Vec<Box<dyn Service>>,
    loading: Loading,
    console: Console,
    guest: impl AsyncFnOnce(&Loading) -> Result<Option<Guest>, Failure>,
    change: impl FnOnce(&mut daemon::Options, &watch::Receiver<Arc<Settings>>),
) -> Result<u8, Failure> {
    let names: Vec<ServiceName> = services.iter().map(|s| s.name()).collect();
    let loaded = &loading.loaded;
    let telemetry = Telemetry::install(&loaded.settings, &loaded.secrets, &names, console);
    let telemetry = telemetry.map_err(|e| match e {
        TelemetryError::Twice => Failure::defect(e.to_string()),
        TelemetryError::Traces(_) => Failure::input(e.to_string()),
    })?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|e| Failure::outside(format!("threads could not be started: {e}")))?;
    let open = Opening::of(loaded).for_services();
    let levels = telemetry.clone();
    let ended = runtime.block_on(async move {
        let guest = guest(&loading).await?;
        let Loading { sources, loaded } = loading;
        let watcher = Watcher::new(sources, &loaded);
        let (sender, receiver) = watch::channel(Arc::new(loaded.settings));
        let mut options = daemon::Options::new(open, receiver.clone());
        change(&mut options, &receiver);
        tokio::spawn(levels.follow(receiver));
        tokio::spawn(settings::watch(
            watcher,
            LOOK_AGAIN,
            sender,
            options.stop.clone(),
        ));
        let guest = guest.map(|guest| kept(guest, options.stop.clone()));
        let ended = daemon::run(services, options).await;
        if let Some((stop, end)) = guest {
            stop.cancel();
            if ended.cut_short.is_none() {
                let _ = tokio::time::timeout(PATIENCE, end).await;
            }
        }
        Ok(ended)
    });
    let ended = match ended {
        Ok(ended) => ended,
        Err(failure) => {
            runtime.shutdown_background();
            return Err(failure);
        }
    };
    // what still computes on other threads has no say any more
    runtime.shutdown_background();
    // who asked twice does not want to wait
    if ended.cut_short.is_none() {
        telemetry.flush();
    }
    Ok(ended.code())
}

/// Stops the services when their guest ends before them. Gives what ends it, and its end.
fn kept(guest: Guest, services: CancellationToken) -> (CancellationToken, JoinHandle<()>) {
    let Guest { stop, ended } = guest;
    let asked = stop.clone();
    let end = tokio::spawn(async move {
        let why = match ended.await {
            Ok(Ok(())) => "it stopped".to_owned(),
            Ok(Err(why)) => why,
            Err(e) => e.to_string(),
        };
        if !asked.is_cancelled() {
            tracing::error!(why, "what the services need has ended: they stop");
            services.cancel();
        }
    });
    (stop, end)
}
