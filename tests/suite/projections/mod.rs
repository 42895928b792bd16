//! Several projections of a space, beyond what the conformance suite asks of every store.

mod export;
mod properties;
mod undeclared;
