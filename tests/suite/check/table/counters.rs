//! Damage to the counters and marks of spaces.

use super::{Kind, REPAIR, of, of_events, unreadable};

pub fn kinds() -> Vec<Kind> {
    vec![
        of_events("no-counters", REPAIR, "DELETE FROM space_sequences WHERE space_id = 1"),
        moved(Some("#50"), "UPDATE space_sequences SET space_id = 50 WHERE space_id = 1"),
        moved(None, "UPDATE space_sequences SET space_id = -1 WHERE space_id = 1"),
        moved(None, "UPDATE space_sequences SET space_id = 9223372036854775807 - space_id"),
        unreadable("UPDATE space_sequences SET last_sequence = -1 WHERE space_id = 1"),
        unreadable("UPDATE space_sequences SET revision = -1 WHERE space_id = 1"),
        unreadable("UPDATE space_sequences SET redactions = -1 WHERE space_id = 1"),
        unreadable("UPDATE space_sequences SET redactions = 9223372036854775807 WHERE space_id = 1"),
        unreadable("UPDATE space_sequences SET revision = 9223372036854775807 WHERE space_id = 1"),
        unreadable("UPDATE space_sequences SET mark = 9 WHERE space_id = 1"),
        unreadable("UPDATE space_sequences SET mark = 1 WHERE space_id = 1"),
        unreadable("UPDATE space_sequences SET mark = 2 WHERE space_id = 1"),
        unreadable("UPDATE space_sequences SET mark = 3 WHERE space_id = 1"),
        unreadable("UPDATE space_sequences SET mark = 4 WHERE space_id = 1"),
        unreadable("UPDATE space_sequences SET mark = 1, mark_owner = '{' WHERE space_id = 1"),
        unreadable("UPDATE space_sequences SET mark = 1, marked_at = 5 WHERE space_id = 1"),
        unreadable(
            "UPDATE space_sequences SET mark = 2, mark_token = x'', mark_owner = 'nonsense' WHERE space_id = 1",
        ),
        unreadable(
            "UPDATE space_sequences SET mark = 2, mark_token = randomblob(16), mark_owner = '{}', marked_at = 5 WHERE space_id = 1",
        ),
        unreadable(
            "UPDATE space_sequences SET mark = 3, mark_token = randomblob(16), marked_at = 5 WHERE space_id = 1",
        ),
        unreadable(
            r#"UPDATE space_sequences SET mark = 4, mark_token = x'00', marked_at = 5,
                 mark_owner = '{"user":"a","host":"b","process":1,"since":null,"face":"cli"}' WHERE space_id = 1"#,
        ),
        unreadable(
            r#"UPDATE space_sequences SET mark = 1, mark_token = randomblob(16), marked_at = 1 << 62,
                 mark_owner = '{"user":"a","host":"b","process":1,"since":null,"face":"cli"}' WHERE space_id = 1"#,
        ),
        counter("UPDATE space_sequences SET last_sequence = 3 WHERE space_id = 1"),
        counter("UPDATE space_sequences SET last_sequence = 600 WHERE space_id = 1"),
        counter("UPDATE space_sequences SET last_event_id = 3 WHERE space_id = 1"),
        counter("UPDATE space_sequences SET last_timestamp = NULL WHERE space_id = 1"),
        counter("UPDATE space_sequences SET payload_bytes = 7 WHERE space_id = 1"),
    ]
}

fn counter(sql: &'static str) -> Kind {
    of_events("counter", REPAIR, sql)
}

/// Counters with the id of no space.
fn moved(space: Option<&'static str>, sql: &'static str) -> Kind {
    of(space, of_events("no-space", REPAIR, sql))
}
