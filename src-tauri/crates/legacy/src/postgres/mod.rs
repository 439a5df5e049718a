//! PostgreSQL.

use serde_json::{Map, Value};
use wire::{Fault, FaultKind, Limits, Parameter, Protocol, ResultSet};

use crate::{
    driver::{Driver, Failed, Target},
    fault::fault,
};

/// One session.
pub(crate) enum Connection {}

/// Opens a session.
pub(crate) async fn connect(target: &Target<'_>, _limits: &Limits) -> Result<Connection, Fault> {
    let message = format!(
        "this build speaks no PostgreSQL, so {}:{} stays out of reach",
        target.host, target.port
    );
    Err(fault(FaultKind::Connection, message))
}

impl Driver for Connection {
    async fn query(
        &mut self,
        _: &str,
        _: &[Parameter],
        _: Protocol,
        _: &Limits,
    ) -> Result<Vec<ResultSet>, Failed> {
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
