//! Differences between stored projections and their events, grouped by field and kind.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::json::Json;

use super::{Difference, FieldDifference};

/// The most examples of a group.
pub(super) const EXAMPLES: usize = 3;
/// The most groups. Differences of further fields are counted under [`OTHER_FIELDS`].
const GROUPS: usize = 1000;
/// The most bytes of values kept as examples, in all groups.
const BYTES: usize = 16 << 20;

/// The field of differences for which there were too many groups.
const OTHER_FIELDS: &str = "other fields";

/// The effect of a rebuild on a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DifferenceKind {
    /// It is not stored; a rebuild adds it.
    Added,
    /// It is stored, but not derived; a rebuild removes it.
    Removed,
    /// It is stored with another value; a rebuild changes it.
    Changed,
}

impl DifferenceKind {
    /// Returns the word for people: `added`.
    pub fn title(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
        }
    }

    fn of(stored: Option<&Json>, expected: Option<&Json>) -> Self {
        match (stored, expected) {
            (None, _) => Self::Added,
            (Some(_), None) => Self::Removed,
            (Some(_), Some(_)) => Self::Changed,
        }
    }
}

/// One of the differences of a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DifferenceExample {
    /// The name of the space.
    pub space_name: String,
    /// The key.
    pub key: String,
    /// The path in the value: `.email`; empty for the whole value.
    pub path: String,
    /// The stored value; none if the field is not stored.
    pub before: Option<Json>,
    /// The derived value; none if no event leads to the field.
    pub after: Option<Json>,
}

/// Differences of the same field and kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DifferenceGroup {
    /// The name of the app.
    pub app: &'static str,
    /// The name of the projection.
    pub projection: &'static str,
    /// The field, with ids of entities as `*`: `contact:*.email`.
    pub field: String,
    /// The kind.
    pub kind: DifferenceKind,
    /// The number of differences.
    pub count: u64,
    /// The number of spaces in which they were found.
    pub spaces: u64,
    /// The first few of them.
    pub examples: Vec<DifferenceExample>,
}

/// The projection that differences are found in.
#[derive(Debug, Clone, Copy)]
pub struct DifferencePlace<'a> {
    /// The name of the app.
    pub app: &'static str,
    /// The name of the projection.
    pub projection: &'static str,
    /// The name of the space.
    pub space_name: &'a str,
}

