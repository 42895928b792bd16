//! The seeds, one JSON value per line. A string stands for itself. An object describes a repeated text with a
//! prefix and a suffix, or contains bytes in hexadecimal that are not valid UTF-8.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use serde_json::Value;

use crate::support::mutation::{Change, apply, change};

/// Returns the seeds of a corpus.
pub fn seeds(name: &str) -> Vec<Vec<u8>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(name).join("seeds.jsonl");
    let lines = fs::read_to_string(path).unwrap();
    lines.lines().map(|line| bytes(&serde_json::from_str(line).expect(line))).collect()
}

/// Returns the seeds that are text.
pub fn texts(name: &str) -> Vec<String> {
    seeds(name).into_iter().filter_map(|seed| String::from_utf8(seed).ok()).collect()
}

/// Returns the seeds that are not text.
pub fn no_texts(name: &str) -> Vec<Vec<u8>> {
    seeds(name).into_iter().filter(|seed| std::str::from_utf8(seed).is_err()).collect()
}

fn bytes(seed: &Value) -> Vec<u8> {
    let Value::Object(parts) = seed else { return seed.as_str().unwrap_or_default().as_bytes().to_vec() };
    if let Some(digits) = seed["hex"].as_str() {
        let pairs = digits.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
        return pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect();
    }
    let part = |name: &str| parts.get(name).map(bytes).unwrap_or_default();
    let times = usize::try_from(seed["times"].as_u64().unwrap_or(0)).unwrap();
    [part("before"), part("repeat").repeat(times), part("after")].concat()
}

/// Returns seeds of a corpus that are at most `longest` bytes long, some of them changed, as text.
pub fn some(name: &str, longest: usize, most: usize) -> impl Strategy<Value = Vec<String>> + use<> {
    let short: Vec<Vec<u8>> = seeds(name).into_iter().filter(|seed| seed.len() <= longest).collect();
    let changes = prop_oneof![Just(Vec::new()), prop::collection::vec(change(), 1..4)];
    let changed = |(mut seed, changes): (Vec<u8>, Vec<Change>)| {
        changes.iter().for_each(|change| apply(&mut seed, change));
        String::from_utf8_lossy(&seed).into_owned()
    };
    prop::collection::vec((prop::sample::select(short), changes).prop_map(changed), 1..most)
}
