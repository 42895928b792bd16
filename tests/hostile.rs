//! Keys and payloads that nobody would think of: they are stored and shown safely, or refused with a clear error.
//!
//! The corpora are in `tests/corpus/key` and `tests/corpus/payload`. `RAMAX_FUZZ=100000` asks for more cases, each a
//! change to some seeds.

#[path = "support/mutation.rs"]
mod mutation;
#[path = "cli/program.rs"]
#[allow(dead_code)]
mod program;
mod support;

mod hostile {
    mod corpus;
    mod key;
    mod payload;
    mod planted;
    mod shown;
}
