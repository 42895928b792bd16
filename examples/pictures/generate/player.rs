//! Operates a console as a guide tells its reader to: by the titles of actions, typed text, and the mouse.

use anyhow::{Context, Result, anyhow, bail};
use ramax::console::Headless;
use ramax::console::app::action::Spec;
use ramax::console::app::context::context;
use ramax::console::app::key::{Code, Key};
use ramax::console::app::message::Message;
use ramax::console::app::state::ConsoleState;
use ramax::console::app::table::table;
use ratatui::buffer::{Buffer, CellWidth};

use super::stage::Stage;

/// Something that a reader does.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Step<'a> {
    /// Presses the key of the action with this title, so many times.
    Action(&'a str, usize),
    /// Types text.
    Text(&'a str),
    /// Pastes what was copied last.
    Paste,
    /// Clicks on text on the screen.
    Click(&'a str),
    /// Clicks twice on text on the screen.
    DoubleClick(&'a str),
}

/// A reader at a console.
pub(crate) struct Player {
    stage: Stage,
}

impl Player {
    pub fn start(stage: &str) -> Result<Self> {
        Ok(Self { stage: Stage::open(stage)? })
    }

    /// Takes a step, and returns the pressed key, or the text of the step, as shown.
    pub fn take(&mut self, step: Step<'_>) -> Result<String> {
        match step {
            Step::Action(title, times) => self.press(title, times),
            Step::Text(text) => {
                for character in text.chars() {
                    self.console().send(Message::Key(Key::plain(Code::Char(character))));
                }
                Ok(text.to_owned())
            }
            Step::Paste => {
                let copied = self.console().copied.last().cloned().context("nothing was copied")?;
                self.console().paste(&copied);
                Ok(copied)
            }
            Step::Click(text) => {
                let (x, y) = self.place_of(text)?;
                self.console().click(x, y);
                Ok(text.to_owned())
            }
            Step::DoubleClick(text) => {
                let (x, y) = self.place_of(text)?;
                self.console().double_click(x, y);
                Ok(text.to_owned())
            }
        }
    }

    /// Presses the first key of an action that is available here.
    fn press(&mut self, title: &str, times: usize) -> Result<String> {
        let mut shown = String::new();
        for _ in 0..times {
            let state = self.stage.console.state();
            let row = row(state, title)?;
            (row.enabled)(state)
                .map_err(|reason| anyhow!("{title} is unavailable: {}", reason.text(&state.settings.keys)))?;
            let key =
                *state.settings.keys.keys(row, context(state)).first().context("an action has a key")?;
            shown = state.settings.keys.shown(key);
            self.console().send(Message::Key(key));
        }
        Ok(shown)
    }

    /// Returns the screen.
    pub fn draw(&self) -> Buffer {
        self.stage.console.draw(&self.stage.console.state().theme())
    }

    /// Returns true if a text is on the screen, or was copied to the clipboard.
    pub fn shows(&self, text: &str) -> bool {
        let copied = self.stage.console.copied.last();
        copied.is_some_and(|copied| copied.contains(text)) || self.screen().contains(text)
    }

    /// Returns the screen as text.
    pub fn screen(&self) -> String {
        rows(&self.draw())
            .iter()
            .map(|row| row.iter().map(|(_, symbol)| symbol.as_str()).collect::<String>() + "\n")
            .collect()
    }

    fn console(&mut self) -> &mut Headless {
        &mut self.stage.console
    }

    /// Returns the first cell of the first occurrence of a text on the screen.
    fn place_of(&self, text: &str) -> Result<(u16, u16)> {
        for (y, row) in (0..).zip(rows(&self.draw())) {
            let line: String = row.iter().map(|(_, symbol)| symbol.as_str()).collect();
            let Some(at) = line.find(text) else { continue };
            let mut bytes = 0;
            for (x, symbol) in &row {
                if bytes == at {
                    return Ok((*x, y));
                }
                bytes += symbol.len();
            }
        }
        bail!("{text} is not on the screen:\n{}", self.screen())
    }
}

/// Returns the rows of a screen: each symbol with its column.
fn rows(buffer: &Buffer) -> Vec<Vec<(u16, String)>> {
    let row = |y| {
        let mut row = Vec::new();
        let mut x = 0;
        while let Some(cell) = buffer.cell((x, y)) {
            row.push((x, cell.symbol().to_owned()));
            x += cell.symbol().cell_width().max(1);
        }
        row
    };
    (0..buffer.area().height).map(row).collect()
}

/// Returns the row of the table of actions with this title in the current context.
fn row(state: &ConsoleState, title: &str) -> Result<&'static Spec> {
    let here = context(state);
    let offered: Vec<&Spec> = table().filter(|spec| (spec.contexts)(here) && (spec.applies)(state)).collect();
    let titles: Vec<&str> = offered.iter().map(|spec| spec.title).collect();
    let mut found = offered.into_iter().filter(|spec| spec.title == title);
    let row = found
        .next()
        .with_context(|| format!("no action here is called {title:?}, but {}", titles.join(", ")))?;
    match found.next() {
        Some(other) if other.action != row.action => bail!("two actions here are called {title:?}"),
        _ => Ok(row),
    }
}
