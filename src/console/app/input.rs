//! Keys and pasted text: an action, an edit of the focused text, or a notice.

use crate::console::app::action::Action;
use crate::console::app::action::{Section, Spec};
use crate::console::app::context::{KeyContext, context, of_pane};
use crate::console::app::effect::Effects;
use crate::console::app::habits;
use crate::console::app::key::{Code, Key};
use crate::console::app::keymap::{key_of, spec_of, with_keys};
use crate::console::app::state::{ConsoleState, Level};
use crate::console::app::table::table;
use crate::console::app::update::Changed;
use crate::console::layers::{Layer, guide, prompt};
use crate::console::panes::Pane;
use crate::console::widgets::text_input::TextInput;

/// Performs the action of a key or types its character. Otherwise a notice says where the key works.
pub(crate) fn press(state: &mut ConsoleState, key: Key, effects: &mut Effects) -> Changed {
    let had_notice = state.notice.take().is_some();
    guide::cancel_going(state);
    let before = state.last_key.replace(key);
    let is_text = context(state).takes_text();
    let spec = spec_of(state, key);
    let done = match spec {
        Some(spec) => {
            perform(state, spec, effects);
            Changed::Yes
        }
        None => match type_key(state, key, effects) {
            Changed::Yes => Changed::Yes,
            Changed::No => say_unknown(state, key),
        },
    };
    if let Some(before) = before.filter(|_| !is_text)
        && let Some(text) = habits::nearest_of_two(state, [before, key], spec.map(|spec| spec.action))
    {
        state.say(Level::Note, text);
    }
    if had_notice { Changed::Yes } else { done }
}

/// Performs an action, or says why it cannot be done.
pub(crate) fn perform(state: &mut ConsoleState, spec: &Spec, effects: &mut Effects) {
    match (spec.enabled)(state) {
        Ok(()) => (spec.run)(state, effects),
        Err(reason) => {
            state.say(Level::Warning, format!("{}: {}", spec.title, reason.text(&state.settings.keys)));
            // The text that is typed next would act as keys.
            if spec.action == Action::Filter {
                prompt::ask_nothing(state);
            }
        }
    }
}

/// The effect of an edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Edit {
    Nothing,
    Cursor,
    Text,
}

/// Edits the focused text with a key that has no action.
fn type_key(state: &mut ConsoleState, key: Key, effects: &mut Effects) -> Changed {
    let edit = match input(state) {
        Some(input) => edit(input, key),
        None => Edit::Nothing,
    };
    match (edit, key.code) {
        (Edit::Nothing, Code::Up) => leave_field(state, -1),
        (Edit::Nothing, Code::Down) => leave_field(state, 1),
        (Edit::Nothing, _) => Changed::No,
        (Edit::Cursor, _) => Changed::Yes,
        (Edit::Text, _) => typed(state, effects),
    }
}

/// Inserts pasted text into the focused field. Elsewhere it is ignored with a notice, never read as keys.
pub(crate) fn paste(state: &mut ConsoleState, text: &str, effects: &mut Effects) -> Changed {
    let Some(input) = input(state) else {
        state.say(Level::Note, "no text can be entered here; the paste was ignored");
        return Changed::Yes;
    };
    input.insert(text);
    typed(state, effects)
}

/// Returns the focused text.
fn input(state: &mut ConsoleState) -> Option<&mut TextInput> {
    state.layers.top_mut()?.input()
}

fn typed(state: &mut ConsoleState, effects: &mut Effects) -> Changed {
    if let Some(edited) = state.layers.top().map(Layer::edited) {
        edited(state, effects);
    }
    Changed::Yes
}

fn leave_field(state: &mut ConsoleState, by: isize) -> Changed {
    match state.layers.top().and_then(Layer::next_field) {
        Some(next_field) => next_field(state, by),
        None => return Changed::No,
    }
    Changed::Yes
}

fn edit(input: &mut TextInput, key: Key) -> Edit {
    if let Some(character) = key.text() {
        input.insert(character.encode_utf8(&mut [0; 4]));
        return Edit::Text;
    }
    match (key.ctrl, key.alt, key.code) {
        (false, false, Code::Enter) if input.is_multiline() => input.insert("\n"),
        // With the kitty keyboard protocol, Backspace may arrive as ctrl-h.
        (false, false, Code::Backspace) | (true, false, Code::Char('h')) => input.backspace(),
        (false, false, Code::Delete) | (true, false, Code::Char('d')) => input.delete(),
        (true, false, Code::Char('w')) | (_, _, Code::Backspace) => input.delete_word(),
        (true, false, Code::Char('u')) => input.delete_to_line_start(),
        _ => return move_cursor(input, key),
    }
    Edit::Text
}

