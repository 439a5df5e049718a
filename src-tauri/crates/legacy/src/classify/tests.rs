use super::*;
use StoreKind::{Mysql, Postgres, Sqlite};

fn one(sql: &str, store: StoreKind) -> Classified<'_> {
    let mut all = classify(sql, store);
    assert_eq!(all.len(), 1, "{sql}");
    all.remove(0)
}

/// Statements that change nothing on any store that knows them.
const READS: &[(StoreKind, &str)] = &[
    (Postgres, "SELECT * FROM users WHERE email = $1"),
    (Postgres, "(SELECT 1) UNION (SELECT 2)"),
    (Postgres, "WITH a AS (SELECT 1) SELECT * FROM a"),
    (Postgres, "SELECT 'insert into x', \"update\" FROM t -- delete from t"),
    (Postgres, "SELECT * FROM users WHERE id = 1 FOR UPDATE"),
    (Postgres, "SELECT * FROM users FOR NO KEY UPDATE"),
    (Postgres, "SELECT replace(a, 'b', 'c') FROM t"),
    (Postgres, "EXPLAIN DELETE FROM users"),
    (Postgres, "EXPLAIN ANALYZE SELECT 1"),
    (Postgres, "SHOW search_path"),
    (Postgres, "VALUES (1), (2)"),
    (Postgres, "TABLE users"),
    (Postgres, "DECLARE c SCROLL CURSOR FOR SELECT 1"),
    (Postgres, "FETCH ALL FROM c"),
    (Postgres, "CLOSE c"),
    (Mysql, "DO SLEEP(0), 1 + 1, @a := RELEASE_LOCK('x')"),
    (Mysql, "DO (SELECT 1)"),
    (Postgres, "COPY users (id) TO STDOUT"),
    (Postgres, "COPY (SELECT * FROM users) TO STDOUT WITH (FORMAT csv)"),
    (Mysql, "SELECT id INTO @x FROM users LIMIT 1"),
    (Mysql, "SELECT `delete` FROM users # update"),
    (Mysql, "SHOW TABLES"),
    (Mysql, "DESC users"),
    (Sqlite, "SELECT [insert], `update` FROM t"),
    (Sqlite, "PRAGMA table_info(users)"),
    (Sqlite, "PRAGMA journal_mode"),
    (Sqlite, "EXPLAIN QUERY PLAN DELETE FROM users"),
];

/// Statements that a read-only connection must not run.
const WRITES: &[(StoreKind, &str)] = &[
    (Postgres, "WITH d AS (DELETE FROM users RETURNING *) SELECT * FROM d"),
    (Postgres, "WITH a AS (SELECT 1), b AS (INSERT INTO t VALUES (1) RETURNING 1) SELECT * FROM a, b"),
    (Postgres, "with x as (update users set a = 1 returning *) select 1"),
    (Postgres, "WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x"),
    (Postgres, "SELECT * INTO copy FROM users"),
    (Postgres, "SELECT * INTO TEMP copy FROM users"),
    (Postgres, "EXPLAIN ANALYZE DELETE FROM users"),
    (Postgres, "EXPLAIN (ANALYZE, BUFFERS) UPDATE users SET a = 1"),
    (Postgres, "DO $$ BEGIN DELETE FROM users; END $$"),
    (Postgres, "COPY users FROM STDIN"),
    (Postgres, "COPY users (id, email) FROM STDIN"),
    (Postgres, "COPY (DELETE FROM users RETURNING id) TO STDOUT"),
    (Postgres, "CALL clean()"),
    (Postgres, "/* SELECT */ DELETE FROM users"),
    (Postgres, "GRANT ALL ON users TO public"),
    (Postgres, "EXECUTE hidden(1)"),
    (Postgres, "MERGE INTO t USING s ON true WHEN MATCHED THEN DELETE"),
    (Postgres, "SELECT 1 AS x INTO y"),
    (Postgres, "NOTIFY x"),
    (Postgres, "DECLARE c CURSOR FOR DELETE FROM users"),
    (Mysql, "DO clean()"),
    (Mysql, "DO app.sleep(0)"),
    (Mysql, "DO `sleep`(0)"),
    (Mysql, "DO SLEEP(clean())"),
    (Mysql, "REPLACE INTO users VALUES (1)"),
    (Mysql, "/*!50000 DELETE FROM users */"),
    (Mysql, "SELECT 1 /*! INTO OUTFILE '/tmp/x' */"),
    (Mysql, "ANALYZE FORMAT=JSON DELETE FROM users"),
    (Mysql, "WITH x AS (SELECT 1) UPDATE users SET a = 1"),
    (Sqlite, "PRAGMA user_version = 3"),
    (Sqlite, "PRAGMA main.journal_mode = WAL"),
    (Sqlite, "PRAGMA journal_mode(WAL)"),
    (Sqlite, "PRAGMA wal_checkpoint"),
    (Sqlite, "REINDEX"),
    (Sqlite, "WITH x AS (SELECT 1) DELETE FROM users"),
    (Sqlite, "unknown statement"),
    (Sqlite, "'quoted'"),
];

