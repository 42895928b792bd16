//! The section of an event's detail with the changes that it made.

use crate::console::app::past::{can_fold, folding};
use crate::console::app::pointer::region::Spot;
use crate::console::app::state::{ConsoleState, Loadable};
use crate::console::panes::detail::{Detail, EventDiff, Subject};
use crate::console::theme::{Glyphs, Role};
use crate::console::widgets::diff::DiffLine;
use crate::console::widgets::pen::{Piece, piece};
use crate::console::widgets::text::wrap;
use crate::operations::EventOutcome;
use crate::text::counted;

/// A line of the section, with the index of the changed key on it.
pub(super) struct ChangeLine {
    pub pieces: Vec<Piece<'static>>,
    pub key: Option<usize>,
}

/// Returns the lines of the section, of at most `cells`; none for a detail of anything else, or of an event that is not
/// opened.
pub(super) fn lines(glyphs: &Glyphs, state: &ConsoleState, detail: &Detail, cells: u16) -> Vec<ChangeLine> {
    let Subject::Event(event) = &detail.subject else { return Vec::new() };
    let said = |text: &str, role| -> Vec<ChangeLine> {
        let lines = wrap(text, cells).into_iter();
        lines.map(|line| ChangeLine { pieces: vec![piece(line, role)], key: None }).collect()
    };
    let mut lines = Vec::new();
    match &detail.changes {
        None => match can_fold(state, event.space_id) {
            Err(reason) if state.layers.find::<Detail>().is_some() => {
                lines.extend(said(&reason.text(&state.settings.keys), Role::Muted));
            }
            _ => return Vec::new(),
        },
        Some(Loadable::Pending(request)) => lines.extend(said(&folding(state, Some(*request)), Role::Muted)),
        Some(Loadable::Failed(failure)) => {
            lines.extend(said(&failure.message, Role::Danger));
            lines.extend(failure.hint.iter().flat_map(|hint| said(hint, Role::Text)));
        }
        Some(Loadable::Ready(changes)) => {
            lines.extend(outcome(glyphs, changes).into_iter().flat_map(|(text, role)| said(&text, role)));
            let diff = changes.diff.lines(glyphs, cells).into_iter();
            lines.extend(diff.map(|DiffLine { pieces, key }| ChangeLine {
                pieces: pieces.into_iter().map(|piece| linked(piece, key)).collect(),
                key: Some(key),
            }));
        }
    }
    lines.insert(0, ChangeLine { pieces: heading(detail), key: None });
    lines
}

/// Makes the name of a changed key a link.
fn linked(piece: Piece<'static>, key: usize) -> Piece<'static> {
    match piece.role() {
        Role::Key => piece.with_role(Role::Link).with_spot(Spot::Change(key)),
        _ => piece,
    }
}

/// Says that the changes are further down.
pub(super) fn note(detail: &Detail) -> Vec<Piece<'static>> {
    let keys = changed_keys(detail).filter(|keys| *keys > 0);
    let text = |keys| format!("{} changed, further down", counted(keys, "key", "keys"));
    keys.map(|keys| piece(text(keys), Role::Text)).into_iter().collect()
}

/// Says that further changes are below those on screen.
pub(super) fn note_of_more(keys: u64) -> Vec<Piece<'static>> {
    vec![piece(format!("{} changed, further down", counted(keys, "more key", "more keys")), Role::Text)]
}

/// Returns the number of keys that an event changed, once it is known.
fn changed_keys(detail: &Detail) -> Option<u64> {
    match &detail.changes {
        Some(Loadable::Ready(changes)) => Some((changes.diff.keys.len() + changes.diff.more) as u64),
        _ => None,
    }
}

fn is_skipped(detail: &Detail) -> bool {
    let Some(Loadable::Ready(changes)) = &detail.changes else { return false };
    matches!(changes.outcome, EventOutcome::Skipped { .. })
}

fn heading(detail: &Detail) -> Vec<Piece<'static>> {
    let mut pieces = vec![piece("changes", Role::Heading)];
    if let Some(keys) = changed_keys(detail) {
        pieces.push(match is_skipped(detail) && keys == 0 {
            true => piece("  none: the event is skipped", Role::Danger),
            false => piece(format!("  {}", counted(keys, "key", "keys")), Role::Muted),
        });
    }
    pieces
}

/// Says why an event changed nothing, or not all that it should have.
fn outcome(glyphs: &Glyphs, changes: &EventDiff) -> Option<(String, Role)> {
    match &changes.outcome {
        EventOutcome::Applied if changes.diff.keys.is_empty() => {
            Some(("It changed no key".to_owned(), Role::Muted))
        }
        EventOutcome::Applied => None,
        EventOutcome::UnknownType => {
            Some(("No projection handles events of this type".to_owned(), Role::Muted))
        }
        EventOutcome::Skipped { projection, reason, .. } => {
            Some((format!("{} skipped by {projection}: {reason}", glyphs.failed), Role::Danger))
        }
    }
}
