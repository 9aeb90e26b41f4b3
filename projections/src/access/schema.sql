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

-- One row for each request of a subject about their own data; position of its arrival. Days are YYYY-MM-DD. They are few:
-- a filter walks them by their days.
CREATE TABLE requests (
    position           INTEGER PRIMARY KEY,
    subject_request_id TEXT NOT NULL UNIQUE,
    contact_id         TEXT NOT NULL,
    asked_for          TEXT NOT NULL,
    ground             TEXT,
    status             TEXT NOT NULL,
    received_at        INTEGER NOT NULL,
    received_by        TEXT NOT NULL,
    due_on             TEXT NOT NULL,
    extended           INTEGER NOT NULL,
    approved_by        TEXT,
    erase_at           INTEGER,
    erasing            INTEGER NOT NULL,
    closed_at          INTEGER
) STRICT;
CREATE INDEX requests_due_idx ON requests (due_on, position);

-- Those who have yet to be told what was done about a request.
CREATE TABLE untold (
    subject_request_id TEXT NOT NULL,
    recipient          TEXT NOT NULL,
    PRIMARY KEY (subject_request_id, recipient)
) STRICT, WITHOUT ROWID;
