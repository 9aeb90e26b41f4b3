-- Where each purpose and channel of a subject stands.
CREATE TABLE consents (
    contact_id     TEXT NOT NULL,
    purpose        TEXT NOT NULL,
    channel        TEXT NOT NULL,
    status         TEXT NOT NULL,
    consent_id     TEXT,
    notice         TEXT,
    method         TEXT,
    evidence_grade TEXT,
    valid_until    INTEGER,
    since          INTEGER NOT NULL,
    PRIMARY KEY (contact_id, purpose, channel)
) STRICT, WITHOUT ROWID;

-- One row for each step; position of its event, and what it says of the topic. Evidence is sealed.
CREATE TABLE steps (
    position       INTEGER PRIMARY KEY,
    contact_id     TEXT NOT NULL,
    purpose        TEXT NOT NULL,
    channel        TEXT NOT NULL,
    event_type     TEXT NOT NULL,
    event_id       TEXT NOT NULL,
    occurred_at    INTEGER NOT NULL,
    recorded_at    INTEGER NOT NULL,
    actor          TEXT NOT NULL,
    consent_id     TEXT,
    notice         TEXT,
    method         TEXT,
    evidence_grade TEXT,
    valid_until    INTEGER,
    evidence       TEXT,
    payload_sha256 TEXT NOT NULL,
    status         TEXT NOT NULL
) STRICT;
CREATE INDEX steps_contact_idx ON steps (contact_id, position);
CREATE INDEX steps_purpose_idx ON steps (contact_id, purpose, position);

-- Who is registered, and who was erased: no consents are something else than no contact.
CREATE TABLE contacts (
    contact_id TEXT PRIMARY KEY,
    erased     INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
