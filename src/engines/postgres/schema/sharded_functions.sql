-- The functions of a store whose tables are sharded, as far as they differ or are added. They run on the coordinator; each of
-- their statements concerns one shard. Citus plans a row of values in a tenth of the time that an INSERT with a SELECT takes,
-- so that a few rows are written one by one.
CREATE OR REPLACE FUNCTION begin_writing(expected integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  found_version integer;
BEGIN
  PERFORM pg_advisory_xact_lock_shared(hashtext('ramax writes'), hashtext(current_schema()));
  SELECT version INTO found_version FROM store;
  IF found_version <> expected THEN
    RAISE EXCEPTION '%', found_version USING ERRCODE = 'RX002';
  END IF;
  -- The number of the transaction tells later whether it was committed. That holds for the shards, too, if they commit in two
  -- phases, as they do after a write to a table of the coordinator that Citus knows, even one that changes nothing.
  PERFORM pg_current_xact_id();
  DELETE FROM two_phases WHERE one = 0;
  -- Only a setting of this kind reaches the nodes.
  EXECUTE format('SET LOCAL lock_timeout TO %L', current_setting('lock_timeout'));
END $$;
CREATE OR REPLACE FUNCTION note_end(of_space bigint, before bigint, last bigint, last_id bigint, last_commit bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  UPDATE space_ends SET last_sequence = last, last_event_id = last_id, last_order = last_commit
  WHERE space_id = of_space AND last_sequence = before;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the shard of space #% ends at event %, and the coordinator knows of another end; a node may have been restored from an older copy',
      of_space, before USING ERRCODE = 'data_corrupted';
  END IF;
END $$;
CREATE OR REPLACE FUNCTION write_entries(of_space bigint, of_projection bigint, keys text[], vals text[], times bigint[], removed text[])
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  gone bigint := 0;
  known bigint := 0;
  is_new boolean;
BEGIN
  IF cardinality(removed) > 0 THEN
    DELETE FROM projection_entities WHERE space_id = of_space AND ctid = ANY (ARRAY(
      SELECT entry.ctid FROM unnest(removed) AS old (key) CROSS JOIN LATERAL (
        SELECT ctid FROM projection_entities AS entities WHERE entities.space_id = of_space
          AND entities.projection_id = of_projection AND left(entities.key, 600) = left(old.key, 600)
          AND entities.key = old.key LIMIT 1) AS entry));
    GET DIAGNOSTICS gone = ROW_COUNT;
  END IF;
  IF cardinality(keys) > 10 THEN
    SELECT count(*) INTO known FROM unnest(keys) AS new (key) CROSS JOIN LATERAL (
      SELECT 1 FROM projection_entities AS entities WHERE entities.space_id = of_space
        AND entities.projection_id = of_projection AND left(entities.key, 600) = left(new.key, 600)
        AND entities.key = new.key LIMIT 1) AS entry;
    INSERT INTO projection_entities (space_id, projection_id, key, value, updated_at)
    SELECT one.space_id, one.projection_id, new.key, new.value, new.updated_at
    FROM projections AS one, unnest(keys, vals, times) AS new (key, value, updated_at)
    WHERE one.space_id = of_space AND one.projection_id = of_projection
    ON CONFLICT (space_id, projection_id, left(key, 600), md5_of_rest(key))
      DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at;
  ELSE
    FOR place IN 1 .. cardinality(keys) LOOP
      INSERT INTO projection_entities (space_id, projection_id, key, value, updated_at)
      VALUES (of_space, of_projection, keys[place], vals[place], times[place])
      ON CONFLICT (space_id, projection_id, left(key, 600), md5_of_rest(key))
        DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at
      RETURNING xmax = 0 INTO is_new; -- a row that was not there before has no earlier version
      known := known + CASE WHEN is_new THEN 0 ELSE 1 END;
    END LOOP;
  END IF;
  RETURN cardinality(keys) - known - gone;
END $$;
CREATE OR REPLACE FUNCTION append_events(of_space bigint, in_order bigint, sequences bigint[], ids bigint[], times bigint[], checksums bigint[],
  causes bigint[], correlations uuid[], types text[], entity_ids text[], payloads text[], metas text[])
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF cardinality(ids) > 10 THEN
    INSERT INTO event_log (space_id, commit_order, space_sequence, event_id, timestamp, checksum, causation_id, correlation_id,
      event_type, entity_id, payload, meta)
    SELECT log.space_id, in_order, new.space_sequence, new.event_id, new.timestamp, new.checksum, new.causation_id,
      new.correlation_id, new.event_type, new.entity_id, new.payload, new.meta
    FROM space_sequences AS log, unnest(sequences, ids, times, checksums, causes, correlations, types, entity_ids, payloads, metas)
      AS new (space_sequence, event_id, timestamp, checksum, causation_id, correlation_id, event_type, entity_id, payload, meta)
    WHERE log.space_id = of_space;
    RETURN;
  END IF;
  FOR place IN 1 .. cardinality(ids) LOOP
    INSERT INTO event_log (space_id, commit_order, space_sequence, event_id, timestamp, checksum, causation_id, correlation_id,
      event_type, entity_id, payload, meta)
    VALUES (of_space, in_order, sequences[place], ids[place], times[place], checksums[place], causes[place],
      correlations[place], types[place], entity_ids[place], payloads[place], metas[place]);
  END LOOP;
END $$;
CREATE OR REPLACE FUNCTION add_types(of_space bigint, names text[], firsts bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  FOR place IN 1 .. cardinality(names) LOOP
    INSERT INTO event_types (space_id, event_type, first_sequence) VALUES (of_space, names[place], firsts[place])
    ON CONFLICT DO NOTHING;
  END LOOP;
END $$;
CREATE OR REPLACE FUNCTION remember_keys(of_space bigint, keys text[], requests bigint[], digests bytea[], ids text[], sequences bigint[], times bigint[])
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  FOR place IN 1 .. cardinality(keys) LOOP
    INSERT INTO idempotency_keys (space_id, idempotency_key, request, digest, event_ids, space_sequence, stored_at)
    VALUES (of_space, keys[place], requests[place], digests[place], ids[place]::bigint[], sequences[place], times[place]);
  END LOOP;
END $$;
CREATE OR REPLACE FUNCTION forget_keys(of_space bigint, expire_before bigint, most bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM idempotency_keys WHERE space_id = of_space AND ctid = ANY (ARRAY(
    SELECT ctid FROM idempotency_keys WHERE space_id = of_space AND stored_at < expire_before ORDER BY stored_at LIMIT most));
END $$;
-- Writes a whole unit of work, unless its space has changed, as the statement does in a database of one server.
CREATE OR REPLACE FUNCTION write_unit(of_space bigint, seen bigint, seen_revision bigint, last bigint, last_id bigint, last_time bigint,
  bytes bigint, sequences bigint[], ids bigint[], times bigint[], checksums bigint[], causes bigint[], correlations uuid[],
  types text[], entity_ids text[], payloads text[], metas text[], new_types text[], firsts bigint[],
  put_into bigint[], put_keys text[], put_values text[], put_times bigint[],
  moved bigint[], moved_from bigint[], moved_to bigint[], moved_to_id bigint[], moved_at bigint[], expected integer,
  removed_from bigint[], removed text[],
  keys text[], requests bigint[], digests bytea[], key_ids text[], key_sequences bigint[], key_times bigint[],
  expire_before bigint,
  OUT written bigint, OUT entries bigint, OUT number bigint) LANGUAGE plpgsql AS $$
DECLARE
  new_order bigint;
  known_order bigint;
  grown bigint;
BEGIN
  written := 0;
  PERFORM begin_writing(expected);
  number := pg_current_xact_id()::text::bigint;
  SELECT number + order_offset INTO new_order FROM store;
  UPDATE space_sequences SET last_sequence = last, last_event_id = last_id, last_timestamp = last_time,
    payload_bytes = payload_bytes + bytes, last_order = greatest(last_order, new_order)
  WHERE space_id = of_space AND last_sequence = seen AND revision = seen_revision AND mark = 0
  RETURNING last_order INTO known_order;
  IF known_order IS NULL THEN
    RETURN;
  END IF;
  PERFORM note_end(of_space, seen, last, last_id, known_order);
  PERFORM append_events(of_space, known_order, sequences, ids, times, checksums, causes, correlations, types, entity_ids,
    payloads, metas);
  PERFORM add_types(of_space, new_types, firsts);
  IF cardinality(keys) > 0 THEN
    PERFORM remember_keys(of_space, keys, requests, digests, key_ids, key_sequences, key_times);
    IF expire_before IS NOT NULL THEN
      PERFORM forget_keys(of_space, expire_before, 8);
    END IF;
  END IF;
  FOR place IN 1 .. cardinality(moved) LOOP
    UPDATE projection_checkpoints SET last_space_sequence = moved_to[place], last_event_id = moved_to_id[place], updated_at = moved_at[place]
    WHERE space_id = of_space AND projection_id = moved[place] AND last_space_sequence = moved_from[place]
    RETURNING projection_checkpoints.entities INTO entries;
    IF NOT FOUND THEN
      PERFORM refuse_moved();
    END IF;
    grown := write_entries(of_space, moved[place],
      ARRAY(SELECT new.key FROM unnest(put_into, put_keys) WITH ORDINALITY AS new (projection, key, n) WHERE projection = moved[place] ORDER BY n),
      ARRAY(SELECT new.value FROM unnest(put_into, put_values) WITH ORDINALITY AS new (projection, value, n) WHERE projection = moved[place] ORDER BY n),
      ARRAY(SELECT new.time FROM unnest(put_into, put_times) WITH ORDINALITY AS new (projection, time, n) WHERE projection = moved[place] ORDER BY n),
      ARRAY(SELECT old.key FROM unnest(removed_from, removed) WITH ORDINALITY AS old (projection, key, n) WHERE projection = moved[place] ORDER BY n));
    IF grown <> 0 THEN
      entries := greatest(0, entries + grown);
      UPDATE projection_checkpoints SET entities = entries WHERE space_id = of_space AND projection_id = moved[place];
    END IF;
  END LOOP;
  PERFORM nextval('commits');
  written := 1;
END $$;
