-- Pipelines; position of the first publishing, version in force.
CREATE TABLE pipelines (
    position    INTEGER PRIMARY KEY,
    pipeline_id TEXT NOT NULL UNIQUE,
    version     INTEGER NOT NULL
) STRICT;
-- After how many days in a stage a deal is called stalled, by the newest version that has the stage.
CREATE TABLE stage_limits (
    pipeline_id    TEXT NOT NULL,
    stage          TEXT NOT NULL,
    rot_after_days INTEGER,
    PRIMARY KEY (pipeline_id, stage)
) STRICT, WITHOUT ROWID;
CREATE TABLE pipeline_versions (
    pipeline_id TEXT NOT NULL,
    version     INTEGER NOT NULL,
    definition  TEXT NOT NULL,
    PRIMARY KEY (pipeline_id, version)
) STRICT, WITHOUT ROWID;

-- One row for each deal; position of its opening. An empty owner or team stands for none.
CREATE TABLE deals (
    position          INTEGER PRIMARY KEY,
    opportunity_id    TEXT NOT NULL UNIQUE,
    pipeline_id       TEXT NOT NULL,
    pipeline_version  INTEGER NOT NULL,
    stage             TEXT NOT NULL,
    stage_type        TEXT NOT NULL,
    probability       INTEGER NOT NULL,
    status            TEXT NOT NULL,
    title             TEXT NOT NULL,
    contact_id        TEXT,
    amount            INTEGER,
    currency          TEXT,
    expected_close_on TEXT,
    owner             TEXT NOT NULL,
    team              TEXT NOT NULL,
    segments          TEXT NOT NULL,
    opened_at         INTEGER NOT NULL,
    stage_entered_at  INTEGER NOT NULL,
    closed_at         INTEGER,
    lost_reason       TEXT,
    competitor        TEXT,
    stage_category    TEXT NOT NULL,
    forecast_override TEXT,
    close_date_delays INTEGER NOT NULL,
    next_step         TEXT,
    next_step_due_on  TEXT,
    contact_roles     TEXT NOT NULL,
    fx                TEXT,
    checklist         TEXT NOT NULL,
    revision          INTEGER NOT NULL
) STRICT;
CREATE INDEX deals_age_idx ON deals (pipeline_id, stage, owner, team, stage_entered_at);
CREATE INDEX deals_arrival_idx ON deals (pipeline_id, stage, stage_entered_at);
CREATE INDEX deals_stage_idx ON deals (stage);
CREATE INDEX deals_owner_idx ON deals (owner);
CREATE INDEX deals_contact_idx ON deals (contact_id) WHERE contact_id IS NOT NULL;
CREATE INDEX deals_status_idx ON deals (status);
CREATE INDEX deals_opened_idx ON deals (pipeline_id, opened_at);
CREATE INDEX deals_closed_idx ON deals (pipeline_id, closed_at) WHERE closed_at IS NOT NULL;

-- How many deals stand where, and sums over them. Probability and category are the stage's, as judged when the deal came
-- there, or those of who overrode them. Sums are in two columns, see wide.rs; the time of coming to the
-- stage is in seconds and microseconds since 1970. An empty currency stands for deals without an amount, an empty base
-- currency for those whose amount has no rate; base: what the amounts are worth in the base currency, by their rates.
CREATE TABLE standing (
    pipeline_id     TEXT NOT NULL,
    stage           TEXT NOT NULL,
    status          TEXT NOT NULL,
    probability     INTEGER NOT NULL,
    category        TEXT NOT NULL,
    owner           TEXT NOT NULL,
    team            TEXT NOT NULL,
    currency        TEXT NOT NULL,
    base_currency   TEXT NOT NULL,
    deals           INTEGER NOT NULL,
    amount_millions INTEGER NOT NULL,
    amount_rest     INTEGER NOT NULL,
    base_millions   INTEGER NOT NULL,
    base_rest       INTEGER NOT NULL,
    entered_seconds INTEGER NOT NULL,
    entered_micros  INTEGER NOT NULL,
    PRIMARY KEY (pipeline_id, stage, status, probability, category, owner, team, currency, base_currency)
) STRICT, WITHOUT ROWID;

