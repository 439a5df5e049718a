//! The staged connection test: where exactly a connection fails, and how long each step takes.

mod probe;
mod steps;
mod watched;

use secrecy::ExposeSecret;
use serde_json::{Map, Value};
use wire::{Limits, StoreKind};

use crate::{
    Opened, Policy, SessionOptions, Writes,
    driver::Connection,
    place::{Place, open},
    trace::readable,
};
use steps::Steps;

pub(crate) use watched::Probe;

/// One step of a connection test.
#[derive(Debug, Clone, PartialEq)]
pub struct Stage {
    /// Which step.
    pub name: StageName,
    /// How it went.
    pub state: StageState,
    /// Milliseconds it took.
    pub ms: f64,
    /// What was found, e.g. the address, the server's version, or why it failed.
    pub detail: String,
    /// What to do about a failure.
    pub hint: Option<String>,
}

/// Steps of a connection test. Servers: the first seven; SQLite: file, open, rights, schema, query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StageName {
    /// Only when it says no: the connection's policy does not allow this host or file.
    Policy,
    /// The host's name has an address.
    NameLookup,
    /// The port answers.
    Tcp,
    /// The encrypted channel, and whether the certificate was checked.
    Tls,
    /// User and password.
    Authentication,
    /// What the user may do.
    Rights,
    /// What tables there are.
    Schema,
    /// A query and its answer.
    Query,
    /// SQLite: the file exists and may be opened.
    File,
    /// SQLite: the file is a database.
    Open,
}

/// How a step went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StageState {
    /// Well.
    Passed,
    /// Well, but there is something to know (e.g. no encryption).
    Warned,
    /// Not.
    Failed,
    /// Not tried, since an earlier step failed or it does not apply.
    Skipped,
}

impl StageName {
    /// The name as people read it.
    pub fn words(self) -> &'static str {
        match self {
            StageName::Policy => "policy",
            StageName::NameLookup => "name lookup",
            StageName::Tcp => "TCP",
            StageName::Tls => "TLS",
            StageName::Authentication => "authentication",
            StageName::Rights => "rights",
            StageName::Schema => "schema",
            StageName::Query => "query",
            StageName::File => "file",
            StageName::Open => "open",
        }
    }
}

const SERVER: [StageName; 7] = [
    StageName::NameLookup,
    StageName::Tcp,
    StageName::Tls,
    StageName::Authentication,
    StageName::Rights,
    StageName::Schema,
    StageName::Query,
];

const FILE: [StageName; 5] = [StageName::File, StageName::Open, StageName::Rights, StageName::Schema, StageName::Query];

/// Tests a connection that a script asked for, step by step; it reads only, and tries the credentials once. `on_stage`
/// hears of each step as it ends.
pub async fn test_connection(opened: &Opened, policy: &Policy, on_stage: &(dyn Fn(Stage) + Send + Sync)) -> Vec<Stage> {
    let mut parameters = opened.parameters.clone();
    if let Some(password) = &opened.password {
        parameters.insert("password".to_owned(), Value::String(password.expose_secret().to_owned()));
    }
    let place = Place::of(opened.store, &parameters);
    let order: &[StageName] = if opened.store == StoreKind::Sqlite { &FILE } else { &SERVER };
    let steps = Steps::new(order, unencrypted(&place, &parameters), Box::new(on_stage));
    let limits = Limits::default();
    let options = SessionOptions { policy: policy.clone(), writes: Writes::ReadOnly, limits };
    let reached = |name, detail| steps.reached(name, detail);
    match open(&place, &parameters, &options, &reached).await {
        Ok(connection) => look_inside(&steps, connection, &place).await,
        Err(fault) => steps.failed(&fault),
    }
    steps.stages()
}

/// What the TLS stage says when no encryption was asked for.
fn unencrypted(place: &Place, parameters: &Map<String, Value>) -> Option<Stage> {
    let asked = match parameters.get("ssl") {
        None | Some(Value::Null | Value::Bool(false)) => false,
        Some(Value::String(text)) => !matches!(text.as_str(), "" | "disable" | "false"),
        Some(_) => true,
    };
    (!asked).then(|| plain_text(place.host()))
}

/// The TLS stage of a connection without TLS.
fn plain_text(host: &str) -> Stage {
    let here = host == "localhost" || host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
    let (state, detail, hint) = if here {
        (StageState::Skipped, "not asked for; the server is on this machine", None)
    } else {
        let hint = "turn on TLS in the script, and leave the certificate check on";
        (StageState::Warned, "no encryption: password and data travel readably", Some(hint.to_owned()))
    };
    Stage { name: StageName::Tls, state, ms: 0.0, detail: detail.to_owned(), hint }
}

/// Rights, schema and query, on an open connection.
async fn look_inside(steps: &Steps<'_>, mut connection: Connection, place: &Place) {
    steps.pass_tls_by();
    for name in [StageName::Rights, StageName::Schema, StageName::Query] {
        match probe::probe(&mut connection, place.store, name).await {
            Ok(probe::Finding { state, detail, hint }) => steps.push(name, state, detail, hint),
            Err(fault) => {
                steps.push(name, StageState::Failed, readable(&fault), fault.hint.clone());
                break;
            }
        }
    }
    steps.skip_rest();
    connection.close().await;
}

#[cfg(test)]
mod tests;
