-- The users table these scripts expect. AUTOINCREMENT: a deleted user's id is never given to somebody else.
CREATE TABLE users (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  email TEXT NOT NULL UNIQUE COLLATE NOCASE,
  email_verified INTEGER NOT NULL DEFAULT 0 CHECK (email_verified IN (0, 1)),
  username TEXT UNIQUE COLLATE NOCASE,
  given_name TEXT,
  family_name TEXT,
  name TEXT,
  nickname TEXT,
  password TEXT NOT NULL,
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
  updated_at TEXT,
  last_login TEXT
);