-- How many of the deals in a stage came there on which day (UTC, counted from 1970): a view that nothing limits adds them
-- up, and so need not count every deal that stays long.
CREATE TABLE arrivals (
    pipeline_id TEXT NOT NULL,
    stage       TEXT NOT NULL,
    day         INTEGER NOT NULL,
    deals       INTEGER NOT NULL,
    PRIMARY KEY (pipeline_id, stage, day)
) STRICT, WITHOUT ROWID;

-- Deals closed in each month, and not reopened; cycle: time from opening to closing. An empty segment stands for
-- all deals, any other one for those with that value of it. Currencies and sums as in `standing`.
CREATE TABLE closed (
    pipeline_id     TEXT NOT NULL,
    segment         TEXT NOT NULL,
    month           TEXT NOT NULL,
    outcome         TEXT NOT NULL,
    owner           TEXT NOT NULL,
    team            TEXT NOT NULL,
    segment_value   TEXT NOT NULL,
    currency        TEXT NOT NULL,
    base_currency   TEXT NOT NULL,
    deals           INTEGER NOT NULL,
    amount_millions INTEGER NOT NULL,
    amount_rest     INTEGER NOT NULL,
    base_millions   INTEGER NOT NULL,
    base_rest       INTEGER NOT NULL,
    cycle_seconds   INTEGER NOT NULL,
    cycle_micros    INTEGER NOT NULL,
    PRIMARY KEY (pipeline_id, segment, month, outcome, owner, team, segment_value, currency, base_currency)
) STRICT, WITHOUT ROWID;

-- How many of the won ones took how many whole days.
CREATE TABLE cycles (
    pipeline_id   TEXT NOT NULL,
    segment       TEXT NOT NULL,
    month         TEXT NOT NULL,
    owner         TEXT NOT NULL,
    team          TEXT NOT NULL,
    segment_value TEXT NOT NULL,
    days          INTEGER NOT NULL,
    deals         INTEGER NOT NULL,
    PRIMARY KEY (pipeline_id, segment, month, owner, team, segment_value, days)
) STRICT, WITHOUT ROWID;

-- The groups of a view that nothing limits: all closed deals, those of each month, owner, team and value of a field, and
-- those without a field, for the first fields that there were.
-- Of the won ones: how many, the whole days of the one in the middle (of two the lower), and how many took fewer.
CREATE TABLE closed_groups (
    group_id    INTEGER PRIMARY KEY,
    pipeline_id TEXT NOT NULL,
    grouping    TEXT NOT NULL,
    field       TEXT NOT NULL,
    value       TEXT NOT NULL,
    won         INTEGER NOT NULL,
    median_days INTEGER NOT NULL,
    quicker     INTEGER NOT NULL,
    UNIQUE (pipeline_id, grouping, field, value)
) STRICT;

-- What was closed in each group, of all months; columns as in `closed`.
CREATE TABLE closed_totals (
    group_id        INTEGER NOT NULL,
    outcome         TEXT NOT NULL,
    currency        TEXT NOT NULL,
    base_currency   TEXT NOT NULL,
    deals           INTEGER NOT NULL,
    amount_millions INTEGER NOT NULL,
    amount_rest     INTEGER NOT NULL,
    base_millions   INTEGER NOT NULL,
    base_rest       INTEGER NOT NULL,
    cycle_seconds   INTEGER NOT NULL,
    cycle_micros    INTEGER NOT NULL,
    PRIMARY KEY (group_id, outcome, currency, base_currency)
) STRICT, WITHOUT ROWID;

-- How many of the won ones of each group took how many whole days.
CREATE TABLE cycle_totals (
    group_id INTEGER NOT NULL,
    days     INTEGER NOT NULL,
    deals    INTEGER NOT NULL,
    PRIMARY KEY (group_id, days)
) STRICT, WITHOUT ROWID;
