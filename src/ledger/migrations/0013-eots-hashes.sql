-- Of an imported record whose message is longer than is kept: SHA-256 of the message, which is all that an EOTS signature says
-- about it. Its column message is then empty.

ALTER TABLE eots_record ADD COLUMN message_hash BLOB
  CHECK (message_hash IS NULL OR (length(message_hash) = 32 AND length(message) = 0));
ALTER TABLE eots_staged_record ADD COLUMN message_hash BLOB
  CHECK (message_hash IS NULL OR (length(message_hash) = 32 AND length(message) = 0));
