-- Freezes: orders that a key, a wallet, a namespace or everything signs nothing. One that was lifted keeps its row.

CREATE TABLE freeze (
  id TEXT PRIMARY KEY,
  scope_kind TEXT NOT NULL CHECK (scope_kind IN ('key', 'wallet', 'namespace', 'everything')),
  -- id of the key or wallet, name of the namespace; empty for everything
  scope_id TEXT NOT NULL CHECK ((scope_kind = 'everything') = (scope_id = '')),
  -- that has the key or wallet, or is frozen; null for everything
  namespace TEXT REFERENCES namespace (name) CHECK ((scope_kind = 'everything') = (namespace IS NULL)),
  ordered_by TEXT NOT NULL,
  ordered_in TEXT NOT NULL REFERENCES namespace (name),
  created_at TEXT NOT NULL,
  lifted_by TEXT,
  lifted_at TEXT CHECK ((lifted_at IS NULL) = (lifted_by IS NULL))
) STRICT;
CREATE INDEX freeze_in_force ON freeze (scope_kind, scope_id) WHERE lifted_at IS NULL;
CREATE TRIGGER freeze_stays BEFORE DELETE ON freeze
  BEGIN SELECT RAISE(ABORT, 'a freeze keeps its row'); END;
CREATE TRIGGER freeze_is_lifted_once BEFORE UPDATE ON freeze
  WHEN old.lifted_at IS NOT NULL OR new.lifted_at IS NULL OR new.id IS NOT old.id
    OR new.scope_kind IS NOT old.scope_kind OR new.scope_id IS NOT old.scope_id
    OR new.namespace IS NOT old.namespace OR new.ordered_by IS NOT old.ordered_by
    OR new.ordered_in IS NOT old.ordered_in OR new.created_at IS NOT old.created_at
  BEGIN SELECT RAISE(ABORT, 'a freeze is lifted once, and nothing else of it changes'); END;
