-- One row for each thing that happened with a contact; position of its event. Summaries are sealed. `changed` is the
-- position of the last event that set the row right, or took its text away.
CREATE TABLE entries (
    position         INTEGER PRIMARY KEY,
    contact_id       TEXT NOT NULL,
    event_type       TEXT NOT NULL,
    kind             TEXT NOT NULL,
    occurred_at      INTEGER NOT NULL,
    recorded_at      INTEGER NOT NULL,
    actor            TEXT NOT NULL,
    related          TEXT,
    description      TEXT NOT NULL DEFAULT '',
    interaction_id   TEXT,
    channel          TEXT,
    direction        TEXT,
    summary          TEXT,
    topic            TEXT,
    duration_seconds INTEGER,
    outcome          TEXT,
    value            INTEGER,
    currency         TEXT,
    source           TEXT,
    segments         TEXT,
    redacted         INTEGER NOT NULL DEFAULT 0,
    corrected_at     INTEGER,
    changed          INTEGER
) STRICT;
-- What an exchange said before it was set right, or its text was taken away; `until` is the position of the event that did
-- so. For those who ask what was known then.
CREATE TABLE earlier (
    position         INTEGER NOT NULL,
    until            INTEGER NOT NULL,
    contact_id       TEXT NOT NULL,
    summary          TEXT,
    duration_seconds INTEGER,
    outcome          TEXT,
    redacted         INTEGER NOT NULL,
    corrected_at     INTEGER,
    changed          INTEGER,
    PRIMARY KEY (position, until)
) STRICT, WITHOUT ROWID;

-- Whose the deals, the contracts and the requests are.
CREATE TABLE subjects (
    stream     TEXT PRIMARY KEY,
    contact_id TEXT NOT NULL
) STRICT, WITHOUT ROWID;