fn move_cursor(input: &mut TextInput, key: Key) -> Edit {
    match (key.ctrl || key.alt, key.code) {
        (false, Code::Left | Code::ShiftLeft) => input.left(),
        (false, Code::Right | Code::ShiftRight) => input.right(),
        (true, Code::Left | Code::ShiftLeft | Code::Char('b')) => input.word_left(),
        (true, Code::Right | Code::ShiftRight | Code::Char('f')) => input.word_right(),
        (false, Code::Home) | (true, Code::Char('a')) => input.home(),
        (false, Code::End) | (true, Code::Char('e')) => input.end(),
        (false, Code::Up) if input.up() => {}
        (false, Code::Down) if input.down() => {}
        _ => return Edit::Nothing,
    }
    Edit::Cursor
}

/// Says where a key works, which key does the same, or how to list the keys.
fn say_unknown(state: &mut ConsoleState, key: Key) -> Changed {
    let here = context(state);
    // An edit without effect, such as Backspace at the start, is not a mistake.
    if here.takes_text() && key.text().is_none() {
        return Changed::No;
    }
    let text = if here.takes_text() {
        format!("no text can be entered here; `{}` goes to the next field", key_of(state, Action::NextField))
    } else {
        let answer = where_it_works(state, key).or_else(|| habits::nearest(state, key));
        answer.unwrap_or_else(|| {
            format!(
                "`{}` does nothing here; `{}` lists the keys",
                state.settings.keys.shown(key),
                key_of(state, Action::Help)
            )
        })
    };
    state.say(Level::Note, text);
    Changed::Yes
}

/// Returns where the key works, or that it has nothing to act on here, if it has a meaning anywhere.
fn where_it_works(state: &ConsoleState, key: Key) -> Option<String> {
    let is_meant = |spec: &&Spec| {
        state.settings.keys.has(spec, key) && (state.walk.is_some() || spec.section != Section::Guide)
    };
    let here = context(state);
    let is_here = |spec: &&Spec| (spec.contexts)(here) && state.settings.keys.has_in(spec, here, key);
    if let Some(spec) = table().find(|spec| is_meant(spec) && is_here(spec)) {
        return Some(format!(
            "`{}` ({}) has nothing to act on here",
            state.settings.keys.shown(key),
            spec.title
        ));
    }
    let (spec, place) = table().filter(is_meant).find_map(|spec| Some((spec, place(state, spec, key)?)))?;
    Some(format!("`{}` ({}) works in {place}", state.settings.keys.shown(key), spec.title))
}

/// Returns the panes in which a key performs an action, with the keys that lead there.
fn place(state: &ConsoleState, spec: &Spec, key: Key) -> Option<String> {
    let is_row = |row: &&Spec| row.action == spec.action && state.settings.keys.has(row, key);
    // An action may have several rows, of which some only say why it does not work there.
    let (enabled, disabled): (Vec<&Spec>, Vec<&Spec>) =
        table().filter(is_row).partition(|row| (row.enabled)(state).is_ok());
    let rows = if enabled.is_empty() { disabled } else { enabled };
    let works = |pane: &Pane| rows.iter().any(|row| (row.contexts)(of_pane(*pane)));
    let panes: Vec<Pane> = Pane::ALL.into_iter().filter(works).collect();
    let name = |pane: &Pane| format!("{} (`{}`)", pane.title().to_lowercase(), key_of(state, pane.action()));
    match panes.as_slice() {
        [] if (spec.contexts)(KeyContext::Detail) => {
            Some(with_keys(state, "a detail (`{key:inspect}` opens one)"))
        }
        [] => None,
        all if all.len() == Pane::ALL.len() => Some(with_keys(state, "the panes; `{key:back}` goes back")),
        [pane] => Some(name(pane)),
        [first @ .., last] => {
            let first: Vec<String> = first.iter().map(name).collect();
            Some(format!("{} and {}", first.join(", "), name(last)))
        }
    }
}
