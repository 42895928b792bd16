//! The console and its scriptable twin.

fn main() {}
