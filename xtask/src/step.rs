//! Steps: one command each, announced, timed, and named when they fail.

use std::ffi::OsStr;
use std::process::Command;
use std::time::Instant;

use crate::{root, target_dir};

/// Why a task ended early.
#[derive(Debug)]
pub(crate) enum TaskError {
    /// A step's command could not be started.
    NotStarted { step: String, program: String, cause: std::io::Error },
    /// A step's command failed.
    Failed { step: String, status: std::process::ExitStatus },
    /// Something has to be installed by hand.
    Missing { what: String, line: String },
    /// Invariants do not hold.
    Untidy(Vec<String>),
    /// A file could not be read.
    Unreadable { path: std::path::PathBuf, cause: std::io::Error },
}

impl std::fmt::Display for TaskError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            TaskError::NotStarted { step, program, cause } => {
                write!(f, "{step}: `{program}` could not be started: {cause}. Is it installed and on the PATH?")
            }
            TaskError::Failed { step, status } => write!(f, "{step} failed ({status})"),
            TaskError::Missing { what, line } => {
                write!(f, "{what}. Run this line, then the command again:\n\n    {line}\n")
            }
            TaskError::Untidy(findings) => {
                writeln!(f, "{} invariant(s) do not hold:", findings.len())?;
                findings.iter().try_for_each(|finding| writeln!(f, "  - {finding}"))
            }
            TaskError::Unreadable { path, cause } => write!(f, "{}: {cause}", path.display()),
        }
    }
}

/// One command with a name for people.
pub(crate) struct Step {
    name: String,
    command: Command,
}

impl Step {
    pub(crate) fn new(name: &str, command: Command) -> Step {
        Step { name: name.to_owned(), command }
    }

    /// Runs the command with its output shown.
    pub(crate) fn run(mut self) -> Result<(), TaskError> {
        println!("\n── {} ─ {}", self.name, line(&self.command));
        let begin = Instant::now();
        let status = self.command.status().map_err(|cause| TaskError::NotStarted {
            step: self.name.clone(),
            program: self.command.get_program().to_string_lossy().into_owned(),
            cause,
        })?;
        if !status.success() {
            return Err(TaskError::Failed { step: self.name, status });
        }
        println!("── {} ─ done in {:.1} s", self.name, begin.elapsed().as_secs_f64());
        Ok(())
    }
}

/// A cargo command in the repository, with the shared target folder.
pub(crate) fn cargo<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(arguments: I) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(root()).env("CARGO_TARGET_DIR", target_dir());
    command
}

/// An npm command in a folder of the repository.
pub(crate) fn npm<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(folder: &str, arguments: I) -> Command {
    let mut command = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    command.args(arguments).current_dir(root().join(folder));
    command
}

fn line(command: &Command) -> String {
    std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}
