-- The operator's own network, as canonical JSON: its keys hold the name alone, so a name must never change its meaning.

ALTER TABLE slashing_chain ADD COLUMN network TEXT CHECK (json_valid(network));
CREATE TRIGGER slashing_chain_keeps_network BEFORE UPDATE ON slashing_chain
  WHEN old.network IS NOT NULL AND new.network IS NOT old.network
  BEGIN SELECT RAISE(ABORT, 'a data directory stays with its network'); END;
