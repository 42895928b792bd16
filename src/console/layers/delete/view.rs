//! The confirmation before a space is deleted: its contents, the archive, and the name to type.

use std::path::Path;

use ratatui::layout::{Position, Rect};

use crate::console::app::action::Action;
use crate::console::app::keymap::key_of as key;
use crate::console::app::pointer::region::Spot;
use crate::console::app::state::{ConsoleState, Loadable};
use crate::console::layers::confirm::{WIDTH, place};
use crate::console::layers::delete::{Delete, Focus};
use crate::console::layers::{Layer, boxed, middle};
use crate::console::theme::Role;
use crate::console::widgets::frame::Frame;
use crate::console::widgets::moment::Moments;
use crate::console::widgets::pen::{Pen, below, piece, right_of, row, width};
use crate::console::widgets::text::wrap;
use crate::console::widgets::text_input;
use crate::operations::ProjectionKeys;
use crate::text::{grouped, visible};

/// The lines of the name: prompt, input and error.
const NAME: u16 = 3;

pub(crate) fn draw(pen: &mut Pen<'_>, state: &ConsoleState, delete: &Delete, body: Rect) -> Option<Position> {
    let name = &delete.space.space.space_name;
    let lines = inventory_lines(&state.moments, delete);
    let note = if delete.archives { note(pen, state, delete, body) } else { Vec::new() };
    let (listed, noted) = (rows_of(&lines), rows_of(&note));
    // Two switches, the archive with its note, and the name.
    let asked = 2 + u16::from(delete.archives) + noted + NAME;
    let area = middle(body, WIDTH, listed.saturating_add(asked).saturating_add(8));
    let title = vec![piece("Delete", Role::Danger), piece(format!("  {name}"), Role::Strong)];
    let inner = boxed(pen, state, area, Frame { title, alarming: true, ..Frame::default() });
    // The questions are always shown at the bottom; the note is the first to be dropped.
    let least = u16::from(delete.error.is_none() && delete.archive_error.is_none());
    let noted = noted.min(inner.height.saturating_sub(asked - noted + least));
    let note = if noted < rows_of(&note) && least > 0 { brief() } else { note };
    let noted = noted.min(rows_of(&note));
    let asked = (2 + u16::from(delete.archives) + noted + NAME).min(inner.height);
    let heading = match &delete.inventory {
        Loadable::Ready(inventory) if inventory.partly_removed => {
            "Partly deleted already; the rest will be deleted:"
        }
        _ => "This will be deleted permanently:",
    };
    let inventory = Rect { height: inner.height - asked, ..inner };
    draw_inventory(pen, heading, &lines, inventory);
    if let Some(command) = delete.commands(state).in_short(state.program)
        && inventory.height > listed.saturating_add(5)
    {
        pen.text(row(inventory, inventory.height - 2), &visible(&command), Role::Muted);
    }
    let question = below(inner, inner.height - asked);
    let archive = draw_archive(pen, state, delete, &note[..noted.into()], question);
    let purge = row(below(question, asked.saturating_sub(NAME + 1)), 0);
    switch(
        pen,
        purge,
        (Action::Purge, key(state, Action::Purge)),
        delete.purge,
        "leave no trace in the file",
    );
    let name = draw_name(pen, delete, below(question, asked.saturating_sub(NAME)));
    archive.or(name)
}

fn rows_of<T>(lines: &[T]) -> u16 {
    u16::try_from(lines.len()).unwrap_or(u16::MAX)
}

fn draw_inventory(pen: &mut Pen<'_>, heading: &str, lines: &[(String, String, Role)], area: Rect) {
    let roomy = u16::from(area.height >= rows_of(lines).saturating_add(4));
    let headed = u16::from(area.height > 1);
    if headed > 0 {
        pen.text(row(area, roomy), heading, Role::Text);
    }
    let list = below(area, roomy * 2 + headed);
    for (index, (what, number, role)) in (0..list.height).zip(lines) {
        let line = right_of(row(list, index), 2);
        let line = Rect { width: line.width.min(40), ..line };
        pen.text(line, what, *role);
        pen.text_right(line, number, *role);
    }
}

