//! Notifications of the terminal, in the form that it knows.

use std::io::{self, Write};

use crate::console::settings::Notifications;

/// The form of a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// `OSC 9`, of iTerm2, kitty, WezTerm, Ghostty, Windows Terminal and others.
    Osc9,
    /// `OSC 777`, of urxvt, foot and terminals with VTE.
    Osc777,
    /// The bell.
    Bell,
}

impl Form {
    /// Returns the form of a terminal with these environment variables. A multiplexer passes on only the bell.
    pub(super) fn of(
        notifications: Notifications,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Option<Self> {
        let terminal = variable("TERM").unwrap_or_default();
        let is_any = |names: &[&str]| names.iter().any(|name| terminal.starts_with(name));
        match notifications {
            Notifications::Off => None,
            Notifications::Bell => Some(Self::Bell),
            Notifications::Terminal if is_any(&["tmux", "screen"]) => Some(Self::Bell),
            Notifications::Terminal if is_any(&["rxvt", "foot"]) => Some(Self::Osc777),
            Notifications::Terminal if variable("VTE_VERSION").is_some() => Some(Self::Osc777),
            Notifications::Terminal => Some(Self::Osc9),
        }
    }

    /// Sends a text, which has no control characters.
    pub(super) fn send(self, out: &mut impl Write, program: &str, text: &str) -> io::Result<()> {
        match self {
            Self::Osc9 => write!(out, "\x1b]9;{text}\x1b\\")?,
            Self::Osc777 => write!(out, "\x1b]777;notify;{program};{text}\x1b\\")?,
            Self::Bell => out.write_all(b"\x07")?,
        }
        out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_is_the_one_that_the_terminal_knows() {
        let form = |notifications, set: &[(&str, &str)]| {
            Form::of(notifications, &|name| {
                set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
            })
        };
        let of_terminal = |set| form(Notifications::Terminal, set);
        assert_eq!(of_terminal(&[("TERM", "xterm-kitty")]), Some(Form::Osc9));
        assert_eq!(of_terminal(&[]), Some(Form::Osc9));
        assert_eq!(of_terminal(&[("TERM", "foot")]), Some(Form::Osc777));
        assert_eq!(of_terminal(&[("TERM", "rxvt-unicode-256color")]), Some(Form::Osc777));
        assert_eq!(of_terminal(&[("TERM", "xterm-256color"), ("VTE_VERSION", "7600")]), Some(Form::Osc777));
        assert_eq!(of_terminal(&[("TERM", "tmux-256color"), ("VTE_VERSION", "7600")]), Some(Form::Bell));
        assert_eq!(form(Notifications::Bell, &[("TERM", "foot")]), Some(Form::Bell));
        assert_eq!(form(Notifications::Off, &[("TERM", "foot")]), None);
    }

    #[test]
    fn a_notification_is_one_control_sequence() {
        let sent = |form: Form| {
            let mut out = Vec::new();
            form.send(&mut out, "ramax", "ramax: rebuild crm_acme: done").unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(sent(Form::Osc9), "\x1b]9;ramax: rebuild crm_acme: done\x1b\\");
        assert_eq!(sent(Form::Osc777), "\x1b]777;notify;ramax;ramax: rebuild crm_acme: done\x1b\\");
        assert_eq!(sent(Form::Bell), "\x07");
    }
}
