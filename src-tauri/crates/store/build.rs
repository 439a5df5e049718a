//! `sqlx::migrate!` embeds a folder; a new file in it must rebuild the crate.
#![allow(clippy::print_stdout)] // cargo reads a build script's stdout

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
