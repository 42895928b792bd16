-- The functions of the newest version. They are created before the tables, and replaced before a migration.
CREATE OR REPLACE FUNCTION md5_of_rest(key text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN length(key) > 600 THEN md5(substr(key, 601)) ELSE '' END $$;
CREATE OR REPLACE FUNCTION reserve_ids(many bigint, last bigint, used bigint, alone boolean) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  found bigint;
BEGIN
  PERFORM pg_advisory_lock(hashtext('ramax ids'), hashtext(current_schema()));
  SELECT CASE WHEN last_value = last THEN used ELSE last_value END INTO found FROM event_ids;
  PERFORM setval('event_ids', found + many);
  PERFORM pg_advisory_unlock(hashtext('ramax ids'), hashtext(current_schema()));
  IF alone THEN -- a later commit makes it durable, too
    PERFORM set_config('synchronous_commit', 'off', true);
  END IF;
  RETURN found;
END $$;
CREATE OR REPLACE FUNCTION extend_ids(reserved bigint, last bigint) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  is_ours boolean;
BEGIN
  PERFORM pg_advisory_lock(hashtext('ramax ids'), hashtext(current_schema()));
  SELECT last_value = reserved INTO is_ours FROM event_ids;
  IF is_ours THEN
    PERFORM setval('event_ids', last);
  END IF;
  PERFORM pg_advisory_unlock(hashtext('ramax ids'), hashtext(current_schema()));
  RETURN is_ours;
END $$;
CREATE OR REPLACE FUNCTION give_back_ids(last bigint, used bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF pg_try_advisory_lock(hashtext('ramax ids'), hashtext(current_schema())) THEN
    PERFORM setval('event_ids', used) FROM event_ids WHERE last_value = last;
    PERFORM pg_advisory_unlock(hashtext('ramax ids'), hashtext(current_schema()));
  END IF;
END $$;
CREATE OR REPLACE FUNCTION begin_writing(expected integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  found integer;
BEGIN
  PERFORM pg_advisory_xact_lock_shared(hashtext('ramax writes'), hashtext(current_schema()));
  -- A function sees what was committed while it waited: a migration holds the lock alone.
  SELECT version INTO found FROM store;
  IF found <> expected THEN
    RAISE EXCEPTION '%', found USING ERRCODE = 'RX002';
  END IF;
END $$;
CREATE OR REPLACE FUNCTION refuse_moved() RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a projection has moved' USING ERRCODE = 'RX001';
END $$;
