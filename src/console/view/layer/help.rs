//! Help on where one is: every action with its keys, from the table of actions.

use ratatui::layout::Rect;

use super::{boxed, middle};
use crate::console::state::{Help, State};
use crate::console::update::{HelpRow, HelpSection, help};
use crate::console::view::theme::Role;
use crate::console::view::widget::frame::Frame;
use crate::console::view::widget::pen::{Pen, piece, right_of, row, width};
use crate::console::view::widget::scroll::Scroll;

/// The least room for a sentence; with less, the keys and names have to do.
const LEAST_SENTENCE: u16 = 16;

/// A line of the help.
enum Line<'a> {
    Heading(&'static str),
    Row(&'a HelpRow),
    Blank,
}

pub fn area(state: &State, body: Rect) -> Rect {
    let lines = lines(&help(state)).len();
    middle(body, 104, u16::try_from(lines).unwrap_or(u16::MAX).saturating_add(2))
}

pub fn draw(pen: &mut Pen<'_>, state: &State, shown: &Help, body: Rect) {
    let sections = help(state);
    let lines = lines(&sections);
    let area = area(state, body);
    let inner =
        boxed(pen, state, area, Frame { title: vec![piece("Help", Role::Title)], ..Frame::default() });
    let rows = || sections.iter().flat_map(|section| &section.rows);
    let keys = rows().map(|row| width(&row.keys)).max().unwrap_or(0).min(inner.width / 3);
    let titles = rows().map(|row| width(row.title)).max().unwrap_or(0);
    for (index, line) in (0..inner.height).zip(lines.iter().skip(shown.top)) {
        let place = row(inner, index);
        match line {
            Line::Heading(title) => {
                pen.text(place, title, Role::Strong);
            }
            Line::Row(entry) => help_row(pen, place, entry, keys, titles),
            Line::Blank => {}
        }
    }
    let track = Rect { y: inner.y, height: inner.height, ..area };
    let scroll =
        Scroll { first: shown.top as u64, shown: u64::from(inner.height), total: lines.len() as u64 };
    scroll.draw(pen, track);
}

fn help_row(pen: &mut Pen<'_>, place: Rect, entry: &HelpRow, keys: u16, titles: u16) {
    let role = |enabled| if entry.disabled.is_none() { enabled } else { Role::Disabled };
    let keys_place = Rect { width: keys.min(place.width.saturating_sub(2)), ..right_of(place, 2) };
    pen.text(keys_place, &entry.keys, role(Role::HintKey));
    let title = right_of(place, keys + 4);
    pen.text(title, entry.title, role(Role::Text));
    let rest = right_of(title, titles + 2);
    if rest.width < LEAST_SENTENCE {
        return;
    }
    match &entry.disabled {
        None => pen.text(rest, entry.description, Role::Muted),
        Some(reason) => pen.text(rest, &format!("not now: {}", reason.0), Role::Warning),
    };
}

fn lines(sections: &[HelpSection]) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    for section in sections {
        if !lines.is_empty() {
            lines.push(Line::Blank);
        }
        lines.push(Line::Heading(section.title));
        lines.extend(section.rows.iter().map(Line::Row));
    }
    lines
}
