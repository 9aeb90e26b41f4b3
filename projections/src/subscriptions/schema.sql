-- One row for each contract; position of its start.
CREATE TABLE subscriptions (
    position            INTEGER PRIMARY KEY,
    subscription_id     TEXT NOT NULL UNIQUE,
    contact_id          TEXT NOT NULL,
    plan                TEXT NOT NULL,
    status              TEXT NOT NULL,
    mrr                 INTEGER NOT NULL,
    currency            TEXT NOT NULL,
    term_ends_on        TEXT,
    segments            TEXT NOT NULL,
    started_at          INTEGER NOT NULL,
    cancelled_at        INTEGER,
    cancellation_reason TEXT,
    revision            INTEGER NOT NULL
) STRICT;
CREATE INDEX subscriptions_contact_idx ON subscriptions (contact_id, started_at, position);

-- Who is registered: no contracts are something else than no contact.
CREATE TABLE contacts (contact_id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
