//! Damage to projections.

use ramax::error::Remedy;

use super::{Kind, REPAIR, deep, of, of_projections};

pub fn kinds() -> Vec<Kind> {
    vec![
        outdated("UPDATE projections SET definition = '{\"version\":0}' WHERE space_id = 1"),
        outdated(r#"UPDATE projections SET definition = '{"app":5,"version":1}' WHERE space_id = 1"#),
        outdated(r#"UPDATE projections SET definition = '{"version":1,"version":1}' WHERE space_id = 1"#),
        outdated(r#"UPDATE projections SET definition = '{"version":1,"schema":7}' WHERE space_id = 1"#),
        outdated(r#"UPDATE projections SET definition = '{"version":1,"superseded":7}' WHERE space_id = 1"#),
        of_projections(
            "projection-lost",
            Remedy::Rebuild { skip_errors: false },
            "UPDATE projection_checkpoints SET projection_id = projection_id + 1 WHERE space_id = 1 AND projection = 'state'",
        ),
        of(
            None,
            of_projections(
                "no-projection",
                REPAIR,
                "UPDATE projection_checkpoints SET projection = CAST(x'ff41' AS TEXT) WHERE projection_id = 1",
            ),
        ),
        of(
            None,
            of_projections(
                "no-projection",
                REPAIR,
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
        count("UPDATE projection_checkpoints SET entities = 7 WHERE space_id = 1"),
        count("DELETE FROM projection_entities WHERE projection_id = 1 AND key = 'contact:c1'"),
        count(
            "INSERT INTO projection_entities SELECT projection_id, key || 'x', value, updated_at FROM projection_entities WHERE projection_id = 1 AND key = 'contact:c1'",
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
        of_projections("unreachable", REPAIR, "INSERT INTO projections (space_id, state) VALUES (1, 'live')"),
        of(
            None,
            of_projections(
                "no-projection",
                REPAIR,
                "INSERT INTO projection_entities VALUES (88, 'k', '1', 0)",
            ),
        ),
        of(
            Some("#9"),
            of_projections(
                "no-space",
                REPAIR,
                "INSERT INTO projections (space_id, state) VALUES (9, 'live')",
            ),
        ),
        of(
            Some("#9"),
            of_projections(
                "no-space",
                REPAIR,
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
    ]
}

/// Entries that do not agree with their number.
fn count(sql: &'static str) -> Kind {
    of_projections("count", Remedy::Rebuild { skip_errors: false }, sql)
}

fn outdated(sql: &'static str) -> Kind {
    of_projections("outdated", Remedy::Rebuild { skip_errors: false }, sql)
}
