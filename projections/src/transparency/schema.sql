-- The hashes of complete subtrees, in the order in which they become complete: a leaf, then the subtrees that end with it,
-- lowest first. Only ever added to, so every older tree is a part of it.
CREATE TABLE hashes (
    place INTEGER PRIMARY KEY,
    hash  BLOB NOT NULL
) STRICT;

-- Which leaf belongs to which position of the log: from here on, and until the next row, both count up by one. A log whose
-- positions have no gaps has one row.
CREATE TABLE runs (
    first_index    INTEGER PRIMARY KEY,
    first_position INTEGER NOT NULL UNIQUE
) STRICT;
