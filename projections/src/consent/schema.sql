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
    confirm_by     INTEGER,
    jurisdiction   TEXT,
    PRIMARY KEY (contact_id, purpose, channel)
) STRICT, WITHOUT ROWID;

-- One row for each step; position of its event, and what it says of the topic, or of a suppression. A purpose or channel
-- that is empty stands for every one. Evidence is sealed. A step counts from its business time on; an invalidation, from the
-- time since when the consent is invalid.
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
    status         TEXT,
    suppression_kind TEXT,
    suppression    TEXT,
    reason         TEXT,
    counts_from    INTEGER NOT NULL,
    jurisdiction   TEXT,
    token_sha256   TEXT,
    confirm_by     INTEGER,
    renews         TEXT,
    authority      TEXT,
    no_reask_before INTEGER
) STRICT;
CREATE INDEX steps_contact_idx ON steps (contact_id, position);
CREATE INDEX steps_purpose_idx ON steps (contact_id, purpose, position);

-- Who is registered, and who was erased: no consents are something else than no contact.
CREATE TABLE contacts (
    contact_id TEXT PRIMARY KEY,
    erased     INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- Requests to be erased; position and id of the event that approved one, while that stands.
CREATE TABLE erasures (
    request_id TEXT PRIMARY KEY,
    contact_id TEXT NOT NULL,
    position   INTEGER,
    event_id   TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX erasures_contact_idx ON erasures (contact_id, position);

-- What a subject does not want, or did not want once. A purpose or channel that is empty stands for every one.
CREATE TABLE suppressions (
    contact_id       TEXT NOT NULL,
    suppression_kind TEXT NOT NULL,
    purpose          TEXT NOT NULL,
    channel          TEXT NOT NULL,
    suppression      TEXT NOT NULL,
    method           TEXT NOT NULL,
    reason           TEXT,
    since            INTEGER NOT NULL,
    PRIMARY KEY (contact_id, suppression_kind, purpose, channel)
) STRICT, WITHOUT ROWID;

-- How to reach a subject, sealed: what is compared with the suppression list.
CREATE TABLE contact_points (
    contact_id TEXT NOT NULL,
    point_id   TEXT NOT NULL,
    point      TEXT NOT NULL,
    PRIMARY KEY (contact_id, point_id)
) STRICT, WITHOUT ROWID;

-- The suppression list: by which digests of contact points the suppressions of who was erased go on; position and id of
-- the event that says so, and its business time.
CREATE TABLE suppression_list (
    digest      TEXT NOT NULL,
    contact_id  TEXT NOT NULL,
    position    INTEGER NOT NULL,
    event_id    TEXT NOT NULL,
    occurred_at INTEGER NOT NULL,
    PRIMARY KEY (digest, contact_id)
) STRICT, WITHOUT ROWID;

-- The words that subjects are shown, as they were published; position and id of the event that did.
CREATE TABLE notices (
    position       INTEGER PRIMARY KEY,
    notice_id      TEXT NOT NULL,
    version        TEXT NOT NULL,
    language       TEXT NOT NULL COLLATE NOCASE,
    wording_sha256 TEXT NOT NULL,
    text           TEXT NOT NULL,
    event_id       TEXT NOT NULL,
    occurred_at    INTEGER NOT NULL,
    recorded_at    INTEGER NOT NULL,
    UNIQUE (notice_id, version, language)
) STRICT;
