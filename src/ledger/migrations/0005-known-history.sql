-- A key that was stopped before it ever signed has a row, and no history: the row alone must not count as one.

ALTER TABLE slashing_validator ADD COLUMN known INTEGER NOT NULL DEFAULT 0 CHECK (known IN (0, 1));
-- A history that was imported empty looks like a stop in older files; it has to be imported once more.
UPDATE slashing_validator SET known = 1 WHERE low_slot IS NOT NULL OR low_target IS NOT NULL;
CREATE TRIGGER slashing_validator_stays_known BEFORE UPDATE ON slashing_validator WHEN new.known < old.known
  BEGIN SELECT RAISE(ABORT, 'signing history is never forgotten'); END;
