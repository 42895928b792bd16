//! Damage to events and idempotency keys.

use ramax::error::Remedy;

use super::{Kind, REPAIR, of_events};

pub fn kinds() -> Vec<Kind> {
    vec![
        of_events(
            "event",
            Remedy::Restore,
            "UPDATE event_log SET payload = replace(payload, 'c2', 'd2') WHERE event_id = 5",
        ),
        of_events("event", Remedy::Restore, "UPDATE event_log SET payload = '{' WHERE event_id = 5"),
        of_events(
            "event",
            Remedy::Restore,
            "UPDATE event_log SET timestamp = timestamp - 99999 WHERE event_id = 5",
        ),
        of_events("event", Remedy::Restore, "UPDATE event_log SET event_id = 99999 WHERE event_id = 5"),
        of_events("event", Remedy::Restore, "UPDATE event_log SET causation_id = 0 WHERE event_id = 5"),
        of_events("event", Remedy::Restore, "UPDATE event_log SET type_id = 2 WHERE event_id = 5"),
        event_type("UPDATE event_log SET type_id = 77 WHERE event_id = 5"),
        event_type("DELETE FROM event_types WHERE space_id = 1 AND type_id = 1"),
        event_type("DELETE FROM event_types WHERE space_id = 1"),
        event_type("UPDATE event_types SET event_type = 'contact.removed' WHERE space_id = 1 AND type_id = 1"),
        event_type("UPDATE event_types SET event_type = 'x' WHERE space_id = 1"),
        event_type("UPDATE event_types SET event_type = CAST(x'ff' AS TEXT) WHERE space_id = 1 AND type_id = 1"),
        event_type("UPDATE event_types SET event_type = 'contact.updated' WHERE space_id = 1 AND type_id = 1"),
        event_type(
            "UPDATE event_types SET event_type = iif(type_id = 1, 'contact.updated', 'contact.added') WHERE space_id = 1",
        ),
        event_type("UPDATE event_types SET type_id = 9 WHERE space_id = 1 AND type_id = 1"),
        event_type("UPDATE event_types SET type_id = type_id + 5 WHERE space_id = 1"),
        event_type("UPDATE event_types SET space_id = 99 WHERE space_id = 1"),
        event_type("UPDATE event_types SET space_id = -9 WHERE space_id = 1"),
        event_type("UPDATE event_types SET space_id = 2 WHERE space_id = 1 AND type_id = 2"),
        of_events("gap", Remedy::Restore, "DELETE FROM event_log WHERE event_id = 5"),
        of_events("gap", Remedy::Restore, "DELETE FROM event_log WHERE event_id = 1"),
        of_events(
            "lost-events",
            Remedy::Restore,
            "DELETE FROM event_log WHERE pos >= (1 << 40) + 39 AND pos < 2 << 40",
        ),
        of_events("lost-events", Remedy::Restore, "DELETE FROM event_log WHERE pos < 2 << 40"),
        of_events(
            "idempotency-key",
            Remedy::Restore,
            "UPDATE idempotency_keys SET event_ids = '[2]', digest = randomblob(32) WHERE idempotency_key = 'k7'",
        ),
        of_events(
            "unreadable",
            Remedy::Restore,
            "UPDATE idempotency_keys SET event_ids = '[', digest = randomblob(32) WHERE idempotency_key = 'k7'",
        ),
        of_events(
            "idempotency-keys",
            Remedy::Restore,
            "DELETE FROM idempotency_keys WHERE idempotency_key = 'k7'",
        ),
        of_events(
            "idempotency-keys",
            Remedy::Restore,
            "UPDATE idempotency_keys SET digest = randomblob(32) WHERE idempotency_key = 'k7'",
        ),
        of_events(
            "idempotency-keys",
            Remedy::Restore,
            "UPDATE idempotency_keys SET idempotency_key = 'k77', checksum = NULL WHERE idempotency_key = 'k7'",
        ),
        of_events(
            "idempotency-keys",
            Remedy::Restore,
            "INSERT INTO idempotency_keys SELECT space_id, 'planted', request, event_ids, space_sequence, digest,
               stored_at, checksum FROM idempotency_keys WHERE idempotency_key = 'k7'",
        ),
        key("UPDATE idempotency_keys SET event_ids = '[2]' WHERE idempotency_key = 'k7'"),
        key("UPDATE idempotency_keys SET event_ids = '[' WHERE idempotency_key = 'k7'"),
        key("UPDATE idempotency_keys SET space_sequence = 1 WHERE idempotency_key = 'k7'"),
        key("UPDATE idempotency_keys SET stored_at = 5 WHERE idempotency_key = 'k7'"),
        key("UPDATE idempotency_keys SET idempotency_key = 'k7x' WHERE idempotency_key = 'k7'"),
        key("UPDATE idempotency_keys SET checksum = checksum / 3 WHERE idempotency_key = 'k7'"),
        key("UPDATE idempotency_keys SET event_ids = '[2]', stored_at = stored_at + 10 WHERE idempotency_key = 'k7'"),
        key("UPDATE idempotency_keys SET event_ids = '[', stored_at = NULL WHERE idempotency_key = 'k7'"),
        key("UPDATE idempotency_keys SET space_id = 2, stored_at = stored_at + 10 WHERE idempotency_key = 'k7'"),
        key("UPDATE idempotency_keys SET idempotency_key = 'k7x', space_sequence = 1 WHERE idempotency_key = 'k7'"),
        key("UPDATE idempotency_keys SET space_id = 2 WHERE idempotency_key = 'k7'"),
        key("UPDATE idempotency_keys SET space_id = 99 WHERE idempotency_key = 'k7'"),
        key("UPDATE idempotency_keys SET space_id = -9 WHERE space_id = 1"),
        key("UPDATE space_sequences SET key_count = key_count + 1 WHERE space_id = 1"),
        key("UPDATE space_sequences SET key_digest = key_digest / 3 WHERE space_id = 1"),
        of_events("event", Remedy::Restore, "UPDATE event_log SET meta = '{\"by\":\"x\"}' WHERE event_id = 5"),
    ]
}

/// Damage to event types that the checksums of the events tell.
fn event_type(sql: &'static str) -> Kind {
    of_events("event-type", REPAIR, sql)
}

/// Damage to idempotency keys that the checksums tell.
fn key(sql: &'static str) -> Kind {
    of_events("idempotency-keys", REPAIR, sql)
}
