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

/// Columns of two rows with the keys `k1` and `k2`, exchanged.
const EXCHANGED: &str = "CREATE TEMP TABLE old AS SELECT * FROM idempotency_keys;
    UPDATE idempotency_keys SET (request, event_ids, space_sequence, digest, stored_at, checksum) = (
      SELECT request, event_ids, space_sequence, digest, stored_at, checksum FROM old
      WHERE old.space_id = idempotency_keys.space_id AND old.idempotency_key
        = CASE idempotency_keys.idempotency_key WHEN 'k1' THEN 'k2' ELSE 'k1' END)
    WHERE idempotency_key IN ('k1', 'k2')";

/// A row that is stored once more, under no space.
const SURPLUS: &str = "INSERT INTO idempotency_keys
    SELECT 77, idempotency_key, request, event_ids, space_sequence, digest, stored_at, checksum
    FROM idempotency_keys WHERE idempotency_key = 'k1'";

#[test]
fn exchanged_and_surplus_idempotency_keys_are_put_in_order() {
    let whole = Files::small(false);
    let before = stored(&whole);
    for sql in [EXCHANGED, SURPLUS] {
        let files = whole.copy();
        files.sqlite(false).execute_batch(sql).unwrap();
        assert_ne!(stored(&files), before);
        let store = files.store();
        assert!(apply(&store, &Remedy::Check { deep: false, repair: true }, None).unwrap());
        assert_clean(&store);
        drop(store);
        assert_eq!(stored(&files), before, "{sql}");
    }
}

#[test]
fn a_key_that_cannot_be_put_back_is_not_sealed_as_it_is() {
    let files = Files::small(false);
    let replaced = "UPDATE idempotency_keys SET space_id = 77 WHERE idempotency_key = 'k1';
        INSERT INTO idempotency_keys SELECT space_id, 'k1', request, event_ids, space_sequence, digest, stored_at, 7
        FROM idempotency_keys WHERE idempotency_key = 'k2'";
    files.sqlite(false).execute_batch(replaced).unwrap();
    let before = stored(&files);
    let store = files.store();
    apply(&store, &Remedy::Check { deep: false, repair: true }, None).unwrap();
    drop(store);
    assert_eq!(stored(&files), before);
}
