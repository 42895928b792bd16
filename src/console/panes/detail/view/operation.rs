//! An entry of the audit log: action, outcome, space, time and operator; the result and the parameters; then the rest.

use crate::audit::{AuditEntry, Outcome};
use crate::console::app::state::ConsoleState;
use crate::console::layers::audit;
use crate::console::panes::detail::view::{Body, Content, Lines, dotted, fact};
use crate::console::theme::{Glyphs, Role};
use crate::console::widgets::pen::piece;
use crate::console::widgets::text::wrap;

/// The indentation of a parameter.
const INDENT: u16 = 2;

pub(super) fn content<'a>(glyphs: &Glyphs, state: &ConsoleState, operation: &'a AuditEntry) -> Content<'a> {
    let operator = &operation.operator;
    let action = piece(&operation.action, Role::Strong);
    let outcome = audit::outcome(operation.outcome, glyphs);
    let space = audit::space(operation);
    let started = piece(state.moments.exact(operation.started_at), Role::Text);
    let took = match audit::duration(operation) {
        Some(taken) => piece(format!("took {taken}"), Role::Muted),
        None if matches!(operation.outcome, Outcome::Running | Outcome::Interrupted) => {
            piece("not finished", Role::Muted)
        }
        None => piece("duration unknown", Role::Muted),
    };
    let who = audit::who(operator);
    let process = piece(format!("process {}", operator.process), Role::Muted);
    let client = dotted(glyphs, vec![piece(&operator.client, Role::Text), process]);
    let space_id = operation.space_id.map(|space_id| piece(space_id.to_string(), Role::Muted));
    let brief = [
        dotted(glyphs, vec![action.clone(), outcome.clone(), space.clone()]),
        dotted(glyphs, vec![started.clone(), took.clone(), who.clone()]),
    ];
    let mut facts = vec![
        fact("action", vec![action]).brief(),
        fact("outcome", vec![outcome]).brief(),
        fact("space", vec![space]).brief(),
        fact("started", dotted(glyphs, vec![started, took])).brief(),
        fact("who", vec![who]).brief(),
    ];
    facts.extend(space_id.map(|space_id| fact("space id", vec![space_id])));
    facts.push(fact("client", client));
    let title = vec![piece(format!("Operation {}", operation.operation_id), Role::Strong)];
    let body = Body::text(move |_, cells| lines(operation, cells));
    Content { title, brief, facts, body }
}

/// The result and the parameters.
fn lines(operation: &AuditEntry, cells: u16) -> Lines<'static> {
    let result = audit::detail(operation);
    let mut lines: Lines<'static> =
        wrap(result.text(), cells).into_iter().map(|line| vec![piece(line, result.role())]).collect();
    lines.push(Vec::new());
    let heading = match &operation.parameters {
        Some(parameters) if parameters.is_empty() => "no parameters".to_owned(),
        Some(_) => "parameters".to_owned(),
        None => match operation.forgotten {
            Some(why) => format!("parameters were {}", why.in_words()),
            None => "parameters are unreadable".to_owned(),
        },
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
