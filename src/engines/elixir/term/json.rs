//! Writing a term as JSON. The documentation of the module above has a table of the forms.

use std::borrow::Cow;
use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::json::Json;

use super::form::{Form, STRUCT, Texts};
use super::integer::write_big;
use super::read::{float, float_of_text};
use super::{Kind, Term};

/// Writes a term as JSON.
pub(super) fn write(term: &Term<'_>) -> Json {
    let mut writer = Writer { term, out: String::new(), open: Vec::new() };
    writer.begin(0);
    while writer.step() {}
    Json::serialized(writer.out)
}

struct Writer<'t, 'b> {
    term: &'t Term<'b>,
    out: String,
    /// The arrays and objects around the next node.
    open: Vec<Open>,
}

/// An array or object that is being written.
struct Open {
    style: Style,
    /// The next child, and the end of the children.
    at: usize,
    end: usize,
    /// The number of nodes written.
    written: usize,
}

#[derive(Clone, Copy)]
enum Style {
    /// Values, and what closes them.
    Items { close: &'static str },
    /// Values, and the tail.
    Improper,
    /// The members of an object.
    Members { map: usize, texts: Texts },
    /// The fields of a struct, whose module is written.
    Fields,
    /// Keys and values by turns.
    Pairs,
    /// Keys only.
    Keys { close: &'static str },
}

impl<'t> Writer<'t, '_> {
    /// Writes a scalar, or opens an array or object.
    fn begin(&mut self, index: usize) {
        let term = self.term;
        let content = term.content(index);
        match term.node(index).kind {
            Kind::SmallInteger | Kind::Integer => self.display(term.small(index).unwrap_or(0)),
            Kind::BigInteger => write_big(&mut self.out, content),
            Kind::Float => self.float(float(content)),
            Kind::FloatText => self.float(float_of_text(content)),
            Kind::Atom | Kind::LatinAtom => self.atom(&term.atom(index).unwrap_or_default()),
            Kind::Binary => match term.text(index) {
                Some(text) => self.string(text),
                None => self.base64("$binary", content, "}"),
            },
            Kind::Bits => self.bits(content),
            Kind::Bytes => self.bytes(content),
            Kind::List => self.open("[", Style::Items { close: "]" }, index),
            Kind::ImproperList => self.open("{\"$improper\":[", Style::Improper, index),
            Kind::Tuple => self.open("{\"$tuple\":[", Style::Items { close: "]}" }, index),
            Kind::Map => self.map(index),
            Kind::Pid => self.base64("$pid", content, "}"),
            Kind::Port => self.base64("$port", content, "}"),
            Kind::Reference => self.base64("$reference", content, "}"),
            Kind::Function => self.base64("$function", content, "}"),
        }
    }

    fn map(&mut self, index: usize) {
        match Form::of(self.term, index) {
            Form::Plain { texts } => self.open("{", Style::Members { map: index, texts }, index),
            Form::Struct { module } => {
                self.out.push_str("{\"$struct\":");
                self.string(&module);
                self.open("", Style::Fields, index);
            }
            Form::Tagged { tag, text } => {
                self.tag(tag);
                self.string(&text);
                self.out.push('}');
            }
            Form::Set { members, has_version } => {
                let close = if has_version { "],\"version\":2}" } else { "]}" };
                self.open("{\"$set\":[", Style::Keys { close }, members);
            }
            Form::Pairs => self.open("{\"$map\":[", Style::Pairs, index),
        }
    }

    fn open(&mut self, text: &str, style: Style, index: usize) {
        self.out.push_str(text);
        let children = self.term.children(index);
        self.open.push(Open { style, at: children.start, end: children.end, written: 0 });
    }

    /// Writes the next child of the innermost array or object, or closes it. Returns false at the end of the term.
    fn step(&mut self) -> bool {
        let Some(open) = self.open.last_mut() else { return false };
        if open.at >= open.end {
            let (style, written) = (open.style, open.written);
            self.open.pop();
            self.close(style, written);
            return true;
        }
        let child = open.at;
        let after = self.term.after(child);
        let (style, written, is_last) = (open.style, open.written, after >= open.end);
        open.written += 1;
        open.at = match style {
            Style::Members { .. } | Style::Fields | Style::Keys { .. } => self.term.after(after),
            Style::Items { .. } | Style::Improper | Style::Pairs => after,
        };
        match style {
            Style::Improper if is_last => self.out.push_str("],\"tail\":"),
            Style::Pairs if written.is_multiple_of(2) => {
                self.out.push_str(if written == 0 { "[" } else { "],[" });
            }
            // After the module.
            Style::Fields => {}
            _ if written > 0 => self.out.push(','),
            _ => {}
        }
        match style {
            Style::Members { .. } => self.member(child, after),
            Style::Fields if self.name(child) == STRUCT => {}
            Style::Fields => {
                self.out.push(',');
                self.member(child, after);
            }
            Style::Items { .. } | Style::Improper | Style::Pairs | Style::Keys { .. } => self.begin(child),
        }
        true
    }

    fn member(&mut self, key: usize, value: usize) {
        let name = self.name(key);
        self.string(&name);
        self.out.push(':');
        self.begin(value);
    }

    fn close(&mut self, style: Style, written: usize) {
        match style {
            Style::Items { close } | Style::Keys { close } => self.out.push_str(close),
            Style::Pairs if written > 0 => self.out.push_str("]]}"),
            Style::Pairs => self.out.push_str("]}"),
            Style::Members { map, texts } => {
                self.text_keys(map, texts);
                self.out.push('}');
            }
            Style::Improper | Style::Fields => self.out.push('}'),
        }
    }

    /// Writes which keys of a map are text.
    fn text_keys(&mut self, map: usize, texts: Texts) {
        match texts {
            Texts::None => {}
            Texts::All => self.out.push_str(",\"$text_keys\":true"),
            Texts::Some => {
                let term = self.term;
                self.out.push_str(",\"$text_keys\":");
                for (index, text) in term.entries(map).filter_map(|(key, _)| term.text(key)).enumerate() {
                    self.out.push(if index == 0 { '[' } else { ',' });
                    self.string(text);
                }
                self.out.push(']');
            }
        }
    }

    /// Returns the name of a key that is text or an atom.
    fn name(&self, key: usize) -> Cow<'t, str> {
        self.term.atom(key).or_else(|| self.term.text(key).map(Cow::Borrowed)).unwrap_or_default()
    }

