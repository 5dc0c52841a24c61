-- Nothing at or above is signed with this key; beside the stop of the whole directory, whichever is lower.

ALTER TABLE slashing_validator ADD COLUMN stop_slot INTEGER CHECK (stop_slot >= 0);
ALTER TABLE slashing_validator ADD COLUMN stop_epoch INTEGER CHECK (stop_epoch >= 0);
