CREATE TABLE contacts (
    id         TEXT PRIMARY KEY,
    owner      TEXT,
    archived   INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE activities (
    id          INTEGER PRIMARY KEY,
    contact_id  TEXT NOT NULL,
    kind        TEXT NOT NULL,
    occurred_at INTEGER NOT NULL,
    body        TEXT
) STRICT;

CREATE TABLE deals (
    id         TEXT PRIMARY KEY,
    contact_id TEXT,
    stage      TEXT NOT NULL,
    status     TEXT NOT NULL,
    owner      TEXT,
    team       TEXT,
    amount     INTEGER,
    currency   TEXT,
    opened_at  INTEGER NOT NULL,
    closed_at  INTEGER
) STRICT;

CREATE TABLE consents (
    contact_id  TEXT NOT NULL,
    purpose     TEXT NOT NULL,
    channel     TEXT NOT NULL,
    status      TEXT NOT NULL,
    valid_until INTEGER,
    PRIMARY KEY (contact_id, purpose, channel)
) STRICT, WITHOUT ROWID;

CREATE TABLE opt_outs (
    contact_id TEXT NOT NULL,
    kind       TEXT NOT NULL,
    purpose    TEXT NOT NULL,
    channel    TEXT NOT NULL,
    PRIMARY KEY (contact_id, kind, purpose, channel)
) STRICT, WITHOUT ROWID;
