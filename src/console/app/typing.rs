//! Typing and editing text, in prompts, forms and the delete dialog.

use crate::console::app::state::{Level, State};
use crate::console::app::text_input::TextInput;
use crate::console::layers::Layer;

use crate::console::app::effect::Effects;
use crate::console::app::key::{Code, Key};
use crate::console::app::update::Changed;

/// The effect of an edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Edit {
    Nothing,
    Cursor,
    Text,
}

/// Edits the focused text with a key that has no action.
pub(crate) fn key(state: &mut State, key: Key, effects: &mut Effects) -> Changed {
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
pub(crate) fn paste(state: &mut State, text: &str, effects: &mut Effects) -> Changed {
    let Some(input) = input(state) else {
        state.say(Level::Note, "no text can be entered here; the paste was ignored");
        return Changed::Yes;
    };
    input.insert(text);
    typed(state, effects)
}

/// Returns the focused text.
fn input(state: &mut State) -> Option<&mut TextInput> {
    state.layers.top_mut()?.input()
}

fn typed(state: &mut State, effects: &mut Effects) -> Changed {
    if let Some(edited) = state.layers.top().map(Layer::edited) {
        edited(state, effects);
    }
    Changed::Yes
}

fn leave_field(state: &mut State, by: isize) -> Changed {
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
        (false, Code::Left) => input.left(),
        (false, Code::Right) => input.right(),
        (true, Code::Left | Code::Char('b')) => input.word_left(),
        (true, Code::Right | Code::Char('f')) => input.word_right(),
        (false, Code::Home) | (true, Code::Char('a')) => input.home(),
        (false, Code::End) | (true, Code::Char('e')) => input.end(),
        (false, Code::Up) if input.up() => {}
        (false, Code::Down) if input.down() => {}
        _ => return Edit::Nothing,
    }
    Edit::Cursor
}
