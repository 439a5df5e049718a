//! The staged connection test: where exactly a connection fails, and how long each step takes.

mod probe;

use std::{sync::Mutex, time::Instant};

use secrecy::ExposeSecret;
use serde_json::{Map, Value};
use wire::{Fault, FaultKind, Limits, StoreKind};

use crate::{
    Opened, Policy, SessionOptions, Writes,
    driver::Connection,
    place::{Place, open},
    session::lock,
    trace::readable,
};

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
    let steps = Steps {
        order: if opened.store == StoreKind::Sqlite { &FILE } else { &SERVER },
        unencrypted: unencrypted(&place, &parameters),
        on_stage,
        done: Mutex::new((Instant::now(), Vec::new())),
    };
    let limits = Limits::default();
    let options = SessionOptions { policy: policy.clone(), writes: Writes::ReadOnly, limits };
    let reached = |name, detail| steps.reached(name, detail);
    match open(&place, &parameters, &options, &reached).await {
        Ok(connection) => steps.look_inside(connection, &place).await,
        Err(fault) => steps.failed(&fault),
    }
    let (_, stages) = steps.done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    stages
}

/// What the TLS stage says when no encryption was asked for.
fn unencrypted(place: &Place, parameters: &Map<String, Value>) -> Option<Stage> {
    let asked = match parameters.get("ssl") {
        None | Some(Value::Null | Value::Bool(false)) => false,
        Some(Value::String(text)) => !matches!(text.as_str(), "" | "disable" | "false"),
        Some(_) => true,
    };
    let here = place.host() == "localhost" || place.host().parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
    let (state, detail, hint) = if here {
        (StageState::Skipped, "not asked for; the server is on this machine", None)
    } else {
        let hint = "turn on ssl in the script, and leave the certificate check on";
        (StageState::Warned, "no encryption: password and data travel readably", Some(hint.to_owned()))
    };
    (!asked).then(|| Stage { name: StageName::Tls, state, ms: 0.0, detail: detail.to_owned(), hint })
}

/// A test under way.
struct Steps<'a> {
    order: &'static [StageName],
    unencrypted: Option<Stage>,
    on_stage: &'a (dyn Fn(Stage) + Send + Sync),
    /// When the step before ended, and what has been found.
    done: Mutex<(Instant, Vec<Stage>)>,
}

impl Steps<'_> {
    fn push(&self, name: StageName, state: StageState, detail: String, hint: Option<String>) {
        let stage = {
            let mut done = lock(&self.done);
            let ms = done.0.elapsed().as_secs_f64() * 1000.0;
            done.0 = Instant::now();
            let ms = if state == StageState::Skipped { 0.0 } else { ms };
            let stage = Stage { name, state, ms, detail, hint };
            done.1.push(stage.clone());
            stage
        };
        (self.on_stage)(stage);
    }

    fn has(&self, name: StageName) -> bool {
        lock(&self.done).1.iter().any(|stage| stage.name == name)
    }

    /// The TLS stage of a connection without TLS, once it is its turn.
    fn pass_tls_by(&self) {
        if let Some(stage) = &self.unencrypted
            && self.has(StageName::Tcp)
            && !self.has(StageName::Tls)
        {
            lock(&self.done).1.push(stage.clone());
            (self.on_stage)(stage.clone());
        }
    }

    fn reached(&self, name: StageName, detail: String) {
        if name == StageName::Authentication {
            self.pass_tls_by();
        }
        let unverified = name == StageName::Tls && detail.to_lowercase().contains("not verified");
        let hint =
            unverified.then(|| "anybody between here and the server could read along: give ssl.ca instead".to_owned());
        let state = if unverified { StageState::Warned } else { StageState::Passed };
        self.push(name, state, detail, hint);
    }

    /// Puts a failure to the stage it belongs to, and skips the rest.
    fn failed(&self, fault: &Fault) {
        if matches!(fault.kind, FaultKind::Authentication | FaultKind::Connection) {
            self.pass_tls_by();
        }
        let next = self.order.iter().copied().find(|name| !self.has(*name)).unwrap_or(StageName::Query);
        let name = match fault.kind {
            FaultKind::Tls if !self.has(StageName::Tls) => StageName::Tls,
            FaultKind::Authentication => StageName::Authentication,
            _ => next,
        };
        self.push(name, StageState::Failed, readable(fault), fault.hint.clone());
        self.skip_rest();
    }

    fn skip_rest(&self) {
        for name in self.order.iter().copied() {
            if !self.has(name) {
                self.push(name, StageState::Skipped, "not tried".to_owned(), None);
            }
        }
    }

    /// Rights, schema and query, on an open connection.
    async fn look_inside(&self, mut connection: Connection, place: &Place) {
        self.pass_tls_by();
        for name in [StageName::Rights, StageName::Schema, StageName::Query] {
            match probe::probe(&mut connection, place.store, name).await {
                Ok(probe::Finding { state, detail, hint }) => self.push(name, state, detail, hint),
                Err(fault) => {
                    self.push(name, StageState::Failed, readable(&fault), fault.hint.clone());
                    break;
                }
            }
        }
        self.skip_rest();
        connection.close().await;
    }
}

#[cfg(test)]
mod tests;
