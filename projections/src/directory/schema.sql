-- One row for each contact; position of its registration. Names are sealed.
CREATE TABLE contacts (
    position        INTEGER PRIMARY KEY,
    contact_id      TEXT NOT NULL UNIQUE,
    kind            TEXT NOT NULL,
    name            TEXT NOT NULL,
    owner           TEXT,
    lifecycle_stage TEXT NOT NULL,
    segments        TEXT NOT NULL,
    external_ref    TEXT,
    archived        INTEGER NOT NULL DEFAULT 0,
    erased          INTEGER NOT NULL DEFAULT 0,
    registered_at   INTEGER NOT NULL,
    revision        INTEGER NOT NULL
) STRICT;
CREATE INDEX contacts_erased_idx ON contacts (contact_id) WHERE erased = 1;
CREATE INDEX contacts_external_ref_idx ON contacts (external_ref) WHERE external_ref IS NOT NULL;

-- How to reach them, sealed; `blind` finds e-mail addresses and telephone numbers.
CREATE TABLE contact_points (
    contact_id TEXT NOT NULL,
    point_id   TEXT NOT NULL,
    position   INTEGER NOT NULL,
    ordinal    INTEGER NOT NULL,
    kind       TEXT NOT NULL,
    point      TEXT NOT NULL,
    blind      TEXT,
    PRIMARY KEY (contact_id, point_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX contact_points_blind_idx ON contact_points (blind) WHERE blind IS NOT NULL;

CREATE TABLE totals (contacts INTEGER NOT NULL) STRICT;
INSERT INTO totals VALUES (0);
