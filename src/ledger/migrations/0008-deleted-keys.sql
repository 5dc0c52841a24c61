-- A deleted key keeps its row, and with it its history, guard rows and bindings; its sealed secret is gone. It counts as
-- disabled for whatever does not look at the date. Until now only the Keymanager API stopped a key, by deleting it.

ALTER TABLE key ADD COLUMN deleted_at TEXT CHECK (deleted_at IS NULL OR state = 'disabled');
UPDATE key SET deleted_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now') WHERE state = 'disabled';
-- Whether another namespace has the same key.
CREATE INDEX key_by_public_key_alone ON key (public_key);
