//! Files that the Elixir original wrote.

pub mod term;
