//! Damage that no checksum and no comparison with the events reveals: a checksum that is missing, and times of values.

use ramax::error::Remedy;

use super::table::subscriptions::{digest, registration};
use super::table::{Kind, of, of_events, of_projections, removal, undeclared};

pub fn kinds() -> Vec<Kind> {
    let added = Remedy::RemoveSubscription { name: "added".to_owned() };
    vec![
        registration("UPDATE subscriptions SET checksum = NULL"),
        registration("UPDATE subscriptions SET checksum = NULL, query = 'type:x', on_error = 'stop'"),
        of(
            None,
            of_events(
                "subscription",
                added,
                "INSERT INTO subscriptions (subscription_id, name, query, start, on_error, created_at, incarnation)
                   SELECT 7, 'added', '', 'beginning', 'park', 0, incarnation FROM store",
            ),
        ),
        digest("UPDATE subscriptions SET row_count = NULL, row_digest = NULL"),
        registration("UPDATE subscriptions SET checksum = NULL, row_count = NULL, row_digest = NULL"),
        digest("UPDATE subscriptions SET row_digest = NULL"),
        digest("UPDATE subscriptions SET row_count = NULL"),
        of_events("registry", Remedy::Restore, "UPDATE spaces SET checksum = NULL WHERE space_id = 1"),
        of_events(
            "registry",
            Remedy::Restore,
            "UPDATE spaces SET checksum = NULL, created_at = created_at - 7 WHERE space_id = 1",
        ),
        of_projections(
            "out-of-range",
            Remedy::Rebuild { skip_errors: false },
            "UPDATE projection_entities SET updated_at = 9223372036854775807 WHERE projection_id = 1",
        ),
        of_projections(
            "out-of-range",
            removal(),
            undeclared!("UPDATE projection_entities SET updated_at = -9223372036854775808 WHERE projection_id = 50"),
        ),
    ]
}
