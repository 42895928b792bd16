//! The last position in a store.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::space::SpaceId;

/// A space that was selected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpaceRef {
    /// Its id.
    pub id: SpaceId,
    /// Its name at that time.
    pub name: String,
}

/// The last position in a store. Each part is restored as far as the store still has it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LastPosition {
    /// The time at which the console was there.
    pub at: Timestamp,
    /// The incarnation of the store. In another one, the same ids may stand for other spaces.
    pub incarnation: Option<Uuid>,
    /// The name of the pane that had the focus.
    pub pane: String,
    /// The name of the pane in the middle of the screen.
    pub main: String,
    /// True if the pane was maximised.
    pub zoomed: bool,
    /// True if the details were hidden.
    pub detail_hidden: bool,
    /// The name of the sort order of the spaces.
    pub sort: String,
    /// True if that order was reversed.
    pub sort_reversed: bool,
    /// The width of the side column in cells, if its border was moved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub side_columns: Option<u16>,
    /// The share of the list beside the detail in thousandths, if the border was moved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub list_columns: Option<u16>,
    /// The share of the list above the detail in thousandths, if the border was moved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub list_rows: Option<u16>,
    /// The selected space.
    pub space: Option<SpaceRef>,
    /// The texts to find, by pane.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub filters: BTreeMap<String, String>,
    /// True if the events of all spaces were shown.
    pub all_spaces: bool,
    /// The selected event, unless new ones were followed: its sequence, or among all spaces its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<u64>,
    /// The projection that was listed.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub projection: String,
    /// The selected key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

impl LastPosition {
    /// Forgets everything that may quote tenant data. The arrangement of the screen stays.
    pub(super) fn forget_data(&mut self) {
        (self.space, self.event, self.key) = (None, None, None);
        self.filters.clear();
        self.projection.clear();
    }

    /// Returns the texts that may quote tenant data.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        let space = self.space.as_ref().map(|space| space.name.as_str());
        let filters = self.filters.values().map(String::as_str);
        space.into_iter().chain(filters).chain(self.key.as_deref()).chain([self.projection.as_str()])
    }
}
