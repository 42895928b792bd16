-- Shards the tables of spaces by space, on Citus. They need the tables and all functions.
CREATE TABLE space_ends (                      -- what the coordinator has committed, of each space
  space_id bigint PRIMARY KEY,
  last_sequence bigint NOT NULL DEFAULT 0,
  last_event_id bigint NOT NULL DEFAULT 0,
  last_order bigint NOT NULL DEFAULT 0
);
CREATE INDEX space_ends_by_order ON space_ends (last_order);
CREATE INDEX space_ends_by_id ON space_ends (last_event_id);
CREATE TABLE two_phases (one integer PRIMARY KEY); -- always empty
-- Ids are unique because they come from one sequence: an index of a shard knows nothing of the others.
ALTER TABLE event_log DROP CONSTRAINT event_log_event_id_key;
CREATE UNIQUE INDEX event_log_by_id ON event_log (event_id, space_id);
SELECT create_reference_table('spaces');
SELECT create_distributed_table('space_sequences', 'space_id', colocate_with => 'none');
SELECT create_distributed_table('event_types', 'space_id', colocate_with => 'space_sequences');
SELECT create_distributed_table('event_log', 'space_id', colocate_with => 'space_sequences');
SELECT create_distributed_table('idempotency_keys', 'space_id', colocate_with => 'space_sequences');
SELECT create_distributed_table('projections', 'space_id', colocate_with => 'space_sequences');
SELECT create_distributed_table('projection_checkpoints', 'space_id', colocate_with => 'space_sequences');
SELECT create_distributed_table('projection_entities', 'space_id', colocate_with => 'space_sequences');
SELECT create_distributed_table('subscription_positions', 'space_id', colocate_with => 'space_sequences');
SELECT create_distributed_table('parked_events', 'space_id', colocate_with => 'space_sequences');
SELECT create_distributed_table('subscription_effects', 'space_id', colocate_with => 'space_sequences');
SELECT citus_add_local_table_to_metadata('two_phases');
