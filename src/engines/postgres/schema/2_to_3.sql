-- A store that was restored elsewhere is told from its original, and its events are ordered after those of the copy.
ALTER TABLE store
  ADD COLUMN order_offset bigint NOT NULL DEFAULT 0,
  ADD COLUMN place text;
