//! The column beside a value with the event that set each part: its sequence, and its type, actor and time if there is room.

use std::sync::Arc;

use ratatui::layout::Rect;

use crate::console::app::past::{self, folding};
use crate::console::app::state::{ConsoleState, Loadable};
use crate::console::panes::detail::{BlameColumn, BlameView, Detail, Subject};
use crate::console::theme::Role;
use crate::console::widgets::moment::Moments;
use crate::console::widgets::pen::{Pen, Piece, piece, right_of, row, width};
use crate::console::widgets::tree::JsonLine;
use crate::operations::EventSummary;
use crate::text::{counted, grouped, visible};

/// The minimum widths of a detail whose column names types, actors as well, and times as well.
const WITH_TYPES: u16 = 60;
const WITH_ACTORS: u16 = 74;
const WITH_TIMES: u16 = 90;
/// The maximum widths of a type and of an actor.
const MOST_TYPE: u16 = 24;
const MOST_ACTOR: u16 = 14;
/// The width of a time.
const TIME: u16 = 13;
/// The gap between two parts of the column.
const GAP: u16 = 2;

/// The column with its widths.
pub(super) struct Column {
    events: Arc<BlameColumn>,
    sequence: u16,
    /// The width of the types, if there is room for them.
    kind: Option<u16>,
    /// The width of the actors, if there is room for them and any event names one.
    actor: Option<u16>,
    has_times: bool,
}

impl Column {
    /// Returns the column of a detail in an area of this width, if it is shown and known.
    pub(super) fn of(detail: &Detail, cells: u16) -> Option<Self> {
        let BlameView::Shown(Loadable::Ready(events)) = &detail.blame else { return None };
        if detail.json() != Some(&events.value) {
            return None;
        }
        let widest = |text: fn(&EventSummary) -> u16| events.parts.values().map(|event| text(event)).max();
        let kind = widest(|event| width(&visible(&event.event_type))).unwrap_or(0).min(MOST_TYPE);
        let actor = widest(|event| event.actor.as_deref().map_or(0, |actor| width(&visible(actor))));
        let actor = actor.unwrap_or(0).min(MOST_ACTOR);
        Some(Self {
            actor: (cells >= WITH_ACTORS && actor > 0).then_some(actor),
            sequence: widest(|event| width(&grouped(event.space_sequence.0))).unwrap_or(0),
            kind: (cells >= WITH_TYPES).then_some(kind),
            has_times: cells >= WITH_TIMES,
            events: Arc::clone(events),
        })
    }

    fn width(&self) -> u16 {
        let time = if self.has_times { TIME + GAP } else { 0 };
        let named = [self.kind, self.actor].into_iter().flatten().map(|width| width + GAP).sum::<u16>();
        self.sequence + named + time
    }

    /// Draws the column beside these lines. Returns the area that is left for them.
    pub(super) fn draw<'a>(
        &self,
        pen: &mut Pen<'_>,
        area: Rect,
        lines: impl Iterator<Item = &'a JsonLine>,
        moments: &Moments,
    ) -> Rect {
        let rule = pen.glyphs().lines.vertical;
        for (index, line) in (0..area.height).zip(lines) {
            let place = right_of(row(area, index), 1);
            if let Some(event) = self.events.event_of(line) {
                self.draw_event(pen, place, event, moments);
            }
            let differs = self.events.differing.contains(&line.start) && !BlameColumn::is_closing(line);
            let (rule, role) =
                if differs { (pen.glyphs().warning, Role::Warning) } else { (rule, Role::Border) };
            pen.text(right_of(place, self.width() + 1), rule, role);
        }
        right_of(area, self.width() + 3)
    }

    fn draw_event(&self, pen: &mut Pen<'_>, line: Rect, event: &EventSummary, moments: &Moments) {
        let sequence = grouped(event.space_sequence.0);
        pen.text_right(Rect { width: self.sequence.min(line.width), ..line }, &sequence, Role::Number);
        let Some(kind) = self.kind else { return };
        let rest = right_of(line, self.sequence + GAP);
        pen.text(Rect { width: kind.min(rest.width), ..rest }, &event.event_type, Role::Text);
        let mut rest = right_of(rest, kind + GAP);
        if let Some(actor) = self.actor {
            let text = event.actor.as_deref().unwrap_or_default();
            pen.text(Rect { width: actor.min(rest.width), ..rest }, text, Role::Key);
            rest = right_of(rest, actor + GAP);
        }
        if self.has_times {
            pen.text(
                Rect { width: TIME.min(rest.width), ..rest },
                &moments.brief(event.timestamp),
                Role::Muted,
            );
        }
    }
}

/// Returns the state of the column, for the border of the detail.
pub(super) fn note(state: &ConsoleState, detail: &Detail) -> Vec<Piece<'static>> {
    match &detail.blame {
        BlameView::Hidden => Vec::new(),
        BlameView::Wanted => vec![piece(folding(state, None), Role::Muted)],
        BlameView::Shown(Loadable::Pending(request)) => {
            vec![piece(folding(state, Some(*request)), Role::Muted)]
        }
        BlameView::Shown(Loadable::Failed(failure)) => vec![piece(failure.message.clone(), Role::Danger)],
        BlameView::Shown(Loadable::Ready(column)) if is_unset(column) => {
            vec![piece("no event has set this value", Role::Warning)]
        }
        BlameView::Shown(Loadable::Ready(column)) if !column.stored.fields.is_empty() => {
            let count = column.stored.fields.len() as u64;
            let text =
                format!("{}, not as the events say", counted(count, "part is stored", "parts are stored"));
            vec![piece(text, Role::Warning)]
        }
        BlameView::Shown(Loadable::Ready(column)) => match later(column) {
            0 => vec![piece("set by event, at the left", Role::Muted)],
            later => {
                let text = format!(
                    "set by event up to {}; {} not contained",
                    grouped(column.stored.until.0),
                    counted(later, "later one is", "later ones are")
                );
                vec![piece(text, Role::Warning)]
            }
        },
    }
}

/// Returns the number of events that the stored projection does not contain.
fn later(column: &BlameColumn) -> u64 {
    column.stored.last.0.saturating_sub(column.stored.until.0)
}

/// Returns true if no event has set any part of the value. What cannot be read as JSON has no parts, but may have been set.
fn is_unset(column: &BlameColumn) -> bool {
    column.parts.is_empty() && column.stored.fields.iter().all(|field| field.before.is_none())
}

/// Says in the lower border of a detail of this width which events the column skips.
pub(super) fn foot(state: &ConsoleState, detail: &Detail, cells: u16) -> Vec<Piece<'static>> {
    match (&detail.subject, &detail.blame) {
        (Subject::Entry { space_id, projection, .. }, BlameView::Shown(Loadable::Ready(_))) => {
            let until = state.travel.as_ref().map(|travel| travel.at);
            past::skipped_foot(state, (*space_id, projection, until), cells)
        }
        _ => Vec::new(),
    }
}
