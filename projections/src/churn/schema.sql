-- Contracts, and what each brought each month from when on, by business time.
CREATE TABLE contracts (
    subscription_id TEXT PRIMARY KEY,
    contact_id      TEXT NOT NULL,
    currency        TEXT NOT NULL,
    segments        TEXT NOT NULL,
    started_at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX contracts_contact_idx ON contracts (contact_id);
CREATE TABLE mrr_changes (
    contact_id      TEXT NOT NULL,
    occurred_at     INTEGER NOT NULL,
    position        INTEGER NOT NULL,
    subscription_id TEXT NOT NULL,
    mrr             INTEGER NOT NULL,
    PRIMARY KEY (contact_id, occurred_at, position)
) STRICT, WITHOUT ROWID;
-- The same by month, which the fold goes on from: what a contract brought at the end of each month in which that
-- changed, when it changed last, and whether it brought something at any time of the month.
CREATE TABLE contract_months (
    contact_id      TEXT NOT NULL,
    month           TEXT NOT NULL,
    subscription_id TEXT NOT NULL,
    mrr             INTEGER NOT NULL,
    changed_at      INTEGER NOT NULL,
    paid            INTEGER NOT NULL,
    PRIMARY KEY (contact_id, month, subscription_id)
) STRICT, WITHOUT ROWID;

-- What moved in each month. Sums are in two columns, see wide.rs. An empty segment stands for all contracts; a
-- segment with an empty value corrects those rows for contacts that have other contracts with the field.
CREATE TABLE movements (
    segment               TEXT NOT NULL,
    month                 TEXT NOT NULL,
    segment_value         TEXT NOT NULL,
    currency              TEXT NOT NULL,
    cohort                TEXT NOT NULL,
    churned_customers     INTEGER NOT NULL,
    churned_millions      INTEGER NOT NULL,
    churned_rest          INTEGER NOT NULL,
    contraction_millions  INTEGER NOT NULL,
    contraction_rest      INTEGER NOT NULL,
    expansion_millions    INTEGER NOT NULL,
    expansion_rest        INTEGER NOT NULL,
    new_customers         INTEGER NOT NULL,
    new_millions          INTEGER NOT NULL,
    new_rest              INTEGER NOT NULL,
    reactivated_customers INTEGER NOT NULL,
    reactivated_millions  INTEGER NOT NULL,
    reactivated_rest      INTEGER NOT NULL,
    PRIMARY KEY (segment, month, segment_value, currency, cohort)
) STRICT, WITHOUT ROWID;

-- Orders by contact and day; days since 1970. An empty currency stands for orders without a value.
CREATE TABLE purchases (
    contact_id     TEXT NOT NULL,
    day            INTEGER NOT NULL,
    currency       TEXT NOT NULL,
    orders         INTEGER NOT NULL,
    value_millions INTEGER NOT NULL,
    value_rest     INTEGER NOT NULL,
    PRIMARY KEY (contact_id, day, currency)
) STRICT, WITHOUT ROWID;

-- Each buyer's rhythm. The gap is the median one between purchase days; one day has none. `due_day` is the last day
-- on which it is not overdue.
CREATE TABLE buyers (
    contact_id    TEXT PRIMARY KEY,
    contracted    INTEGER NOT NULL,
    first_day     INTEGER NOT NULL,
    last_day      INTEGER NOT NULL,
    purchase_days INTEGER NOT NULL,
    gap           INTEGER,
    due_day       INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX buyers_due_idx ON buyers (due_day, contact_id) WHERE contracted = 0 AND due_day IS NOT NULL;
CREATE INDEX buyers_once_idx ON buyers (last_day, contact_id) WHERE contracted = 0 AND due_day IS NULL;

-- Counters over the buyers without a contract, and the last day with a purchase of anybody.
CREATE TABLE activity (
    buyers        INTEGER NOT NULL,
    repeat_buyers INTEGER NOT NULL,
    purchase_days INTEGER NOT NULL,
    last_day      INTEGER
) STRICT;
INSERT INTO activity VALUES (0, 0, 0, NULL);
CREATE TABLE order_values (
    currency       TEXT PRIMARY KEY,
    orders         INTEGER NOT NULL,
    value_millions INTEGER NOT NULL,
    value_rest     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE gaps (gap INTEGER PRIMARY KEY, buyers INTEGER NOT NULL) STRICT;
