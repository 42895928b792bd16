-- Version 1 is the layout before the first release, which changed twice under this number: each statement accepts all of
-- them. Keys of any length fit into the indexes, a mark needs its operation, and ids are reserved for a handle.
ALTER TABLE idempotency_keys DROP CONSTRAINT IF EXISTS idempotency_keys_pkey;
CREATE UNIQUE INDEX IF NOT EXISTS idempotency_keys_by_key ON idempotency_keys (space_id, left(idempotency_key, 600), md5_of_rest(idempotency_key));
ALTER TABLE projection_entities DROP CONSTRAINT IF EXISTS projection_entities_pkey;
CREATE UNIQUE INDEX IF NOT EXISTS projection_entities_by_key ON projection_entities (space_id, projection_id, left(key, 600), md5_of_rest(key));
DROP FUNCTION IF EXISTS reserve_ids(bigint);
ALTER TABLE space_sequences
  DROP CONSTRAINT IF EXISTS space_sequences_mark_check,
  DROP CONSTRAINT IF EXISTS space_sequences_check,
  ADD CONSTRAINT space_sequences_mark_check CHECK (mark BETWEEN 0 AND 4),
  ADD CONSTRAINT space_sequences_check CHECK (mark = 0 OR (mark_token IS NOT NULL AND marked_at IS NOT NULL));