#[test]
fn reads_are_reads() {
    for (store, sql) in READS {
        let found = one(sql, *store);
        assert_eq!((&found.class, &found.danger), (&Class::Read, &None), "{sql}");
    }
}

#[test]
fn what_could_write_is_never_a_read() {
    for (store, sql) in WRITES {
        let found = one(sql, *store);
        assert!(found.class == Class::Write || found.danger.is_some(), "{sql}: {found:?}");
    }
}

#[test]
fn what_no_rollback_undoes_is_named() {
    let cases = [
        (Postgres, "SELECT lo_export(1, '/tmp/x')", "lo_export()"),
        (Postgres, "SELECT * FROM dblink('host=x', 'DELETE FROM t') AS t(a int)", "dblink()"),
        (Postgres, "DO $$ BEGIN PERFORM pg_read_file('/etc/passwd'); END $$", "pg_read_file()"),
        (Postgres, "SELECT pg_catalog.\"pg_read_file\"('x')", "pg_read_file()"),
        (Postgres, "COPY users TO PROGRAM 'sh'", "COPY"),
        (Postgres, "COPY users TO '/tmp/x'", "COPY"),
        (Postgres, "PREPARE TRANSACTION 'x'", "PREPARE TRANSACTION"),
        (Postgres, "VACUUM users", "VACUUM"),
        (Postgres, "CREATE INDEX CONCURRENTLY i ON t (a)", "CONCURRENTLY"),
        (Postgres, "SELECT setval('s', 1)", "setval()"),
        (Mysql, "CREATE TABLE x (a int)", "commits implicitly"),
        (Mysql, "TRUNCATE users", "commits implicitly"),
        (Mysql, "LOCK TABLES users WRITE", "commits implicitly"),
        (Mysql, "SET GLOBAL max_connections = 1", "whole server"),
        (Mysql, "SET @@global.x = 1", "whole server"),
        (Mysql, "SET sql_mode = '', autocommit = 1", "autocommit"),
        (Mysql, "XA START 'x'", "XA"),
        (Mysql, "LOAD DATA INFILE '/x' INTO TABLE users", "LOAD"),
        (Mysql, "SELECT * INTO OUTFILE '/x' FROM users", "OUTFILE"),
        (Mysql, "CALL clean()", "stored procedure"),
        (Mysql, "CREATE OR REPLACE TEMPORARY SEQUENCE s", "commits implicitly"),
        (Mysql, "SET STATEMENT max_statement_time = 1 FOR CALL clean()", "stored procedure"),
        (Mysql, "SET STATEMENT a = (SELECT 1 FOR UPDATE), b = 2 FOR DROP TABLE users", "commits implicitly"),
        (Mysql, "SET STATEMENT max_statement_time = 1 FOR COMMIT", "end or begin"),
        (Mysql, "SET STATEMENT autocommit = 1 FOR SELECT 1", "autocommit"),
        (Mysql, "SET STATEMENT max_statement_time = 1", "cannot be told"),
        (Mysql, "EXECUTE IMMEDIATE 'DROP TABLE users'", "PREPARE"),
        (Mysql, "BEGIN NOT ATOMIC COMMIT; END", "BEGIN"),
        (Sqlite, "ATTACH 'other.db' AS o", "ATTACH"),
        (Sqlite, "VACUUM INTO 'x'", "VACUUM INTO"),
        (Sqlite, "SELECT load_extension('x')", "load_extension()"),
        (Sqlite, "PRAGMA journal_mode = WAL", "PRAGMA journal_mode"),
    ];
    for (store, sql, words) in cases {
        let found = classify(sql, store).remove(0);
        assert!(found.danger.as_ref().is_some_and(|danger| danger.reason.contains(words)), "{sql}: {found:?}");
    }
    let harmless = [
        (Postgres, "SELECT nextval('s')"),
        (Postgres, "CREATE TABLE x (a int)"),
        (Postgres, "SELECT 'lo_export('"),
        (Mysql, "CREATE TEMPORARY TABLE x (a int)"),
        (Mysql, "CREATE OR REPLACE TEMPORARY TABLE x (a int)"),
        (Mysql, "SET STATEMENT max_statement_time = 1 FOR SELECT * FROM users FOR UPDATE"),
        (Mysql, "SET STATEMENT max_statement_time = 1 FOR DELETE FROM users"),
        (Mysql, "SET NAMES utf8mb4"),
        (Mysql, "SET @a = 1"),
        (Sqlite, "CREATE TABLE x (a int)"),
        (Sqlite, "PRAGMA foreign_keys = ON"),
    ];
    for (store, sql) in harmless {
        assert_eq!(one(sql, store).danger, None, "{sql}");
    }
}

