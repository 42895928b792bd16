//! The detail of an entry of the audit log: operator, client, space and outcome, then result and parameters.

use crate::console::layers::audit::outcome::{detail, outcome, space, taken, who};
use crate::console::panes::detail::view::event::date_and_time;
use crate::console::panes::detail::view::{Told, dotted, fact};
use crate::console::panes::spaces::view::second;
use crate::console::theme::{Glyphs, Role};
use crate::console::widgets::pen::{Piece, piece};
use crate::console::widgets::wrap::wrap;
use crate::operator_log::Operation;

/// The indentation of the lines below a heading.
const INDENT: u16 = 2;

pub(super) fn tell<'a>(glyphs: &Glyphs, operation: &'a Operation) -> Told<'a> {
    let operator = &operation.operator;
    let mut about = vec![space(operation)];
    if let Some(space_id) = operation.space_id {
        about.push(piece(space_id.to_string(), Role::Muted));
    }
    let mut time = vec![piece(date_and_time(&operation.started_at.to_string()), Role::Text)];
    time.push(match taken(operation) {
        Some(taken) => piece(format!("took {taken}"), Role::Muted),
        None => piece("not finished", Role::Muted),
    });
    let through =
        vec![piece(&operator.face, Role::Text), piece(format!("process {}", operator.process), Role::Muted)];
    let ended = outcome(operation.outcome, glyphs);
    let facts = vec![
        fact("action", vec![piece(&operation.action, Role::Strong)]),
        fact("space", dotted(glyphs, about)),
        fact("outcome", vec![ended.clone()]),
        fact("started", dotted(glyphs, time)),
        fact("who", vec![who(operator)]),
        fact("client", dotted(glyphs, through)),
    ];
    let name = piece(format!("Operation {}", operation.operation_id), Role::Strong);
    let begun = piece(second(&operation.started_at.to_string()), Role::Muted);
    Told {
        title: vec![name, piece("  ", Role::Muted), space(operation)],
        facts,
        brief: dotted(glyphs, vec![piece(&operation.action, Role::Strong), ended, who(operator), begun]),
        rest: crate::console::panes::detail::view::Rest::Operation(operation),
    }
}

/// Returns the result and the parameters in lines of at most `cells`.
pub fn lines(operation: &Operation, cells: u16) -> Vec<Vec<Piece<'static>>> {
    let came_of_it = detail(operation);
    let mut lines: Vec<Vec<Piece<'static>>> =
        wrap(came_of_it.text(), cells).into_iter().map(|line| vec![piece(line, came_of_it.role())]).collect();
    lines.push(Vec::new());
    let heading = match &operation.parameters {
        Some(parameters) if parameters.is_empty() => "no parameters",
        Some(_) => "parameters",
        None => "parameters were deleted with the space",
    };
    lines.push(vec![piece(heading, Role::Muted)]);
    for (name, value) in operation.parameters.iter().flatten() {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let mut wrapped = wrap(&format!("{name} {text}"), cells.saturating_sub(INDENT)).into_iter();
        let first = wrapped.next().unwrap_or_default();
        let rest = first.strip_prefix(name.as_str()).map(str::to_owned);
        lines.push(match rest {
            Some(rest) => {
                vec![piece("  ", Role::Text), piece(name.clone(), Role::Key), piece(rest, Role::Text)]
            }
            None => vec![piece("  ", Role::Text), piece(first, Role::Text)],
        });
        lines.extend(wrapped.map(|line| vec![piece("  ", Role::Text), piece(line, Role::Text)]));
    }
    lines
}
