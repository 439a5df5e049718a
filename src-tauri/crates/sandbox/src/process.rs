//! One runner process: its pipes, its death.

mod pipes;

use std::{
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use tokio::{
    io::AsyncReadExt,
    process::{Child, ChildStderr, Command},
    runtime::Handle,
    sync::oneshot,
};
use wire::{FromRunner, Isolation, ToRunner};

use crate::SandboxError;
use pipes::Pipes;

/// How long a runner may take to get ready.
const READY: Duration = Duration::from_secs(10);
/// How much of what it writes to stderr is kept.
const LAST_WORDS: usize = 4 << 10;

/// Starts runners on a thread of its own.
///
/// On Linux a runner dies with the thread that started it (its death signal), and threads of an asynchronous runtime
/// come and go. This one lives as long as the sandbox.
#[derive(Clone)]
pub(crate) struct Starter {
    path: PathBuf,
    orders: std::sync::mpsc::Sender<oneshot::Sender<std::io::Result<Child>>>,
}

impl Starter {
    pub(crate) fn new(path: PathBuf) -> Result<Starter, SandboxError> {
        let (orders, taken) = std::sync::mpsc::channel::<oneshot::Sender<std::io::Result<Child>>>();
        let runtime = Handle::current();
        let binary = path.clone();
        let thread = std::thread::Builder::new().name("sluice-starter".to_owned());
        let started = thread.spawn(move || {
            let _inside = runtime.enter();
            for order in taken {
                // A caller that has gone away drops the child, which kills it.
                let _gone = order.send(command(&binary).spawn());
            }
        });
        started.map_err(|source| SandboxError::Start { path: path.clone(), source })?;
        Ok(Starter { path, orders })
    }

    pub(crate) async fn start(&self) -> Result<Runner, SandboxError> {
        let (order, child) = oneshot::channel();
        self.orders.send(order).map_err(|_| SandboxError::Closed)?;
        let child = child.await.map_err(|_| SandboxError::Closed)?;
        Runner::from_child(child.map_err(|source| SandboxError::Start { path: self.path.clone(), source })?).await
    }
}

/// No arguments, no environment: nothing about a run shows in the process list.
fn command(binary: &Path) -> Command {
    let mut command = Command::new(binary);
    command.env_clear().stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    #[cfg(unix)]
    command.process_group(0); // Ctrl+C in a terminal is for us; we end the run
    #[cfg(windows)]
    command.creation_flags(0x0800_0000); // CREATE_NO_WINDOW
    command
}

/// A runner that is ready, running or dead. Dropping it kills it.
pub(crate) struct Runner {
    child: Child,
    pipes: Pipes,
    last_words: Arc<Mutex<Vec<u8>>>,
    pub(crate) isolation: Isolation,
    pub(crate) engine: String,
    pub(crate) started: Instant,
}

impl Runner {
    async fn from_child(mut child: Child) -> Result<Runner, SandboxError> {
        let missing = || SandboxError::NotReady { detail: "it has no pipes".to_owned() };
        let stdin = child.stdin.take().ok_or_else(missing)?;
        let stdout = child.stdout.take().ok_or_else(missing)?;
        let stderr = child.stderr.take().ok_or_else(missing)?;
        let last_words = Arc::default();
        tokio::spawn(listen(stderr, Arc::clone(&last_words)));
        let mut runner = Runner {
            child,
            pipes: Pipes::new(stdin, stdout),
            last_words,
            isolation: Isolation::default(),
            engine: String::new(),
            started: Instant::now(),
        };
        match tokio::time::timeout(READY, runner.next()).await {
            Ok(Some(FromRunner::Ready { isolation, engine })) => {
                runner.isolation = isolation;
                runner.engine = engine;
                Ok(runner)
            }
            Ok(Some(_)) => Err(SandboxError::NotReady { detail: "it spoke before it was ready".to_owned() }),
            Ok(None) => {
                let status = runner.wait().await.map_or_else(|| "no status".to_owned(), |status| status.to_string());
                Err(SandboxError::NotReady { detail: format!("{status}; {}", runner.last_words()) })
            }
            Err(_) => Err(SandboxError::NotReady { detail: format!("nothing came within {} s", READY.as_secs()) }),
        }
    }

    /// The process id, while it lives.
    pub(crate) fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Whether the process is still there.
    pub(crate) fn alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Queues a message, which goes out while [`Runner::next`] waits; that is also where a runner that died is noticed.
    pub(crate) fn send(&self, message: &ToRunner) -> Result<(), wire::FrameError> {
        self.pipes.send(wire::encode(message)?);
        Ok(())
    }

    /// The next message; none when the process has closed its side. Nothing is lost when the future is dropped.
    pub(crate) async fn next(&mut self) -> Option<FromRunner> {
        self.pipes.next().await
    }

    /// Kills the process. It cannot object.
    pub(crate) async fn kill(&mut self) {
        let _already_dead = self.child.start_kill();
        self.wait().await;
    }

    /// How the process ended; gives it a moment to do so.
    pub(crate) async fn wait(&mut self) -> Option<ExitStatus> {
        if let Ok(status) = tokio::time::timeout(Duration::from_millis(250), self.child.wait()).await {
            return status.ok();
        }
        let _already_dead = self.child.start_kill();
        tokio::time::timeout(Duration::from_secs(1), self.child.wait()).await.ok()?.ok()
    }

    /// The end of what it wrote to stderr.
    pub(crate) fn last_words(&self) -> String {
        let words = self.last_words.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&words).trim().to_owned()
    }
}

async fn listen(mut stderr: ChildStderr, words: Arc<Mutex<Vec<u8>>>) {
    let mut chunk = [0; 1024];
    while let Ok(read) = stderr.read(&mut chunk).await {
        if read == 0 {
            return;
        }
        let mut words = words.lock().unwrap_or_else(PoisonError::into_inner);
        words.extend_from_slice(&chunk[..read]);
        let extra = words.len().saturating_sub(LAST_WORDS);
        words.drain(..extra);
    }
}
