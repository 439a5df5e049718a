-- Our own data. Times are milliseconds since 1970, UTC. Never edit a migration that was shipped; add another.

CREATE TABLE script_versions (
    workspace  TEXT    NOT NULL,
    connection TEXT    NOT NULL,
    file       TEXT    NOT NULL,
    version    INTEGER NOT NULL,
    saved_at   INTEGER NOT NULL,
    text       TEXT    NOT NULL,
    PRIMARY KEY (workspace, connection, file, version)
) STRICT;

-- Typing that is not saved yet. `revision` is the text on disk it began from.
CREATE TABLE drafts (
    workspace  TEXT    NOT NULL,
    connection TEXT    NOT NULL,
    file       TEXT    NOT NULL,
    text       TEXT    NOT NULL,
    revision   TEXT    NOT NULL,
    kept_at    INTEGER NOT NULL,
    PRIMARY KEY (workspace, connection, file)
) STRICT, WITHOUT ROWID;

-- `owner` is the process that runs it; a run without an end whose owner is gone was cut off.
CREATE TABLE runs (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    owner       TEXT    NOT NULL,
    workspace   TEXT    NOT NULL,
    connection  TEXT    NOT NULL,
    kind        TEXT    NOT NULL,
    action      TEXT,
    committed   INTEGER NOT NULL,
    started_at  INTEGER NOT NULL,
    ended_at    INTEGER,
    outcome     TEXT,
    interrupted INTEGER NOT NULL DEFAULT 0,
    report      TEXT
) STRICT;
CREATE INDEX runs_of_connection ON runs (workspace, connection, id);
CREATE INDEX runs_open ON runs (owner) WHERE ended_at IS NULL;

-- The rehearsal user store (contract §9.8). A user without a row is legacy-only.
CREATE TABLE users (
    workspace     TEXT    NOT NULL,
    connection    TEXT    NOT NULL,
    user_id       TEXT    NOT NULL,
    state         TEXT    NOT NULL,
    email         TEXT,
    username      TEXT,
    phone_number  TEXT,
    profile       TEXT    NOT NULL,
    password_hash TEXT,
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    migrated_at   INTEGER,
    PRIMARY KEY (workspace, connection, user_id)
) STRICT;
CREATE UNIQUE INDEX users_email ON users (workspace, connection, email) WHERE email IS NOT NULL;
CREATE UNIQUE INDEX users_username ON users (workspace, connection, username) WHERE username IS NOT NULL;
CREATE UNIQUE INDEX users_phone_number ON users (workspace, connection, phone_number) WHERE phone_number IS NOT NULL;
CREATE INDEX users_state ON users (workspace, connection, state);

-- Every transition of a user, and every login that moved nobody.
CREATE TABLE ledger (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace   TEXT    NOT NULL,
    connection  TEXT    NOT NULL,
    at          INTEGER NOT NULL,
    kind        TEXT    NOT NULL,
    user_id     TEXT,
    identifier  TEXT,
    code        TEXT,
    reason      TEXT,
    duration_ms REAL
) STRICT;
CREATE INDEX ledger_of_connection ON ledger (workspace, connection, kind, at, code);

CREATE TABLE legacy_totals (
    workspace  TEXT    NOT NULL,
    connection TEXT    NOT NULL,
    value      INTEGER NOT NULL,
    source     TEXT    NOT NULL,
    taken_at   INTEGER NOT NULL,
    PRIMARY KEY (workspace, connection)
) STRICT, WITHOUT ROWID;

-- Here the time is in microseconds: two may be opened in one millisecond.
CREATE TABLE workspaces (
    path      TEXT    NOT NULL PRIMARY KEY,
    opened_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
