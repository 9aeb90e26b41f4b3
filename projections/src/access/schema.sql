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

-- Whose it was. `open_cases` is a JSON list of the open cases of theirs that it was permitted by, where there were any.
CREATE TABLE subjects (
    contact_id TEXT NOT NULL,
    position   INTEGER NOT NULL,
    open_cases TEXT,
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
