//! The memory of one store.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::content_store::QuotedData;
use crate::space::SpaceId;

use super::document::Document;
use super::queries::MOST_QUERY;
use super::{LastPosition, SavedQuery, SpaceRef, UsedQuery};

/// The most past queries that are kept.
const MOST_PAST: usize = 1000;
/// The most saved queries.
const MOST_SAVED: usize = 200;
/// The most files of one store whose positions are kept: the original and its copies.
const MOST_POSITIONS: usize = 20;

/// The memory of one store, which all of its copies share.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct StoreMemory {
    /// A random number of the last removal for a delete or a redaction. A console that knows another one does not write what
    /// it has held since before that.
    pub removal: Uuid,
    /// The last positions, by the path of the file.
    pub positions: BTreeMap<String, LastPosition>,
    /// The queries that were used, latest last, each once.
    pub past_queries: Vec<UsedQuery>,
    /// The queries that were saved, by name.
    pub saved_queries: Vec<SavedQuery>,
}

impl StoreMemory {
    /// Returns the last position in the file at this path. A copy that was never opened starts where the console was last in
    /// any other copy.
    pub fn position(&self, path: &str) -> Option<&LastPosition> {
        self.positions.get(path).or_else(|| self.positions.values().max_by_key(|position| position.at))
    }

    /// Adds a query to those that were used. One that was used before moves to the end; one that is too long is not kept.
    pub fn add_past(&mut self, mut query: UsedQuery) {
        if query.query.len() > MOST_QUERY {
            return;
        }
        query.space = self.space_of(&query.query, query.space);
        self.past_queries.retain(|other| other.query != query.query);
        self.past_queries.push(query);
    }

    /// Saves a query, which replaces one of the same name.
    pub fn save(&mut self, mut query: SavedQuery) {
        if query.query.len() > MOST_QUERY {
            return;
        }
        query.space = self.space_of(&query.query, query.space);
        self.saved_queries.retain(|other| other.name != query.name);
        let place = self.saved_queries.partition_point(|other| other.name < query.name);
        self.saved_queries.insert(place, query);
    }

    /// Returns the space of a query that is used in this one: `None` if the same query is remembered for another space, since it
    /// may quote the data of both.
    pub fn space_of(&self, query: &str, space: Option<SpaceRef>) -> Option<SpaceRef> {
        let past = self.past_queries.iter().filter(|past| past.query == query).map(|past| &past.space);
        let saved = self.saved_queries.iter().filter(|saved| saved.query == query).map(|saved| &saved.space);
        let id = |space: &Option<SpaceRef>| space.as_ref().map(|space| space.id);
        if past.chain(saved).all(|other| id(other) == id(&space)) { space } else { None }
    }

    /// Removes a saved query.
    pub fn remove_saved(&mut self, name: &str) {
        self.saved_queries.retain(|query| query.name != name);
    }

    /// Removes everything that was typed for this space, for all spaces or for none, and everything that quotes the data.
    /// Returns the number of entries.
    pub(super) fn forget(&mut self, space_id: SpaceId, data: QuotedData<'_>) -> u64 {
        let QuotedData { in_text, in_query } = data;
        let before = self.past_queries.len() + self.saved_queries.len();
        let is_of = |space: &Option<SpaceRef>| match space {
            Some(space) => space.id == space_id || in_text(&space.name),
            None => true,
        };
        self.past_queries.retain(|past| !is_of(&past.space) && !in_query(&past.query));
        let in_name = |name: &str| in_query(name) || name.split(|c: char| !c.is_alphanumeric()).any(in_query);
        self.saved_queries
            .retain(|saved| !is_of(&saved.space) && !in_query(&saved.query) && !in_name(&saved.name));
        let mut removed = (before - self.past_queries.len() - self.saved_queries.len()) as u64;
        for position in self.positions.values_mut() {
            let is_about = is_of(&position.space) || position.texts().any(in_text);
            let before = position.clone();
            // Part of a name, as it is typed to find a space, cannot be recognised.
            position.filters.clear();
            if is_about {
                position.forget_data();
            }
            removed += u64::from(*position != before);
        }
        // Even if nothing was found: an open console may hold what it has not written yet.
        self.removal = Uuid::new_v4();
        removed
    }
}

impl Document for StoreMemory {
    fn limit(&mut self) {
        let extra = self.past_queries.len().saturating_sub(MOST_PAST);
        self.past_queries.drain(..extra);
        self.saved_queries.truncate(MOST_SAVED);
        while self.positions.len() > MOST_POSITIONS {
            let oldest = self.positions.iter().min_by_key(|(_, position)| position.at);
            let Some(oldest) = oldest.map(|(path, _)| path.clone()) else { return };
            self.positions.remove(&oldest);
        }
    }
}
