-- Private keys of validators (BLS12-381). SQLite cannot change a CHECK, so the table is built anew; nothing refers to it.

CREATE TABLE key_secret_with_bls (
  key_id TEXT PRIMARY KEY,
  data_key_id TEXT NOT NULL REFERENCES data_key (id),
  public_key BLOB NOT NULL,
  curve TEXT NOT NULL CHECK (curve IN ('secp256k1', 'ed25519', 'stark', 'bls12-381')),
  namespace TEXT NOT NULL,
  wallet_id TEXT,
  sealed BLOB NOT NULL
) STRICT;
INSERT INTO key_secret_with_bls SELECT key_id, data_key_id, public_key, curve, namespace, wallet_id, sealed FROM key_secret;
DROP TABLE key_secret;
ALTER TABLE key_secret_with_bls RENAME TO key_secret;
CREATE INDEX key_secret_by_data_key ON key_secret (data_key_id);
