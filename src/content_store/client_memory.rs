//! The contract of the memory that clients keep of a store outside of it: deletes and redactions have to reach it.

use serde::Serialize;

use crate::space::SpaceId;
use crate::text::counted;

/// The memory that clients keep of a store outside of it, such as the console's last position and its queries. It may quote
/// tenant data.
pub trait ClientMemory: Send + Sync {
    /// Removes what was remembered while this space was selected, and what quotes the data. What concerns all spaces, or cannot
    /// be attributed to one, is removed, too.
    fn forget(&self, space_id: SpaceId, data: QuotedData<'_>) -> ForgottenMemory;
}

/// The data of a space, as texts may quote it.
#[derive(Clone, Copy)]
pub struct QuotedData<'a> {
    /// Returns true if a text, such as the name of a space or a key, contains some of the data.
    pub in_text: &'a dyn Fn(&str) -> bool,
    /// Returns true if a query or its name contains some of the data, or finds it by a part of it.
    pub in_query: &'a dyn Fn(&str) -> bool,
}

/// The part of a proof about the memory of clients.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct ForgottenMemory {
    /// The directory that was searched; `None` if this program knows of none.
    pub searched: Option<String>,
    /// The number of entries that were removed: positions, past and saved queries, and whole files that cannot be read.
    pub removed: u64,
    /// The files that could not be searched, with the reason. They may still quote the space.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub out_of_reach: Vec<String>,
}

impl ForgottenMemory {
    /// Adds the result of a later search.
    #[must_use]
    pub fn then(self, later: Self) -> Self {
        Self { removed: self.removed + later.removed, ..later }
    }

    /// Describes it for people, one sentence to a line.
    pub fn notes(&self) -> Vec<String> {
        if self.searched.is_none() {
            let unknown =
                "out of reach: the console's memory, since this program does not know its directory";
            return vec![unknown.to_owned()];
        }
        let removed = counted(self.removed, "entry", "entries");
        let left = if self.out_of_reach.is_empty() { ", none is left" } else { "" };
        let searched = format!(
            "the console's memory of this user, which copies of the database share: {removed} removed{left}; that of other \
             users and machines is out of reach"
        );
        let unreached = self.out_of_reach.iter().map(|file| format!("out of reach: {file}"));
        std::iter::once(searched).chain(unreached).collect()
    }
}
