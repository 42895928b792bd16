//! The clipboard of the terminal.

use crate::console::app::effect::{Effects, TerminalCommand};
use crate::console::app::state::{ConsoleState, Level};
use crate::text::{bytes, counted};

/// The most bytes that are sent to the clipboard. Terminals ignore or cut much more.
pub const LIMIT: usize = 1 << 20;

/// Sends text to the clipboard and says what was sent. Refuses text that is too long for it.
pub(crate) fn send(state: &mut ConsoleState, name: &str, text: String, effects: &mut Effects) {
    let size = text.len() as u64;
    if text.len() > LIMIT {
        let (size, limit) = (bytes(size), bytes(LIMIT as u64));
        return state.say(
            Level::Warning,
            format!("not copied: {name} has {size}, and the clipboard accepts {limit}; copy a part of it"),
        );
    }
    state.say(Level::Info, format!("sent to the clipboard: {name}, {}", counted(size, "byte", "bytes")));
    effects.push(TerminalCommand::Copy { text });
}
