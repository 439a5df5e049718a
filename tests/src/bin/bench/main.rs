//! `cargo xtask bench`: Sluice beside real Node with the real npm packages, on the same database, in one run.
//!
//! What is compared is a ratio or a difference measured here and now; a figure of another day or machine says nothing. Rounds of
//! both sides alternate, so that a slow moment of the machine meets both. `cargo xtask bench [ROW…]` measures rows by name.
#![allow(clippy::print_stdout)] // the figures are this program's answer
#![allow(clippy::unwrap_used)] // a bench that cannot start has nothing to say

mod figures;
mod lookups;
mod node;
mod rows;
mod scene;
mod scripts;
mod surface;

use figures::Row;
use scene::Scene;

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let scene = Scene::set_up();
        println!("{}", Row::heading());
        let mut missed = 0;
        for (name, measure) in rows::ALL {
            if !wanted.is_empty() && !wanted.iter().any(|row| name.starts_with(row.as_str())) {
                continue;
            }
            for row in measure(&scene).await {
                println!("{row}");
                missed += usize::from(row.misses());
            }
        }
        println!("\n{missed} goal(s) missed");
    });
}
