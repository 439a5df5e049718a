//! Blocking keychain calls on a thread of their own, each with a limit. Late answers are thrown away.

use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use keyring_core::{CredentialStore, Error};
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::platform;
use crate::VaultError;

/// Threads that may hang in the keychain at once; beyond that nothing more is asked of it until one returns.
const HANGING: usize = 4;

/// How often to look whether one of too many has returned.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// How to reach the keychain: the system's, or a stand-in in tests.
pub(crate) type Open = Arc<dyn Fn() -> keyring_core::Result<Arc<CredentialStore>> + Send + Sync>;

type Job = Box<dyn FnOnce(&mut Reached) + Send>;

/// The door to the keychain.
pub(crate) struct Worker {
    open: Open,
    limit: Duration,
    threads: Mutex<Threads>,
}

#[derive(Default)]
struct Threads {
    current: Option<(mpsc::Sender<Job>, JoinHandle<()>)>,
    number: u64,
    hanging: Vec<JoinHandle<()>>,
}

/// A connection to the keychain, kept from job to job.
struct Reached {
    open: Open,
    store: Option<Arc<CredentialStore>>,
}

impl Reached {
    /// Asks the keychain. A connection kept from before may be stale (the keychain was restarted): then once more, anew.
    fn ask<T>(&mut self, question: &impl Fn(&CredentialStore) -> Result<T, Failure>) -> Result<T, Failure> {
        if let Some(store) = &self.store {
            match question(store.as_ref()) {
                Err(Failure::Keychain(Error::PlatformFailure(_) | Error::BadDataFormat(..))) => self.store = None,
                answer => return answer,
            }
        }
        let store = (self.open)()?;
        let answer = question(store.as_ref());
        self.store = Some(store);
        answer
    }
}

/// Why a question was not answered.
pub(crate) enum Failure {
    /// The keychain says why.
    Keychain(Error),
    /// Something beside the keychain.
    Vault(VaultError),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::Keychain(error)
    }
}

impl From<VaultError> for Failure {
    fn from(error: VaultError) -> Failure {
        Failure::Vault(error)
    }
}

impl Worker {
    pub(crate) fn new(open: Open, limit: Duration) -> Worker {
        Worker { open, limit, threads: Mutex::default() }
    }

    /// Puts a question to the keychain and waits for the answer, up to the limit. `name` is the secret it is about.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        name: &str,
        writing: bool,
        question: impl Fn(&CredentialStore) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, VaultError> {
        let slow = || VaultError::Slow { seconds: self.limit.as_secs(), writing };
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |reached| {
            // Whoever asked may have given up while an earlier job was hanging.
            if !answer.is_closed() {
                let _ = answer.send(reached.ask(&question));
            }
        });
        let until = Instant::now() + self.limit;
        let number = self.send(job, until).await.ok_or_else(slow)?;
        match tokio::time::timeout_at(until, answered).await {
            Ok(Ok(Ok(value))) => Ok(value),
            Ok(Ok(Err(Failure::Vault(error)))) => Err(error),
            Ok(Ok(Err(Failure::Keychain(error)))) => Err(platform::explain(error, name)),
            // The thread ended without an answer: a bug in a keychain library must not take us down.
            Ok(Err(_)) => {
                self.abandon(number);
                Err(VaultError::Failed { detail: "the keychain library stopped unexpectedly".to_owned() })
            }
            Err(_) => {
                self.abandon(number);
                Err(slow())
            }
        }
    }

    /// Hands a job to a thread, as soon as not too many hang. Says which thread has it.
    async fn send(&self, mut job: Job, until: Instant) -> Option<u64> {
        loop {
            job = match self.hand_over(job) {
                Ok(number) => return number,
                Err(job) => job,
            };
            if Instant::now() >= until {
                return None;
            }
            tokio::time::sleep(LOOK_AGAIN).await; // one of them may come back
        }
    }

    /// Hands a job to the thread, starting one if need be; the job comes back when too many hang.
    fn hand_over(&self, job: Job) -> Result<Option<u64>, Job> {
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        threads.hanging.retain(|thread| !thread.is_finished());
        let job = match &threads.current {
            Some((jobs, _)) => match jobs.send(job) {
                Ok(()) => return Ok(Some(threads.number)),
                Err(mpsc::SendError(job)) => job,
            },
            None => job,
        };
        if threads.hanging.len() >= HANGING {
            return Err(job);
        }
        let (jobs, waiting) = mpsc::channel::<Job>();
        let mut reached = Reached { open: self.open.clone(), store: None };
        let thread = std::thread::Builder::new()
            .name("keychain".to_owned())
            .spawn(move || waiting.into_iter().for_each(|job| job(&mut reached)));
        let Ok(thread) = thread else { return Ok(None) };
        jobs.send(job).map_err(|mpsc::SendError(job)| job)?;
        threads.number += 1;
        threads.current = Some((jobs, thread));
        Ok(Some(threads.number))
    }

    /// Gives up on a thread: it ends when the keychain answers, and nobody listens.
    fn abandon(&self, number: u64) {
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        if threads.number == number
            && let Some((_, thread)) = threads.current.take()
        {
            threads.hanging.push(thread);
        }
    }
}
