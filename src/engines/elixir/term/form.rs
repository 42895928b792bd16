//! The JSON form of a map: plain, as pairs, or as the struct that it is.

use std::borrow::Cow;

use super::Term;
use super::{calendar, decimal};

/// The atom that names the module of a struct.
pub(super) const STRUCT: &str = "__struct__";

/// The form in which a map is written.
pub(super) enum Form {
    /// An object with the keys as names.
    Plain {
        /// The keys that are text. The others are atoms.
        texts: Texts,
    },
    /// An object with the fields of a struct, and its module.
    Struct { module: String },
    /// An object with one tag and a text.
    Tagged { tag: &'static str, text: String },
    /// The keys of another map, which hold the members of a set.
    Set { members: usize, has_version: bool },
    /// An array of keys and values.
    Pairs,
}

/// The keys of a map that are text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Texts {
    None,
    Some,
    All,
}

impl Form {
    pub(super) fn of(term: &Term<'_>, map: usize) -> Self {
        let Some((texts, names)) = names(term, map) else { return Self::Pairs };
        if texts == Texts::None && names.binary_search(&Cow::Borrowed(STRUCT)).is_ok() {
            return Self::of_struct(term, map).unwrap_or(Self::Plain { texts });
        }
        Self::Plain { texts }
    }

    /// Returns the form of a struct. Structs that do not have the usual fields and values keep all their fields.
    fn of_struct(term: &Term<'_>, map: usize) -> Option<Self> {
        let fields = Fields { term, map };
        let name = term.atom(fields.get(STRUCT)?)?;
        let module = name.strip_prefix("Elixir.").filter(|module| !module.is_empty())?;
        let special = match module {
            "PState.Ref" => fields.reference(),
            "MapSet" => fields.set(),
            "Decimal" => decimal::text(&fields).map(|text| Self::Tagged { tag: "$decimal", text }),
            _ => calendar::text(&fields, module).map(|(tag, text)| Self::Tagged { tag, text }),
        };
        Some(special.unwrap_or_else(|| Self::Struct { module: module.to_owned() }))
    }
}

/// Returns the sorted names of a map's keys, if they can be the names of an object: text or atoms that differ, and that
/// do not look like a tag.
fn names<'t>(term: &'t Term<'_>, map: usize) -> Option<(Texts, Vec<Cow<'t, str>>)> {
    let mut names = Vec::new();
    let mut texts = 0;
    for (key, _) in term.entries(map) {
        let name = match term.atom(key) {
            Some(name) => name,
            None => {
                texts += 1;
                Cow::Borrowed(term.text(key)?)
            }
        };
        if name.starts_with('$') {
            return None;
        }
        names.push(name);
    }
    names.sort_unstable();
    if names.windows(2).any(|pair| pair[0] == pair[1]) {
        return None;
    }
    let texts = match texts {
        0 => Texts::None,
        _ if texts == names.len() => Texts::All,
        _ => Texts::Some,
    };
    Some((texts, names))
}

/// The fields of a struct, by name.
pub(super) struct Fields<'t, 'b> {
    pub(super) term: &'t Term<'b>,
    map: usize,
}

impl Fields<'_, '_> {
    pub(super) fn get(&self, name: &str) -> Option<usize> {
        let mut entries = self.term.entries(self.map);
        entries.find(|(key, _)| self.term.atom(*key).as_deref() == Some(name)).map(|(_, value)| value)
    }

    pub(super) fn count(&self) -> usize {
        self.term.entries(self.map).count()
    }

    pub(super) fn atom(&self, name: &str) -> Option<Cow<'_, str>> {
        self.term.atom(self.get(name)?)
    }

    /// Returns a small integer within bounds.
    pub(super) fn number(&self, name: &str, bounds: std::ops::RangeInclusive<i64>) -> Option<i64> {
        self.term.small(self.get(name)?).filter(|number| bounds.contains(number))
    }

    fn reference(&self) -> Option<Form> {
        let key = self.term.text(self.get("key")?)?;
        (self.count() == 2).then(|| Form::Tagged { tag: "$ref", text: key.to_owned() })
    }

    /// Returns the form of a set. Its members are the keys of a map whose values are empty lists.
    fn set(&self) -> Option<Form> {
        let members = self.get("map").filter(|map| self.term.node(*map).kind == super::Kind::Map)?;
        let has_version = self.get("version").is_some();
        let is_usual = self.count() == if has_version { 3 } else { 2 }
            && (!has_version || self.number("version", 2..=2).is_some())
            && self.term.entries(members).all(|(_, value)| self.term.is_empty_list(value));
        is_usual.then_some(Form::Set { members, has_version })
    }
}
