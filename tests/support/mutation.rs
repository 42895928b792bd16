//! Random mutations of a corpus.

use proptest::prelude::*;

/// Returns the number of test cases, which the environment can override.
pub fn cases(normal: u32) -> u32 {
    std::env::var("RAMAX_FUZZ").map_or(normal, |number| number.parse().expect("RAMAX_FUZZ is a number"))
}

/// A mutation of a corpus file.
#[derive(Debug, Clone)]
pub enum Change {
    Set(prop::sample::Index, u8),
    Remove(prop::sample::Index, u8),
    Insert(prop::sample::Index, Vec<u8>),
    Copy(prop::sample::Index, prop::sample::Index, u8),
}

/// Generates mutations.
pub fn change() -> impl Strategy<Value = Change> {
    let at = any::<prop::sample::Index>;
    prop_oneof![
        (at(), any::<u8>()).prop_map(|(at, byte)| Change::Set(at, byte)),
        (at(), any::<u8>()).prop_map(|(at, many)| Change::Remove(at, many)),
        (at(), proptest::collection::vec(any::<u8>(), 0..9))
            .prop_map(|(at, bytes)| Change::Insert(at, bytes)),
        (at(), at(), any::<u8>()).prop_map(|(from, to, many)| Change::Copy(from, to, many)),
        (
            at(),
            proptest::sample::select(vec!["9007199254740993", "-1", "null", "\"", "}", "1e400", "\\ud800"])
        )
            .prop_map(|(at, text)| Change::Insert(at, text.into())),
    ]
}

/// Applies a mutation.
pub fn apply(bytes: &mut Vec<u8>, change: &Change) {
    let length = bytes.len() + 1;
    match change {
        Change::Set(at, byte) => {
            if let Some(place) = bytes.get_mut(at.index(length)) {
                *place = *byte;
            }
        }
        Change::Remove(at, many) => {
            let from = at.index(length);
            bytes.drain(from..bytes.len().min(from + usize::from(*many)));
        }
        Change::Insert(at, new) => {
            drop(bytes.splice(at.index(length)..at.index(length), new.iter().copied()))
        }
        Change::Copy(from, to, many) => {
            let from = from.index(length);
            let piece = bytes[from..bytes.len().min(from + usize::from(*many))].to_vec();
            bytes.splice(to.index(length)..to.index(length), piece);
        }
    }
}