/// Differences between stored and derived values, grouped by field and kind. All are counted; memory is bounded however many
/// there are, because only the first few of each group are kept.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DifferenceGroups {
    groups: BTreeMap<GroupKey, Members>,
    count: u64,
    keys: u64,
    bytes: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct GroupKey {
    app: &'static str,
    projection: &'static str,
    field: String,
    kind: DifferenceKind,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Members {
    count: u64,
    spaces: u64,
    last_space: String,
    examples: Vec<DifferenceExample>,
}

impl DifferenceGroups {
    /// Returns the number of differences: fields with other values, and keys that exist on one side only.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Returns the number of keys that differ.
    pub fn keys(&self) -> u64 {
        self.keys
    }

    /// Returns the groups, by app, projection, field and kind.
    pub fn groups(&self) -> impl Iterator<Item = DifferenceGroup> + '_ {
        self.groups.iter().map(|(key, members)| DifferenceGroup {
            app: key.app,
            projection: key.projection,
            field: key.field.clone(),
            kind: key.kind,
            count: members.count,
            spaces: members.spaces,
            examples: members.examples.clone(),
        })
    }

    /// Adds a difference of values, field by field. Other differences have no fields, and are ignored.
    pub fn add(&mut self, place: DifferencePlace<'_>, difference: &Difference) {
        let whole = |stored: Option<&Json>, expected: Option<&Json>| FieldDifference {
            path: String::new(),
            expected: expected.cloned(),
            stored: stored.cloned(),
        };
        match difference {
            Difference::Missing { key, expected } => {
                self.add_fields(place, key, &[whole(None, Some(expected))]);
            }
            Difference::Impossible { key, stored, .. } => {
                self.add_fields(place, key, &[whole(Some(stored), None)]);
            }
            Difference::Altered { key, fields } => self.add_fields(place, key, fields),
            _ => {}
        }
    }

    fn add_fields(&mut self, place: DifferencePlace<'_>, key: &str, fields: &[FieldDifference]) {
        self.keys += 1;
        for field in fields {
            let FieldDifference { path, expected, stored } = field;
            let example = || DifferenceExample {
                space_name: place.space_name.to_owned(),
                key: key.to_owned(),
                path: path.clone(),
                before: stored.clone(),
                after: expected.clone(),
            };
            let kind = DifferenceKind::of(stored.as_ref(), expected.as_ref());
            self.count += 1;
            let bytes = BYTES.saturating_sub(self.bytes);
            let members = self.members(place, any_key(key), any_path(field), kind);
            members.count += 1;
            if members.spaces == 0 || members.last_space != place.space_name {
                members.spaces += 1;
                place.space_name.clone_into(&mut members.last_space);
            }
            let size =
                [stored, expected].into_iter().flatten().map(|json| json.as_str().len()).sum::<usize>();
            if members.examples.len() < EXAMPLES && size <= bytes {
                members.examples.push(example());
                self.bytes += size;
            }
        }
    }

    /// Returns the group of a field: that of its first step or that of all other fields if there are too many.
    fn members(
        &mut self,
        DifferencePlace { app, projection, .. }: DifferencePlace<'_>,
        key: String,
        path: String,
        kind: DifferenceKind,
    ) -> &mut Members {
        let named = |field: String| GroupKey { app, projection, field, kind };
        let first_step =
            || path.find(['.', '[']).filter(|at| *at > 0).map_or(path.as_str(), |at| &path[..at]);
        let mut group = named(format!("{key}{path}"));
        if self.groups.len() >= GROUPS && !self.groups.contains_key(&group) {
            group = named(format!("{key}{}", first_step()));
        }
        if self.groups.len() >= GROUPS && !self.groups.contains_key(&group) {
            group = named(OTHER_FIELDS.to_owned());
        }
        self.groups.entry(group).or_default()
    }

    /// Adds the differences found in other spaces.
    pub fn merge(&mut self, other: Self) {
        self.count += other.count;
        self.keys += other.keys;
        for (key, members) in other.groups {
            let group = if self.groups.len() < GROUPS || self.groups.contains_key(&key) {
                key
            } else {
                GroupKey { field: OTHER_FIELDS.to_owned(), ..key }
            };
            let into = self.groups.entry(group).or_default();
            into.count += members.count;
            into.spaces += members.spaces;
            into.last_space = members.last_space;
            for example in members.examples {
                let values = [&example.before, &example.after].into_iter().flatten();
                let size = values.map(|json| json.as_str().len()).sum::<usize>();
                if into.examples.len() < EXAMPLES && self.bytes + size <= BYTES {
                    self.bytes += size;
                    into.examples.push(example);
                }
            }
        }
    }
}

impl DifferenceGroup {
    /// Returns the projection and the field, for people. The projection that every app has is not named.
    pub fn title(&self) -> String {
        match self.projection {
            crate::pstate::STATE => self.field.clone(),
            projection => format!("{projection} {}", self.field),
        }
    }
}

/// Replaces the id in a key: `contact:c1` becomes `contact:*`.
fn any_key(key: &str) -> String {
    match key.split_once(':') {
        Some((entity, _)) => format!("{entity}:*"),
        None => key.to_owned(),
    }
}

/// Replaces positions and ids in the path of a field: `.tags[2]` becomes `.tags[*]`, and the path of a reference in a
/// collection becomes `.cards.*.$ref`.
fn any_path(FieldDifference { path, expected, stored }: &FieldDifference) -> String {
    let reference = expected.as_ref().or(stored.as_ref());
    let target = reference.and_then(|json| json.parse::<String>().ok());
    let id = target.as_deref().and_then(|target| target.split_once(':')).map(|(_, id)| id);
    let of_collection = id.and_then(|id| path.strip_suffix(".$ref")?.strip_suffix(id)?.strip_suffix('.'));
    match of_collection {
        Some(collection) => format!("{}.*.$ref", any_position(collection)),
        None => any_position(path),
    }
}

