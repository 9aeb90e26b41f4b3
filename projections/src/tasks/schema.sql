-- One row for each task; position of its creation. `due_order` is when it is due in microseconds, and the largest number where that
-- is not said: those come last. `late`: it is open and overdue. `stage_rule`: the stage that asks for it, JSON.
CREATE TABLE tasks (
    position   INTEGER PRIMARY KEY,
    task_id    TEXT NOT NULL UNIQUE,
    about      TEXT NOT NULL,
    subject    TEXT NOT NULL,
    owner      TEXT NOT NULL,
    status     TEXT NOT NULL,
    due_at     INTEGER,
    due_order  INTEGER NOT NULL,
    remind_at  INTEGER,
    reminded   INTEGER NOT NULL,
    overdue    INTEGER NOT NULL,
    late       INTEGER NOT NULL,
    rule       TEXT,
    stage_rule TEXT,
    outcome    TEXT,
    reason     TEXT,
    created_at INTEGER NOT NULL,
    closed_at  INTEGER,
    revision   INTEGER NOT NULL
) STRICT;
CREATE INDEX tasks_all_idx ON tasks (due_order, position);
CREATE INDEX tasks_all_of_owner_idx ON tasks (owner, due_order, position);
CREATE INDEX tasks_all_about_idx ON tasks (about, due_order, position);
CREATE INDEX tasks_due_idx ON tasks (status, due_order, position);
CREATE INDEX tasks_owner_idx ON tasks (owner, status, due_order, position);
CREATE INDEX tasks_about_idx ON tasks (about, status, due_order, position);
CREATE INDEX tasks_late_idx ON tasks (due_order, position) WHERE late = 1;
