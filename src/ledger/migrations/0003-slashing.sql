-- What validators of this installation signed (EIP-3076), by public key alone: namespaces share one history.
-- Slots and epochs are below 2^63. An unknown signing root is an empty blob, so that it can stand in a key.

CREATE TABLE slashing_chain (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  -- null until the first import, signature or configuration pins it
  genesis_validators_root BLOB CHECK (length(genesis_validators_root) = 32),
  mode TEXT NOT NULL DEFAULT 'complete' CHECK (mode IN ('complete', 'minimal')),
  -- what a key without any history starts with
  unknown_history TEXT NOT NULL DEFAULT 'accept' CHECK (unknown_history IN ('accept', 'refuse', 'floor')),
  floor_slot INTEGER CHECK (floor_slot >= 0),
  floor_epoch INTEGER CHECK (floor_epoch >= 0),
  -- nothing at or above is signed
  stop_slot INTEGER CHECK (stop_slot >= 0),
  stop_epoch INTEGER CHECK (stop_epoch >= 0),
  CHECK (unknown_history <> 'floor' OR (floor_slot IS NOT NULL AND floor_epoch IS NOT NULL))
) STRICT;
INSERT INTO slashing_chain (id) VALUES (1);
CREATE TRIGGER slashing_chain_keeps_root BEFORE UPDATE ON slashing_chain
  WHEN new.id IS NOT old.id
    OR (old.genesis_validators_root IS NOT NULL
      AND new.genesis_validators_root IS NOT old.genesis_validators_root)
  BEGIN SELECT RAISE(ABORT, 'a data directory stays with its chain'); END;
CREATE TRIGGER slashing_chain_stays BEFORE DELETE ON slashing_chain
  BEGIN SELECT RAISE(ABORT, 'a data directory stays with its chain'); END;

CREATE TABLE slashing_validator (
  id INTEGER PRIMARY KEY,
  public_key BLOB NOT NULL UNIQUE CHECK (length(public_key) = 48),
  -- low watermarks; null while nothing of that kind is known
  low_slot INTEGER CHECK (low_slot >= 0),
  low_source INTEGER CHECK (low_source >= 0),
  low_target INTEGER CHECK (low_target >= 0),
  enabled INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1)),
  CHECK ((low_source IS NULL) = (low_target IS NULL))
) STRICT;
CREATE TRIGGER slashing_validator_ratchets BEFORE UPDATE ON slashing_validator
  WHEN new.id IS NOT old.id OR new.public_key IS NOT old.public_key
    OR (old.low_slot IS NOT NULL AND (new.low_slot IS NULL OR new.low_slot < old.low_slot))
    OR (old.low_source IS NOT NULL AND (new.low_source IS NULL OR new.low_source < old.low_source))
    OR (old.low_target IS NOT NULL AND (new.low_target IS NULL OR new.low_target < old.low_target))
  BEGIN SELECT RAISE(ABORT, 'a watermark is never lowered'); END;
CREATE TRIGGER slashing_validator_stays BEFORE DELETE ON slashing_validator
  BEGIN SELECT RAISE(ABORT, 'signing history is never forgotten'); END;

CREATE TABLE slashing_block (
  validator INTEGER NOT NULL REFERENCES slashing_validator (id),
  slot INTEGER NOT NULL CHECK (slot >= 0),
  signing_root BLOB NOT NULL CHECK (length(signing_root) IN (0, 32)),
  PRIMARY KEY (validator, slot, signing_root)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER slashing_block_is_final BEFORE UPDATE ON slashing_block
  BEGIN SELECT RAISE(ABORT, 'signing history does not change'); END;
CREATE TRIGGER slashing_block_stays BEFORE DELETE ON slashing_block
  WHEN (SELECT old.slot < low_slot FROM slashing_validator WHERE id = old.validator) IS NOT 1
  BEGIN SELECT RAISE(ABORT, 'only what lies below the watermark may be pruned'); END;

CREATE TABLE slashing_attestation (
  validator INTEGER NOT NULL REFERENCES slashing_validator (id),
  target INTEGER NOT NULL CHECK (target >= 0),
  source INTEGER NOT NULL CHECK (source >= 0),
  signing_root BLOB NOT NULL CHECK (length(signing_root) IN (0, 32)),
  PRIMARY KEY (validator, target, source, signing_root)
) STRICT, WITHOUT ROWID;
-- Votes with a later source are few at the head of a chain, however long the history is.
CREATE INDEX slashing_attestation_by_source ON slashing_attestation (validator, source, target);
CREATE TRIGGER slashing_attestation_is_final BEFORE UPDATE ON slashing_attestation
  BEGIN SELECT RAISE(ABORT, 'signing history does not change'); END;
-- A vote with a later source than the watermark's could still be surrounded, however low its target is.
CREATE TRIGGER slashing_attestation_stays BEFORE DELETE ON slashing_attestation
  WHEN (SELECT old.target < low_target AND old.source <= low_source
    FROM slashing_validator WHERE id = old.validator) IS NOT 1
  BEGIN SELECT RAISE(ABORT, 'only what lies below the watermark may be pruned'); END;

-- An import under way: nothing here counts until it is merged, in one transaction. `entry` is the place in the file.
CREATE TABLE slashing_staged_entry (
  entry INTEGER PRIMARY KEY CHECK (entry >= 0),
  public_key BLOB NOT NULL CHECK (length(public_key) = 48)
) STRICT;
CREATE INDEX slashing_staged_entry_by_key ON slashing_staged_entry (public_key);
CREATE TABLE slashing_staged_block (
  entry INTEGER NOT NULL,
  slot INTEGER NOT NULL CHECK (slot >= 0),
  signing_root BLOB NOT NULL CHECK (length(signing_root) IN (0, 32)),
  PRIMARY KEY (entry, slot, signing_root)
) STRICT, WITHOUT ROWID;
CREATE TABLE slashing_staged_attestation (
  entry INTEGER NOT NULL,
  target INTEGER NOT NULL CHECK (target >= 0),
  source INTEGER NOT NULL CHECK (source >= 0),
  signing_root BLOB NOT NULL CHECK (length(signing_root) IN (0, 32)),
  PRIMARY KEY (entry, target, source, signing_root)
) STRICT, WITHOUT ROWID;
