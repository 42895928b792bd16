//! Tests for what is built on this crate: a [conformance suite](conformance) for engines.
//!
//! Failing a test means to panic, so this is the one module of the crate that may.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by a panic")]

pub mod conformance;
