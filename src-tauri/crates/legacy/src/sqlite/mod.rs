//! SQLite, through `sqlite3`.

use serde_json::{Map, Value};
use wire::{Fault, FaultKind, Limits, Parameter, Protocol, ResultSet};

use crate::{
    Policy, StageName,
    driver::{Driver, Failed},
    fault::fault,
};

/// One open database.
pub(crate) enum Connection {}

/// Opens a file that exists and that the policy allows.
pub(crate) async fn connect(
    parameters: &Map<String, Value>,
    policy: &Policy,
    _read_only: bool,
    _reached: &(dyn Fn(StageName, String) + Send + Sync),
) -> Result<Connection, Fault> {
    let file = parameters.get("file").and_then(Value::as_str).unwrap_or_default();
    policy.check_file(file)?;
    Err(fault(FaultKind::Connection, format!("this build cannot open {file}")))
}

impl Driver for Connection {
    async fn query(&mut self, _: &str, _: &[Parameter], _: Protocol, _: &Limits) -> Result<Vec<ResultSet>, Failed> {
        match *self {}
    }

    async fn control(&mut self, _: &str) -> Result<(), Fault> {
        match *self {}
    }

    fn info(&self) -> Map<String, Value> {
        match *self {}
    }

    fn usable(&self) -> bool {
        match *self {}
    }

    async fn close(self) {
        match self {}
    }
}
