//! Kinds of damage, each with the finding of a check. The guide has the same table.

use std::sync::LazyLock;

use ramax::error::Remedy;

use super::{numbers, unwatched};

/// Damage done with SQL.
pub struct Kind {
    pub sql: &'static str,
    /// True if it is done to the projections' tables.
    pub projections: bool,
    /// True if only a deep check finds it.
    pub deep: bool,
    pub finding: &'static str,
    pub remedy: Remedy,
    /// The space of the finding; none for the whole file.
    pub space: Option<&'static str>,
}

impl Kind {
    /// Returns true if the damage is done to the last space, the only one with an index of entities.
    pub fn is_of_last_space(&self) -> bool {
        self.space == Some("crm_big")
    }
}

const LIVE: &str = "crm_acme";

pub fn of_events(finding: &'static str, remedy: Remedy, sql: &'static str) -> Kind {
    Kind { sql, projections: false, deep: false, finding, remedy, space: Some(LIVE) }
}

pub fn of_projections(finding: &'static str, remedy: Remedy, sql: &'static str) -> Kind {
    Kind { projections: true, ..of_events(finding, remedy, sql) }
}

fn deep(kind: Kind) -> Kind {
    Kind { deep: true, ..kind }
}

pub fn of(space: Option<&'static str>, kind: Kind) -> Kind {
    Kind { space, ..kind }
}

/// A mark that no operation wrote.
fn without_an_owner(sql: &'static str) -> Kind {
    of(Some("#1"), of_events("unreadable", Remedy::Check { deep: false, repair: true }, sql))
}

/// Damage to the registration of a subscription.
pub fn registration(sql: &'static str) -> Kind {
    of(None, of_events("subscription", Remedy::RemoveSubscription { name: "emails".to_owned() }, sql))
}

/// Removed registrations.
fn lost_subscriptions(sql: &'static str) -> Kind {
    of(None, of_events("lost-subscriptions", Remedy::Restore, sql))
}

/// Damage to the positions and parked events of a subscription.
pub fn rows_of_subscription(sql: &'static str) -> Kind {
    of(None, of_events("subscription-rows", Remedy::ContinueSubscription { name: "emails".to_owned() }, sql))
}

/// Damage after which each position and parked event of a subscription can still be right.
fn digest_of_subscription(sql: &'static str) -> Kind {
    of(None, of_events("subscription-rows", Remedy::RecountSubscription { name: "emails".to_owned() }, sql))
}

/// A repair of a projection that the app does not declare.
pub fn removal() -> Remedy {
    Remedy::RemoveProjection { projection: "contacts_by_city".to_owned() }
}

/// Plants a projection that the app does not declare, and damages it.
macro_rules! undeclared {
    ($damage:literal) => {
        concat!(
            "INSERT INTO projections (projection_id, space_id, state, projection)
               VALUES (50, 1, 'live', 'contacts_by_city');
             INSERT INTO projection_checkpoints
               SELECT 1, 'contacts_by_city', last_event_id, last_space_sequence, updated_at, 50, 1
               FROM projection_checkpoints WHERE space_id = 1 AND projection = 'state';
             INSERT INTO projection_entities VALUES (50, 'city:rome', '1', 0);",
            $damage
        )
    };
}

pub(super) use undeclared;

