//! Statements, parameters and values.

use base64::{Engine, engine::general_purpose::STANDARD};
use rusqlite::{
    Batch, Connection, Statement,
    fallible_iterator::FallibleIterator,
    ffi,
    types::{Value, ValueRef},
};
use wire::{Cell, Column, Fault, Limits, Parameter, ResultSet};

use super::fault::{named, of};
use crate::{driver::Failed, fault};

/// Compiles the first statement of a text.
pub(super) fn compile(database: &Connection, sql: &str) -> Result<(), Fault> {
    match Batch::new(database, sql).next() {
        Ok(_) => Ok(()),
        Err(error) => Err(of(&error)),
    }
}

/// Runs the first statement of a text with parameters; what follows it is ignored, as `sqlite3` does.
pub(super) fn first(
    database: &Connection,
    sql: &str,
    parameters: &[Parameter],
    limits: &Limits,
) -> Result<Vec<ResultSet>, Failed> {
    let none = |fault| (fault, Vec::new());
    let statement = Batch::new(database, sql).next().map_err(|error| none(of(&error)))?;
    // SQLite answers a text without any statement so.
    let mut statement = statement.ok_or_else(|| none(named(ffi::SQLITE_MISUSE, "not an error")))?;
    bind(&mut statement, parameters).map_err(none)?;
    run(database, &mut statement, limits).map(|set| vec![set]).map_err(none)
}

/// Runs all statements of a text, and stops at the first that fails.
pub(super) fn all(database: &Connection, sql: &str, limits: &Limits) -> Result<Vec<ResultSet>, Failed> {
    let mut sets = Vec::new();
    let mut batch = Batch::new(database, sql);
    loop {
        let result = match batch.next() {
            Ok(Some(mut statement)) => run(database, &mut statement, limits),
            Ok(None) => return Ok(sets),
            Err(error) => Err(of(&error)),
        };
        match result {
            Ok(set) => sets.push(set),
            Err(fault) => return Err((fault, sets)),
        }
    }
}

fn run(database: &Connection, statement: &mut Statement<'_>, limits: &Limits) -> Result<ResultSet, Fault> {
    let names: Vec<Column> = statement
        .column_names()
        .into_iter()
        .map(|name| Column { name: name.to_owned(), ..Column::default() })
        .collect();
    let mut set = ResultSet { returns_rows: !names.is_empty(), columns: names, ..ResultSet::default() };
    let mut bytes: u64 = 0;
    {
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next().map_err(|error| of(&error))? {
            if set.rows.len() as u64 >= limits.query_rows {
                let most = limits.query_rows;
                return Err(fault::limit(&format!("{most} rows per query"), "fetch fewer rows: add WHERE or LIMIT"));
            }
            let mut cells = Vec::with_capacity(set.columns.len());
            for place in 0..set.columns.len() {
                let value = row.get_ref(place).map_err(|error| of(&error))?;
                bytes += size(value);
                if bytes > limits.query_bytes {
                    let most = limits.query_bytes;
                    let hint = "fetch fewer rows or columns";
                    return Err(fault::limit(&format!("{most} bytes per query"), hint));
                }
                cells.push(cell(value));
            }
            set.rows.push(cells);
        }
    }
    // `sqlite3` reads both after every statement, whatever it was.
    set.affected = Some(database.changes());
    set.insert_id = Some(database.last_insert_rowid().to_string());
    Ok(set)
}

fn size(value: ValueRef<'_>) -> u64 {
    match value {
        ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) => 8,
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => 8 + bytes.len() as u64,
    }
}

fn cell(value: ValueRef<'_>) -> Cell {
    match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(number) => Cell::Integer(number),
        ValueRef::Real(number) => Cell::Real(number),
        ValueRef::Text(bytes) => Cell::Text(String::from_utf8_lossy(bytes).into_owned()),
        ValueRef::Blob(bytes) => Cell::Bytes { base64: STANDARD.encode(bytes) },
    }
}

fn bind(statement: &mut Statement<'_>, parameters: &[Parameter]) -> Result<(), Fault> {
    let count = statement.parameter_count();
    for (place, parameter) in parameters.iter().enumerate() {
        let (index, value) = match parameter {
            Parameter::Named(name, value) => match name.parse::<usize>() {
                Ok(index) => (index, value.as_ref()),
                Err(_) => (statement.parameter_index(name).ok().flatten().unwrap_or(0), value.as_ref()),
            },
            value => (place + 1, value),
        };
        if index == 0 || index > count {
            return Err(named(ffi::SQLITE_RANGE, "column index out of range"));
        }
        let value = value_of(value)?;
        statement.raw_bind_parameter(index, value).map_err(|error| of(&error))?;
    }
    Ok(())
}

fn value_of(parameter: &Parameter) -> Result<Value, Fault> {
    let wrong = |what: &str| named(ffi::SQLITE_MISMATCH, what);
    Ok(match parameter {
        Parameter::Null => Value::Null,
        Parameter::Text(text) => Value::Text(text.clone()),
        Parameter::Number(number) => Value::Real(*number),
        Parameter::Integer(text) => Value::Integer(text.parse().map_err(|_| wrong("an integer out of range"))?),
        Parameter::Boolean(boolean) => Value::Integer(i64::from(*boolean)),
        Parameter::Bytes(base64) => {
            Value::Blob(STANDARD.decode(base64).map_err(|_| wrong("bytes that are no base64"))?)
        }
        Parameter::Named(..) => return Err(wrong("a named parameter inside a named parameter")),
    })
}
