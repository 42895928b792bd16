//! Damage to the indexes of entities and causes.

use ramax::error::Remedy;

use super::{Kind, deep, of, of_events, unreadable};

pub fn kinds() -> Vec<Kind> {
    vec![
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
        unreadable("UPDATE space_sequences SET indexed_sequence = -1 WHERE space_id = 1"),
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
    ]
}
