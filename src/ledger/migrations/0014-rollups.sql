-- Sums of limit_spend by minute, hour and day (UTC), so that a window of a year is some hundred rows to add and not millions.
-- The rows of seconds stay: they say where a window's old edge cuts a minute. What is in the file already is added up by
-- ../roll-up.ts in this migration's transaction.

CREATE TABLE limit_rollup (
  namespace TEXT NOT NULL,
  binding_id TEXT NOT NULL,
  counter TEXT NOT NULL,
  -- length in seconds
  unit INTEGER NOT NULL CHECK (unit IN (60, 3600, 86400)),
  -- its first second
  start INTEGER NOT NULL CHECK (start % unit = 0),
  amount TEXT NOT NULL,
  moved TEXT NOT NULL CHECK (length(moved) < length(amount) OR (length(moved) = length(amount) AND moved <= amount)),
  PRIMARY KEY (binding_id, counter, unit, start)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER limit_rollup_grows BEFORE UPDATE ON limit_rollup
  WHEN new.namespace IS NOT old.namespace OR new.binding_id IS NOT old.binding_id OR new.counter IS NOT old.counter
    OR new.unit IS NOT old.unit OR new.start IS NOT old.start
    OR length(new.amount) < length(old.amount) OR (length(new.amount) = length(old.amount) AND new.amount < old.amount)
    OR length(new.moved) < length(old.moved) OR (length(new.moved) = length(old.moved) AND new.moved < old.moved)
  BEGIN SELECT RAISE(ABORT, 'spend only grows'); END;
CREATE TRIGGER limit_rollup_stays BEFORE DELETE ON limit_rollup
  BEGIN SELECT RAISE(ABORT, 'spend is never forgotten'); END;
