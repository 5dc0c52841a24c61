-- Sealed secrets: root key, key-encryption keys, one data key per wallet or imported key, seeds and private keys.
-- Every blob is ciphertext (version byte, nonce, AES-256-GCM, tag); only the vault's thread can open one.

CREATE TABLE seal (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  header TEXT NOT NULL,
  sealed_root BLOB NOT NULL
) STRICT;

CREATE TABLE kek (
  version INTEGER PRIMARY KEY CHECK (version > 0),
  sealed BLOB NOT NULL,
  uses INTEGER NOT NULL CHECK (uses >= 0)
) STRICT;
-- AES-GCM with random nonces is safe for a bounded number of messages: the count survives every restart and only grows.
CREATE TRIGGER kek_uses_grow BEFORE UPDATE ON kek WHEN new.uses < old.uses OR new.version <> old.version
BEGIN SELECT raise(ABORT, 'the use count of a key-encryption key never goes down'); END;

CREATE TABLE data_key (
  id TEXT PRIMARY KEY,
  namespace TEXT NOT NULL,
  kek_version INTEGER NOT NULL REFERENCES kek (version),
  sealed BLOB NOT NULL
) STRICT;
CREATE INDEX data_key_by_kek ON data_key (kek_version);

CREATE TABLE wallet_secret (
  wallet_id TEXT PRIMARY KEY,
  data_key_id TEXT NOT NULL REFERENCES data_key (id),
  sealed BLOB NOT NULL
) STRICT;

CREATE TABLE key_secret (
  key_id TEXT PRIMARY KEY,
  data_key_id TEXT NOT NULL REFERENCES data_key (id),
  public_key BLOB NOT NULL,
  curve TEXT NOT NULL CHECK (curve IN ('secp256k1', 'ed25519', 'stark')),
  namespace TEXT NOT NULL,
  wallet_id TEXT,
  sealed BLOB NOT NULL
) STRICT;
CREATE INDEX key_secret_by_data_key ON key_secret (data_key_id);
