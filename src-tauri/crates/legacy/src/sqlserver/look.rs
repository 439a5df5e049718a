//! Questions of ours: the steps of a connection test behind the login, and where identities stand.

use std::collections::BTreeMap;

use wire::Fault;

use super::{run::State, server::Server};
use crate::{StageName, stage::Probe};

const WHO: &str = "SELECT SUSER_SNAME(), CAST(IS_SRVROLEMEMBER('sysadmin') AS nvarchar(10)), DB_NAME()";
const TABLES: &str = "SELECT TABLE_SCHEMA + N'.' + TABLE_NAME AS name, \
    CAST(HAS_PERMS_BY_NAME(QUOTENAME(TABLE_SCHEMA) + N'.' + QUOTENAME(TABLE_NAME), 'OBJECT', 'SELECT') AS nvarchar(10)) AS readable, \
    CAST(HAS_PERMS_BY_NAME(QUOTENAME(TABLE_SCHEMA) + N'.' + QUOTENAME(TABLE_NAME), 'OBJECT', 'UPDATE') AS nvarchar(10)) AS writable \
    FROM INFORMATION_SCHEMA.TABLES ORDER BY TABLE_SCHEMA, TABLE_NAME";
const VERSION: &str = "SELECT @@VERSION";
const IDENTITIES: &str = "SELECT OBJECT_SCHEMA_NAME(object_id) + N'.' + OBJECT_NAME(object_id) AS name, \
    CAST(last_value AS nvarchar(40)) AS value FROM sys.identity_columns WHERE last_value IS NOT NULL";

impl Server {
    /// Looks around for a connection test. Reads only.
    pub(super) async fn look_around(&self, probe: &Probe) {
        let mut state = self.state.lock().await;
        if let Err(fault) = self.look(&mut state, probe).await {
            probe.failed(&fault);
        }
    }

    async fn look(&self, state: &mut State, probe: &Probe) -> Result<(), Fault> {
        let who = self.ask(state, WHO).await?.kept;
        let cell = |place: usize| who.first().and_then(|row| row.get(place).cloned().flatten()).unwrap_or_default();
        let (user, database) = (cell(0), cell(2));
        if cell(1) == "1" {
            let hint = "a user with SELECT, INSERT, UPDATE and DELETE on the users table is enough";
            probe.warned(StageName::Rights, format!("{user} is a sysadmin in {database}"), hint);
        } else {
            probe.reached(StageName::Rights, format!("{user} in {database}, no sysadmin"));
        }
        let tables = self.ask(state, TABLES).await?.kept;
        let has =
            |row: &[Option<String>], place: usize| row.get(place).is_some_and(|cell| cell.as_deref() == Some("1"));
        let names: Vec<&str> = tables.iter().filter_map(|row| row.first()?.as_deref()).take(8).collect();
        let (readable, writable) =
            (tables.iter().filter(|row| has(row, 1)).count(), tables.iter().filter(|row| has(row, 2)).count());
        let detail = format!("{} tables, may read {readable} and write {writable}: {}", tables.len(), names.join(", "));
        if readable == 0 {
            probe.warned(StageName::Schema, detail, "grant SELECT on the users table, or check the database's name");
        } else {
            probe.reached(StageName::Schema, detail);
        }
        self.ask(state, "SELECT 1 AS one").await?;
        let version = self.ask(state, VERSION).await?.kept;
        let version = version.first().and_then(|row| row.first().cloned().flatten()).unwrap_or_default();
        probe.reached(
            StageName::Query,
            format!("SELECT 1 answered; {}", version.lines().next().unwrap_or_default().trim()),
        );
        Ok(())
    }

    /// The last value of every identity, by table; empty where that cannot be told.
    pub(super) async fn identities(&self, state: &mut State) -> BTreeMap<String, String> {
        let rows = self.ask(state, IDENTITIES).await.map(|answer| answer.kept).unwrap_or_default();
        let pair = |row: Vec<Option<String>>| <[Option<String>; 2]>::try_from(row).ok();
        rows.into_iter().filter_map(pair).filter_map(|[name, value]| name.zip(value)).collect()
    }
}
