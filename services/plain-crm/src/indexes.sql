CREATE INDEX activities_contact_idx ON activities (contact_id, occurred_at);
CREATE INDEX deals_stage_idx ON deals (stage);
CREATE INDEX deals_owner_idx ON deals (owner);
CREATE INDEX deals_status_idx ON deals (status);
