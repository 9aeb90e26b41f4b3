-- One row for each quote, by the version that counts; position of its creation. `expiry_order` is when it expires in microseconds
-- while it waits for an answer, and the largest number else: those come last. `offer`: lines, totals and rate, as in the events.
CREATE TABLE quotes (
    position       INTEGER PRIMARY KEY,
    quote_id       TEXT NOT NULL UNIQUE,
    opportunity_id TEXT NOT NULL,
    status         TEXT NOT NULL,
    offer          TEXT NOT NULL,
    valid_until_on TEXT,
    time_zone      TEXT,
    expires_at     INTEGER,
    expiry_order   INTEGER NOT NULL,
    deal_amount    TEXT,
    reason         TEXT,
    created_at     INTEGER NOT NULL,
    sent_at        INTEGER,
    closed_at      INTEGER,
    revision       INTEGER NOT NULL
) STRICT;
CREATE INDEX quotes_all_idx ON quotes (expiry_order, position);
CREATE INDEX quotes_of_opportunity_idx ON quotes (opportunity_id, expiry_order, position);
CREATE INDEX quotes_status_idx ON quotes (status, expiry_order, position);

-- Price books, as they are in force; position of their first version.
CREATE TABLE price_books (
    price_book_id TEXT PRIMARY KEY,
    position      INTEGER NOT NULL,
    definition    TEXT NOT NULL
) STRICT;
CREATE INDEX price_books_position_idx ON price_books (position);
