//! How an operation stands, as it is shown: by sign and word, so that no colour is needed.

use super::theme::{Glyphs, Role};
use super::widget::figures::span;
use super::widget::pen::{Piece, piece};
use crate::operator_log::{Operation, Operator, Outcome};

/// What an outcome looks like.
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

/// Sign and word.
pub fn outcome(outcome: Outcome, glyphs: &Glyphs) -> Piece<'static> {
    let (sign, role) = sign(outcome, glyphs);
    piece(format!("{sign} {}", outcome.name()), role)
}

/// How long it took, where somebody saw it end.
pub fn taken(operation: &Operation) -> Option<String> {
    let millis = operation.ended_at?.0 - operation.started_at.0;
    u64::try_from(millis).ok().map(span)
}

/// What came of it, in one line.
pub fn detail(operation: &Operation) -> Piece<'_> {
    match (&operation.detail, operation.outcome) {
        (Some(detail), Outcome::Failed | Outcome::Interrupted) => piece(detail, Role::Danger),
        (Some(detail), _) => piece(detail, Role::Text),
        (None, Outcome::Running) => piece("under way", Role::Muted),
        (None, _) => piece("forgotten with the space's delete", Role::Muted),
    }
}

/// Who did it, as far as whoever opened the file said.
pub fn who(operator: &Operator) -> Piece<'static> {
    if operator.user.is_empty() && operator.host.is_empty() {
        return piece("not known", Role::Muted);
    }
    piece(format!("{}@{}", operator.user, operator.host), Role::Text)
}

/// To what it was done.
pub fn space(operation: &Operation) -> Piece<'_> {
    match &operation.space_name {
        Some(name) => piece(name, Role::Text),
        None => piece("the file", Role::Muted),
    }
}
