//! Checksums over rows other than events.

use rusqlite::Row;
use rusqlite::types::ValueRef;
use sha2::{Digest, Sha256};

use super::Result;

/// The columns of `spaces` that its checksum covers.
pub(crate) const OF_SPACE: &str = "space_id, space_name, created_at, metadata";

/// The columns of `idempotency_keys` that its checksum covers.
pub(crate) const OF_KEY: &str =
    "space_id, idempotency_key, request, event_ids, space_sequence, digest, stored_at";

/// The columns of `subscriptions` that its checksum covers.
pub(crate) const OF_SUBSCRIPTION: &str =
    "subscription_id, name, space_id, query, start, on_error, created_at";

/// Returns 64 bits of a SHA-256 hash over the values, each with its type and length.
pub(crate) fn over(values: &[ValueRef<'_>]) -> i64 {
    let mut hash = Sha256::new();
    values.iter().for_each(|value| feed(&mut hash, *value));
    let mut first = [0; 8];
    first.copy_from_slice(&hash.finalize()[..8]);
    i64::from_le_bytes(first)
}

/// Returns the checksum of the first `columns` columns of a row, whatever their types.
pub(crate) fn over_row(row: &Row<'_>, columns: usize) -> Result<i64> {
    let values = (0..columns).map(|column| row.get_ref(column)).collect::<Result<Vec<_>, _>>()?;
    Ok(over(&values))
}

fn feed(hash: &mut Sha256, value: ValueRef<'_>) {
    let number;
    let (kind, bytes): (u8, &[u8]) = match value {
        ValueRef::Null => (0, &[]),
        ValueRef::Integer(integer) => {
            number = integer.to_le_bytes();
            (1, &number)
        }
        ValueRef::Real(real) => {
            number = real.to_le_bytes();
            (2, &number)
        }
        ValueRef::Text(text) => (3, text),
        ValueRef::Blob(blob) => (4, blob),
    };
    hash.update([kind]);
    hash.update((bytes.len() as u64).to_le_bytes());
    hash.update(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_differ_in_type_or_length_have_different_checksums() {
        let text = |text: &'static str| ValueRef::Text(text.as_bytes());
        let rows: [&[ValueRef<'_>]; 8] = [
            &[],
            &[ValueRef::Null],
            &[ValueRef::Integer(1)],
            &[ValueRef::Real(1.0)],
            &[text("1")],
            &[ValueRef::Blob(b"1")],
            &[text("ab"), text("c")],
            &[text("a"), text("bc")],
        ];
        let sums: std::collections::HashSet<i64> = rows.iter().map(|row| over(row)).collect();
        assert_eq!(sums.len(), rows.len());
    }
}
