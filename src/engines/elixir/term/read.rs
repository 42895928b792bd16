//! Reading the nodes of a term, one after the other.

use super::error::{TermError, TermFault};
use super::limits::Limits;
use super::{Kind, Node};

/// A list, tuple or map whose children are being read.
struct Open {
    index: usize,
    /// The number of children that are still to be read.
    missing: u64,
    last_child: usize,
}

/// Reads the bytes of exactly one term.
pub(super) fn nodes(bytes: &[u8], limits: &Limits) -> Result<Vec<Node>, TermError> {
    let mut reader = Reader { bytes, at: 0 };
    let mut nodes: Vec<Node> = Vec::new();
    let mut open: Vec<Open> = Vec::new();
    loop {
        let (start, index) = (reader.at, nodes.len());
        if index >= limits.terms {
            return Err(TermFault::TooManyTerms { limit: limits.terms }.at(start));
        }
        let header = reader.header()?;
        nodes.push(header.node(index));
        if let Some(parent) = open.last_mut() {
            parent.last_child = index;
        }
        if header.children > 0 {
            if open.len() >= limits.depth {
                return Err(TermFault::TooDeep { limit: limits.depth }.at(start));
            }
            open.push(Open { index, missing: header.children, last_child: index });
            continue;
        }
        close_complete(&mut nodes, &mut open, reader.at)?;
        if open.is_empty() {
            break;
        }
    }
    match bytes.len() - reader.at {
        0 => Ok(nodes),
        left => Err(TermFault::TrailingBytes { bytes: left }.at(reader.at)),
    }
}

/// Closes the lists, tuples and maps that the last node completes.
fn close_complete(nodes: &mut Vec<Node>, open: &mut Vec<Open>, offset: usize) -> Result<(), TermError> {
    while let Some(parent) = open.last_mut() {
        parent.missing -= 1;
        if parent.missing > 0 {
            break;
        }
        if nodes[parent.index].kind == Kind::ImproperList {
            close_list(nodes, parent, offset)?;
        }
        nodes[parent.index].next = nodes.len() as u32;
        open.pop();
    }
    Ok(())
}

/// Notes the kind of a list. One that ends with the empty list is a proper list, and the tail is dropped.
fn close_list(nodes: &mut Vec<Node>, list: &Open, offset: usize) -> Result<(), TermError> {
    let tail = list.last_child;
    match nodes[tail].kind {
        Kind::List if tail + 1 == nodes.len() => {
            nodes.pop();
            nodes[list.index].kind = Kind::List;
            Ok(())
        }
        Kind::List | Kind::ImproperList | Kind::Bytes => Err(TermFault::InvalidList.at(offset)),
        // Nothing but a tail.
        _ if tail == list.index + 1 => Err(TermFault::InvalidList.at(offset)),
        _ => Ok(()),
    }
}

/// The beginning of a term: everything but its children.
struct Header {
    kind: Kind,
    start: usize,
    end: usize,
    children: u64,
}

