-- Who may call, what exists, what was decided. Every row that belongs to a tenant carries its namespace.

CREATE TABLE namespace (
  name TEXT PRIMARY KEY,
  created_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE principal (
  id TEXT PRIMARY KEY,
  namespace TEXT NOT NULL REFERENCES namespace (name),
  name TEXT NOT NULL,
  roles TEXT NOT NULL,
  groups TEXT NOT NULL,
  token_hash BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),
  created_at TEXT NOT NULL,
  deleted_at TEXT
) STRICT;
CREATE INDEX principal_by_namespace ON principal (namespace, id);

CREATE TABLE wallet (
  id TEXT PRIMARY KEY,
  namespace TEXT NOT NULL REFERENCES namespace (name),
  name TEXT NOT NULL,
  created_at TEXT NOT NULL
) STRICT;
CREATE INDEX wallet_by_namespace ON wallet (namespace, id);

CREATE TABLE key (
  id TEXT PRIMARY KEY,
  namespace TEXT NOT NULL REFERENCES namespace (name),
  wallet_id TEXT REFERENCES wallet (id),
  chain TEXT NOT NULL,
  curve TEXT NOT NULL,
  derivation TEXT NOT NULL,
  path TEXT,
  public_key BLOB NOT NULL,
  address TEXT NOT NULL,
  label TEXT,
  attributes TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('active', 'disabled')),
  created_at TEXT NOT NULL
) STRICT;
-- One id per private key and address in a namespace: a second id could carry weaker bindings than the first.
CREATE UNIQUE INDEX key_by_public_key ON key (namespace, chain, public_key, address);
CREATE INDEX key_by_namespace ON key (namespace, id);

CREATE TABLE policy (
  namespace TEXT NOT NULL REFERENCES namespace (name),
  digest TEXT NOT NULL,
  name TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  abi TEXT NOT NULL,
  meter TEXT NOT NULL,
  module BLOB NOT NULL,
  created_at TEXT NOT NULL,
  PRIMARY KEY (namespace, digest)
) STRICT;
CREATE INDEX policy_by_digest ON policy (digest);

CREATE TABLE binding (
  id TEXT PRIMARY KEY,
  namespace TEXT NOT NULL REFERENCES namespace (name),
  policy TEXT NOT NULL,
  scope_kind TEXT NOT NULL CHECK (scope_kind IN ('namespace', 'wallet', 'key')),
  scope_id TEXT NOT NULL,
  settings TEXT NOT NULL,
  fuel_max INTEGER NOT NULL,
  mode TEXT NOT NULL CHECK (mode IN ('enforce', 'shadow')),
  created_at TEXT NOT NULL,
  deleted_at TEXT,
  FOREIGN KEY (namespace, policy) REFERENCES policy (namespace, digest)
) STRICT;
CREATE INDEX binding_by_namespace ON binding (namespace, id);

CREATE TABLE request (
  id TEXT PRIMARY KEY,
  namespace TEXT NOT NULL,
  key_id TEXT NOT NULL REFERENCES key (id),
  principal TEXT NOT NULL,
  type TEXT NOT NULL,
  received_at TEXT NOT NULL,
  idempotency_key TEXT,
  body_hash BLOB NOT NULL CHECK (length(body_hash) = 32),
  decision TEXT NOT NULL CHECK (decision IN ('allow', 'deny')),
  -- problem document of a refusal, canonical JSON; null when allowed
  problem TEXT,
  -- canonical JSON: what a receipt needs to re-execute the decision
  evidence TEXT NOT NULL,
  -- the fields that a 200 answer adds, canonical JSON; null until the signature exists
  result TEXT,
  sequence INTEGER NOT NULL
) STRICT;
CREATE INDEX request_by_namespace ON request (namespace, id);
CREATE INDEX request_by_principal ON request (namespace, principal, id);
CREATE UNIQUE INDEX request_by_idempotency_key ON request (namespace, principal, idempotency_key)
  WHERE idempotency_key IS NOT NULL;
-- A decision is final; the one change is that an allowed request gets its result, once.
CREATE TRIGGER request_is_final BEFORE UPDATE ON request
  WHEN old.result IS NOT NULL OR old.decision = 'deny' OR new.result IS NULL
    OR new.id IS NOT old.id OR new.namespace IS NOT old.namespace OR new.key_id IS NOT old.key_id
    OR new.principal IS NOT old.principal OR new.type IS NOT old.type OR new.received_at IS NOT old.received_at
    OR new.idempotency_key IS NOT old.idempotency_key OR new.body_hash IS NOT old.body_hash
    OR new.decision IS NOT old.decision OR new.problem IS NOT old.problem OR new.evidence IS NOT old.evidence
    OR new.sequence IS NOT old.sequence
  BEGIN SELECT RAISE(ABORT, 'a decided request does not change'); END;
