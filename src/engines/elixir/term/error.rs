//! Errors of decoding a term.

use thiserror::Error;

use crate::text::{counted, grouped};

/// The reason why a term cannot be decoded, and where.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{fault} (at byte {})", grouped(*offset as u64))]
pub struct TermError {
    /// The position, in the inflated bytes if the term is compressed.
    pub offset: usize,
    /// The reason.
    pub fault: TermFault,
}

/// The reason why a term cannot be decoded.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TermFault {
    /// The first byte is not the version of the format.
    #[error("this is not an Erlang term: it does not begin with the byte 131")]
    NotATerm,
    /// The bytes end within the term.
    #[error("the term is cut off")]
    CutOff,
    /// Bytes follow the term.
    #[error("{} after the end of the term", counted(*bytes as u64, "byte follows", "bytes follow"))]
    TrailingBytes {
        /// The number of bytes.
        bytes: usize,
    },
    /// The format has no such tag.
    #[error("unknown tag {tag}")]
    UnknownTag {
        /// The tag.
        tag: u8,
    },
    /// The tag is used only between running nodes, or for data that no stored term contains.
    #[error("{name} (tag {tag}) cannot be read from a file")]
    UnsupportedTag {
        /// The tag.
        tag: u8,
        /// The name of the tag in the format.
        name: &'static str,
    },
    /// An atom was expected.
    #[error("expected an atom, found tag {tag}")]
    NotAnAtom {
        /// The tag.
        tag: u8,
    },
    /// An atom is not UTF-8.
    #[error("the name of an atom is not UTF-8")]
    InvalidAtom,
    /// A float is not a finite number.
    #[error("a float is not a finite number")]
    InvalidFloat,
    /// The length of a bit string is impossible.
    #[error("a bit string has {bits} bits in its last byte")]
    InvalidBits {
        /// The declared number of bits.
        bits: u8,
    },
    /// The sign of a big integer is neither plus nor minus.
    #[error("the sign of a big integer is {sign}")]
    InvalidSign {
        /// The byte in place of the sign.
        sign: u8,
    },
    /// The length of a function is impossible.
    #[error("a function declares a size of {}", counted(u64::from(*size), "byte", "bytes"))]
    InvalidFunction {
        /// The declared size.
        size: u32,
    },
    /// A list is written as no writer of the format does.
    #[error("the tail of a list is a list")]
    InvalidList,
    /// The compressed data cannot be inflated.
    #[error("the compressed data is corrupt")]
    InvalidZlib,
    /// The inflated size is not the declared one.
    #[error(
        "{} declared, {} found after inflating",
        counted(*declared as u64, "byte", "bytes"),
        counted(*found as u64, "byte", "bytes")
    )]
    WrongSize {
        /// The declared size.
        declared: usize,
        /// The size found.
        found: usize,
    },
    /// The term is larger than the limit, as stored or inflated.
    #[error("the term has more than {}", counted(*limit as u64, "byte", "bytes"))]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// There are more terms than the limit.
    #[error("there are more than {}", counted(*limit as u64, "term", "terms"))]
    TooManyTerms {
        /// The limit.
        limit: usize,
    },
    /// Terms are nested more deeply than the limit.
    #[error("terms are nested more than {} deep", counted(*limit as u64, "level", "levels"))]
    TooDeep {
        /// The limit in levels.
        limit: usize,
    },
}

impl TermFault {
    pub(super) fn at(self, offset: usize) -> TermError {
        TermError { offset, fault: self }
    }
}
