//! `sluice-runner`: one script, one run, one process.
//!
//! The process isolates itself, tells the host so, takes a [`wire::Job`] on stdin and reports on stdout until the run has
//! ended. It has no database, file or network code: whatever a script wants from outside is a request to the host
//! (design §3). Everything that concerns the engine happens on the main thread.

// An ending is made once per run and handed up a few calls; boxing it in every signature would buy nothing.
#![allow(clippy::result_large_err)]

mod answer;
mod builtins;
mod clock;
mod container;
mod destructuring;
mod evaluate;
mod expression;
mod faults;
mod host;
mod isolation;
mod keys;
mod memory;
mod modules;
mod native;
mod operations;
mod patterns;
mod pipe;
mod queues;
mod run;
mod shims;
mod sources;
mod stack;
mod text;
mod thrown;
mod tokens;
mod wording;

use std::process::ExitCode;

fn main() -> ExitCode {
    // A panic in a host function must end the run, never hang it: rquickjs would carry it through the engine first.
    std::panic::set_hook(Box::new(|panic| {
        eprintln!("{panic}");
        std::process::exit(101);
    }));
    let isolation = isolation::isolate();
    match container::serve(isolation) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
