//! Writes `src/sample/users.tsv`: the users of the sample workspace's legacy store.
//!
//! `cargo run -p studio --example generate_sample`; takes a minute, since a thousand password hashes take their time.

mod people;

use std::fmt::Write as _;

fn main() -> std::io::Result<()> {
    let mut text = String::new();
    for number in 0..people::COUNT {
        let person = people::person(number);
        let written = writeln!(text, "{}", person.line(&people::hash(number, &person.password)));
        written.expect("a String takes every text");
    }
    std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/src/sample/users.tsv"), text)
}
