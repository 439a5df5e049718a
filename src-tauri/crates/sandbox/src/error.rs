//! Why a run could not even begin.

use std::{io, path::PathBuf};

/// What went wrong on our side; nothing a script does ends here.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// There is no runner binary.
    #[error("the script runner {path} is missing")]
    RunnerMissing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The operating system did not start it.
    #[error("the script runner {path} does not start: {source}")]
    Start {
        /// The binary.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It started and did not say that it is ready.
    #[error("the script runner started and did not get ready: {detail}")]
    NotReady {
        /// What it did instead.
        detail: String,
    },
    /// The job does not fit a frame.
    #[error("the script and its arguments cannot be sent to the runner: {0}")]
    Job(#[from] wire::FrameError),
    /// The process that is to start runners is going down.
    #[error("the sandbox is shutting down")]
    Closed,
}

impl SandboxError {
    /// Stable code for the window and the command line.
    pub fn code(&self) -> &'static str {
        match self {
            SandboxError::RunnerMissing { .. } => "runner_missing",
            SandboxError::Start { .. } => "runner_start",
            SandboxError::NotReady { .. } => "runner_not_ready",
            SandboxError::Job(_) => "job_too_large",
            SandboxError::Closed => "sandbox_closed",
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            SandboxError::RunnerMissing { path } => {
                format!(
                    "install Sluice again, or build the runner with `cargo build -p runner` so that {} exists",
                    path.display()
                )
            }
            SandboxError::Start { path, .. } => format!("check that {} may be executed", path.display()),
            SandboxError::NotReady { .. } => {
                "the runner and Sluice may be of different versions: install Sluice again".to_owned()
            }
            SandboxError::Job(_) => "make the arguments smaller".to_owned(),
            SandboxError::Closed => "start the run again".to_owned(),
        }
    }
}
