//! The definition of a projection, stored with it, so that programs of different versions can share a file.
//!
//! A projection whose stored definition has a lower version than the program's is outdated: its values come from an
//! earlier handler, and a rebuild brings them up to date. With a higher version, the program is the older one, and only
//! reads. A changed schema alone needs no rebuild if its migrations convert what is stored: the program with the later
//! schema writes its definition with its next change, and remembers in it which schemas it has superseded.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::schema::{Schema, Shape};

/// The most superseded schemas that are remembered.
const REMEMBERED: usize = 32;

/// The name of the last field, which a program's own definition does not have.
const SUPERSEDED: &str = ",\"superseded\":";

/// The version and the schema of a projection, and the versions of the events that it is derived from.
///
/// ```
/// use ramax::pstate::{Compatibility, Definition};
/// use ramax::Schema;
///
/// let (first, second) = (Definition::new(1, Schema::EMPTY), Definition::new(2, Schema::EMPTY));
/// assert_eq!(first.to_text(), r#"{"version":1}"#);
/// assert_eq!(second.compare(Some(&first.to_text())), Compatibility::Outdated);
/// assert_eq!(first.compare(Some(&second.to_text())), Compatibility::Newer);
/// assert_eq!(first.compare(None), Compatibility::Adopted(first.to_text()));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Definition {
    /// The app that declares the projection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    app: Option<String>,
    version: u32,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    schema: BTreeMap<String, BTreeMap<String, DefinedField>>,
    /// The newest version of each type of events that upcasters read or yield.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    events: BTreeMap<String, u32>,
    /// Digests of earlier schemas of this version, in the stored definition.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    superseded: Vec<String>,
    /// Fields that only a later program writes.
    #[serde(flatten)]
    later: BTreeMap<String, Value>,
}

/// A field of an entity type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct DefinedField {
    shape: String,
    /// True if the field converts values of other shapes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    migrates: bool,
    /// Fields that only a later program writes.
    #[serde(flatten)]
    later: BTreeMap<String, Value>,
}

/// The relation of a program's definition of a projection to the stored one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Compatibility {
    /// Both are the same.
    Current,
    /// The program can continue from what is stored; with its next change, this definition is stored.
    Adopted(String),
    /// The program has a later version, or a schema without a migration from the stored one: a rebuild is needed.
    Outdated,
    /// The stored one is of a later program. This one may only read.
    Newer,
}

impl Compatibility {
    /// Returns true if the program may change the projection.
    pub fn is_writable(&self) -> bool {
        matches!(self, Self::Current | Self::Adopted(_))
    }
}

impl Definition {
    /// Creates the definition of a program's projection.
    pub fn new(version: u32, schema: Schema) -> Self {
        let mut defined: BTreeMap<String, BTreeMap<String, DefinedField>> = BTreeMap::new();
        for entity in schema.entities() {
            let fields = defined.entry(entity.name.to_owned()).or_default();
            for field in entity.fields {
                let shape = match (field.shape, field.refers_to) {
                    (Shape::Any, _) => "any".to_owned(),
                    (shape, None) => shape.to_string(),
                    (shape, Some(to)) => format!("{shape} to {to}"),
                };
                let migrates = field.migrate.is_some();
                let defined = DefinedField { shape, migrates, later: BTreeMap::new() };
                fields.insert(field.name.to_owned(), defined);
            }
        }
        Self {
            app: None,
            version,
            schema: defined,
            events: BTreeMap::new(),
            superseded: Vec::new(),
            later: BTreeMap::new(),
        }
    }

    /// Sets the app that declares the projection. One that another app derived is outdated, whatever its version.
    pub fn of_app(self, app: &str) -> Self {
        Self { app: Some(app.to_owned()), ..self }
    }

