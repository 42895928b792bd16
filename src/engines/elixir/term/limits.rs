//! Limits for one term. They are far above anything that an application stores, and low enough for a small machine.

/// The limits within which a term is decoded.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The maximum size in bytes, as stored and inflated.
    pub bytes: usize,
    /// The maximum number of terms, the outermost one included.
    pub terms: usize,
    /// The maximum number of levels of lists, tuples and maps.
    pub depth: usize,
}

impl Limits {
    /// The limits for files.
    pub const STANDARD: Self = Self { bytes: 64 << 20, terms: 4_000_000, depth: 256 };
}
