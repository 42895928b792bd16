//! Numbers out of range, and counters that leave no further ones.

use ramax::error::Remedy;

use super::table::{Kind, of, of_events, of_projections};

/// Does damage that a constraint refuses.
macro_rules! unconstrained {
    ($damage:literal) => {
        concat!("PRAGMA ignore_check_constraints = 1; ", $damage)
    };
}

pub fn kinds() -> Vec<Kind> {
    vec![
        // Numbers out of range that only inform.
        out_of_range("UPDATE store SET deleted_event_id = -5"),
        out_of_range("UPDATE store SET deleted_event_id = 9007199254740991"),
        out_of_range("UPDATE store SET causes_after = 9223372036854775807"),
        out_of_range("UPDATE store SET subscription_count = 9223372036854775807"),
        out_of_range("UPDATE space_sequences SET marked_at = -9223372036854775808 WHERE space_id = 1"),
        out_of_range("UPDATE subscriptions SET lease_until = 9223372036854775807"),
        out_of_range("UPDATE subscriptions SET revision = -1"),
        out_of_range("UPDATE subscriptions SET revision = 9223372036854775807"),
        out_of_range("UPDATE subscriptions SET lease_epoch = -5"),
        out_of_range(
            "UPDATE subscriptions SET lease_epoch = 9223372036854775807, lease_owner = '{}', lease_until = 1 << 60",
        ),
        out_of_range("UPDATE subscriptions SET delivered = -5"),
        out_of_range("UPDATE subscriptions SET delivered = 9223372036854775807"),
        out_of_range("UPDATE subscriptions SET minute = -9223372036854775808"),
        out_of_range("UPDATE subscriptions SET minute = 9223372036854775807"),
        out_of_range("UPDATE subscriptions SET in_minute = 9223372036854775807"),
        out_of_range("UPDATE subscriptions SET in_minute_before = -1"),
        out_of_range("UPDATE subscription_positions SET failures = -5"),
        out_of_range("UPDATE subscription_positions SET updated_at = 9223372036854775807"),
        out_of_range(
            "INSERT INTO operations (operation_id, started_at, ended_at, operator, action, outcome)
               VALUES (-7, 9223372036854775807, 5, '{}', 'run', 'done'), (0, 5, -9223372036854775808, '{}', 'run', 'done')",
        ),
        out_of_range(
            "INSERT INTO operations (started_at, operator, action, outcome, space_id, redacted)
               VALUES (5, '{}', 'run', 'done', -3, 7)",
        ),
        of(
            None,
            of_projections(
                "out-of-range",
                Remedy::Check { deep: false, repair: true },
                "UPDATE projections SET rebuilt_at = 9223372036854775807 WHERE space_id = 1",
            ),
        ),
        of(
            None,
            of_events("out-of-range", Remedy::Restore, "INSERT INTO subscription_effects VALUES (1, 1, 1, -5)"),
        ),
        // Words that a constraint refuses.
        out_of_range(unconstrained!(
            "INSERT INTO operations (started_at, operator, action, outcome) VALUES (5, '{}', 'run', 'x')"
        )),
        of(
            None,
            of_projections(
                "out-of-range",
                Remedy::Check { deep: false, repair: true },
                unconstrained!("UPDATE projections SET state = 'x' WHERE space_id = 1"),
            ),
        ),
        // Numbers that leave no further ones.
        no_further("UPDATE sqlite_sequence SET seq = 8388607 WHERE name = 'spaces'"),
        no_further("UPDATE sqlite_sequence SET seq = 9223372036854775807 WHERE name = 'subscriptions'"),
        no_further("UPDATE sqlite_sequence SET seq = 9223372036854775807 WHERE name = 'spaces'"),
        no_further("INSERT INTO sqlite_sequence (name, seq) VALUES ('operations', 9223372036854775807)"),
        no_further(
            "INSERT INTO operations (operation_id, started_at, operator, action, outcome)
               VALUES (9223372036854775807, 0, '{}', 'run', 'done')",
        ),
        no_further(
            "INSERT INTO operations (operation_id, started_at, operator, action, outcome)
               VALUES (9007199254740991, 0, '{}', 'run', 'done')",
        ),
        no_further(
            "INSERT INTO operations (operation_id, started_at, operator, action, outcome)
               VALUES (9007199254740990, 0, '{}', 'run', 'done'), (9007199254740991, 0, '{}', 'run', 'done')",
        ),
        no_further_of_projections(
            "INSERT INTO projections (projection_id, space_id, state) VALUES (9007199254740991, 1, 'retired')",
        ),
        no_further_of_projections(
            "UPDATE sqlite_sequence SET seq = 9223372036854775807 WHERE name = 'projections'",
        ),
        no_further_of_projections(
            "INSERT INTO projections (projection_id, space_id, state) VALUES (9223372036854775807, 1, 'retired')",
        ),
    ]
}

/// Numbers that only inform.
fn out_of_range(sql: &'static str) -> Kind {
    of(None, of_events("out-of-range", Remedy::Check { deep: false, repair: true }, sql))
}

/// A counter at its end.
fn no_further(sql: &'static str) -> Kind {
    of(None, of_events("numbers", Remedy::Check { deep: false, repair: true }, sql))
}

/// A counter at its end, of a table of projections.
fn no_further_of_projections(sql: &'static str) -> Kind {
    of(None, of_projections("numbers", Remedy::Check { deep: false, repair: true }, sql))
}
