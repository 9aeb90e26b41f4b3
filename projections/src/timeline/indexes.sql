-- Kind and channel stand in the index, so that a filter reads no row that it leaves out.
CREATE INDEX entries_contact_idx ON entries (contact_id, occurred_at, position, kind, channel);
-- An interaction's id is one of its contact's: another contact may have the same.
CREATE INDEX entries_interaction_idx ON entries (substr(interaction_id, 13, 13)) WHERE interaction_id IS NOT NULL;
-- For those who watch: what was recorded is found by its position, what was changed by this.
CREATE INDEX entries_changed_idx ON entries (contact_id, changed) WHERE changed IS NOT NULL;
-- For the command side: which interaction stands for a thing of another system.
CREATE INDEX entries_source_idx ON entries (contact_id, source) WHERE source IS NOT NULL;
