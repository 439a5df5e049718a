//! `sluice`: every verb of the studio for terminals and CI (design §10).
//!
//! Answers go to stdout (one JSON document with `--json`), everything else to stderr. Exit codes: 0 success, 1 the answer
//! is no, 2 usage or bad input, 3 script fault or limit, 4 legacy store or policy, 5 secrets unavailable.

mod answer;
mod arguments;
mod commands;
mod error;
mod input;
mod text;

use std::process::ExitCode;

use clap::Parser;
use tokio_util::sync::CancellationToken;

use crate::answer::Answers;
use crate::arguments::Sluice;

fn main() -> ExitCode {
    let arguments = match Sluice::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return answer::not_understood(&error),
    };
    let level = if arguments.verbose { "debug" } else { "error" };
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter(tracing_subscriber::EnvFilter::new(level))
        .init();
    let answers = Answers { json: arguments.json };
    // One thread: a statement's way from runner to database and back then needs no wake-up of another.
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return answers.failure(&error.into()),
    };
    let ended = runtime.block_on(async {
        let cancel = CancellationToken::new();
        tokio::spawn(stop_on_ctrl_c(cancel.clone()));
        commands::perform(arguments, &answers, cancel).await
    });
    // Nothing of a finished command is worth waiting for, not even a thread that still reads stdin.
    runtime.shutdown_background();
    match ended {
        Ok(code) => ExitCode::from(code),
        Err(error) => answers.failure(&error),
    }
}

/// The first Ctrl-C stops the run, which then ends with its outcome; the second ends the program.
async fn stop_on_ctrl_c(cancel: CancellationToken) {
    while tokio::signal::ctrl_c().await.is_ok() {
        if cancel.is_cancelled() {
            std::process::exit(130);
        }
        cancel.cancel();
    }
}
