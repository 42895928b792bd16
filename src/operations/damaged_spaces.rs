//! Damaged spaces that a list or an operation on all spaces met.
//!
//! Whatever works on all spaces does what it can for the others, and reports these at its end.

use crate::content_store::Store;
use crate::error::{Error, Result, StoreError};
use crate::event_store::{Page, SpaceFault, SpaceRecord, UnlistedSpace};
use crate::space::Space;
use crate::text::grouped;

/// The most damaged spaces that are named.
const NAMED: usize = 3;

/// Spaces read at once.
const PAGE: usize = 500;

/// The damaged spaces that were met.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DamagedSpaces {
    count: u64,
    /// The first ones, each with its damage.
    named: Vec<String>,
}

impl DamagedSpaces {
    /// Looks at all spaces.
    pub fn of(store: &Store) -> Result<Self> {
        let (mut damaged, mut after) = (Self::default(), None);
        loop {
            let page = store.events().spaces(Page::forward(after, PAGE))?;
            page.iter().for_each(|record| damaged.note_record(record));
            after = page.last().map(|record| record.space.space_id);
            if page.len() < PAGE {
                return Ok(damaged);
            }
        }
    }

    /// Notes a space if it is damaged.
    pub fn note(&mut self, space: &Space, fault: Option<&SpaceFault>) {
        let Some(fault) = fault else { return };
        let name = match fault {
            // The name itself may be wrong.
            SpaceFault::Row(_) => space.space_id.to_string(),
            _ => space.space_name.clone(),
        };
        self.add(&name, &fault.text());
    }

    /// Notes a space if it is damaged.
    pub fn note_record(&mut self, record: &SpaceRecord) {
        self.note(&record.space, record.fault.as_ref());
    }

    fn add(&mut self, name: &str, problem: &str) {
        self.count += 1;
        if self.named.len() < NAMED {
            self.named.push(format!("{name} ({problem})"));
        }
    }

    /// Returns their number.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Notes damaged spaces that no list contains.
    pub fn note_unlisted(&mut self, unlisted: &[UnlistedSpace]) {
        for space in unlisted {
            self.add(&space.name(), &space.problem());
        }
    }

    /// Checks that no damaged space was met, and that there is none that no list contains.
    ///
    /// # Errors
    /// [`StoreError::SpacesDamaged`].
    pub fn check(mut self, store: &Store) -> Result<()> {
        // A check counts all of them.
        self.note_unlisted(&store.events().unlisted_spaces(PAGE)?);
        self.error().map_or(Ok(()), |error| Err(error.into()))
    }

    /// Returns the error that names the damaged spaces, if any was met.
    pub fn error(self) -> Option<StoreError> {
        let Self { count, named } = self;
        if count == 0 {
            return None;
        }
        let mut spaces = named.join(", ");
        if count > named.len() as u64 {
            spaces.push_str(&format!(" and {} more", grouped(count - named.len() as u64)));
        }
        Some(StoreError::SpacesDamaged { count, spaces })
    }
}

/// Returns the damage to a space, if that is the reason why it could not be read.
pub(super) fn fault_of(error: &Error) -> Option<SpaceFault> {
    match error {
        Error::Store(StoreError::Corrupt { detail } | StoreError::ProjectionsCorrupt { detail }) => {
            Some(SpaceFault::Other(detail.clone()))
        }
        _ => None,
    }
}