fn inventory_lines(moments: &Moments, delete: &Delete) -> Vec<(String, String, Role)> {
    match &delete.inventory {
        Loadable::Pending(_) => vec![("counting…".to_owned(), String::new(), Role::Muted)],
        Loadable::Failed(failure) => vec![(failure.message.clone(), String::new(), Role::Danger)],
        Loadable::Ready(inventory) => {
            let events = if inventory.partly_removed { "events left" } else { "events" };
            let counts = [
                (events, Some(inventory.events)),
                ("keys", inventory.entities),
                ("bytes of payload", inventory.payload_bytes),
            ];
            let mut lines = Vec::new();
            for (what, number) in counts.into_iter().filter_map(|(what, number)| Some((what, number?))) {
                lines.push((what.to_owned(), grouped(number), Role::Text));
                if let ("keys", several @ [_, _, ..]) = (what, inventory.projections.as_slice()) {
                    let of = |one: &ProjectionKeys| {
                        (format!("  {}", one.projection), grouped(one.keys), Role::Muted)
                    };
                    lines.extend(several.iter().map(of));
                }
            }
            let mut fact = |what: &str, text: String| lines.push((what.to_owned(), text, Role::Muted));
            fact("app", delete.space.app.unwrap_or("unknown").to_owned());
            if let Some((first, last)) = inventory.first_event.zip(inventory.last_event) {
                fact("first event", moments.date_and_time(first));
                fact("last event", moments.date_and_time(last));
            }
            lines
        }
    }
}

/// The destination of the archive, or why it is not possible.
fn note(pen: &Pen<'_>, state: &ConsoleState, delete: &Delete, body: Rect) -> Vec<(String, Role)> {
    let (text, role) = match &delete.archive_error {
        Some(error) => (format!("{} {error}", pen.glyphs().failed), Role::Danger),
        None if delete.trying.is_some() => {
            ("checking that it can be written there…".to_owned(), Role::Accent)
        }
        None if delete.archive.is_empty() => ("enter a file name".to_owned(), Role::Muted),
        None => {
            let place = place(state, Path::new(delete.archive.text()));
            (format!("archived to {place}, and read back row by row before anything is deleted"), Role::Muted)
        }
    };
    let cells = WIDTH.min(body.width).saturating_sub(6);
    wrap(&text, cells).into_iter().map(|line| (line, role)).collect()
}

/// The note in short.
fn brief() -> Vec<(String, Role)> {
    vec![("read back before deleting".to_owned(), Role::Muted)]
}

/// Draws the switch for the archive and its file name.
fn draw_archive(
    pen: &mut Pen<'_>,
    state: &ConsoleState,
    delete: &Delete,
    note: &[(String, Role)],
    area: Rect,
) -> Option<Position> {
    if let Some(reason) = delete.without_archive() {
        pen.text(row(area, 0), reason, Role::Disabled);
        return None;
    }
    let text = if delete.archives { "archive it first, to" } else { "archive it first" };
    switch(pen, row(area, 0), (Action::Archive, key(state, Action::Archive)), delete.archives, text);
    if !delete.archives {
        return None;
    }
    let focused = delete.focus == Focus::Archive;
    let field = right_of(row(area, 1), 2);
    pen.spot(field, Spot::Row(Focus::Archive as usize));
    let cursor = if field.height > 0 { text_input::draw(pen, field, &delete.archive, focused) } else { None };
    for (index, (line, role)) in (2..area.height).zip(note) {
        pen.text(right_of(row(area, index), 2), line, *role);
    }
    cursor
}

/// Draws a switch with the key of the action that turns it.
fn switch(pen: &mut Pen<'_>, line: Rect, (action, key): (Action, String), on: bool, text: &str) {
    let sign = if on { pen.glyphs().live } else { pen.glyphs().paused };
    let switch = [
        piece(key, Role::HintKey),
        piece(format!(" {sign} "), if on { Role::Warning } else { Role::Muted }),
        piece(text, Role::Muted),
    ]
    .map(|piece| piece.with_spot(Spot::Action(action)));
    pen.line(line, &switch);
}

fn draw_name(pen: &mut Pen<'_>, delete: &Delete, area: Rect) -> Option<Position> {
    let name = &delete.space.space.space_name;
    let ask = [
        piece("Type ", Role::Text),
        piece(name.to_owned(), Role::Strong),
        piece(" to delete it:", Role::Text),
    ];
    pen.line(row(area, 0), &ask);
    let wanted = width(&visible(name)).saturating_add(12).clamp(24, 60);
    let field = Rect { width: wanted.min(area.width), ..row(area, 1) };
    pen.spot(field, Spot::Row(Focus::Name as usize));
    let focused = delete.focus == Focus::Name;
    let cursor = if field.height > 0 { text_input::draw(pen, field, &delete.typed, focused) } else { None };
    if let Some(error) = &delete.error {
        let text = format!("{} {}", pen.glyphs().failed, error);
        pen.text(row(area, 2), &text, Role::Danger);
    }
    cursor
}
