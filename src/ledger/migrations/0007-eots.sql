-- What EOTS keys signed (Babylon), by x-only public key alone: namespaces share one history. One message for each key,
-- chain and height, for ever: a second one would reveal the private key. Heights are 8 bytes big-endian, so that all of
-- 64 bits fit and bytes sort as numbers do.

CREATE TABLE eots_record (
  public_key BLOB NOT NULL CHECK (length(public_key) = 32),
  chain_id BLOB NOT NULL CHECK (length(chain_id) <= 64),
  height BLOB NOT NULL CHECK (length(height) = 8),
  message BLOB NOT NULL CHECK (length(message) <= 8192),
  -- only of records that were imported with one; what is signed here is signed again, to the same bytes
  signature BLOB CHECK (length(signature) = 32),
  recorded_at TEXT NOT NULL,
  PRIMARY KEY (public_key, chain_id, height)
) STRICT, WITHOUT ROWID;

-- Nothing new is signed at or below the height, whatever is known from there.
CREATE TABLE eots_floor (
  public_key BLOB NOT NULL CHECK (length(public_key) = 32),
  chain_id BLOB NOT NULL CHECK (length(chain_id) <= 64),
  height BLOB NOT NULL CHECK (length(height) = 8),
  PRIMARY KEY (public_key, chain_id)
) STRICT, WITHOUT ROWID;

-- A key without a row is enabled and needs no floor.
CREATE TABLE eots_key (
  public_key BLOB PRIMARY KEY NOT NULL CHECK (length(public_key) = 32),
  -- signs nothing new on a chain that it has no floor on
  requires_floor INTEGER NOT NULL DEFAULT 0 CHECK (requires_floor IN (0, 1)),
  enabled INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1))
) STRICT, WITHOUT ROWID;

-- Before any conflict clause is looked at: no OR REPLACE, OR IGNORE or upsert comes past a record.
CREATE TRIGGER eots_record_is_the_only_one BEFORE INSERT ON eots_record
  WHEN EXISTS (SELECT 1 FROM eots_record
    WHERE public_key = new.public_key AND chain_id = new.chain_id AND height = new.height)
  BEGIN SELECT RAISE(ABORT, 'a height has one message for ever'); END;
CREATE TRIGGER eots_record_lies_above_the_floor BEFORE INSERT ON eots_record
  WHEN EXISTS (SELECT 1 FROM eots_floor
    WHERE public_key = new.public_key AND chain_id = new.chain_id AND height >= new.height)
  BEGIN SELECT RAISE(ABORT, 'nothing is recorded at or below a floor'); END;
CREATE TRIGGER eots_record_is_final BEFORE UPDATE ON eots_record
  BEGIN SELECT RAISE(ABORT, 'signing history does not change'); END;
CREATE TRIGGER eots_record_stays BEFORE DELETE ON eots_record
  WHEN NOT EXISTS (SELECT 1 FROM eots_floor
      WHERE public_key = old.public_key AND chain_id = old.chain_id AND height >= old.height)
    OR NOT EXISTS (SELECT 1 FROM eots_record
      WHERE public_key = old.public_key AND chain_id = old.chain_id AND height > old.height)
  BEGIN SELECT RAISE(ABORT, 'only what lies at or below the floor may be pruned, and never the newest record'); END;

CREATE TRIGGER eots_floor_ratchets BEFORE UPDATE ON eots_floor
  WHEN new.public_key IS NOT old.public_key OR new.chain_id IS NOT old.chain_id OR new.height < old.height
  BEGIN SELECT RAISE(ABORT, 'a floor is never lowered'); END;
CREATE TRIGGER eots_floor_is_not_replaced BEFORE INSERT ON eots_floor
  WHEN EXISTS (SELECT 1 FROM eots_floor
    WHERE public_key = new.public_key AND chain_id = new.chain_id AND height > new.height)
  BEGIN SELECT RAISE(ABORT, 'a floor is never lowered'); END;
CREATE TRIGGER eots_floor_stays BEFORE DELETE ON eots_floor
  BEGIN SELECT RAISE(ABORT, 'a floor is never lowered'); END;

CREATE TRIGGER eots_key_ratchets BEFORE UPDATE ON eots_key
  WHEN new.public_key IS NOT old.public_key OR new.requires_floor < old.requires_floor
  BEGIN SELECT RAISE(ABORT, 'a key that needs a floor needs it for ever'); END;
CREATE TRIGGER eots_key_is_not_replaced BEFORE INSERT ON eots_key
  WHEN EXISTS (SELECT 1 FROM eots_key WHERE public_key = new.public_key)
  BEGIN SELECT RAISE(ABORT, 'the state of a key is changed, not replaced'); END;
CREATE TRIGGER eots_key_stays BEFORE DELETE ON eots_key
  BEGIN SELECT RAISE(ABORT, 'the state of a key is never forgotten'); END;

-- An import under way: nothing here counts until it is merged, in one transaction.
CREATE TABLE eots_staged_record (
  public_key BLOB NOT NULL CHECK (length(public_key) = 32),
  chain_id BLOB NOT NULL CHECK (length(chain_id) <= 64),
  height BLOB NOT NULL CHECK (length(height) = 8),
  message BLOB NOT NULL CHECK (length(message) <= 8192),
  signature BLOB CHECK (length(signature) = 32),
  recorded_at TEXT NOT NULL,
  PRIMARY KEY (public_key, chain_id, height)
) STRICT, WITHOUT ROWID;
CREATE TABLE eots_staged_floor (
  public_key BLOB NOT NULL CHECK (length(public_key) = 32),
  chain_id BLOB NOT NULL CHECK (length(chain_id) <= 64),
  height BLOB NOT NULL CHECK (length(height) = 8),
  PRIMARY KEY (public_key, chain_id)
) STRICT, WITHOUT ROWID;
