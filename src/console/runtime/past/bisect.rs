//! The events at which a condition on a key flipped.

use std::ops::ControlFlow;

use crate::console::app::window::Slice;
use crate::console::layers::flips::FlipRow;
use crate::console::runtime::pages;
use crate::content_store::CurrentForms;
use crate::error::Result;
use crate::operations::{Flip, Fold, Watch};
use crate::query::ValueQuery;

/// The most flips listed.
const MOST: usize = 1_000;

/// Finds the first event after which a condition on a key held, and the later flips.
pub(super) fn answer(
    (fold, forms): (&mut Fold, &CurrentForms),
    (projection, key): (&str, &str),
    condition: &ValueQuery,
    watch: &mut Watch<'_>,
) -> Result<Slice<FlipRow>> {
    let mut flips: Vec<Flip> = Vec::new();
    let mut visit = |flip: Flip| {
        flips.push(flip);
        Ok(if flips.len() < MOST { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
    };
    let last = fold.last();
    fold.bisect((projection, key), condition, last, &mut visit, watch)?;
    let events = fold.content().store().events();
    let mut rows = Vec::new();
    for Flip { event, holds, value } in flips {
        let Some(stored) = events.event(event.event_id)? else { continue };
        rows.push(FlipRow::of(pages::shown_event(forms, stored), holds, value.as_ref()));
    }
    let key = |row: &FlipRow| row.event.space_sequence;
    let (from, to) = (rows.first().map(key), rows.last().map(key));
    let searched = rows.len() as u64;
    Ok(Slice { rows, from, to, at_start: true, at_end: true, searched })
}
