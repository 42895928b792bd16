//! Comparing the lists that the Elixir original keeps in one value with the entries that the bundled apps keep instead.
//!
//! Both sides are read in the order of the members' keys: the entries a page at a time, and a list from its one value, which
//! the limits of terms bound. The original keeps these lists as maps, so that their members have no order of their own.

use std::ops::ControlFlow;

use crate::error::Result;
use crate::event_store::{Direction, Page};
use crate::json::{Json, Part, Parts};
use crate::operations::merge::merge;
use crate::pstate::{Entries, Entry, NoEntries, end_of_prefix};
use crate::text::counted;
use crate::timestamp::Timestamp;

use super::compare::{Sides, Step};
use super::difference::difference;
use super::of_original::comparable;
use super::{Difference, FieldDifference};

/// The lists of an app that have another form in the original.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::operations) enum OriginalLists {
    /// `contacts:all` holds all contacts.
    Contacts,
    /// `articles:published` holds the published articles.
    Articles,
    /// Each deck holds references to its cards.
    Decks,
    /// Both sides have the same keys.
    None,
}

const CONTACTS: &str = "contacts:all";
const CONTACT_COUNT: &str = "contacts:count";
const ARTICLES: &str = "articles:published";
const DECK: &str = "deck:";
const CARDS: &str = "cards";
const MEMBER: &str = "deck-card:";

impl OriginalLists {
    pub fn of_app(app: &str) -> Self {
        match app {
            "crm" => Self::Contacts,
            "cms" => Self::Articles,
            "flashcards" => Self::Decks,
            _ => Self::None,
        }
    }

    /// Returns two entries of a key in the same form, without what [`compare`](Self::compare) compares by its members.
    pub fn comparable(
        self,
        expected: Option<Entry>,
        stored: Option<Entry>,
    ) -> (Option<Entry>, Option<Entry>) {
        let key = expected.as_ref().or(stored.as_ref()).map_or("", |entry| entry.key.as_str());
        match self {
            Self::Contacts if key == CONTACTS => (None, None),
            Self::Articles if key == ARTICLES => (None, None),
            // Derived from the members, and unknown to the original.
            Self::Contacts if key == CONTACT_COUNT => comparable(None, stored),
            Self::Decks if key.starts_with(MEMBER) => comparable(None, stored),
            Self::Decks if key.starts_with(DECK) => comparable(expected, stored.map(without_cards)),
            _ => comparable(expected, stored),
        }
    }

    /// Passes each member that differs to `found`.
    pub(super) fn compare(
        self,
        sides: &Sides<'_>,
        found: &mut dyn FnMut(Difference),
        step: &mut Step<'_>,
    ) -> Result<()> {
        let whole = |key, prefix, is_member| List { key, path: "", prefix, is_member };
        let list = match self {
            Self::Contacts => whole(CONTACTS, "contact:", |_| true),
            Self::Articles => whole(ARTICLES, "article:", is_published),
            Self::Decks => return compare_decks(sides, found, step),
            Self::None => return Ok(()),
        };
        let stored = sides.stored.get(list.key)?;
        list.compare(sides, stored.as_ref().map(|entry| entry.value.as_str()), found, step)
    }
}

fn compare_decks(sides: &Sides<'_>, found: &mut dyn FnMut(Difference), step: &mut Step<'_>) -> Result<()> {
    merge(sides.expected, sides.stored, DECK, &mut |expected, stored| {
        if let (Some(Entry { key, .. }), Some(stored)) = (expected, stored) {
            let prefix = members_of(key.strip_prefix(DECK).unwrap_or_default());
            let list = List { key: &key, path: CARDS, prefix: &prefix, is_member: |_| true };
            let cards = field(stored.value.as_str(), CARDS).map(|cards| cards.value);
            list.compare(sides, cards, found, step)?;
        }
        Ok(ControlFlow::Continue(()))
    })
}

/// Returns the prefix of the keys of a deck's cards, as the app escapes it.
fn members_of(deck_id: &str) -> String {
    format!("{MEMBER}{}:", deck_id.replace('%', "%25").replace(':', "%3A"))
}

fn is_published(article: &Entry) -> bool {
    field(article.value.as_str(), "status").is_some_and(|status| status.value == r#""published""#)
}

fn field<'j>(object: &'j str, name: &str) -> Option<Part<'j>> {
    Parts::of_object(object)?.find(|part| part.key.is_some_and(|key| key.is(name)))
}

/// Returns a deck without the field that our own decks do not have.
fn without_cards(deck: Entry) -> Entry {
    let Some(parts) = Parts::of_object(deck.value.as_str()) else { return deck };
    let others = parts.filter_map(|part| part.key.filter(|key| !key.is(CARDS)).map(|key| (key, part.value)));
    let fields: Vec<String> = others.map(|(key, value)| format!("\"{}\":{value}", key.written())).collect();
    Entry { value: Json::from_stored(format!("{{{}}}", fields.join(","))), ..deck }
}

/// A list of the original.
struct List<'a> {
    /// The key of the value that holds it.
    key: &'a str,
    /// The field of that value; empty if the whole value is the list.
    path: &'a str,
    /// The prefix of the keys of the entries that are its members here.
    prefix: &'a str,
    /// Returns true if such an entry is a member.
    is_member: fn(&Entry) -> bool,
}

