//! Idempotency keys that another program changed: a repair restores every column that the checksums tell.

use ramax::error::Remedy;
use rusqlite::types::Value;

use super::findings::{Files, assert_clean};
use super::repairs::apply;
use super::table::KINDS;

/// Returns all columns of the keys, and their numbers.
fn stored(files: &Files) -> Vec<Vec<Value>> {
    let sqlite = files.sqlite(false);
    let mut stored = Vec::new();
    for sql in [
        "SELECT * FROM idempotency_keys",
        "SELECT space_id, key_count, key_digest, 0, 0, 0, 0, 0 FROM space_sequences",
    ] {
        let mut statement = sqlite.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| (0..8).map(|column| row.get(column)).collect()).unwrap();
        stored.extend(rows.map(Result::<Vec<Value>, _>::unwrap));
    }
    stored
}

#[test]
fn a_changed_idempotency_key_is_restored_with_all_columns() {
    let whole = Files::small(false);
    let before = stored(&whole);
    let repair = Remedy::Check { deep: false, repair: true };
    let kinds = KINDS.iter().filter(|kind| kind.finding == "idempotency-keys" && kind.remedy == repair);
    let mut tried = 0;
    for kind in kinds {
        let files = whole.copy();
        files.sqlite(false).execute_batch(kind.sql).unwrap();
        let store = files.store();
        assert!(apply(&store, &repair, None).unwrap());
        assert_clean(&store);
        drop(store);
        assert_eq!(stored(&files), before, "{}", kind.sql);
        tried += 1;
    }
    assert!(tried > 5);
}
