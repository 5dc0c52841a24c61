-- Registered descriptors: outputs that several keys share, one of which at least is the wallet's. A descriptor never changes; a
-- deleted one keeps its row, since decisions name it.

CREATE TABLE descriptor (
  id TEXT PRIMARY KEY,
  namespace TEXT NOT NULL REFERENCES namespace (name),
  wallet_id TEXT NOT NULL REFERENCES wallet (id),
  name TEXT NOT NULL,
  network TEXT NOT NULL,
  -- without checksum, hardened steps marked by '
  descriptor TEXT NOT NULL,
  -- JSON array of {name, keyId}: which of its keys are the wallet's
  own_keys TEXT NOT NULL CHECK (json_valid(own_keys)),
  receive_address TEXT NOT NULL,
  -- null where it has one branch
  change_address TEXT,
  created_at TEXT NOT NULL,
  deleted_at TEXT
) STRICT;
CREATE UNIQUE INDEX descriptor_once ON descriptor (wallet_id, network, descriptor) WHERE deleted_at IS NULL;
CREATE TRIGGER descriptor_stays BEFORE DELETE ON descriptor
  BEGIN SELECT RAISE(ABORT, 'a descriptor keeps its row'); END;
CREATE TRIGGER descriptor_never_changes BEFORE UPDATE ON descriptor
  WHEN old.deleted_at IS NOT NULL OR new.deleted_at IS NULL OR new.id IS NOT old.id
    OR new.namespace IS NOT old.namespace OR new.wallet_id IS NOT old.wallet_id OR new.name IS NOT old.name
    OR new.network IS NOT old.network OR new.descriptor IS NOT old.descriptor OR new.own_keys IS NOT old.own_keys
    OR new.receive_address IS NOT old.receive_address OR new.change_address IS NOT old.change_address
    OR new.created_at IS NOT old.created_at
  BEGIN SELECT RAISE(ABORT, 'a descriptor never changes'); END;
