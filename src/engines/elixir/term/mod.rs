//! The external term format of Erlang, in which the Elixir original stores payloads and projections.
//!
//! Terms come from a file that may be damaged or hostile. So the reader is iterative, works within [`Limits`], and
//! allocates by what it has read, never by a count that the file declares. A term is kept as a flat list of nodes in
//! the order of the file: nothing about it is recursive, and maps keep their order and repeated keys.
//!
//! # JSON form
//!
//! A term has a JSON form from which it can be read back: each form is that of one term only.
//!
//! | Elixir | JSON |
//! |---|---|
//! | `nil`, `true`, `false`; integers; floats | `null`, `true`, `false`; digits; digits with a point or an exponent |
//! | `"text"`, `[1, "b"]` | `"text"`, `[1,"b"]`; a charlist is the list of its code points, as for Elixir |
//! | `:draft` | `{"$atom":"draft"}` |
//! | `{:ok, 1}` | `{"$tuple":[{"$atom":"ok"},1]}` |
//! | `%{name: "x"}` | `{"name":"x"}` |
//! | `%{"name" => "x"}` | `{"name":"x","$text_keys":true}` |
//! | `%{:a => 1, "b" => 2}` | `{"a":1,"b":2,"$text_keys":["b"]}` |
//! | maps with other keys, with names that begin with `$`, or with a name twice | `{"$map":[[key,value],…]}` |
//! | `%PState.Ref{key: "card:c1"}` | `{"$ref":"card:c1"}` |
//! | `~D[…]`, `~T[…]`, `~N[…]`, `~U[…]` | `{"$date":…}`, `{"$time":…}`, `{"$naive_datetime":…}`, `{"$datetime":…}` |
//! | `Decimal.new("1.50")` | `{"$decimal":"1.50"}`: the text of `Decimal.to_string/1` |
//! | `MapSet.new([1])` | `{"$set":[1]}`; with `"version":2` from older releases of Elixir |
//! | `%Shop.Order{id: 1}` | `{"$struct":"Shop.Order","id":1}` |
//! | `[1 \| 2]` | `{"$improper":[1],"tail":2}` |
//! | `<<255>>` | `{"$binary":"/w=="}`: base64 |
//! | `<<5::3>>` | `{"$bits":"oA==","size":3}`: base64, and the size in bits |
//! | integers of more than 127 bytes | `{"$integer":"0x…"}`, with a sign |
//! | pids, ports, references, functions | `{"$pid":…}`, `{"$port":…}`, `{"$reference":…}`, `{"$function":…}`: base64 of the term |

mod calendar;
mod decimal;
mod error;
mod form;
mod inflate;
mod integer;
mod json;
mod limits;
mod read;

use std::borrow::Cow;
use std::ops::Range;

use crate::json::Json;

pub use error::{TermError, TermFault};
pub use limits::Limits;

/// The first byte of every term: the version of the format.
const VERSION: u8 = 131;

/// A decoded term.
#[derive(Debug)]
pub struct Term<'a> {
    /// The bytes that the nodes refer to: as given, or inflated.
    bytes: Cow<'a, [u8]>,
    /// The term and everything in it, each node before its children.
    nodes: Vec<Node>,
}

/// One term within a term.
#[derive(Debug, Clone, Copy)]
struct Node {
    kind: Kind,
    /// The content of a scalar, in bytes.
    start: u32,
    end: u32,
    /// The index of the first node that is not part of this one.
    next: u32,
}

/// The type of a term, and how its content is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// One byte, without sign.
    SmallInteger,
    /// Four bytes, with sign.
    Integer,
    /// A byte with the sign, and the magnitude from its least significant byte on.
    BigInteger,
    /// Eight bytes.
    Float,
    /// Decimal text, filled up with zero bytes.
    FloatText,
    /// An atom in UTF-8.
    Atom,
    /// An atom in Latin-1.
    LatinAtom,
    Binary,
    /// A byte with the number of bits that the last byte holds, and the bytes.
    Bits,
    /// A list of small integers, one byte each.
    Bytes,
    List,
    /// A list whose last child is its tail.
    ImproperList,
    Tuple,
    /// Children are keys and values by turns.
    Map,
    /// A pid, with its tag.
    Pid,
    /// A port, with its tag.
    Port,
    /// A reference that the runtime made, with its tag.
    Reference,
    /// A function, with its tag.
    Function,
}

impl<'a> Term<'a> {
    /// Decodes a term.
    ///
    /// # Errors
    /// If the bytes are not exactly one term within the limits.
    pub fn decode(bytes: &'a [u8], limits: &Limits) -> Result<Self, TermError> {
        let bytes = inflate::plain(bytes, limits)?;
        // The position in the file's bytes counts the version.
        let before = usize::from(matches!(bytes, Cow::Borrowed(_)));
        let of_file = |error: TermError| TermError { offset: error.offset + before, ..error };
        let nodes = read::nodes(&bytes, limits).map_err(of_file)?;
        Ok(Self { bytes, nodes })
    }

    /// Converts the term to JSON without loss. The [module](self) describes the form.
    pub fn to_json(&self) -> Json {
        json::write(self)
    }

    fn node(&self, index: usize) -> Node {
        self.nodes[index]
    }

    /// Returns the index of the node after this one and all its children.
    fn after(&self, index: usize) -> usize {
        self.nodes[index].next as usize
    }

    fn children(&self, index: usize) -> Range<usize> {
        index + 1..self.after(index)
    }

    /// Returns the children of a node one by one.
    fn each_child(&self, index: usize) -> impl Iterator<Item = usize> {
        let mut children = self.children(index);
        std::iter::from_fn(move || {
            let child = children.start;
            (child < children.end).then(|| {
                children.start = self.after(child);
                child
            })
        })
    }

    /// Returns the keys and values of a map.
    fn entries(&self, index: usize) -> impl Iterator<Item = (usize, usize)> {
        self.each_child(index).step_by(2).map(|key| (key, self.after(key)))
    }

    fn content(&self, index: usize) -> &[u8] {
        let node = self.nodes[index];
        &self.bytes[node.start as usize..node.end as usize]
    }

    /// Returns the name of an atom.
    fn atom(&self, index: usize) -> Option<Cow<'_, str>> {
        let content = self.content(index);
        match self.node(index).kind {
            Kind::Atom => Some(String::from_utf8_lossy(content)),
            Kind::LatinAtom if content.is_ascii() => Some(String::from_utf8_lossy(content)),
            Kind::LatinAtom => Some(content.iter().map(|byte| char::from(*byte)).collect()),
            _ => None,
        }
    }

    /// Returns the text of a binary, if it is UTF-8.
    fn text(&self, index: usize) -> Option<&str> {
        match self.node(index).kind {
            Kind::Binary => std::str::from_utf8(self.content(index)).ok(),
            _ => None,
        }
    }

    /// Returns an integer, if it is small.
    fn small(&self, index: usize) -> Option<i64> {
        match self.node(index).kind {
            Kind::SmallInteger => self.content(index).first().map(|byte| i64::from(*byte)),
            Kind::Integer => {
                self.content(index).try_into().ok().map(|bytes| i64::from(i32::from_be_bytes(bytes)))
            }
            _ => None,
        }
    }

    fn is_empty_list(&self, index: usize) -> bool {
        self.node(index).kind == Kind::List && self.children(index).is_empty()
    }
}
