//! Tests of files that the Elixir original wrote. Those in `tests/files/elixir` are its own.

mod terms;
