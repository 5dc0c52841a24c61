-- Reservations that spend the same slot (a Bitcoin outpoint; a nonce of an Ethereum account) are a group: a chain takes one
-- of them, so the largest counts, in the second of the last. Rows of before are in no group, and count as they did.

CREATE TABLE limit_group (
  namespace TEXT NOT NULL,
  binding_id TEXT NOT NULL,
  counter TEXT NOT NULL,
  slot TEXT NOT NULL,
  first INTEGER NOT NULL,
  last INTEGER NOT NULL CHECK (last >= first),
  largest TEXT NOT NULL,
  -- The slot first: one search finds the groups of all counters.
  PRIMARY KEY (slot, binding_id, counter)
) STRICT, WITHOUT ROWID;
-- A slot that is used after its group has left the window begins another group, later than the last of the one before: what
-- that one counts stands in limit_spend, whatever becomes of the row.
CREATE TRIGGER limit_group_grows BEFORE UPDATE ON limit_group
  WHEN new.namespace IS NOT old.namespace OR new.binding_id IS NOT old.binding_id OR new.counter IS NOT old.counter
    OR new.slot IS NOT old.slot OR (new.first <= old.last AND (new.first IS NOT old.first OR new.last < old.last
      OR length(new.largest) < length(old.largest)
      OR (length(new.largest) = length(old.largest) AND new.largest < old.largest)))
  BEGIN SELECT RAISE(ABORT, 'a group only grows'); END;
CREATE TRIGGER limit_group_stays BEFORE DELETE ON limit_group
  BEGIN SELECT RAISE(ABORT, 'a group is never forgotten'); END;

-- Of `amount`, what a later reservation of its group counts in its own second instead: the row counts the difference.
ALTER TABLE limit_spend ADD COLUMN moved TEXT NOT NULL DEFAULT '0'
  CHECK (length(moved) < length(amount) OR (length(moved) = length(amount) AND moved <= amount));
CREATE TRIGGER limit_spend_moves BEFORE UPDATE ON limit_spend
  WHEN length(new.moved) < length(old.moved) OR (length(new.moved) = length(old.moved) AND new.moved < old.moved)
  BEGIN SELECT RAISE(ABORT, 'what moved on does not come back'); END;
