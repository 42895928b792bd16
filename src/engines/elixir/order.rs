//! The numbers of a space's events.

use std::collections::HashMap;

use rusqlite::Connection;

use crate::engines::sqlite::FileResult;

use crate::id::SpaceSequence;
use crate::text::counted;

use super::row::integer;
use super::source::SourcePlace;

/// The order of a space's events.
#[derive(Debug, Clone, Default)]
pub(super) enum Order {
    /// The stored sequences are 1, 2, 3 … in the order of the ids.
    #[default]
    AsStored,
    /// They are not. The events are numbered in the order of [`StoredSequences::order`].
    Renumbered(Numbers),
}

/// New numbers of events.
#[derive(Debug, Clone, Default)]
pub(super) struct Numbers {
    event_ids: Vec<i64>,
    numbers: HashMap<i64, u64>,
}

impl Numbers {
    /// Numbers events that are in their order.
    pub(super) fn of(event_ids: Vec<i64>) -> Self {
        let numbers = event_ids.iter().copied().zip(1..).collect();
        Self { event_ids, numbers }
    }

    /// Returns the ids of the events after a number, in their order.
    pub(super) fn after(&self, number: SpaceSequence) -> impl DoubleEndedIterator<Item = i64> {
        let start = usize::try_from(number.0).unwrap_or(usize::MAX).min(self.event_ids.len());
        self.event_ids[start..].iter().copied()
    }

    /// Returns the ids of the events before a number, in their order.
    pub(super) fn before(&self, number: SpaceSequence) -> impl DoubleEndedIterator<Item = i64> {
        let end = usize::try_from(number.0.saturating_sub(1)).unwrap_or(usize::MAX).min(self.event_ids.len());
        self.event_ids[..end].iter().copied()
    }

    /// Returns the number of an event.
    pub(super) fn of_event(&self, event_id: i64) -> Option<SpaceSequence> {
        self.numbers.get(&event_id).copied().map(SpaceSequence)
    }
}

/// The stored sequences of a space in numbers.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct StoredSequences {
    pub events: u64,
    /// The number of those whose sequence is an integer.
    integers: u64,
    /// The number of different sequences.
    distinct: u64,
    first: i64,
    last: i64,
}

impl StoredSequences {
    pub(super) fn read(connection: &Connection, space_id: i64) -> FileResult<Self> {
        let mut statement = connection.prepare_cached(
            "SELECT count(*), count(DISTINCT space_sequence), min(space_sequence), max(space_sequence),
                    (SELECT count(*) FROM events WHERE space_id = ?1)
             FROM events WHERE space_id = ?1 AND typeof(space_sequence) = 'integer'",
        )?;
        let mut rows = statement.query([space_id])?;
        let Some(row) = rows.next()? else { return Ok(Self::default()) };
        Ok(Self {
            events: integer(row, 4)?.unsigned_abs(),
            integers: integer(row, 0)?.unsigned_abs(),
            distinct: integer(row, 1)?.unsigned_abs(),
            first: integer(row, 2)?,
            last: integer(row, 3)?,
        })
    }

    /// Says what is wrong with them; nothing if they are 1, 2, 3 …
    pub(crate) fn fault(&self) -> Option<String> {
        (self.events > 0 && self.order() == SourceOrder::Id)
            .then(|| irregular(self.duplicates(), self.gaps()))
    }

    /// Returns the number of events that share their sequence with an earlier one.
    pub(crate) fn duplicates(&self) -> u64 {
        self.integers.saturating_sub(self.distinct)
    }

    /// Returns the number of sequences up to the last one that no event has.
    pub(crate) fn gaps(&self) -> u64 {
        let spanned = self.last.saturating_sub(self.first.min(1)).saturating_add(1);
        if self.integers == 0 { 0 } else { u64::try_from(spanned).unwrap_or(0).saturating_sub(self.distinct) }
    }

    /// Returns the order in which the events are numbered: that of the sequences if they are 1, 2, 3 …, and otherwise that
    /// of the ids, which the original never gives out twice.
    pub(crate) fn order(&self) -> SourceOrder {
        let are_whole =
            self.first == 1 && self.integers == self.events && self.duplicates() == 0 && self.gaps() == 0;
        if are_whole { SourceOrder::Sequence } else { SourceOrder::Id }
    }
}

/// The order of a space's events in an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SourceOrder {
    /// By stored sequence.
    Sequence,
    /// By id.
    Id,
}

impl SourceOrder {
    /// Returns the number of an event that this order follows.
    pub(crate) fn rank(self, place: SourcePlace) -> i64 {
        match self {
            Self::Sequence => place.space_sequence,
            Self::Id => place.event_id,
        }
    }

    /// Returns the column of the rank.
    pub(super) fn column(self) -> &'static str {
        match self {
            Self::Sequence => "space_sequence",
            Self::Id => "event_id",
        }
    }

    /// Returns the condition for the rows of a part, and their order. The parameters are the space and the bounds.
    pub(super) fn condition(self, part: SourcePart) -> String {
        let column = self.column();
        // A few rows between two ids are found by id and are in order already. With the index of spaces, all are sorted.
        let by_id = self == Self::Id && part != SourcePart::default();
        let space = if by_id { "+space_id" } else { "space_id" };
        format!("{space} = ?1 AND {column} BETWEEN ?2 AND ?3 ORDER BY {column}")
    }
}

/// A part of a space's events, by [rank](SourceOrder::rank); by default all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct SourcePart {
    /// The last event before it.
    pub after: Option<i64>,
    /// Its own last event.
    pub until: Option<i64>,
}

impl SourcePart {
    /// Returns the first and the last rank that it may have.
    pub(super) fn bounds(self) -> Option<(i64, i64)> {
        let first = match self.after {
            None => i64::MIN,
            Some(after) => after.checked_add(1)?,
        };
        Some((first, self.until.unwrap_or(i64::MAX)))
    }
}

/// Says what is wrong with sequences that are not 1, 2, 3 …
pub(crate) fn irregular(duplicates: u64, gaps: u64) -> String {
    let reasons = [
        (duplicates, counted(duplicates, "duplicate sequence", "duplicate sequences")),
        (gaps, counted(gaps, "missing sequence", "missing sequences")),
    ];
    let reasons: Vec<String> =
        reasons.into_iter().filter(|(count, _)| *count > 0).map(|(_, text)| text).collect();
    match reasons.is_empty() {
        true => "sequences that are not 1, 2, 3 …".to_owned(),
        false => reasons.join(" and "),
    }
}
