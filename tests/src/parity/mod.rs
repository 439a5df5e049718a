//! Parity with Node (design §12): the same script and database state, once in real Node with the real npm packages and
//! once in Sluice, compared field by field. Node is the oracle.
//!
//! A case is `tests/fixtures/parity/<area>/<name>.js`, or a folder `<area>/<name>/` with `script.js` and, when it needs a
//! database, `seed.sql`. An action script as an admin writes it; a first line `// case: {…}` (see [`Setup`]) gives
//! arguments and lists what is known to differ, with the reason.
//!
//! [`area`] runs every case of an area and prints `N of M agree`. Where the sides part, Node is asked again, a few times: what Node
//! itself answers now so, now so (a server that hangs up while it answers) is settled by any of its answers, and said to vary.

mod case;
mod compare;
pub mod databases;
mod node;
pub mod protocols;
mod sluice;

use std::{fmt, net::SocketAddr, path::PathBuf};

pub use case::{Case, Setup};
pub use compare::{Disagreement, Record, Report};

/// A database that cases of an area use on both sides.
pub trait Database: Send + Sync {
    /// Empties the database and brings it to the state of `seed`.
    fn reset(&self, seed: &str);
    /// The whole content, in an order that does not depend on time.
    fn dump(&self) -> String;
    /// What scripts find in `configuration`.
    fn configuration(&self) -> Vec<(String, String)>;
    /// What the sandbox may reach.
    fn endpoints(&self) -> Vec<legacy::Endpoint>;
    /// Whom the sandbox asks for names, in place of the system's name servers.
    fn name_server(&self) -> Option<SocketAddr> {
        None
    }
}

/// How often Node is asked again before its answer counts as the only one.
const AGAIN: usize = 3;

/// Runs every case of `name` and compares. Without a database, cases run side by side.
pub async fn area(name: &str, database: Option<&dyn Database>) -> Report {
    let cases = case::read(&root().join(name));
    assert!(!cases.is_empty(), "no cases in {}", root().join(name).display());
    node::check_packages(&root());
    let sluice = sluice::Sluice::new();
    let lanes = if database.is_some() { 1 } else { std::thread::available_parallelism().map_or(2, usize::from).max(2) };
    let mut report = Report::new(name);
    let only = std::env::var("PARITY_CASE").ok();
    let mut cases = cases.into_iter().filter(|case| only.as_ref().is_none_or(|only| case.name.contains(only.as_str())));
    let mut running = tokio::task::JoinSet::new();
    let mut place = 0;
    let mut verdicts = Vec::new();
    loop {
        let next = cases.next();
        let Some(case) = next else { break };
        if let Some(database) = database {
            verdicts.push((place, with_database(case, &sluice, database).await));
        } else {
            while running.len() >= lanes {
                verdicts.extend(running.join_next().await.map(|done| done.expect("a case does not panic")));
            }
            let sluice = sluice.clone();
            running.spawn(async move { (place, without_database(case, &sluice).await) });
        }
        place += 1;
    }
    while let Some(done) = running.join_next().await {
        verdicts.push(done.expect("a case does not panic"));
    }
    verdicts.sort_by_key(|(place, _)| *place);
    for (_, (case, node, sluice)) in verdicts {
        report.add(&case, &node.0, &sluice);
    }
    report
}

async fn without_database(case: Case, sluice: &sluice::Sluice) -> (Case, Answers, Record) {
    let root = root();
    let (node, own) = tokio::join!(node::run(&root, &case, &[]), sluice.run(&case, &[], vec![], None));
    let mut node = Answers(vec![node]);
    while node.unsettled(&case, &own) {
        node.0.push(node::run(&root, &case, &[]).await);
    }
    (case, node, own)
}

async fn with_database(case: Case, sluice: &sluice::Sluice, database: &dyn Database) -> (Case, Answers, Record) {
    let configuration = database.configuration();
    let seed = case.seed.clone().unwrap_or_default();
    let ask_node = async || {
        database.reset(&seed);
        let mut node = node::run(&root(), &case, &configuration).await;
        node.database = Some(database.dump());
        node
    };
    let mut node = Answers(vec![ask_node().await]);
    database.reset(&seed);
    let mut own = sluice.run(&case, &configuration, database.endpoints(), database.name_server()).await;
    own.database = Some(database.dump());
    while node.unsettled(&case, &own) {
        let again = ask_node().await;
        node.0.push(again);
    }
    (case, node, own)
}

/// What Node answered, each time it was asked.
struct Answers(Vec<Record>);

impl Answers {
    fn unsettled(&self, case: &Case, own: &Record) -> bool {
        self.0.len() <= AGAIN && !self.0.last().is_some_and(|node| compare::agree(case, node, own))
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/parity")
}

impl fmt::Debug for dyn Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Database")
    }
}
