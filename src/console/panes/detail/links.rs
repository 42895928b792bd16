//! The links in a detail: facts that lead to something else, and references in its document.

use crate::console::app::effect::Effects;
use crate::console::app::link::{self, LinkTarget};
use crate::console::app::state::ConsoleState;
use crate::console::layers::Layer;
use crate::console::panes::detail::actions::shown;
use crate::console::panes::detail::{Detail, Subject, view};
use crate::console::widgets::diff::KeyDiff;
use crate::pstate::STATE;

/// Returns true if there is a link under the cursor.
pub(super) fn is_at_cursor(state: &ConsoleState) -> bool {
    shown(state).is_some_and(|detail| at_cursor(state, detail).is_some())
}

fn at_cursor(state: &ConsoleState, detail: &Detail) -> Option<LinkTarget> {
    reference_on(state, detail, detail.cursor)
        .or_else(|| view::link_at_cursor(state, detail))
        .or_else(|| view::change_at_cursor(state, detail).and_then(|diff| of_change(detail, diff)))
}

/// Returns the link from a change to its key.
fn of_change(detail: &Detail, diff: KeyDiff) -> Option<LinkTarget> {
    let space_id = detail.space_id()?;
    Some(LinkTarget::Key { space_id, projection: diff.projection.to_owned(), key: diff.key })
}

/// Returns the link of the reference on a line of the document.
fn reference_on(state: &ConsoleState, detail: &Detail, line: usize) -> Option<LinkTarget> {
    let (space_id, projection) = match &detail.subject {
        Subject::Event(event) => (event.space_id, STATE),
        Subject::Entry { space_id, projection, .. } => (*space_id, projection.as_str()),
        _ => return None,
    };
    let key = state.lines(detail).get(line)?.reference.clone()?;
    Some(LinkTarget::Key { space_id, projection: projection.to_owned(), key })
}

/// Follows the link under the cursor.
pub(super) fn follow(state: &mut ConsoleState, effects: &mut Effects) {
    let found = shown(state).and_then(|detail| at_cursor(state, detail));
    if let Some(link) = found {
        link::follow(state, link, effects);
    }
}

/// Follows the link of a fact, by its index.
pub(crate) fn follow_fact(state: &mut ConsoleState, fact: usize, effects: &mut Effects) {
    let found = state.shown_detail().and_then(|detail| view::link_of_fact(state, &detail.subject, fact));
    if let Some(link) = found {
        link::follow(state, link, effects);
    }
}

/// Follows the link from a change to its key, by its index.
pub(crate) fn follow_change(state: &mut ConsoleState, change: usize, effects: &mut Effects) {
    let found = state.shown_detail().and_then(|detail| {
        let diff = view::change(&detail, change)?.clone();
        of_change(&detail, diff)
    });
    if let Some(link) = found {
        link::follow(state, link, effects);
    }
}

/// Follows the reference on a line of the document.
pub(crate) fn follow_line(state: &mut ConsoleState, line: usize, effects: &mut Effects) {
    let found = state.shown_detail().and_then(|detail| reference_on(state, &detail, line));
    if let Some(link) = found {
        link::follow(state, link, effects);
    }
}
