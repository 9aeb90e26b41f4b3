-- One row for each case; position of its opening. No group, or nobody who works on it: an empty text. `breached` is a JSON
-- list of the promises that were not kept. `low_rated` while nobody has looked at a low rating. `stood` is where it stood before it became a part of another one.
CREATE TABLE cases (
    position           INTEGER PRIMARY KEY,
    case_id            TEXT NOT NULL UNIQUE,
    contact_id         TEXT,
    channel            TEXT NOT NULL,
    title              TEXT NOT NULL,
    kind               TEXT NOT NULL,
    priority           TEXT NOT NULL,
    status             TEXT NOT NULL,
    unsolved           INTEGER NOT NULL,
    team               TEXT NOT NULL,
    assignee           TEXT NOT NULL,
    product            TEXT,
    source             TEXT,
    split_from         TEXT,
    merged_into        TEXT,
    stood              TEXT,
    level              INTEGER NOT NULL,
    terms              TEXT,
    first_due          INTEGER,
    next_due           INTEGER,
    resolution_due     INTEGER,
    stopped_at         INTEGER,
    breached           TEXT NOT NULL,
    opened_at          INTEGER NOT NULL,
    first_responded_at INTEGER,
    resolved_at        INTEGER,
    resolution         TEXT,
    reopened           INTEGER NOT NULL,
    bugs               TEXT NOT NULL,
    segments           TEXT NOT NULL,
    rating             INTEGER,
    low_rated          INTEGER NOT NULL,
    revision           INTEGER NOT NULL
) STRICT;
CREATE INDEX cases_contact_idx ON cases (contact_id, position) WHERE contact_id IS NOT NULL;
CREATE INDEX cases_team_idx ON cases (team, unsolved, position);
CREATE INDEX cases_assignee_idx ON cases (assignee, unsolved, position) WHERE assignee <> '';
CREATE INDEX cases_low_rated_idx ON cases (low_rated, position);
CREATE INDEX cases_unsolved_idx ON cases (position) WHERE unsolved = 1;

-- What is promised and still open, while the clock of its case runs.
CREATE TABLE promises (
    due_at   INTEGER NOT NULL,
    position INTEGER NOT NULL,
    target   TEXT NOT NULL,
    team     TEXT NOT NULL,
    assignee TEXT NOT NULL,
    PRIMARY KEY (due_at, position, target)
) STRICT, WITHOUT ROWID;
CREATE INDEX promises_case_idx ON promises (position);
CREATE INDEX promises_team_idx ON promises (team, due_at, position, target);
CREATE INDEX promises_assignee_idx ON promises (assignee, due_at, position, target);

-- What happened to each case, and to those that are a part of it now when they became so.
CREATE TABLE entries (
    case_id        TEXT NOT NULL,
    position       INTEGER NOT NULL,
    event_type     TEXT NOT NULL,
    occurred_at    INTEGER NOT NULL,
    actor          TEXT NOT NULL,
    description    TEXT NOT NULL,
    interaction_id TEXT,
    PRIMARY KEY (case_id, position)
) STRICT, WITHOUT ROWID;

-- Cases counted by where they stand.
CREATE TABLE standing (
    status   TEXT NOT NULL,
    team     TEXT NOT NULL,
    priority TEXT NOT NULL,
    cases    INTEGER NOT NULL,
    PRIMARY KEY (status, team, priority)
) STRICT, WITHOUT ROWID;

-- Solved cases counted by the month of their last solution; how long they took together, in seconds.
CREATE TABLE solved (
    month              TEXT NOT NULL,
    team               TEXT NOT NULL,
    priority           TEXT NOT NULL,
    cases              INTEGER NOT NULL,
    reopened           INTEGER NOT NULL,
    too_late           INTEGER NOT NULL,
    answered           INTEGER NOT NULL,
    resolution_seconds INTEGER NOT NULL,
    answer_seconds     INTEGER NOT NULL,
    rated              INTEGER NOT NULL,
    satisfied          INTEGER NOT NULL,
    PRIMARY KEY (month, team, priority)
) STRICT, WITHOUT ROWID;

-- The same by the whole minutes that the solution, or the first answer, took.
CREATE TABLE times (
    month    TEXT NOT NULL,
    team     TEXT NOT NULL,
    priority TEXT NOT NULL,
    measure  TEXT NOT NULL,
    minutes  INTEGER NOT NULL,
    cases    INTEGER NOT NULL,
    PRIMARY KEY (month, team, priority, measure, minutes)
) STRICT, WITHOUT ROWID;

-- Calendars and policies as they are in force; position of the first version.
CREATE TABLE calendars (
    calendar_id TEXT PRIMARY KEY,
    position    INTEGER NOT NULL,
    definition  TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE sla_policies (
    sla_policy_id TEXT PRIMARY KEY,
    position      INTEGER NOT NULL,
    definition    TEXT NOT NULL
) STRICT, WITHOUT ROWID;
