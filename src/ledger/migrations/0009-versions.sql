-- A decision says under which versions of caller and bindings it was made; the record transaction compares. An act raises
-- the version of what it changes, and of nothing else.

ALTER TABLE binding ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
CREATE INDEX binding_by_scope ON binding (namespace, scope_kind, scope_id) WHERE deleted_at IS NULL;
ALTER TABLE principal ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
-- Of the token alone: what began under an earlier one may not go on.
ALTER TABLE principal ADD COLUMN token_version INTEGER NOT NULL DEFAULT 1;
