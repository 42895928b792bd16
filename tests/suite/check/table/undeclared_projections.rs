//! Damage to projections that the app does not declare.

use super::{Kind, REPAIR, of_projections, removal, undeclared};

pub fn kinds() -> Vec<Kind> {
    vec![
        of_projections(
            "value",
            removal(),
            undeclared!("UPDATE projection_entities SET value = '{' WHERE projection_id = 50"),
        ),
        of_projections(
            "checkpoint-ahead",
            removal(),
            undeclared!(
                "UPDATE projection_checkpoints SET last_space_sequence = 500 WHERE projection_id = 50"
            ),
        ),
        of_projections(
            "checkpoint-off",
            removal(),
            undeclared!("UPDATE projection_checkpoints SET last_event_id = 2 WHERE projection_id = 50"),
        ),
        of_projections(
            "unreadable",
            removal(),
            undeclared!(
                "UPDATE projection_checkpoints SET last_space_sequence = -1 WHERE projection_id = 50"
            ),
        ),
        of_projections(
            "projection-lost",
            removal(),
            undeclared!("DELETE FROM projections WHERE projection_id = 50"),
        ),
        of_projections(
            "count",
            removal(),
            undeclared!("UPDATE projection_checkpoints SET entities = 7 WHERE projection_id = 50"),
        ),
        of_projections(
            "unreachable",
            REPAIR,
            undeclared!("DELETE FROM projection_checkpoints WHERE projection_id = 50"),
        ),
    ]
}