    /// Sets the newest version of each type of events that upcasters read or yield. A program with more of them has the
    /// later definition, and the projection is outdated until it is rebuilt; the other program only reads.
    pub fn with_events(self, events: impl IntoIterator<Item = (&'static str, u32)>) -> Self {
        let events =
            events.into_iter().map(|(event_type, version)| (event_type.to_owned(), version)).collect();
        Self { events, ..self }
    }

    /// Returns the version.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// Reads the version of a stored definition, unless it is damaged.
    pub fn version_of(text: &str) -> Option<u32> {
        serde_json::from_str(text).ok().map(|definition: Self| definition.version)
    }

    /// Returns the definition as it is stored.
    pub fn to_text(&self) -> String {
        // Maps with text as keys always have a JSON form.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Compares a program's definition with the stored one. A projection without a stored definition was written by a
    /// program that knew none, or does not exist yet.
    pub fn compare(&self, stored: Option<&str>) -> Compatibility {
        self.compare_text(&self.to_text(), stored)
    }

    /// As [`Definition::compare`], given the text of this definition. If both are the same, nothing is parsed.
    pub(crate) fn compare_text(&self, text: &str, stored: Option<&str>) -> Compatibility {
        let Some(stored) = stored else { return Compatibility::Adopted(text.to_owned()) };
        if is_same(text, stored) {
            return Compatibility::Current;
        }
        // No program wrote one that cannot be read: it is damaged, and a rebuild replaces it.
        let Ok(stored) = serde_json::from_str::<Self>(stored) else { return Compatibility::Outdated };
        if stored.is_of_later_program() {
            return Compatibility::Newer;
        }
        if self.app.is_some() && stored.app.is_some() && self.app != stored.app {
            return Compatibility::Outdated;
        }
        if self.version != stored.version {
            let is_later = self.version > stored.version;
            return if is_later { Compatibility::Outdated } else { Compatibility::Newer };
        }
        if stored.superseded.contains(&self.digest()) || !self.has_fields_of(&stored) {
            return Compatibility::Newer;
        }
        if !self.reads_events_of(&stored) {
            return Compatibility::Newer;
        }
        if self.events != stored.events || !self.converts(&stored) {
            return Compatibility::Outdated;
        }
        let mut superseded = stored.superseded.clone();
        superseded.push(stored.digest());
        superseded.drain(..superseded.len().saturating_sub(REMEMBERED));
        Compatibility::Adopted(Self { superseded, ..self.clone() }.to_text())
    }

    /// Returns true if it says more than this program writes.
    fn is_of_later_program(&self) -> bool {
        let mut fields = self.schema.values().flat_map(BTreeMap::values);
        !self.later.is_empty() || fields.any(|field| !field.later.is_empty())
    }

    /// Returns true if no field of the other definition is missing. A later program that removes one raises the version.
    fn has_fields_of(&self, other: &Self) -> bool {
        let has = |entity: &String, field: &String| {
            self.schema.get(entity).is_some_and(|fields| fields.contains_key(field))
        };
        other.schema.iter().all(|(entity, fields)| fields.keys().all(|field| has(entity, field)))
    }

    /// Returns true if this program knows every version of events that the other one knows. A later program that removes
    /// an upcaster raises the version.
    fn reads_events_of(&self, other: &Self) -> bool {
        let is_known =
            |(name, version): (&String, &u32)| self.events.get(name).is_some_and(|own| own >= version);
        other.events.iter().all(is_known)
    }

    /// Returns true if each field of the other definition has the same shape here, or is converted to it.
    fn converts(&self, other: &Self) -> bool {
        self.schema.iter().all(|(entity, fields)| {
            let before = other.schema.get(entity);
            fields.iter().all(|(name, field)| {
                let before = before.and_then(|fields| fields.get(name));
                field.migrates || before.is_none_or(|before| before.shape == field.shape)
            })
        })
    }

    fn digest(&self) -> String {
        let schema = serde_json::to_vec(&self.schema).unwrap_or_default();
        Sha256::digest(schema)[..8].iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Returns true if a stored definition says the same as this text, apart from the schemas that it superseded.
fn is_same(text: &str, stored: &str) -> bool {
    let rest = text.strip_suffix('}').and_then(|open| stored.strip_prefix(open));
    let superseded = |rest: &str| rest.strip_prefix(SUPERSEDED)?.strip_suffix('}').map(is_list);
    rest.is_some_and(|rest| rest == "}" || superseded(rest) == Some(true))
}

/// Returns true if a text is a JSON array of texts.
fn is_list(text: &str) -> bool {
    serde_json::from_str::<Vec<String>>(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pstate::schema::{Entity, Field, Value};

    const FIRST: &[Entity] = &[Entity::new("card", &[Field::string("front")])];
    const SECOND: &[Entity] = &[Entity::new(
        "card",
        &[
            Field::map("front").migrate(|_, _| Value::Object(serde_json::Map::new())),
            Field::string("back").migrate(|_, _| "".into()),
        ],
    )];

    fn definition(entities: &'static [Entity]) -> Definition {
        Definition::new(1, Schema::new(entities))
    }

    #[test]
    fn a_later_schema_with_migrations_replaces_the_stored_one_and_the_earlier_program_only_reads() {
        let (first, second) = (definition(FIRST), definition(SECOND));
        let Compatibility::Adopted(stored) = second.compare(Some(&first.to_text())) else {
            panic!("not adopted")
        };
        assert_eq!(second.compare(Some(&stored)), Compatibility::Current);
        assert_eq!(first.compare(Some(&stored)), Compatibility::Newer);
        assert_eq!(Definition::version_of(&stored), Some(1));
    }

    #[test]
    fn a_changed_shape_without_a_migration_needs_a_rebuild() {
        const CHANGED: &[Entity] = &[Entity::new("card", &[Field::integer("front")])];
        let stored = definition(FIRST).to_text();
        assert_eq!(definition(CHANGED).compare(Some(&stored)), Compatibility::Outdated);
    }

    #[test]
    fn a_projection_of_another_app_needs_a_rebuild_whatever_its_version() {
        let of = |app: &str, version| Definition::new(version, Schema::EMPTY).of_app(app);
        assert_eq!(of("crm", 1).to_text(), r#"{"app":"crm","version":1}"#);
        for stored in [of("cms", 1), of("cms", 2)] {
            assert_eq!(of("crm", 1).compare(Some(&stored.to_text())), Compatibility::Outdated);
        }
        assert_eq!(of("crm", 1).compare(Some(&of("crm", 2).to_text())), Compatibility::Newer);
        let of_no_app = Definition::new(1, Schema::EMPTY).to_text();
        assert!(matches!(of("crm", 1).compare(Some(&of_no_app)), Compatibility::Adopted(_)));
    }

    #[test]
    fn a_new_entity_type_needs_no_rebuild() {
        const MORE: &[Entity] =
            &[Entity::new("card", &[Field::string("front")]), Entity::new("tag", &[Field::any("name")])];
        let stored = definition(FIRST).to_text();
        assert!(matches!(definition(MORE).compare(Some(&stored)), Compatibility::Adopted(_)));
        assert_eq!(definition(FIRST).compare(Some(&definition(MORE).to_text())), Compatibility::Newer);
    }

    #[test]
    fn a_later_version_of_an_event_needs_a_rebuild_and_the_earlier_program_only_reads() {
        let with = |events: &[(&'static str, u32)]| definition(&[]).with_events(events.iter().copied());
        let (none, first, second) = (with(&[]), with(&[("a", 2)]), with(&[("a", 3), ("b", 1)]));
        assert_eq!(first.to_text(), r#"{"version":1,"events":{"a":2}}"#);
        for (earlier, later) in [(&none, &first), (&first, &second)] {
            assert_eq!(later.compare(Some(&earlier.to_text())), Compatibility::Outdated);
            assert_eq!(earlier.compare(Some(&later.to_text())), Compatibility::Newer);
            assert_eq!(later.compare(Some(&later.to_text())), Compatibility::Current);
        }
    }

    #[test]
    fn a_definition_with_more_fields_is_of_a_later_program_and_a_damaged_one_needs_a_rebuild() {
        for stored in [
            r#"{"version":1,"more":2}"#,
            r#"{"version":10}"#,
            r#"{"version":1,"schema":{"card":{"front":{"shape":"string","more":2}}}}"#,
        ] {
            assert_eq!(definition(&[]).compare(Some(stored)), Compatibility::Newer, "{stored}");
        }
        let unreadable = [
            "x",
            "",
            "{",
            "{}",
            "[1]",
            r#"{"version":"1"}"#,
            r#"{"version":1}x"#,
            r#"{"version":4294967296}"#,
            r#"{"version":1,"version":1}"#,
            r#"{"app":5,"version":1}"#,
            r#"{"app":"crm","app":"crm","version":1}"#,
            r#"{"version":1,"schema":7}"#,
            r#"{"version":1,"schema":{"card":{"front":{}}}}"#,
            r#"{"version":1,"events":["a"]}"#,
            r#"{"version":1,"superseded":7}"#,
            r#"{"version":1,"superseded":[]}}"#,
            r#"{"version":1,"more":2,"schema":7}"#,
        ];
        for stored in unreadable {
            assert_eq!(definition(&[]).compare(Some(stored)), Compatibility::Outdated, "{stored}");
        }
    }

    #[test]
    fn only_so_many_superseded_schemas_are_remembered() {
        let stored = Definition { superseded: vec!["x".to_owned(); 40], ..definition(FIRST) }.to_text();
        let Compatibility::Adopted(text) = definition(SECOND).compare(Some(&stored)) else {
            panic!("not adopted")
        };
        assert_eq!(serde_json::from_str::<Definition>(&text).unwrap().superseded.len(), REMEMBERED);
    }
}