impl Header {
    /// The limit of bytes keeps all positions within 32 bits.
    fn node(&self, index: usize) -> Node {
        Node { kind: self.kind, start: self.start as u32, end: self.end as u32, next: index as u32 + 1 }
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn header(&mut self) -> Result<Header, TermError> {
        let start = self.at;
        let tag = self.byte()?;
        match tag {
            97 => self.scalar(Kind::SmallInteger, 1),
            98 => self.scalar(Kind::Integer, 4),
            110 => {
                let size = self.byte()?;
                self.big(size.into())
            }
            111 => {
                let size = self.number(4)?;
                self.big(size)
            }
            70 => self.float(),
            99 => self.float_text(),
            77 => self.bits(),
            109 => {
                let size = self.number(4)?;
                self.scalar(Kind::Binary, size)
            }
            107 => {
                let size = self.number(2)?;
                self.scalar(Kind::Bytes, size)
            }
            100 | 115 | 118 | 119 => self.atom(tag),
            106 => self.container(Kind::List, 0),
            108 => {
                let items = self.number(4)?;
                self.container(Kind::ImproperList, items + 1)
            }
            104 => {
                let items = self.number(1)?;
                self.container(Kind::Tuple, items)
            }
            105 => {
                let items = self.number(4)?;
                self.container(Kind::Tuple, items)
            }
            116 => {
                let entries = self.number(4)?;
                self.container(Kind::Map, 2 * entries)
            }
            88 | 89 | 90 | 101..=103 | 112..=114 | 120 => {
                let kind = self.skip_opaque(tag)?;
                Ok(Header { kind, start, end: self.at, children: 0 })
            }
            _ => Err(unreadable(tag).at(start)),
        }
    }

    fn take(&mut self, bytes: u64) -> Result<&[u8], TermError> {
        let left = &self.bytes[self.at..];
        match usize::try_from(bytes).ok().and_then(|bytes| left.get(..bytes)) {
            Some(taken) => {
                self.at += taken.len();
                Ok(taken)
            }
            None => Err(TermFault::CutOff.at(self.bytes.len())),
        }
    }

    fn byte(&mut self) -> Result<u8, TermError> {
        self.take(1).map(|byte| byte[0])
    }

    /// Reads a number without sign, of up to four bytes.
    fn number(&mut self, bytes: u64) -> Result<u64, TermError> {
        self.take(bytes).map(|bytes| bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    fn scalar(&mut self, kind: Kind, bytes: u64) -> Result<Header, TermError> {
        let start = self.at;
        self.take(bytes)?;
        Ok(Header { kind, start, end: self.at, children: 0 })
    }

    /// Each child has at least one byte, so a false count is found before anything is read or allocated for it.
    fn container(&mut self, kind: Kind, children: u64) -> Result<Header, TermError> {
        if children > (self.bytes.len() - self.at) as u64 {
            return Err(TermFault::CutOff.at(self.bytes.len()));
        }
        Ok(Header { kind, start: self.at, end: self.at, children })
    }

    fn big(&mut self, size: u64) -> Result<Header, TermError> {
        let start = self.at;
        match self.take(size + 1)?[0] {
            0 | 1 => Ok(Header { kind: Kind::BigInteger, start, end: self.at, children: 0 }),
            sign => Err(TermFault::InvalidSign { sign }.at(start)),
        }
    }

    fn float(&mut self) -> Result<Header, TermError> {
        let start = self.at;
        let header = self.scalar(Kind::Float, 8)?;
        let value = float(&self.bytes[header.start..header.end]);
        value.map(|_| header).ok_or_else(|| TermFault::InvalidFloat.at(start))
    }

    fn float_text(&mut self) -> Result<Header, TermError> {
        let start = self.at;
        let header = self.scalar(Kind::FloatText, 31)?;
        let value = float_of_text(&self.bytes[header.start..header.end]);
        value.map(|_| header).ok_or_else(|| TermFault::InvalidFloat.at(start))
    }

    fn bits(&mut self) -> Result<Header, TermError> {
        let size = self.number(4)?;
        let start = self.at;
        let bits = self.take(size + 1)?[0];
        if !(1..=8).contains(&bits) || size == 0 {
            return Err(TermFault::InvalidBits { bits }.at(start));
        }
        Ok(Header { kind: Kind::Bits, start, end: self.at, children: 0 })
    }

    fn atom(&mut self, tag: u8) -> Result<Header, TermError> {
        let (kind, size) = match tag {
            100 => (Kind::LatinAtom, self.number(2)?),
            115 => (Kind::LatinAtom, self.number(1)?),
            118 => (Kind::Atom, self.number(2)?),
            _ => (Kind::Atom, self.number(1)?),
        };
        let header = self.scalar(kind, size)?;
        let name = &self.bytes[header.start..header.end];
        if kind == Kind::Atom && std::str::from_utf8(name).is_err() {
            return Err(TermFault::InvalidAtom.at(header.start));
        }
        Ok(header)
    }

    /// Reads past a term that has meaning only in the system that wrote it: a pid, port, reference or function.
    fn skip_opaque(&mut self, tag: u8) -> Result<Kind, TermError> {
        let start = self.at;
        match tag {
            112 => {
                // The size counts itself.
                let size = self.number(4)?;
                let Some(rest) = size.checked_sub(4) else {
                    return Err(TermFault::InvalidFunction { size: size as u32 }.at(start));
                };
                self.take(rest)?;
                Ok(Kind::Function)
            }
            113 => {
                self.expect_atom()?;
                self.expect_atom()?;
                self.take(2)?;
                Ok(Kind::Function)
            }
            90 | 114 => {
                let ids = self.number(2)?;
                self.expect_atom()?;
                self.take(4 * ids + if tag == 90 { 4 } else { 1 })?;
                Ok(Kind::Reference)
            }
            _ => {
                let (kind, rest) = match tag {
                    88 => (Kind::Pid, 12),
                    89 => (Kind::Port, 8),
                    101 => (Kind::Reference, 5),
                    102 => (Kind::Port, 5),
                    103 => (Kind::Pid, 9),
                    _ => (Kind::Port, 12),
                };
                self.expect_atom()?;
                self.take(rest)?;
                Ok(kind)
            }
        }
    }

    fn expect_atom(&mut self) -> Result<(), TermError> {
        let start = self.at;
        match self.byte()? {
            tag @ (100 | 115 | 118 | 119) => self.atom(tag).map(drop),
            tag => Err(TermFault::NotAnAtom { tag }.at(start)),
        }
    }
}

/// Returns a float, unless it is infinite or not a number.
pub(super) fn float(bytes: &[u8]) -> Option<f64> {
    let value = f64::from_be_bytes(bytes.try_into().ok()?);
    value.is_finite().then_some(value)
}

/// As [`float`], from decimal text.
pub(super) fn float_of_text(bytes: &[u8]) -> Option<f64> {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    let value: f64 = std::str::from_utf8(&bytes[..end]).ok()?.trim().parse().ok()?;
    value.is_finite().then_some(value)
}

/// Returns why a tag cannot be read.
fn unreadable(tag: u8) -> TermFault {
    let name = match tag {
        68 => "the header of a distribution message",
        69 | 81 | 83 => "a fragment of a distribution message",
        80 => "a compressed term within a term",
        82 => "a reference to the atom cache of a connection",
        117 => "a function of an old release",
        121 => "a term in a node's own encoding",
        131 => "a version within a term",
        _ => return TermFault::UnknownTag { tag },
    };
    TermFault::UnsupportedTag { tag, name }
}
