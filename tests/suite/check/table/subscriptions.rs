//! Damage to subscriptions.

use ramax::error::Remedy;

use super::{Kind, REPAIR, of, of_events};

pub fn kinds() -> Vec<Kind> {
    vec![
        of(
            None,
            of_events(
                "no-subscription",
                REPAIR,
                "INSERT INTO subscription_positions (space_id, subscription_id, space_sequence) VALUES (1, 99, 0)",
            ),
        ),
        of_events(
            "subscription-ahead",
            REPAIR,
            "INSERT INTO subscriptions (subscription_id, name, query, start, on_error, created_at, incarnation,
                 checksum, row_count, row_digest)
               VALUES (7, 'ahead', '', 'beginning', 'park', 0, randomblob(16), -927864004831778201, 1, -8654675998671253265);
             INSERT INTO subscription_positions (space_id, subscription_id, space_sequence) VALUES (1, 7, 99999)",
        ),
        registration("UPDATE subscriptions SET query = ''"),
        registration("UPDATE subscriptions SET query = 'type:'"),
        registration("UPDATE subscriptions SET start = '{}', created_at = created_at + 10"),
        registration("UPDATE subscriptions SET start = '{}', checksum = NULL"),
        column("UPDATE subscriptions SET start = '{}'"),
        column("UPDATE subscriptions SET start = 'beginning'"),
        column("UPDATE subscriptions SET on_error = 'stop'"),
        column("UPDATE subscriptions SET query = query || ' x'"),
        column("UPDATE subscriptions SET query = 'u' || substr(query, 2)"),
        column("UPDATE subscriptions SET name = 'e' || char(0) || 'mails'"),
        column("UPDATE subscriptions SET created_at = created_at + (1 << 50)"),
        registration("UPDATE subscriptions SET created_at = created_at + 10"),
        column("UPDATE subscriptions SET start = 'beginning', on_error = 'stop'"),
        column("UPDATE subscriptions SET query = query || 'x', space_id = 2"),
        column("UPDATE subscriptions SET name = name || 's', subscription_id = 9"),
        column("UPDATE subscriptions SET subscription_id = -7"),
        column("UPDATE subscriptions SET subscription_id = 9"),
        column("UPDATE subscriptions SET subscription_id = -9223372036854775808"),
        column("UPDATE subscriptions SET subscription_id = 9223372036854775807"),
        column("UPDATE subscriptions SET space_id = 99"),
        column("UPDATE subscriptions SET space_id = 2"),
        impossible("UPDATE subscriptions SET space_id = 99, created_at = created_at + 10"),
        impossible("UPDATE subscriptions SET subscription_id = -7, created_at = created_at + 10"),
        registration("UPDATE subscriptions SET incarnation = x'00'"),
        registration("UPDATE subscriptions SET query = CAST(x'ff41' AS TEXT)"),
        impossible("UPDATE subscriptions SET created_at = created_at + 10; DELETE FROM subscription_positions"),
        of(
            None,
            of_events(
                "subscription-lease",
                REPAIR,
                "UPDATE subscriptions SET lease_owner = '{}', lease_until = 1 << 62",
            ),
        ),
        of(
            None,
            of_events(
                "subscription",
                REPAIR,
                "UPDATE subscriptions SET name = 'x' || char(0) || 'y'",
            ),
        ),
        of(
            None,
            of_events(
                "subscription-count",
                REPAIR,
                "UPDATE store SET subscription_count = 0, subscription_digest = 0",
            ),
        ),
        lost("DELETE FROM subscriptions"),
        lost("DELETE FROM subscriptions; DELETE FROM subscription_positions"),
        lost("DELETE FROM subscriptions; UPDATE store SET subscription_count = 0"),
        lost(
            "DELETE FROM subscriptions; DELETE FROM subscription_positions; UPDATE store SET subscription_count = 0;
             DELETE FROM sqlite_sequence WHERE name = 'subscriptions'",
        ),
        lost("UPDATE store SET subscription_digest = subscription_digest / 3 + 1"),
        lost("DELETE FROM subscriptions; DELETE FROM sqlite_sequence WHERE name = 'subscriptions'; DELETE FROM subscription_positions"),
        digest("UPDATE subscriptions SET row_digest = row_digest + 1"),
        digest("UPDATE subscriptions SET row_count = row_count + 1"),
        rows("UPDATE subscriptions SET row_count = row_count + 1, row_digest = row_digest / 3 + 1"),
        rows("DELETE FROM subscription_positions; UPDATE subscriptions SET row_digest = 0"),
        rows("DELETE FROM subscription_positions WHERE space_id < 3"),
        digest("UPDATE subscription_positions SET space_sequence = 7 WHERE space_id < 3"),
        rows("UPDATE subscription_positions SET space_sequence = 99999 WHERE space_id < 3"),
        rows("UPDATE subscription_positions SET space_sequence = -5 WHERE space_id < 3"),
        rows(
            "INSERT INTO parked_events (space_id, subscription_id, space_sequence, attempts, error, parked_at)
               VALUES (1, 1, 4711, 1, 'timeout', 0), (2, 1, 4712, 1, 'timeout', 0)",
        ),
        row("DELETE FROM subscription_positions WHERE space_id = 1"),
        row("UPDATE subscription_positions SET space_sequence = 7 WHERE space_id = 1"),
        row("UPDATE subscription_positions SET space_sequence = 99999 WHERE space_id = 1"),
        row("UPDATE subscription_positions SET space_sequence = -5 WHERE space_id = 1"),
        row("UPDATE subscription_positions SET space_id = 9 WHERE space_id = 1"),
        row("UPDATE subscription_positions SET subscription_id = 9 WHERE space_id = 1"),
        row(
            "INSERT INTO parked_events (space_id, subscription_id, space_sequence, attempts, error, parked_at)
               VALUES (1, 1, 4711, 1, 'timeout', 0)",
        ),
    ]
}

/// Damage to the registration of a subscription after which each of its columns can still be right.
pub fn registration(sql: &'static str) -> Kind {
    of(None, of_events("subscription", Remedy::RecountSubscription { name: "emails".to_owned() }, sql))
}

/// Damage to the registration of a subscription that cannot be right.
fn impossible(sql: &'static str) -> Kind {
    of(None, of_events("subscription", Remedy::RemoveSubscription { name: "emails".to_owned() }, sql))
}

/// Damage to one column of a registration, which its checksum reveals.
fn column(sql: &'static str) -> Kind {
    of(None, of_events("subscription-column", REPAIR, sql))
}

/// Damage to one position or parked event of a subscription, which their checksum reveals.
fn row(sql: &'static str) -> Kind {
    of(None, of_events("subscription-row", REPAIR, sql))
}

/// Removed registrations.
fn lost(sql: &'static str) -> Kind {
    of(None, of_events("lost-subscriptions", Remedy::Restore, sql))
}

/// Damage to the positions and parked events of a subscription.
pub fn rows(sql: &'static str) -> Kind {
    of(None, of_events("subscription-rows", Remedy::ContinueSubscription { name: "emails".to_owned() }, sql))
}

/// Damage after which each position and parked event of a subscription can still be right.
pub fn digest(sql: &'static str) -> Kind {
    of(None, of_events("subscription-rows", Remedy::RecountSubscription { name: "emails".to_owned() }, sql))
}
