//! The confirmation before a space is deleted: its contents, the archive, and the name to type.

use ratatui::layout::{Position, Rect};

use crate::console::app::action::Action;
use crate::console::app::keymap::key_of as key;
use crate::console::app::pointer::region::Spot;
use crate::console::app::state::ConsoleState;
use crate::console::layers::boxed;
use crate::console::layers::delete::sheet::{Fact, Question, Sheet, rows_of};
use crate::console::layers::delete::{Delete, Focus};
use crate::console::theme::Role;
use crate::console::widgets::bar::Scroll;
use crate::console::widgets::frame::{Frame, inside};
use crate::console::widgets::pen::{Pen, below, piece, right_of, row, width};
use crate::console::widgets::text_input;
use crate::text::visible;

pub(super) fn draw(pen: &mut Pen<'_>, state: &ConsoleState, delete: &Delete, body: Rect) -> Option<Position> {
    let sheet = Sheet::of(state, delete, body);
    let title = vec![
        piece("Delete", Role::Danger),
        piece(format!("  {}", &delete.space.space.space_name), Role::Strong),
    ];
    let inner = boxed(pen, state, sheet.area, Frame { title, alarming: true, ..Frame::default() });
    let listed = inner.height.saturating_sub(rows_of(&sheet.asked));
    draw_facts(pen, &sheet.facts, delete.top, Rect { height: listed, ..inner });
    let mut cursor = None;
    for (index, question) in (0..inner.height - listed).zip(&sheet.asked) {
        let line = row(below(inner, listed), index);
        cursor = cursor.or(draw_question(pen, state, delete, question, line));
    }
    cursor
}

/// Returns the number of lines about the space, and of those on screen.
pub(super) fn extent(state: &ConsoleState, delete: &Delete, body: Rect) -> (u16, u16) {
    let sheet = Sheet::of(state, delete, body);
    (rows_of(&sheet.facts), inside(sheet.area).height.saturating_sub(rows_of(&sheet.asked)))
}

fn draw_facts(pen: &mut Pen<'_>, facts: &[Fact], top: usize, area: Rect) {
    let top = top.min(facts.len().saturating_sub(area.height.into()));
    let needed = |fact: &Fact| match fact {
        Fact::Number(what, number, _) => width(what).saturating_add(width(number)).saturating_add(1),
        Fact::Text(..) => 0,
    };
    let widest = facts.iter().map(needed).max().unwrap_or(0);
    let indent = area.width.saturating_sub(widest).min(2);
    for (index, fact) in (0..area.height).zip(facts.iter().skip(top)) {
        let line = row(area, index);
        match fact {
            Fact::Text(text, role) => {
                pen.text(line, &visible(text), *role);
            }
            Fact::Number(what, number, role) => {
                let line = right_of(line, indent);
                let line = Rect { width: line.width.min(40), ..line };
                pen.text(line, what, *role);
                pen.text_right(line, number, *role);
            }
        }
    }
    Scroll { first: top as u64, shown: area.height.into(), total: facts.len() as u64 }.draw_beside(pen, area);
}

fn draw_question(
    pen: &mut Pen<'_>,
    state: &ConsoleState,
    delete: &Delete,
    question: &Question,
    line: Rect,
) -> Option<Position> {
    match question {
        Question::ArchiveSwitch => {
            draw_archive_switch(pen, state, delete, line);
            None
        }
        Question::ArchiveField => {
            let field = right_of(line, 2);
            pen.spot(field, Spot::Row(Focus::Archive as usize));
            text_input::draw(pen, field, &delete.archive, delete.focus == Focus::Archive)
        }
        Question::Note(text, role) => {
            pen.text(right_of(line, 2), text, *role);
            None
        }
        Question::PurgeSwitch => {
            let purge = (Action::Purge, key(state, Action::Purge));
            switch(pen, line, purge, delete.purge, state.database.capabilities.purge);
            None
        }
        Question::Ask => {
            let name = piece(delete.space.space.space_name.clone(), Role::Strong);
            pen.line(line, &[piece("Type ", Role::Text), name, piece(" to delete it:", Role::Text)]);
            None
        }
        Question::NameField => draw_name(pen, delete, line),
        Question::NameError => {
            if let Some(error) = &delete.error {
                pen.text(line, &format!("{} {error}", pen.glyphs().failed), Role::Danger);
            }
            None
        }
    }
}

/// Draws the switch for the archive, or why there can be none.
fn draw_archive_switch(pen: &mut Pen<'_>, state: &ConsoleState, delete: &Delete, line: Rect) {
    if let Some(reason) = delete.without_archive() {
        pen.text(line, reason, Role::Muted);
        return;
    }
    let text = if delete.archives { "archive it first, to" } else { "archive it first" };
    switch(pen, line, (Action::Archive, key(state, Action::Archive)), delete.archives, text);
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

fn draw_name(pen: &mut Pen<'_>, delete: &Delete, line: Rect) -> Option<Position> {
    let name = &delete.space.space.space_name;
    let wanted = width(&visible(name)).saturating_add(12).clamp(24, 60);
    let field = Rect { width: wanted.min(line.width), ..line };
    pen.spot(field, Spot::Row(Focus::Name as usize));
    text_input::draw(pen, field, &delete.typed, delete.focus == Focus::Name)
}