CREATE TRIGGER request_stays BEFORE DELETE ON request
  BEGIN SELECT RAISE(ABORT, 'a decided request is never deleted'); END;

CREATE TABLE idempotent_answer (
  namespace TEXT NOT NULL,
  principal TEXT NOT NULL,
  idempotency_key TEXT NOT NULL,
  request_hash BLOB NOT NULL CHECK (length(request_hash) = 32),
  status INTEGER NOT NULL,
  body TEXT NOT NULL,
  created_at TEXT NOT NULL,
  PRIMARY KEY (namespace, principal, idempotency_key)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER idempotent_answer_is_final BEFORE UPDATE ON idempotent_answer
  BEGIN SELECT RAISE(ABORT, 'a stored answer does not change'); END;

-- Spend per binding and counter, one row a second. A window's sum is over seconds greater than now - window.
CREATE TABLE limit_spend (
  namespace TEXT NOT NULL,
  binding_id TEXT NOT NULL,
  counter TEXT NOT NULL,
  second INTEGER NOT NULL,
  amount TEXT NOT NULL,
  PRIMARY KEY (binding_id, counter, second)
) STRICT, WITHOUT ROWID;
-- Amounts are decimal text without leading zeros: the longer one is the larger one.
CREATE TRIGGER limit_spend_grows BEFORE UPDATE ON limit_spend
  WHEN new.namespace IS NOT old.namespace OR new.binding_id IS NOT old.binding_id OR new.counter IS NOT old.counter
    OR new.second IS NOT old.second OR length(new.amount) < length(old.amount)
    OR (length(new.amount) = length(old.amount) AND new.amount < old.amount)
  BEGIN SELECT RAISE(ABORT, 'spend only grows'); END;
CREATE TRIGGER limit_spend_stays BEFORE DELETE ON limit_spend
  BEGIN SELECT RAISE(ABORT, 'spend is never forgotten'); END;

CREATE TABLE audit_leaf (
  sequence INTEGER PRIMARY KEY CHECK (sequence >= 0),
  namespace TEXT NOT NULL,
  entry TEXT NOT NULL,
  hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
CREATE INDEX audit_leaf_by_namespace ON audit_leaf (namespace, sequence);
CREATE TRIGGER audit_leaf_is_final BEFORE UPDATE ON audit_leaf
  BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_leaf_stays BEFORE DELETE ON audit_leaf
  BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

-- Complete subtrees only (RFC 6962): level 1 and up; level 0 is audit_leaf.hash.
CREATE TABLE audit_node (
  level INTEGER NOT NULL CHECK (level > 0),
  idx INTEGER NOT NULL CHECK (idx >= 0),
  hash BLOB NOT NULL CHECK (length(hash) = 32),
  PRIMARY KEY (level, idx)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER audit_node_is_final BEFORE UPDATE ON audit_node
  BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_node_stays BEFORE DELETE ON audit_node
  BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

CREATE TABLE audit_checkpoint (
  size INTEGER PRIMARY KEY CHECK (size >= 0),
  note TEXT NOT NULL,
  created_at TEXT NOT NULL
) STRICT;
CREATE TRIGGER audit_checkpoint_is_final BEFORE UPDATE ON audit_checkpoint
  BEGIN SELECT RAISE(ABORT, 'a checkpoint does not change'); END;
CREATE TRIGGER audit_checkpoint_stays BEFORE DELETE ON audit_checkpoint
  BEGIN SELECT RAISE(ABORT, 'a checkpoint is never deleted'); END;

-- The log's identity: its origin line and the key that signs its checkpoints.
CREATE TABLE audit_log (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  origin TEXT NOT NULL,
  key_id TEXT NOT NULL,
  public_key BLOB NOT NULL CHECK (length(public_key) = 32)
) STRICT;
CREATE TRIGGER audit_log_is_final BEFORE UPDATE ON audit_log
  BEGIN SELECT RAISE(ABORT, 'the log keeps its identity'); END;
CREATE TRIGGER audit_log_stays BEFORE DELETE ON audit_log
  BEGIN SELECT RAISE(ABORT, 'the log keeps its identity'); END;
