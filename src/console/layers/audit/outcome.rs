//! The outcome of an operation as a glyph and a word, so that no colour is needed.

use crate::console::theme::{Glyphs, Role};
use crate::console::widgets::figures::span;
use crate::console::widgets::pen::{Piece, piece};
use crate::operator_log::{Operation, Operator, Outcome};

/// The glyph and role of an outcome.
pub fn sign(outcome: Outcome, glyphs: &Glyphs) -> (&'static str, Role) {
    match outcome {
        Outcome::Running => (glyphs.live, Role::Accent),
        Outcome::Done => (glyphs.done, Role::Ok),
        Outcome::Found => (glyphs.warning, Role::Warning),
        Outcome::Refused => (glyphs.held, Role::Warning),
        Outcome::Failed | Outcome::Interrupted => (glyphs.failed, Role::Danger),
        Outcome::Cancelled => (glyphs.paused, Role::Muted),
    }
}

/// The outcome as a glyph and a word.
pub fn outcome(outcome: Outcome, glyphs: &Glyphs) -> Piece<'static> {
    let (sign, role) = sign(outcome, glyphs);
    piece(format!("{sign} {}", outcome.name()), role)
}

/// The duration of the operation, if its end was recorded.
pub fn taken(operation: &Operation) -> Option<String> {
    let millis = operation.ended_at?.0 - operation.started_at.0;
    u64::try_from(millis).ok().map(span)
}

/// The result in one line.
pub fn detail(operation: &Operation) -> Piece<'_> {
    match (&operation.detail, operation.outcome) {
        (Some(detail), Outcome::Failed | Outcome::Interrupted) => piece(detail, Role::Danger),
        (Some(detail), _) => piece(detail, Role::Text),
        (None, Outcome::Running) => piece("in progress", Role::Muted),
        (None, _) => piece("deleted with the space", Role::Muted),
    }
}

/// The operator, as recorded.
pub fn who(operator: &Operator) -> Piece<'static> {
    if operator.user.is_empty() && operator.host.is_empty() {
        return piece("unknown", Role::Muted);
    }
    piece(format!("{}@{}", operator.user, operator.host), Role::Text)
}

/// The space that the operation applied to, or the file.
pub fn space(operation: &Operation) -> Piece<'_> {
    match &operation.space_name {
        Some(name) => piece(name, Role::Text),
        None => piece("the file", Role::Muted),
    }
}
