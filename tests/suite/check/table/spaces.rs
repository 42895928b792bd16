//! Damage to the registry of spaces, and interrupted operations.

use ramax::error::Remedy;

use super::{Kind, REPAIR, of, of_events, of_projections};

pub fn kinds() -> Vec<Kind> {
    vec![
        of(
            Some("#9"),
            of_events(
                "no-space",
                REPAIR,
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
        changed_id(REPAIR, "UPDATE spaces SET space_id = 8388700 WHERE space_id = 1"),
        changed_id(REPAIR, "UPDATE spaces SET space_id = -space_id"),
        changed_id(REPAIR, "UPDATE spaces SET space_id = -9223372036854775808 WHERE space_id = 1"),
        changed_id(REPAIR, "UPDATE spaces SET space_id = 9223372036854775807 WHERE space_id = 1"),
        changed_id(REPAIR, "UPDATE spaces SET space_id = 99 WHERE space_id = 1"),
        changed_id(
            REPAIR,
            "UPDATE spaces SET space_id = -1 WHERE space_id = 1; UPDATE spaces SET space_id = 1 WHERE space_id = 2;
             UPDATE spaces SET space_id = 2 WHERE space_id = -1",
        ),
        changed_id(
            REPAIR,
            "UPDATE spaces SET space_id = 99 WHERE space_id = 1; INSERT INTO space_sequences (space_id) VALUES (99)",
        ),
        changed_id(
            Remedy::Restore,
            "UPDATE spaces SET space_id = 8388700, created_at = created_at + 10 WHERE space_id = 1",
        ),
        of_events("registry", Remedy::Restore, "UPDATE spaces SET metadata = 'nope' WHERE space_id = 1"),
        column("crm_acme", "UPDATE spaces SET metadata = metadata || '}' WHERE space_id = 1"),
        column("crm_acme", "UPDATE spaces SET created_at = created_at + (1 << 50) WHERE space_id = 1"),
        column(
            "crm_acme!",
            "UPDATE spaces SET space_name = space_name || '!', created_at = created_at + (1 << 50) WHERE space_id = 1",
        ),
        column(
            "crm_acme",
            "UPDATE spaces SET metadata = metadata || '}', created_at = created_at + (1 << 50) WHERE space_id = 1",
        ),
        column("crm_acme!", "UPDATE spaces SET space_name = space_name || '!' WHERE space_id = 1"),
        of_events("registry", Remedy::Restore, "UPDATE spaces SET metadata = '[1]' WHERE space_id = 1"),
        of_events(
            "registry",
            Remedy::Restore,
            r#"UPDATE spaces SET metadata = '{"app":"crm","limit":1}' WHERE space_id = 1"#,
        ),
        of_events(
            "registry",
            Remedy::Restore,
            "UPDATE spaces SET created_at = created_at + 10 WHERE space_id = 1",
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
                REPAIR,
                "DELETE FROM sqlite_sequence WHERE name = 'spaces'",
            ),
        ),
        of(
            None,
            of_events(
                "numbers",
                REPAIR,
                "UPDATE sqlite_sequence SET seq = 1 WHERE name = 'spaces'",
            ),
        ),
        of(
            None,
            of_projections("numbers", REPAIR, "DELETE FROM sqlite_sequence"),
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
            REPAIR,
            "UPDATE space_sequences SET redactions = redactions + 1 WHERE space_id = 1",
        ),
    ]
}

/// Damage to one column of the registry, which its checksum reveals.
fn column(space: &'static str, sql: &'static str) -> Kind {
    of(Some(space), of_events("registry-column", REPAIR, sql))
}

/// Damage to the ids of spaces.
fn changed_id(remedy: Remedy, sql: &'static str) -> Kind {
    of(None, of_events("space-id", remedy, sql))
}
