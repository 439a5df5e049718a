//! Runners that wait: warm ones for anybody, and containers that are kept for their key.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use contract::ScriptFault;
use tokio_util::sync::CancellationToken;
use wire::{Limits, RuntimeProfile};

use crate::{
    RunEvent, RunRecord, RunSpec, SandboxError, SandboxOptions,
    process::{Runner, Starter},
    run,
};

/// How long a container may be kept: as long as the platform's may live (contract §7).
const CONTAINER_LIFE: Duration = Duration::from_secs(20 * 60);

/// A pool of runners. Clones are the same pool.
#[derive(Clone)]
pub struct Sandbox {
    inner: Arc<Inner>,
}

struct Inner {
    starter: Starter,
    warm: usize,
    shelf: Mutex<Shelf>,
}

#[derive(Default)]
struct Shelf {
    ready: Vec<Runner>,
    starting: usize,
    kept: HashMap<String, Kept>,
    /// Counts recycles per key, so that a container in use then is not kept afterwards.
    recycled: HashMap<String, u64>,
}

struct Kept {
    runner: Runner,
    limits: Limits,
    profile: RuntimeProfile,
}

/// A runner on loan for one run.
pub(crate) struct Loan {
    pub(crate) runner: Runner,
    pub(crate) kind: LoanKind,
    key: Option<(String, u64)>,
    limits: Limits,
    profile: RuntimeProfile,
}

/// Where a runner came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LoanKind {
    /// It was waiting.
    Warm,
    /// It had to be started.
    Cold,
    /// It is a container with earlier runs' `global`.
    Kept,
}

impl Sandbox {
    /// A pool that begins to fill itself. Call it inside a tokio runtime.
    pub fn new(options: SandboxOptions) -> Result<Sandbox, SandboxError> {
        if !options.runner.is_file() {
            return Err(SandboxError::RunnerMissing { path: options.runner });
        }
        let inner = Inner { starter: Starter::new(options.runner)?, warm: options.warm, shelf: Mutex::default() };
        let sandbox = Sandbox { inner: Arc::new(inner) };
        sandbox.refill();
        Ok(sandbox)
    }

    /// `sluice-runner` beside the running program, or one folder up (test binaries live in `deps/`).
    pub fn runner_beside_current_exe() -> Result<PathBuf, SandboxError> {
        let name = format!("sluice-runner{}", std::env::consts::EXE_SUFFIX);
        let missing = |path| SandboxError::RunnerMissing { path };
        let own = std::env::current_exe().map_err(|_| missing(PathBuf::from(&name)))?;
        let mut found = own.ancestors().skip(1).take(2).map(|folder| folder.join(&name)).filter(|path| path.is_file());
        found.next().ok_or_else(|| missing(own.with_file_name(&name)))
    }

    /// Runs a script. Comes back with one ending, whatever happens; an error means that no run took place.
    ///
    /// Requests of the script go to `session`; `events` hears console lines and trace entries as they come; `cancel`
    /// ends the run at once.
    pub async fn run(
        &self,
        spec: RunSpec,
        session: &legacy::Session,
        redactor: &vault::Redactor,
        events: &(dyn Fn(RunEvent) + Send + Sync),
        cancel: CancellationToken,
    ) -> Result<RunRecord, SandboxError> {
        run::run(self, spec, session, redactor, events, cancel).await
    }

    /// Evaluates a text without calling its function: the function's shape, or why there is none.
    pub async fn inspect(&self, file: &str, script: &str) -> Result<Result<wire::Shape, ScriptFault>, SandboxError> {
        run::inspect(self, file, script).await
    }

    /// Throws the container of this key away: the next run starts with an empty `global` (contract §7.2 E5).
    pub async fn recycle(&self, container: &str) {
        let kept = {
            let mut shelf = self.shelf();
            *shelf.recycled.entry(container.to_owned()).or_default() += 1;
            shelf.kept.remove(container)
        };
        if let Some(mut kept) = kept {
            kept.runner.kill().await;
        }
    }

    /// Process ids of the runners that wait now.
    pub fn waiting(&self) -> Vec<u32> {
        let shelf = self.shelf();
        shelf.ready.iter().chain(shelf.kept.values().map(|kept| &kept.runner)).filter_map(Runner::id).collect()
    }

    /// A runner for one run: the kept container of the key, a warm one, or a new one.
    pub(crate) async fn lend(
        &self,
        container: Option<&str>,
        limits: &Limits,
        profile: RuntimeProfile,
    ) -> Result<Loan, SandboxError> {
        let (found, key) = {
            let mut shelf = self.shelf();
            let key = container.map(|key| (key.to_owned(), shelf.recycled.get(key).copied().unwrap_or_default()));
            (shelf.take(container, limits, profile), key)
        };
        let (runner, kind) = match found {
            Some(found) => found,
            None => (self.inner.starter.start().await?, LoanKind::Cold),
        };
        self.refill();
        Ok(Loan { runner, kind, key, limits: limits.clone(), profile })
    }

    /// Takes a runner back. It is kept only for its key, and only when its run left nothing behind.
    pub(crate) async fn give_back(&self, mut loan: Loan, clean: bool) {
        if clean && let Some((key, recycles)) = loan.key.take() {
            let mut shelf = self.shelf();
            let current = shelf.recycled.get(&key).copied().unwrap_or_default() == recycles;
            if current && loan.runner.alive() {
                shelf.kept.insert(key, Kept { runner: loan.runner, limits: loan.limits, profile: loan.profile });
                return;
            }
        }
        loan.runner.kill().await;
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.inner.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts runners in the background until enough are waiting.
    fn refill(&self) {
        let wanted = {
            let mut shelf = self.shelf();
            let wanted = self.inner.warm.saturating_sub(shelf.ready.len() + shelf.starting);
            shelf.starting += wanted;
            wanted
        };
        for _ in 0..wanted {
            let pool = Arc::downgrade(&self.inner);
            let starter = self.inner.starter.clone();
            tokio::spawn(async move {
                let started = starter.start().await;
                let Some(inner) = pool.upgrade() else { return };
                let mut shelf = inner.shelf.lock().unwrap_or_else(PoisonError::into_inner);
                shelf.starting -= 1;
                match started {
                    Ok(runner) => shelf.ready.push(runner),
                    // The next run starts its own and tells the admin.
                    Err(error) => tracing::warn!(%error, "a runner could not be started ahead"),
                }
            });
        }
    }
}

impl Shelf {
    fn take(
        &mut self,
        container: Option<&str>,
        limits: &Limits,
        profile: RuntimeProfile,
    ) -> Option<(Runner, LoanKind)> {
        if let Some(mut kept) = container.and_then(|key| self.kept.remove(key)) {
            // The process cannot raise its own limits again, nor take another runtime's globals on: others need a new one.
            let fits =
                kept.limits == *limits && kept.profile == profile && kept.runner.started.elapsed() < CONTAINER_LIFE;
            if fits && kept.runner.alive() {
                return Some((kept.runner, LoanKind::Kept));
            }
        }
        while let Some(mut runner) = self.ready.pop() {
            if runner.alive() {
                return Some((runner, LoanKind::Warm));
            }
        }
        None
    }
}