fn any_position(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('[') {
        text.push_str(before);
        let digits = after.len() - after.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let is_position = digits > 0 && after[digits..].starts_with(']');
        text.push_str(if is_position { "[*" } else { "[" });
        rest = if is_position { &after[digits..] } else { after };
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const PLACE: DifferencePlace<'static> =
        DifferencePlace { app: "crm", projection: "state", space_name: "crm_acme" };

    fn field(path: &str, stored: Value, expected: Value) -> FieldDifference {
        let json = |value: Value| (!value.is_null()).then(|| Json::of(&value));
        FieldDifference { path: path.to_owned(), expected: json(expected), stored: json(stored) }
    }

    #[test]
    fn ids_and_positions_are_generalised() {
        assert_eq!(any_key("contact:c1"), "contact:*");
        assert_eq!(any_key("a:b:c"), "a:*");
        assert_eq!(any_key("settings"), "settings");
        for (difference, expected) in [
            (field(".email", json!("a"), json!("b")), ".email"),
            (field(".tags[12].b[0]", json!(1), json!(2)), ".tags[*].b[*]"),
            (field(".a[x].b[", json!(1), json!(2)), ".a[x].b["),
            (field(".cards.c.1.$ref", json!(null), json!("card:c.1")), ".cards.*.$ref"),
            (field(".deck.$ref", json!("deck:d1"), json!("deck:d2")), ".deck.$ref"),
            (field("", json!(1), json!(2)), ""),
        ] {
            assert_eq!(any_path(&difference), expected);
        }
    }

    #[test]
    fn each_field_and_kind_is_a_group_with_three_examples() {
        let mut groups = DifferenceGroups::default();
        for number in 0..5 {
            let fields =
                vec![field(".email", json!("a"), json!(number)), field(".fax", json!(1), json!(null))];
            groups.add(PLACE, &Difference::Altered { key: format!("contact:c{number}"), fields });
        }
        let elsewhere = DifferencePlace { space_name: "crm_globex", ..PLACE };
        groups.add(
            elsewhere,
            &Difference::Missing { key: "contact:c9".to_owned(), expected: Json::of(&json!({})) },
        );
        groups.add(elsewhere, &Difference::Lag { events: 1 });
        let found: Vec<_> =
            groups.groups().map(|one| (one.title(), one.kind.title(), one.count, one.spaces)).collect();
        let expected = [
            ("contact:*".to_owned(), "added", 1, 1),
            ("contact:*.email".to_owned(), "changed", 5, 1),
            ("contact:*.fax".to_owned(), "removed", 5, 1),
        ];
        assert_eq!(found, expected);
        assert_eq!((groups.count(), groups.keys()), (11, 6));
        assert!(groups.groups().all(|group| group.examples.len() == EXAMPLES.min(group.count as usize)));
        let mut twice = groups.clone();
        twice.merge(groups);
        assert_eq!((twice.count(), twice.keys()), (22, 12));
        assert_eq!(twice.groups().map(|group| group.count).sum::<u64>(), 22);
    }

    #[test]
    fn memory_is_bounded_and_nothing_is_lost_from_the_counts() {
        let mut groups = DifferenceGroups::default();
        let large = json!("x".repeat(1 << 20));
        for number in 0..2 * GROUPS {
            let fields = vec![field(&format!(".f{number}.x"), json!(null), large.clone())];
            groups.add(PLACE, &Difference::Altered { key: "contact:c1".to_owned(), fields });
        }
        assert!(groups.bytes <= BYTES && groups.groups.len() <= GROUPS + 1);
        assert_eq!(groups.groups().map(|group| group.count).sum::<u64>(), 2 * GROUPS as u64);
    }
}
