//! Tests of unusual keys and payloads: they are stored and shown safely, or refused with a clear error.
//!
//! The corpora are in `tests/corpus/key` and `tests/corpus/payload`. `RAMAX_FUZZ=100000` requests more cases,
//! each of which changes some seeds.

mod corpus;
mod key;
mod payload;
mod planted;
mod shown;