#[test]
fn transaction_control_is_recognised() {
    let name = || "a".to_owned();
    let cases = [
        (Postgres, "begin work", Control::Begin),
        (Postgres, "START TRANSACTION ISOLATION LEVEL SERIALIZABLE", Control::Begin),
        (Sqlite, "BEGIN IMMEDIATE", Control::Begin),
        (Sqlite, "END TRANSACTION", Control::Commit { chain: false }),
        (Postgres, "COMMIT AND CHAIN", Control::Commit { chain: true }),
        (Postgres, "COMMIT AND NO CHAIN", Control::Commit { chain: false }),
        (Postgres, "/* x */ ABORT", Control::Rollback { chain: false }),
        (Mysql, "ROLLBACK", Control::Rollback { chain: false }),
        (Mysql, "ROLLBACK WORK TO SAVEPOINT A", Control::RollbackTo(name())),
        (Sqlite, "ROLLBACK TO a", Control::RollbackTo(name())),
        (Postgres, "SAVEPOINT \"a\"", Control::Savepoint(name())),
        (Postgres, "RELEASE a", Control::Release(name())),
        (Mysql, "RELEASE SAVEPOINT a", Control::Release(name())),
        (Mysql, "SET autocommit=0", Control::AutoCommit(false)),
        (Mysql, "SET @@session.autocommit = ON", Control::AutoCommit(true)),
        (Mysql, "/*! SET autocommit=1 */", Control::AutoCommit(true)),
        (Mysql, "SET SESSION TRANSACTION READ ONLY", Control::Characteristics),
    ];
    for (store, sql, control) in cases {
        assert_eq!(one(sql, store).class, Class::Control(control), "{sql}");
    }
}

#[test]
fn stacked_statements_are_seen_one_by_one() {
    let found = classify("SELECT 1; DELETE FROM users; COMMIT", Postgres);
    let classes: Vec<&Class> = found.iter().map(|found| &found.class).collect();
    assert_eq!(classes, [&Class::Read, &Class::Write, &Class::Control(Control::Commit { chain: false })]);
}

#[test]
fn settings_that_could_lift_read_only_are_not_harmless() {
    for (store, sql, harmless) in [
        (Postgres, "SET search_path TO app", true),
        (Postgres, "SET LOCAL statement_timeout = 5", true),
        (Postgres, "SET default_transaction_read_only = off", false),
        (Postgres, "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE", false),
        (Postgres, "RESET ALL", false),
        (Postgres, "LISTEN x", true),
        (Postgres, "UNLISTEN *", true),
        (Postgres, "PREPARE p AS DELETE FROM users", true),
        (Postgres, "DEALLOCATE ALL", true),
        (Postgres, "LOCK TABLE users", false),
        (Mysql, "SET NAMES utf8", true),
        (Mysql, "SET SESSION transaction_read_only = 0", false),
        (Mysql, "SET time_zone = 'x', transaction_read_only = 0", false),
    ] {
        assert_eq!(one(sql, store).class, Class::Setting(harmless), "{sql}");
    }
}

#[test]
fn what_runs_code_from_elsewhere_may_write() {
    for (store, sql, may) in [
        (Postgres, "DO $$ BEGIN END $$", true),
        (Postgres, "CALL p()", true),
        (Postgres, "EXECUTE p(1)", true),
        (Mysql, "DO clean()", true),
        (Mysql, "DO SLEEP(0)", false),
        (Postgres, "DELETE FROM users", false),
    ] {
        assert_eq!(one(sql, store).may_write(), may, "{sql}");
    }
}

#[test]
fn a_text_of_any_length_and_depth_is_judged() {
    // The second is as long as the parser is ever given.
    for times in [30_000, 990] {
        let long = |piece: &str| format!("SELECT {}1 FROM t WHERE update = 1", piece.repeat(times));
        let chains = ["1+", "1 AND ", "(", "NOT ", "- ", "1::int, ", "x.", "(SELECT ", "1 UNION SELECT "].map(long);
        let nested = format!("{}SELECT 1", "SET STATEMENT a = 1 FOR ".repeat(times));
        assert!(classify(&nested, Mysql)[0].danger.is_some());
        for (sql, store) in chains.iter().flat_map(|sql| [Postgres, Mysql, Sqlite].map(|store| (sql, store))) {
            assert!(matches!(classify(sql, store)[0].class, Class::Write | Class::Read), "{}", &sql[..20]);
        }
    }
}
