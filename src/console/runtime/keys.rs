//! The terminal's events as messages.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use crate::console::update::{Code, Key, Message};

/// What a terminal event means here, if anything.
pub(super) fn message(event: Event) -> Option<Message> {
    match event {
        Event::Key(event) if event.kind != KeyEventKind::Release => key(event).map(Message::Key),
        Event::Paste(text) => Some(Message::Paste(text)),
        // A signal tells of another size, and the size is then asked for.
        Event::Key(_) | Event::Resize(..) | Event::Mouse(_) | Event::FocusGained | Event::FocusLost => None,
    }
}

fn key(event: KeyEvent) -> Option<Key> {
    let code = match event.code {
        KeyCode::Char(character) => Code::Char(character),
        KeyCode::Enter => Code::Enter,
        KeyCode::Esc => Code::Esc,
        KeyCode::Tab if event.modifiers.contains(KeyModifiers::SHIFT) => Code::BackTab,
        KeyCode::Tab => Code::Tab,
        KeyCode::BackTab => Code::BackTab,
        KeyCode::Backspace => Code::Backspace,
        KeyCode::Delete => Code::Delete,
        KeyCode::Up => Code::Up,
        KeyCode::Down => Code::Down,
        KeyCode::Left => Code::Left,
        KeyCode::Right => Code::Right,
        KeyCode::Home => Code::Home,
        KeyCode::End => Code::End,
        KeyCode::PageUp => Code::PageUp,
        KeyCode::PageDown => Code::PageDown,
        _ => return None,
    };
    let ctrl = event.modifiers.contains(KeyModifiers::CONTROL);
    let alt = event.modifiers.contains(KeyModifiers::ALT);
    Some(Key { code, ctrl, alt })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pressed(code: KeyCode, modifiers: KeyModifiers, kind: KeyEventKind) -> Option<String> {
        match message(Event::Key(KeyEvent::new_with_kind(code, modifiers, kind))) {
            Some(Message::Key(key)) => Some(key.to_string()),
            _ => None,
        }
    }

    #[test]
    fn keys_of_the_terminal_are_those_of_the_table() {
        let press = KeyEventKind::Press;
        assert_eq!(pressed(KeyCode::Char('G'), KeyModifiers::SHIFT, press).as_deref(), Some("G"));
        assert_eq!(pressed(KeyCode::Char('d'), KeyModifiers::CONTROL, press).as_deref(), Some("ctrl-d"));
        assert_eq!(pressed(KeyCode::BackTab, KeyModifiers::SHIFT, press).as_deref(), Some("shift-tab"));
        assert_eq!(pressed(KeyCode::Tab, KeyModifiers::SHIFT, press).as_deref(), Some("shift-tab"));
        assert_eq!(pressed(KeyCode::Char('j'), KeyModifiers::NONE, KeyEventKind::Release), None);
    }
}
