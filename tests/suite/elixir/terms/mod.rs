//! Tests of the decoder for Erlang's external term format.

pub mod encoder;
mod examples;
mod guide;
mod hostile;
mod json_reader;
mod random;

use ramax::Json;
use ramax::engines::elixir::term::{Limits, Term, TermError};

/// Decodes a term as a file's terms are decoded.
fn decoded(bytes: &[u8]) -> Result<Json, TermError> {
    Term::decode(bytes, &Limits::STANDARD).map(|term| term.to_json())
}
