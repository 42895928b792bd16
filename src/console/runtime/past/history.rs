//! A page of the history of a key.

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::console::app::window::{Load, Slice};
use crate::console::layers::key_history::{ChangeOrder, ChangePlace, ChangeRow};
use crate::console::runtime::pages::{self, Part};
use crate::console::widgets::diff::KeyDiff;
use crate::console::widgets::moment::Day;
use crate::content_store::CurrentForms;
use crate::error::Result;
use crate::event::SpaceSequence;
use crate::event_store::{Direction, Page};
use crate::operations::{Fold, KeyChange, Pause, Watch};

/// The most changes examined for one side of a page, so that a search among many can show progress.
const BUDGET: u64 = 20_000;

/// The changes to read.
pub(super) struct WantedChanges<'a> {
    /// The projection and the key.
    pub key: (&'a str, &'a str),
    /// The order of the list.
    pub order: ChangeOrder,
    /// The text to find in the changes.
    pub text: &'a str,
    /// The most rows on each side.
    pub limit: usize,
}

/// Reads a page of the changes of a key.
pub(super) fn answer(
    (fold, forms): (&mut Fold, &CurrentForms),
    wanted: &WantedChanges<'_>,
    load: Load<ChangePlace>,
    watch: &mut Watch<'_>,
) -> Result<Slice<ChangeRow>> {
    let mut read = |page: Page<ChangePlace>| part((fold, forms), wanted, page, watch);
    let just_before = |place: &ChangePlace, _: &Part<ChangeRow>| Some(ChangePlace(place.0 - 1));
    pages::load(&mut read, load, wanted.limit, just_before)
}

/// Reads the changes on one side of a place.
fn part(
    (fold, forms): (&mut Fold, &CurrentForms),
    WantedChanges { key, order, text, limit }: &WantedChanges<'_>,
    page: Page<ChangePlace>,
    watch: &mut Watch<'_>,
) -> Result<Part<ChangeRow>> {
    let is_newest_first = *order == ChangeOrder::NewestFirst;
    let direction = match page.direction {
        Direction::Forward if is_newest_first => Direction::Backward,
        Direction::Backward if is_newest_first => Direction::Forward,
        direction => direction,
    };
    let last = fold.last();
    let at = page.after.map(ChangePlace::sequence);
    let range = match direction {
        Direction::Forward => (at.unwrap_or(SpaceSequence::START), last),
        Direction::Backward => {
            let until = at.map_or(last, |at| SpaceSequence(at.0.saturating_sub(1)));
            (SpaceSequence::START, until.min(last))
        }
    };
    let (mut found, mut reached, mut searched) = (Vec::new(), None, 0);
    let mut visit = |change: KeyChange, pause: &mut Pause<'_>| {
        (reached, searched) = (Some(order.place(change.event.space_sequence)), searched + 1);
        if let Some(fields) = change.fields_with(text, pause)? {
            found.push((KeyDiff::of_fields(&change.change, fields), change.event));
        }
        let is_enough = found.len() >= *limit || searched >= BUDGET;
        Ok(if is_enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    };
    fold.history(*key, range, direction, &mut visit, watch)?;
    let ended = found.len() < *limit && searched < BUDGET;
    let events = fold.content().store().events();
    let mut rows = Vec::new();
    for (diff, summary) in found {
        // An event that is gone meanwhile takes its change along.
        let Some(stored) = events.event(summary.event_id)? else { continue };
        let event = Arc::new(pages::shown_event(forms, stored));
        rows.push(ChangeRow { place: order.place(summary.space_sequence), event, diff, day: Day::default() });
    }
    Ok(Part { rows, reached, ended, searched })
}
