//! The window: starts, builds the studio, registers the commands. The only code that knows Tauri.
//!
//! A command takes its request, makes one call on `studio`, and maps the error ([`ipc::WireError`]); anything more
//! belongs in `studio`, where the command line finds it too.

mod commands;
pub mod ipc;
mod place;
mod runs;
mod state;
mod wording;

use std::process::ExitCode;

use tauri::Manager;

/// Opens the window and returns when it is closed. Arguments: `--sample`, or the folder of a workspace.
pub fn run() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_env("SLUICE_LOG"))
        .with_writer(std::io::stderr)
        .init();
    let ran = tauri::Builder::default()
        .plugin(tauri_plugin_dialog::init())
        .plugin(tauri_plugin_window_state::Builder::default().build())
        .invoke_handler(ipc::builder().invoke_handler())
        .setup(|app| {
            let state = tauri::async_runtime::block_on(state::App::start(state::Start::from_arguments()))?;
            app.manage(state);
            let (size, smallest) = place::sizes(app.primary_monitor()?.as_ref());
            let window = tauri::WebviewWindowBuilder::new(app, "main", tauri::WebviewUrl::default())
                .title("Sluice")
                .inner_size(size.width, size.height)
                .min_inner_size(smallest.width, smallest.height)
                .build()?;
            place::keep_within_screen(&window);
            Ok(())
        })
        .run(tauri::generate_context!());
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("sluice-desktop: {error}");
            ExitCode::FAILURE
        }
    }
}
