-- What an act brought about, beside its kept answer: a repeat gets the answer while that is so, and is told otherwise. Null:
-- what is never undone (wallets, policies, namespaces). Answers of earlier releases say it themselves.

ALTER TABLE idempotent_answer ADD COLUMN brought TEXT;
DROP TRIGGER idempotent_answer_is_final;
UPDATE idempotent_answer SET brought = CASE substr(json_extract(body, '$.id'), 1, 4)
  WHEN 'frz_' THEN json_object('kind', 'freeze', 'id', json_extract(body, '$.id'))
  WHEN 'key_' THEN json_object('kind', 'key', 'id', json_extract(body, '$.id'), 'state', json_extract(body, '$.state'))
  WHEN 'prn_' THEN json_object('kind', 'principal', 'id', json_extract(body, '$.id'),
    'namespace', json_extract(body, '$.namespace'), 'version', NULL)
  WHEN 'bnd_' THEN json_object('kind', 'binding', 'id', json_extract(body, '$.id'),
    'version', json_extract(body, '$.version'))
  WHEN 'dsc_' THEN json_object('kind', 'descriptor', 'id', json_extract(body, '$.id'))
END
WHERE json_valid(body) AND json_type(body, '$.id') = 'text';
CREATE TRIGGER idempotent_answer_is_final BEFORE UPDATE ON idempotent_answer
  BEGIN SELECT RAISE(ABORT, 'a stored answer does not change'); END;
