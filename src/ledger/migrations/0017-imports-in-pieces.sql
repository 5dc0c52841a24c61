-- A large interchange import is merged in pieces, each committed by itself, from what 0003-slashing.sql stages. Its keys sign
-- nothing from the first commit to the last: nobody judges a duty by half a history. A start goes on with it.

CREATE TABLE slashing_import (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  -- merging: the keys of slashing_import_key sign nothing; merged: they do, and what was staged is still to be deleted
  state TEXT NOT NULL CHECK (state IN ('merging', 'merged')),
  -- whom the log names at the end
  namespace TEXT NOT NULL,
  principal TEXT NOT NULL,
  -- only watermarks are kept, as the mode was when the import began
  minimal INTEGER NOT NULL CHECK (minimal IN (0, 1)),
  -- the entry of the file whose records go in next, and the last of them that is in: slot, or target with source, and root
  entry INTEGER NOT NULL DEFAULT 0 CHECK (entry >= 0),
  part TEXT NOT NULL DEFAULT 'blocks' CHECK (part IN ('blocks', 'attestations')),
  number INTEGER NOT NULL DEFAULT -1,
  source INTEGER NOT NULL DEFAULT -1,
  signing_root BLOB NOT NULL DEFAULT x'',
  -- the last key whose watermarks are raised
  raised BLOB NOT NULL DEFAULT x'',
  conflicts INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TRIGGER slashing_import_ends_once BEFORE UPDATE ON slashing_import
  WHEN old.state = 'merged' OR new.raised < old.raised OR new.entry < old.entry
  BEGIN SELECT RAISE(ABORT, 'an import goes on until it has ended'); END;
CREATE TRIGGER slashing_import_ends BEFORE DELETE ON slashing_import
  WHEN old.state IS NOT 'merged'
  BEGIN SELECT RAISE(ABORT, 'an import goes on until it has ended'); END;

-- The keys of the file. Before there is a row of slashing_import they are staged, and mean nothing.
CREATE TABLE slashing_import_key (
  public_key BLOB PRIMARY KEY CHECK (length(public_key) = 48),
  -- its watermarks before the first of its records went in
  begun INTEGER NOT NULL DEFAULT 0 CHECK (begun IN (0, 1)),
  low_slot INTEGER,
  low_target INTEGER,
  -- what it came to: new records, records of the file in conflict, and the first of those as JSON
  blocks INTEGER NOT NULL DEFAULT 0,
  attestations INTEGER NOT NULL DEFAULT 0,
  conflict_count INTEGER NOT NULL DEFAULT 0,
  conflicts TEXT NOT NULL DEFAULT '[]'
) STRICT, WITHOUT ROWID;
CREATE TRIGGER slashing_import_key_stays BEFORE DELETE ON slashing_import_key
  WHEN EXISTS (SELECT 1 FROM slashing_import WHERE state = 'merging')
  BEGIN SELECT RAISE(ABORT, 'a key is marked until its history is whole'); END;
