//! The note in the border of a pane, beside its name: filter and counters.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;

use crate::console::app::filter::Filter;
use crate::console::theme::Role;
use crate::console::widgets::pen::{Piece, piece, pieces_width, width};
use crate::text::visible;

/// The maximum width of a filter in a border; the prompt shows all of it.
const LONGEST_FILTER: u16 = 32;
/// The minimum width of a useful filter: `/ad…`.
const SHORTEST_FILTER: u16 = 4;
/// The gap between a filter and the counters.
const GAP: u16 = 2;

/// The note in the border of a pane. Counters that do not fit are shortened; the filter is cut to make room for them.
#[derive(Debug, Clone, Default)]
pub struct Note {
    filter: Option<String>,
    full: Vec<Piece<'static>>,
    brief: Vec<Piece<'static>>,
}

impl Note {
    /// Returns the note of a pane with this filter.
    pub fn of(filter: &Filter) -> Self {
        let filter = (!filter.is_empty()).then(|| format!("/{}", visible(filter.as_str())));
        Self { filter, ..Self::default() }
    }

    /// Adds a counter, in full and shortened.
    pub fn push(&mut self, full: Piece<'static>, brief: Piece<'static>) {
        self.full.push(full);
        self.brief.push(brief);
    }

    /// Returns as much of the note as fits into `cells`: the counters in full or shortened, and the start of the filter.
    pub fn fit(self, cells: u16) -> Vec<Piece<'static>> {
        let wanted = self.filter.as_deref().map_or(0, |filter| width(filter).min(LONGEST_FILTER) + GAP);
        let is_full = pieces_width(&self.full).saturating_add(wanted) <= cells;
        let counters = if is_full { self.full } else { self.brief };
        let used = pieces_width(&counters);
        let Some(room) = cells.checked_sub(used) else { return cut(&counters, cells) };
        let Some(filter) = self.filter else { return counters };
        let room = room.saturating_sub(if used > 0 { GAP } else { 0 }).min(LONGEST_FILTER);
        if room < SHORTEST_FILTER.min(width(&filter)) {
            return counters;
        }
        let mut pieces = vec![piece(begun(&filter, room).into_owned(), Role::Match)];
        if used > 0 {
            pieces.push(piece("  ", Role::Muted));
        }
        pieces.extend(counters);
        pieces
    }
}

/// The first counters, if there is no room for all.
fn cut(counters: &[Piece<'static>], cells: u16) -> Vec<Piece<'static>> {
    let fits = |count: &usize| pieces_width(&counters[..*count]) <= cells;
    let count = (0..counters.len()).rev().find(fits).unwrap_or(0);
    counters[..count].to_vec()
}

/// The text, or its start if it is too long.
fn begun(text: &str, cells: u16) -> Cow<'_, str> {
    if width(text) <= cells {
        return Cow::Borrowed(text);
    }
    let mut end = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        if width(&text[..at + grapheme.len()]) >= cells {
            break;
        }
        end = at + grapheme.len();
    }
    Cow::Owned(format!("{}…", &text[..end]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fitted(filter: &str, cells: u16) -> String {
        let mut note = Note::of(&Filter(filter.to_owned()));
        note.push(piece("1,234,567 of 9,876,543", Role::Muted), piece("1.2M/9.8M", Role::Muted));
        let pieces = note.fit(cells);
        assert!(pieces_width(&pieces) <= cells);
        pieces.iter().map(|piece| piece.text().to_owned()).collect()
    }

    #[test]
    fn a_filter_is_cut_before_counters_are_dropped() {
        assert_eq!(fitted("", 22), "1,234,567 of 9,876,543");
        assert_eq!(fitted("", 21), "1.2M/9.8M");
        assert_eq!(fitted("type:contact.*", 40), "/type:contact.*  1,234,567 of 9,876,543");
        assert_eq!(fitted("type:contact.*", 30), "/type:contact.*  1.2M/9.8M");
        assert_eq!(fitted("type:contact.*", 18), "/type:…  1.2M/9.8M");
        assert_eq!(fitted("type:contact.*", 12), "1.2M/9.8M");
        assert_eq!(fitted("", 5), "");
    }
}
