//! The response to a key without a meaning in the current context.

use crate::console::app::state::{Level, State};
use crate::console::panes::Pane;

use crate::console::app::action::Action;
use crate::console::app::context::{Context, context, of_pane};
use crate::console::app::key::Key;
use crate::console::app::keymap::key_of;
use crate::console::app::spec::{Section, Spec};
use crate::console::app::table::table;
use crate::console::app::update::Changed;

/// Says where a key works, or how to list the keys.
pub(crate) fn say(state: &mut State, key: Key) -> Changed {
    let here = context(state);
    // An edit without effect, such as Backspace at the start, is not a mistake.
    if here.takes_text() && key.text().is_none() {
        return Changed::No;
    }
    let text = if here.takes_text() {
        format!("no text can be entered here; `{}` goes to the next field", key_of(Action::NextField))
    } else {
        elsewhere(state, key)
            .unwrap_or_else(|| format!("`{}` does nothing here; `?` lists the keys", key.shown()))
    };
    state.say(Level::Note, text);
    Changed::Yes
}

/// Returns where the key works, or that it has nothing to act on here, if it has a meaning anywhere.
fn elsewhere(state: &State, key: Key) -> Option<String> {
    let written = key.to_string();
    let is_meant = |spec: &&Spec| {
        spec.keys.contains(&written.as_str()) && (state.walk.is_some() || spec.section != Section::Guide)
    };
    let here = context(state);
    if let Some(spec) = table().find(|spec| is_meant(spec) && spec.contexts.contains(&here)) {
        return Some(format!("`{}` ({}) has nothing to act on here", key.shown(), spec.title));
    }
    let (spec, place) = table().filter(is_meant).find_map(|spec| Some((spec, place(spec)?)))?;
    Some(format!("`{}` ({}) works in {place}", key.shown(), spec.title))
}

/// Returns the panes in which an action works, with the keys that lead there.
fn place(spec: &Spec) -> Option<String> {
    let panes: Vec<Pane> =
        Pane::ALL.into_iter().filter(|pane| spec.contexts.contains(&of_pane(*pane))).collect();
    let name = |pane: &Pane| format!("{} (`{}`)", pane.title().to_lowercase(), pane.number());
    match panes.as_slice() {
        [] if spec.contexts.contains(&Context::Detail) => Some("a detail (`i` opens one)".to_owned()),
        [] => None,
        all if all.len() == Pane::ALL.len() => Some("the panes; `esc` goes back".to_owned()),
        [pane] => Some(name(pane)),
        [first @ .., last] => {
            let first: Vec<String> = first.iter().map(name).collect();
            Some(format!("{} and {}", first.join(", "), name(last)))
        }
    }
}
