-- One row for each lead; position of its capture. `origin` is where it came from first. No owner, or no queue: an empty text.
-- `active`: somebody should be working on it. `points` are fit and engagement together, 0 before it is judged. Times are those
-- of the first time.
CREATE TABLE leads (
    position        INTEGER PRIMARY KEY,
    lead_id         TEXT NOT NULL UNIQUE,
    contact_id      TEXT NOT NULL,
    origin          TEXT NOT NULL,
    campaign        TEXT,
    status          TEXT NOT NULL,
    active          INTEGER NOT NULL,
    owner           TEXT NOT NULL,
    queue           TEXT NOT NULL,
    respond_by      INTEGER,
    assignments     INTEGER NOT NULL,
    score           TEXT,
    points          INTEGER NOT NULL,
    rating          TEXT,
    fields          TEXT NOT NULL,
    captured_again  INTEGER NOT NULL,
    captured_at     INTEGER NOT NULL,
    assigned_at     INTEGER,
    contacted_at    INTEGER,
    qualified_at    INTEGER,
    recycled_at     INTEGER,
    disqualified_at INTEGER,
    converted_at    INTEGER,
    won_at          INTEGER,
    lost_at         INTEGER,
    reason          TEXT,
    rests_until     TEXT,
    account_id      TEXT,
    opportunity_id  TEXT,
    revision        INTEGER NOT NULL
) STRICT;
CREATE INDEX leads_age_idx ON leads (captured_at, position);
CREATE INDEX leads_contact_idx ON leads (contact_id, captured_at, position);
CREATE INDEX leads_owner_idx ON leads (owner, active, captured_at, position);
CREATE INDEX leads_queue_idx ON leads (queue, active, captured_at, position) WHERE queue <> '';
CREATE INDEX leads_points_idx ON leads (rating, active, points DESC, captured_at, position);
CREATE INDEX leads_opportunity_idx ON leads (opportunity_id) WHERE opportunity_id IS NOT NULL;

-- Where other systems keep what came in.
CREATE TABLE externals (
    system       TEXT NOT NULL,
    external_ref TEXT NOT NULL,
    contact_id   TEXT NOT NULL,
    PRIMARY KEY (system, external_ref)
) STRICT, WITHOUT ROWID;

-- What happened to each lead.
CREATE TABLE entries (
    lead_id        TEXT NOT NULL,
    position       INTEGER NOT NULL,
    event_type     TEXT NOT NULL,
    occurred_at    INTEGER NOT NULL,
    actor          TEXT NOT NULL,
    description    TEXT NOT NULL,
    interaction_id TEXT,
    PRIMARY KEY (lead_id, position)
) STRICT, WITHOUT ROWID;

-- Leads counted by the month they came in, their source, the steps they reached, and how long after they came in that was: in
-- seconds, rounded down to the minute from an hour on, and to the hour from a day on. `total_seconds` is not rounded.
CREATE TABLE reached (
    month         TEXT NOT NULL,
    origin        TEXT NOT NULL,
    step          TEXT NOT NULL,
    seconds       INTEGER NOT NULL,
    leads         INTEGER NOT NULL,
    total_seconds INTEGER NOT NULL,
    PRIMARY KEY (month, origin, step, seconds)
) STRICT, WITHOUT ROWID;

-- Scoring models and routing policies as they are in force; position of the first version.
CREATE TABLE scoring_models (
    scoring_model_id TEXT PRIMARY KEY,
    position         INTEGER NOT NULL,
    definition       TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE routing_policies (
    routing_policy_id TEXT PRIMARY KEY,
    position          INTEGER NOT NULL,
    definition        TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The fields that the company keeps of leads, in every version; business time of each.
CREATE TABLE field_sets (
    version      INTEGER PRIMARY KEY,
    published_at INTEGER NOT NULL,
    definition   TEXT NOT NULL
) STRICT;
