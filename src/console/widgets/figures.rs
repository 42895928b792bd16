//! Numbers formatted for people.

pub use crate::text::{bytes, grouped as count, percent, short, span};

/// Returns a count with its noun: `1 event`, `1,204 events`.
pub fn counted(number: u64, noun: &str) -> String {
    crate::text::counted(number, noun, &format!("{noun}s"))
}