pub static KINDS: LazyLock<Vec<Kind>> = LazyLock::new(|| {
    let mut kinds = vec![
    // Events.
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
    of_events("event", Remedy::Restore, "UPDATE event_log SET type_id = 77 WHERE event_id = 5"),
    of_events("event", Remedy::Restore, "DELETE FROM event_types WHERE space_id = 1 AND type_id = 1"),
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
        "UPDATE idempotency_keys SET event_ids = '[2]' WHERE idempotency_key = 'k7'",
    ),
    of_events(
        "unreadable",
        Remedy::Restore,
        "UPDATE idempotency_keys SET event_ids = '[' WHERE idempotency_key = 'k7'",
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
    // Subscriptions.
    of(
        None,
        of_events(
            "no-subscription",
            Remedy::Check { deep: false, repair: true },
            "INSERT INTO subscription_positions (space_id, subscription_id, space_sequence) VALUES (1, 99, 0)",
        ),
    ),
    of_events(
        "subscription-ahead",
        Remedy::Check { deep: false, repair: true },
        "INSERT INTO subscriptions (subscription_id, name, query, start, on_error, created_at, incarnation,
             checksum, row_count, row_digest)
           VALUES (7, 'ahead', '', 'beginning', 'park', 0, x'00', -927864004831778201, 1, -8654675998671253265);
         INSERT INTO subscription_positions (space_id, subscription_id, space_sequence) VALUES (1, 7, 99999)",
    ),
    registration("UPDATE subscriptions SET query = ''"),
    registration("UPDATE subscriptions SET query = 'type:'"),
    registration("UPDATE subscriptions SET start = '{}'"),
    registration("UPDATE subscriptions SET on_error = 'stop'"),
    registration("UPDATE subscriptions SET created_at = created_at + 1"),
    registration("UPDATE subscriptions SET delivered = -5"),
    registration("UPDATE subscriptions SET lease_epoch = -5"),
    registration("UPDATE subscriptions SET revision = 9223372036854775807"),
    registration("UPDATE subscriptions SET minute = -9223372036854775808"),
    registration("UPDATE subscriptions SET minute = 9223372036854775807"),
    registration("UPDATE subscriptions SET in_minute = 9223372036854775807"),
    registration("UPDATE subscriptions SET delivered = 9223372036854775807"),
    registration("UPDATE subscriptions SET lease_epoch = 9223372036854775807, lease_owner = '{}', lease_until = 1 << 60"),
    registration("UPDATE subscriptions SET subscription_id = -7"),
    of(
        None,
        of_events(
            "subscription-lease",
            Remedy::Check { deep: false, repair: true },
            "UPDATE subscriptions SET lease_owner = '{}', lease_until = 1 << 62",
        ),
    ),
    of(
        None,
        of_events(
            "subscription",
            Remedy::Check { deep: false, repair: true },
            "UPDATE subscriptions SET name = 'e' || char(0) || 'mails'",
        ),
    ),
    lost_subscriptions("DELETE FROM subscriptions"),
    lost_subscriptions("DELETE FROM subscriptions; DELETE FROM subscription_positions"),
    lost_subscriptions("DELETE FROM subscriptions; DELETE FROM sqlite_sequence WHERE name = 'subscriptions'; DELETE FROM subscription_positions"),
    digest_of_subscription("UPDATE subscriptions SET row_digest = row_digest + 1"),
    rows_of_subscription("UPDATE subscriptions SET row_count = row_count + 1"),
    rows_of_subscription("DELETE FROM subscription_positions WHERE space_id = 1"),
    digest_of_subscription("UPDATE subscription_positions SET space_sequence = 7 WHERE space_id = 1"),
    rows_of_subscription("UPDATE subscription_positions SET space_sequence = 99999 WHERE space_id = 1"),
    rows_of_subscription("UPDATE subscription_positions SET space_sequence = -5 WHERE space_id = 1"),
    rows_of_subscription("UPDATE subscription_positions SET space_id = 9 WHERE space_id = 1"),
    rows_of_subscription(
        "INSERT INTO parked_events (space_id, subscription_id, space_sequence, attempts, error, parked_at)
           VALUES (1, 1, 4711, 1, 'timeout', 0)",
    ),
    // Counters.
    of_events(
        "no-counters",
        Remedy::Check { deep: false, repair: true },
        "DELETE FROM space_sequences WHERE space_id = 1",
    ),
    of(
        Some("#1"),
        of_events(
            "unreadable",
            Remedy::Check { deep: false, repair: true },
            "UPDATE space_sequences SET last_sequence = -1 WHERE space_id = 1",
        ),
    ),
    of(
        Some("#1"),
        of_events(
            "unreadable",
            Remedy::Check { deep: false, repair: true },
            "UPDATE space_sequences SET revision = -1 WHERE space_id = 1",
        ),
    ),
    of(
        Some("#1"),
        of_events(
            "unreadable",
            Remedy::Check { deep: false, repair: true },
            "UPDATE space_sequences SET redactions = -1 WHERE space_id = 1",
        ),
    ),
    of(
        Some("#1"),
        of_events(
            "unreadable",
            Remedy::Check { deep: false, repair: true },
            "UPDATE space_sequences SET redactions = 9223372036854775807 WHERE space_id = 1",
        ),
    ),
    of(
        Some("#1"),
        of_events(
            "unreadable",
            Remedy::Check { deep: false, repair: true },
            "UPDATE space_sequences SET revision = 9223372036854775807 WHERE space_id = 1",
        ),
    ),
    of(
        Some("#1"),
        of_events(
            "unreadable",
            Remedy::Check { deep: false, repair: true },
            "UPDATE space_sequences SET mark = 9 WHERE space_id = 1",
        ),
    ),
    without_an_owner("UPDATE space_sequences SET mark = 1 WHERE space_id = 1"),
    without_an_owner("UPDATE space_sequences SET mark = 2 WHERE space_id = 1"),
    without_an_owner("UPDATE space_sequences SET mark = 3 WHERE space_id = 1"),
    without_an_owner("UPDATE space_sequences SET mark = 4 WHERE space_id = 1"),
    without_an_owner("UPDATE space_sequences SET mark = 1, mark_owner = '{' WHERE space_id = 1"),
    without_an_owner("UPDATE space_sequences SET mark = 1, marked_at = 5 WHERE space_id = 1"),
    without_an_owner("UPDATE space_sequences SET mark = 2, mark_token = x'', mark_owner = 'nonsense' WHERE space_id = 1"),
    without_an_owner("UPDATE space_sequences SET mark = 2, mark_token = randomblob(16), mark_owner = '{}', marked_at = 5 WHERE space_id = 1"),
    without_an_owner("UPDATE space_sequences SET mark = 3, mark_token = randomblob(16), marked_at = 5 WHERE space_id = 1"),
    without_an_owner(
        r#"UPDATE space_sequences SET mark = 4, mark_token = x'00', marked_at = 5,
             mark_owner = '{"user":"a","host":"b","process":1,"since":null,"face":"cli"}' WHERE space_id = 1"#,
    ),
    without_an_owner(
        r#"UPDATE space_sequences SET mark = 1, mark_token = randomblob(16), marked_at = 1 << 62,
             mark_owner = '{"user":"a","host":"b","process":1,"since":null,"face":"cli"}' WHERE space_id = 1"#,
    ),
    of_events(
        "counter",
        Remedy::Check { deep: false, repair: true },
        "UPDATE space_sequences SET last_sequence = 3 WHERE space_id = 1",
    ),
    of_events(
        "counter",
        Remedy::Check { deep: false, repair: true },
        "UPDATE space_sequences SET last_sequence = 600 WHERE space_id = 1",
    ),
    of_events(
        "counter",
        Remedy::Check { deep: false, repair: true },
        "UPDATE space_sequences SET last_event_id = 3 WHERE space_id = 1",
    ),
    of_events(
        "counter",
        Remedy::Check { deep: false, repair: true },
        "UPDATE space_sequences SET last_timestamp = NULL WHERE space_id = 1",
    ),
    of_events(
        "counter",
        Remedy::Check { deep: false, repair: true },
        "UPDATE space_sequences SET payload_bytes = 7 WHERE space_id = 1",
    ),
    // The entity index.
    deep(of(
        Some("crm_big"),
        of_events(
            "entity-index",
            Remedy::Check { deep: true, repair: true },
            "DELETE FROM entity_blocks WHERE space_id = 3",
        ),
    )),
    deep(of(
        Some("crm_big"),
        of_events(
            "entity-index",
            Remedy::Check { deep: true, repair: true },
            "UPDATE entity_blocks SET entries = zeroblob(5000) WHERE space_id = 3",
        ),
    )),
    deep(of(
        Some("crm_big"),
        of_events(
            "entity-index",
            Remedy::Check { deep: true, repair: true },
            "UPDATE space_sequences SET indexed_sequence = 9 WHERE space_id = 3",
        ),
    )),
    deep(of_events(
        "entity-index",
        Remedy::Check { deep: true, repair: true },
        "UPDATE space_sequences SET indexed_sequence = 30 WHERE space_id = 1",
    )),
    of(
        Some("#1"),
        of_events(
            "unreadable",
            Remedy::Check { deep: false, repair: true },
            "UPDATE space_sequences SET indexed_sequence = -1 WHERE space_id = 1",
        ),
    ),
    // The index of causes.
    deep(of(
        None,
        of_events(
            "cause-index",
            Remedy::Check { deep: true, repair: true },
            "INSERT INTO event_causes VALUES (1, 5, 1)",
        ),
    )),
    deep(of(
        None,
        of_events(
            "cause-index",
            Remedy::Check { deep: true, repair: true },
            "INSERT INTO event_causes VALUES (1, 99999, 9)",
        ),
    )),
    // Spaces.
    of(
        Some("#9"),
        of_events(
            "no-space",
            Remedy::Check { deep: false, repair: true },
            "INSERT INTO entity_events VALUES (9, 'c1', 1, NULL)",
        ),
    ),
    of(Some("#9"), of_events("no-space", Remedy::Restore, "INSERT INTO event_types VALUES (9, 1, 'a')")),
    of(
        Some("#9"),
        of_events("no-space", Remedy::Restore, "INSERT INTO space_sequences (space_id) VALUES (9)"),
    ),
    of(Some("#1"), of_events("no-space", Remedy::Restore, "DELETE FROM spaces WHERE space_id = 1")),
    of(
        Some("#9"),
        of_events(
            "no-space",
            Remedy::Restore,
            "INSERT INTO event_log VALUES ((9 << 40) + 1, 99999, 1, 0, 0, NULL, NULL, 'c1', '{}', NULL)",
        ),
    ),
    of(
        None,
        of_events(
            "no-space",
            Remedy::Restore,
            "INSERT INTO event_log VALUES (-5, 99999, 1, 0, 0, NULL, NULL, 'c1', '{}', NULL)",
        ),
    ),
    of_events("registry", Remedy::Restore, "UPDATE spaces SET metadata = 'nope' WHERE space_id = 1"),
    of_events("registry", Remedy::Restore, "UPDATE spaces SET metadata = '[1]' WHERE space_id = 1"),
    of_events(
        "registry",
        Remedy::Restore,
        r#"UPDATE spaces SET metadata = '{"app":"crm","limit":1}' WHERE space_id = 1"#,
    ),
    of_events(
        "registry",
        Remedy::Restore,
        "UPDATE spaces SET created_at = created_at + 1 WHERE space_id = 1",
    ),
    of(
        Some("\u{fffd}\u{1b}[3J"),
        of_events(
            "registry",
            Remedy::Restore,
            "UPDATE spaces SET space_name = CAST(x'ff1b5b334a' AS TEXT) WHERE space_id = 1",
        ),
    ),
    of(
        Some(""),
        of_events("registry", Remedy::Restore, "UPDATE spaces SET space_name = '' WHERE space_id = 1"),
    ),
    of(
        None,
        of_events(
            "numbers",
            Remedy::Check { deep: false, repair: true },
            "DELETE FROM sqlite_sequence WHERE name = 'spaces'",
        ),
    ),
    of(
        None,
        of_events(
            "numbers",
            Remedy::Check { deep: false, repair: true },
            "UPDATE sqlite_sequence SET seq = 1 WHERE name = 'spaces'",
        ),
    ),
    of(
        None,
        of_projections("numbers", Remedy::Check { deep: false, repair: true }, "DELETE FROM sqlite_sequence"),
    ),
    of_projections(
        "outdated",
        Remedy::Rebuild { skip_errors: false },
        "UPDATE projections SET definition = '{\"version\":0}' WHERE space_id = 1",
    ),
    of_projections(
        "outdated",
        Remedy::Rebuild { skip_errors: false },
        r#"UPDATE projections SET definition = '{"app":5,"version":1}' WHERE space_id = 1"#,
    ),
    of_projections(
        "outdated",
        Remedy::Rebuild { skip_errors: false },
        r#"UPDATE projections SET definition = '{"version":1,"version":1}' WHERE space_id = 1"#,
    ),
    of_projections(
        "outdated",
        Remedy::Rebuild { skip_errors: false },
        r#"UPDATE projections SET definition = '{"version":1,"schema":7}' WHERE space_id = 1"#,
    ),
    of_projections(
        "outdated",
        Remedy::Rebuild { skip_errors: false },
        r#"UPDATE projections SET definition = '{"version":1,"superseded":7}' WHERE space_id = 1"#,
    ),
    of_events("left-deleting", Remedy::Delete { purge: false }, "UPDATE space_sequences SET mark = 1, marked_at = 0 WHERE space_id = 1"),
    of_events("left-importing", Remedy::Import, "UPDATE space_sequences SET mark = 2, marked_at = 0 WHERE space_id = 1"),
    of_events(
        "left-redacting",
        Remedy::Redact { entity_id: "c1".to_owned(), fields: vec!["name".to_owned()], purge: false },
        "UPDATE space_sequences SET redactions = 1 WHERE space_id = 1;
         INSERT INTO operations (started_at, operator, action, space_id, space_name, parameters, outcome)
         VALUES (1, '{}', 'redact', 1, 'crm_acme', '{\"entity\":\"c1\",\"fields\":[\"name\"]}', 'interrupted')",
    ),
    of_events(
        "unknown-redaction",
        Remedy::Check { deep: false, repair: true },
        "UPDATE space_sequences SET redactions = redactions + 1 WHERE space_id = 1",
    ),
    // Projections.
    of_projections(
        "projection-lost",
        Remedy::Rebuild { skip_errors: false },
        "UPDATE projection_checkpoints SET projection_id = projection_id + 1 WHERE space_id = 1 AND projection = 'state'",
    ),
    of(
        None,
        of_projections(
            "no-projection",
            Remedy::Check { deep: false, repair: true },
            "UPDATE projection_checkpoints SET projection = CAST(x'ff41' AS TEXT) WHERE projection_id = 1",
        ),
    ),
    of(
        None,
        of_projections(
            "no-projection",
            Remedy::Check { deep: false, repair: true },
            "UPDATE projection_checkpoints SET projection = 's' || char(0) || 'tate' WHERE projection_id = 1",
        ),
    ),
    of_projections(
        "checkpoint-ahead",
        Remedy::Rebuild { skip_errors: false },
        "UPDATE projection_checkpoints SET last_space_sequence = 500 WHERE space_id = 1",
    ),
    of_projections(
        "checkpoint-off",
        Remedy::Rebuild { skip_errors: false },
        "UPDATE projection_checkpoints SET last_event_id = 2 WHERE space_id = 1",
    ),
    of_projections(
        "unreadable",
        Remedy::Rebuild { skip_errors: false },
        "UPDATE projection_checkpoints SET last_space_sequence = -1 WHERE space_id = 1",
    ),
    of_projections(
        "count",
        Remedy::Check { deep: false, repair: true },
        "UPDATE projection_checkpoints SET entities = 7 WHERE space_id = 1",
    ),
    of_projections(
        "value",
        Remedy::Rebuild { skip_errors: false },
        "UPDATE projection_entities SET value = '{' WHERE projection_id = 1 AND key = 'contact:c1'",
    ),
    of_projections(
        "projection-lost",
        Remedy::Rebuild { skip_errors: false },
        "DELETE FROM projections WHERE projection_id = 1",
    ),
    of_projections(
        "unreachable",
        Remedy::Check { deep: false, repair: true },
        "INSERT INTO projections (space_id, state) VALUES (1, 'live')",
    ),
    // Projections that the app does not declare.
    of_projections(
        "value",
        removal(),
        undeclared!("UPDATE projection_entities SET value = '{' WHERE projection_id = 50"),
    ),
    of_projections(
        "checkpoint-ahead",
        removal(),
        undeclared!("UPDATE projection_checkpoints SET last_space_sequence = 500 WHERE projection_id = 50"),
    ),
    of_projections(
        "checkpoint-off",
        removal(),
        undeclared!("UPDATE projection_checkpoints SET last_event_id = 2 WHERE projection_id = 50"),
    ),
    of_projections(
        "unreadable",
        removal(),
        undeclared!("UPDATE projection_checkpoints SET last_space_sequence = -1 WHERE projection_id = 50"),
    ),
    of_projections("projection-lost", removal(), undeclared!("DELETE FROM projections WHERE projection_id = 50")),
    of_projections(
        "count",
        Remedy::Check { deep: false, repair: true },
        undeclared!("UPDATE projection_checkpoints SET entities = 7 WHERE projection_id = 50"),
    ),
    of_projections(
        "unreachable",
        Remedy::Check { deep: false, repair: true },
        undeclared!("DELETE FROM projection_checkpoints WHERE projection_id = 50"),
    ),
    of(
        None,
        of_projections(
            "no-projection",
            Remedy::Check { deep: false, repair: true },
            "INSERT INTO projection_entities VALUES (88, 'k', '1', 0)",
        ),
    ),
    of(
        Some("#9"),
        of_projections(
            "no-space",
            Remedy::Check { deep: false, repair: true },
            "INSERT INTO projections (space_id, state) VALUES (9, 'live')",
        ),
    ),
    of(
        Some("#9"),
        of_projections(
            "no-space",
            Remedy::Check { deep: false, repair: true },
            "INSERT INTO projection_checkpoints (space_id, projection, projection_id) VALUES (9, 'state', 77)",
        ),
    ),
    deep(of_projections(
        "missing",
        Remedy::Rebuild { skip_errors: false },
        "DELETE FROM projection_entities WHERE projection_id = 1 AND key = 'contact:c1';
         UPDATE projection_checkpoints SET entities = entities - 1 WHERE space_id = 1",
    )),
    deep(of_projections(
        "impossible",
        Remedy::Rebuild { skip_errors: false },
        "INSERT INTO projection_entities VALUES (1, 'contact:ghost', '1', 0);
         UPDATE projection_checkpoints SET entities = entities + 1 WHERE space_id = 1",
    )),
    deep(of_projections(
        "altered",
        Remedy::Rebuild { skip_errors: false },
        "UPDATE projection_entities SET value = replace(value, 'Ada', 'Eve') WHERE projection_id = 1",
    )),
    of_events("event", Remedy::Restore, "UPDATE event_log SET meta = '{\"by\":\"x\"}' WHERE event_id = 5"),
    ];
    kinds.extend(numbers::kinds());
    kinds.extend(unwatched::kinds());
    kinds
});
