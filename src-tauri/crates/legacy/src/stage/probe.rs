//! What a connected user may do and see. Reads only.

use wire::{Fault, Limits, Protocol, StoreKind};

use super::{StageName, StageState};
use crate::{driver::Connection, engines::cell_text};

/// What a stage found.
pub(super) struct Finding {
    pub(super) state: StageState,
    pub(super) detail: String,
    pub(super) hint: Option<String>,
}

fn passed(detail: String) -> Finding {
    Finding { state: StageState::Passed, detail, hint: None }
}

fn warned(detail: String, hint: &str) -> Finding {
    Finding { state: StageState::Warned, detail, hint: Some(hint.to_owned()) }
}

const TOO_MUCH: &str = "give the connection an account that may only what the scripts need";

pub(super) async fn probe(connection: &mut Connection, store: StoreKind, name: StageName) -> Result<Finding, Fault> {
    match (name, store) {
        (StageName::Rights, StoreKind::Postgres) => postgres_rights(connection).await,
        (StageName::Rights, StoreKind::Mysql) => mysql_rights(connection).await,
        (StageName::Rights, StoreKind::Sqlite) => sqlite_rights(connection).await,
        (StageName::Schema, _) => schema(connection, store).await,
        _ => {
            let rows = rows(connection, "SELECT 1").await?;
            Ok(passed(format!("SELECT 1 answered with {} row", rows.len())))
        }
    }
}

async fn postgres_rights(connection: &mut Connection) -> Result<Finding, Fault> {
    let sql = "SELECT current_user, (SELECT rolsuper::text FROM pg_roles WHERE rolname = current_user), count(*), \
               count(*) FILTER (WHERE has_table_privilege(c.oid, 'SELECT')), \
               count(*) FILTER (WHERE has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE')) \
               FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
               WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT LIKE 'pg\\_%' \
               AND n.nspname <> 'information_schema' AND has_schema_privilege(n.oid, 'USAGE')";
    let rows = rows(connection, sql).await?;
    let [user, superuser, all, readable, writable] = one(&rows);
    let detail = format!("{user} may read {readable} and write {writable} of {all} tables");
    if superuser == "true" {
        return Ok(warned(format!("{detail}, and is a superuser"), TOO_MUCH));
    }
    if readable == "0" {
        return Ok(warned(detail, "grant SELECT on the users table, or check the database and its schemas"));
    }
    Ok(passed(detail))
}

async fn mysql_rights(connection: &mut Connection) -> Result<Finding, Fault> {
    let rows = rows(connection, "SHOW GRANTS FOR CURRENT_USER()").await?;
    // MariaDB shows the password's hash behind IDENTIFIED.
    let grants: Vec<&str> = rows.iter().map(|row| row[0].split(" IDENTIFIED").next().unwrap_or_default()).collect();
    let detail = grants.join("; ");
    if grants.iter().any(|grant| grant.contains(" ON *.*") && !grant.starts_with("GRANT USAGE")) {
        return Ok(warned(detail, TOO_MUCH));
    }
    Ok(passed(detail))
}

async fn sqlite_rights(connection: &mut Connection) -> Result<Finding, Fault> {
    let rows = rows(connection, "SELECT file FROM pragma_database_list WHERE name = 'main'").await?;
    let [file] = one(&rows);
    let metadata = tokio::fs::metadata(&file).await;
    if metadata.is_ok_and(|metadata| metadata.permissions().readonly()) {
        return Ok(warned("the file may be read, not written".to_owned(), "scripts that write will fail on this file"));
    }
    Ok(passed("the file may be read and written".to_owned()))
}

async fn schema(connection: &mut Connection, store: StoreKind) -> Result<Finding, Fault> {
    let sql = match store {
        StoreKind::Postgres => {
            "SELECT table_schema || '.' || table_name, '' FROM information_schema.tables \
             WHERE table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1"
        }
        StoreKind::Mysql => {
            "SELECT TABLE_NAME, IF(ENGINE IS NULL OR ENGINE IN ('InnoDB', 'ROCKSDB'), '', ENGINE) \
             FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() ORDER BY 1"
        }
        StoreKind::Sqlite => {
            "SELECT name, '' FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
             ORDER BY 1"
        }
    };
    /// Enough to recognise the right database by.
    const SHOWN: usize = 12;
    let rows = rows(connection, sql).await?;
    if rows.is_empty() {
        return Ok(warned("no tables are visible".to_owned(), "is this the right database, and may this user see it?"));
    }
    let names: Vec<&str> = rows.iter().take(SHOWN).map(|row| row[0].as_str()).collect();
    let more = if rows.len() > SHOWN { format!(" and {} more", rows.len() - SHOWN) } else { String::new() };
    let detail = format!("{}{more}", names.join(", "));
    let odd: Vec<String> =
        rows.iter().filter(|row| !row[1].is_empty()).map(|row| format!("{} ({})", row[0], row[1])).collect();
    if odd.is_empty() {
        return Ok(passed(detail));
    }
    let hint = format!("without transactions, so that a safe try refuses to write them: {}", odd.join(", "));
    Ok(warned(detail, &hint))
}

async fn rows(connection: &mut Connection, sql: &str) -> Result<Vec<Vec<String>>, Fault> {
    let sets = connection.query(sql, &[], Protocol::Simple, &Limits::default()).await.map_err(|(fault, _)| fault)?;
    Ok(sets.into_iter().flat_map(|set| set.rows).map(|row| row.iter().map(cell_text).collect()).collect())
}

/// The cells of the first row; empty where there are fewer.
fn one<const N: usize>(rows: &[Vec<String>]) -> [String; N] {
    std::array::from_fn(|place| rows.first().and_then(|row| row.get(place)).cloned().unwrap_or_default())
}
