-- One row for each answer that held personal data; position of its event in the log.
CREATE TABLE accesses (
    position    INTEGER PRIMARY KEY,
    recorded_at INTEGER NOT NULL,
    actor       TEXT NOT NULL,
    rpc         TEXT NOT NULL,
    classes     TEXT NOT NULL,
    purpose     TEXT,
    permitted   TEXT,
    subjects    INTEGER NOT NULL
) STRICT;

-- Whose it was.
CREATE TABLE subjects (
    contact_id TEXT NOT NULL,
    position   INTEGER NOT NULL,
    PRIMARY KEY (contact_id, position)
) STRICT, WITHOUT ROWID;

-- One row for each denial that was written down.
CREATE TABLE denials (
    position    INTEGER PRIMARY KEY,
    recorded_at INTEGER NOT NULL,
    actor       TEXT NOT NULL,
    rpc         TEXT NOT NULL,
    personal    INTEGER NOT NULL,
    unwritten   INTEGER NOT NULL,
    purpose     TEXT,
    denied      TEXT
) STRICT;
