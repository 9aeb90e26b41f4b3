-- Pipelines, as the version in force defines them; position of the first publishing.
CREATE TABLE pipelines (
    pipeline_id TEXT PRIMARY KEY,
    position    INTEGER NOT NULL,
    definition  TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- One row for each deal, as it stands; position of its opening. `visit` and `forecast` are the rows of those that last; a
-- closed deal has no forecast. An empty owner or team stands for none.
CREATE TABLE deals (
    position          INTEGER PRIMARY KEY,
    opportunity_id    TEXT NOT NULL UNIQUE,
    pipeline_id       TEXT NOT NULL,
    status            TEXT NOT NULL,
    stage             TEXT NOT NULL,
    stage_category    TEXT NOT NULL,
    category_override TEXT,
    amount            INTEGER,
    currency          TEXT,
    expected_close_on TEXT,
    owner             TEXT NOT NULL,
    team              TEXT NOT NULL,
    visit             INTEGER NOT NULL,
    forecast          INTEGER
) STRICT;

-- One row for each visit of a deal to a stage; position of the event that brought it there, deal: position of its opening.
-- Status is what the deal became by coming there, `visited_before` how often it had been there already. Owner, team and
-- amount are those that it had last while it was there. Without `left_at` the visit lasts.
CREATE TABLE visits (
    position       INTEGER PRIMARY KEY,
    deal           INTEGER NOT NULL,
    pipeline_id    TEXT NOT NULL,
    stage          TEXT NOT NULL,
    status         TEXT NOT NULL,
    visited_before INTEGER NOT NULL,
    entered_at     INTEGER NOT NULL,
    left_at        INTEGER,
    left_to        TEXT,
    owner          TEXT NOT NULL,
    team           TEXT NOT NULL,
    amount         INTEGER,
    currency       TEXT
) STRICT;
CREATE INDEX visits_deal_idx ON visits (deal, stage);
CREATE INDEX visits_entered_idx ON visits (pipeline_id, entered_at);
CREATE INDEX visits_left_idx ON visits (pipeline_id, left_at) WHERE left_at IS NOT NULL;

-- How open deals were forecast, as it was known from the position of the event that said so up to that of the next word,
-- exclusive; 9223372036854775807 while it holds.
CREATE TABLE forecasts (
    position          INTEGER PRIMARY KEY,
    until_position    INTEGER NOT NULL,
    deal              INTEGER NOT NULL,
    pipeline_id       TEXT NOT NULL,
    category          TEXT NOT NULL,
    expected_close_on TEXT,
    owner             TEXT NOT NULL,
    team              TEXT NOT NULL,
    amount            INTEGER,
    currency          TEXT
) STRICT;
CREATE INDEX forecasts_known_idx ON forecasts (pipeline_id, category, until_position);