impl List<'_> {
    fn compare(
        &self,
        sides: &Sides<'_>,
        list: Option<&str>,
        found: &mut dyn FnMut(Difference),
        step: &mut Step<'_>,
    ) -> Result<()> {
        let Some((members, repeated)) = list.and_then(|list| Members::of(list, self.prefix)) else {
            let expected = self.count(sides.expected)?;
            if expected > 0 || list.is_some() {
                found(self.without_members(list, expected));
            }
            return Ok(());
        };
        merge(sides.expected, &members, self.prefix, &mut |expected, stored| {
            let (expected, stored) = comparable(expected.filter(self.is_member), stored);
            if let Some(difference) = difference(expected, stored, true, &mut || step.report())? {
                found(self.of_member(difference));
            }
            step.repeat()?;
            Ok(ControlFlow::Continue(()))
        })?;
        repeated.into_iter().for_each(|member| found(self.of_member(member)));
        Ok(())
    }

    /// Returns the number of members according to the events.
    fn count(&self, entries: &dyn Entries) -> Result<u64> {
        let mut count = 0;
        merge(entries, &NoEntries, self.prefix, &mut |entry, _| {
            count += u64::from(entry.is_some_and(|entry| (self.is_member)(&entry)));
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(count)
    }

    /// Returns the difference of a list that is missing, or that is no map.
    fn without_members(&self, list: Option<&str>, expected: u64) -> Difference {
        let expected = Json::of(&counted(expected, "member", "members").into());
        if list.is_none() && self.path.is_empty() {
            return Difference::Missing { key: self.key.to_owned(), expected };
        }
        let stored = list.map(|list| Json::from_stored(list.to_owned()));
        self.differs(vec![FieldDifference { path: String::new(), expected: Some(expected), stored }], "")
    }

    /// Returns the difference of a member as one of the list.
    fn of_member(&self, difference: Difference) -> Difference {
        let whole = |expected, stored| vec![FieldDifference { path: String::new(), expected, stored }];
        let (key, fields) = match difference {
            Difference::Missing { key, expected } => (key, whole(Some(expected), None)),
            Difference::Impossible { key, stored, .. } => (key, whole(None, Some(stored))),
            Difference::Altered { key, fields } => (key, fields),
            other => return other,
        };
        self.differs(fields, key.strip_prefix(self.prefix).unwrap_or(&key))
    }

    fn differs(&self, fields: Vec<FieldDifference>, member: &str) -> Difference {
        let place: String = [self.path, member]
            .iter()
            .filter(|step| !step.is_empty())
            .flat_map(|step| [".", *step])
            .collect();
        let of_list =
            |field: FieldDifference| FieldDifference { path: format!("{place}{}", field.path), ..field };
        Difference::Altered { key: self.key.to_owned(), fields: fields.into_iter().map(of_list).collect() }
    }
}

/// The members of a list of the original in the order of their keys, as entries.
struct Members<'a>(Vec<(String, &'a str)>);

impl<'a> Members<'a> {
    /// Reads the members of a map, and those that repeat a name, such as an atom and a text of the same letters. Returns
    /// `None` if the value is not a map.
    fn of(list: &'a str, prefix: &str) -> Option<(Self, Vec<Difference>)> {
        let mut members = Vec::new();
        for part in Parts::of_object(list)? {
            match &*part.key?.decoded() {
                "$text_keys" => {}
                "$map" => {
                    let (_, pairs) = Parts::of(part.value)?;
                    for pair in pairs {
                        let (_, mut pair) = Parts::of(pair.value)?;
                        let (key, value) = (pair.next()?.value, pair.next()?.value);
                        members.push((format!("{prefix}{}", name_of(key)), value));
                    }
                }
                name if name.starts_with('$') => return None,
                name => members.push((format!("{prefix}{name}"), part.value)),
            }
        }
        members.sort_by(|one, other| one.0.cmp(&other.0));
        let mut repeated = Vec::new();
        members.dedup_by(|later, first| {
            let is_repeated = later.0 == first.0;
            if is_repeated {
                let Entry { key, value: stored, .. } = entry(later);
                repeated.push(Difference::Impossible { key, stored, of_all_events: true });
            }
            is_repeated
        });
        Some((Self(members), repeated))
    }
}

/// Returns the name of a member by the JSON form of its key: a text, an atom, or another term.
fn name_of(key: &str) -> String {
    let text = field(key, "$atom").map_or(key, |atom| atom.value);
    serde_json::from_str(text).unwrap_or_else(|_| key.to_owned())
}

fn entry((key, value): &(String, &str)) -> Entry {
    Entry {
        key: key.clone(),
        value: Json::from_stored((*value).to_owned()),
        updated_at: Timestamp::default(),
    }
}

impl Entries for Members<'_> {
    fn get(&self, key: &str) -> Result<Option<Entry>> {
        let found = self.0.binary_search_by(|member| member.0.as_str().cmp(key));
        Ok(found.ok().and_then(|index| self.0.get(index)).map(entry))
    }

    fn scan(&self, prefix: &str, page: Page<String>) -> Result<Vec<Entry>> {
        let end = end_of_prefix(prefix);
        let start = self.0.partition_point(|member| member.0.as_str() < prefix);
        let end = end.map_or(self.0.len(), |end| self.0.partition_point(|member| member.0 < end));
        let members = self.0.get(start..end).unwrap_or_default();
        let after = page.after.as_deref();
        Ok(match page.direction {
            Direction::Forward => {
                let from =
                    after.map_or(0, |after| members.partition_point(|member| member.0.as_str() <= after));
                members.iter().skip(from).take(page.limit).map(entry).collect()
            }
            Direction::Backward => {
                let to = after.map_or(members.len(), |after| {
                    members.partition_point(|member| member.0.as_str() < after)
                });
                members.iter().take(to).rev().take(page.limit).map(entry).collect()
            }
        })
    }
}