    fn tag(&mut self, tag: &str) {
        self.out.extend(["{\"", tag, "\":"]);
    }

    fn atom(&mut self, name: &str) {
        if let "nil" | "true" | "false" = name {
            self.out.push_str(if name == "nil" { "null" } else { name });
            return;
        }
        self.tag("$atom");
        self.string(name);
        self.out.push('}');
    }

    fn base64(&mut self, tag: &str, bytes: &[u8], close: &str) {
        self.tag(tag);
        self.out.push('"');
        STANDARD.encode_string(bytes, &mut self.out);
        self.out.push('"');
        self.out.push_str(close);
    }

    fn bits(&mut self, content: &[u8]) {
        let Some((bits, bytes)) = content.split_first() else { return };
        let size = bytes.len() as u64 * 8 + u64::from(*bits) - 8;
        self.base64("$bits", bytes, "");
        let _ = write!(self.out, ",\"size\":{size}}}");
    }

    fn bytes(&mut self, content: &[u8]) {
        self.out.push('[');
        for (index, byte) in content.iter().enumerate() {
            if index > 0 {
                self.out.push(',');
            }
            self.display(byte);
        }
        self.out.push(']');
    }

    /// The debug form of a float always has a point or an exponent, and its digits give the same float again.
    fn float(&mut self, value: Option<f64>) {
        let _ = write!(self.out, "{:?}", value.unwrap_or_default());
    }

    fn display(&mut self, value: impl std::fmt::Display) {
        let _ = write!(self.out, "{value}");
    }

    fn string(&mut self, text: &str) {
        self.out.push_str(&serde_json::to_string(text).unwrap_or_default());
    }
}
