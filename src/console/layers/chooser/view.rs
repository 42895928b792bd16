//! The list of commands to choose from.

use ratatui::layout::Rect;

use crate::console::app::state::State;
use crate::console::layers::boxed::{boxed, middle};
use crate::console::layers::chooser::Chooser;
use crate::console::theme::Role;
use crate::console::widgets::frame::Frame;
use crate::console::widgets::pen::{Pen, below, piece, right_of, row, width};
use crate::console::widgets::scroll::Scroll;
use crate::console::widgets::table::mark;

pub fn draw(pen: &mut Pen<'_>, state: &State, chooser: &Chooser, body: Rect) {
    let lines = u16::try_from(chooser.commands.len()).unwrap_or(u16::MAX);
    let area = middle(body, 84, lines.saturating_add(4));
    let title =
        vec![piece("New command", Role::Title), piece(format!("  {}", &chooser.space_name), Role::Text)];
    let inner = boxed(
        pen,
        state,
        area,
        Frame { title, note: vec![piece(chooser.app, Role::Muted)], ..Frame::default() },
    );
    let list = if inner.height > lines { below(inner, 1) } else { inner };
    let titles = chooser.commands.iter().map(|command| width(command.title)).max().unwrap_or(0);
    let scroll = Scroll::around(chooser.selected as u64, 0, u64::from(list.height), u64::from(lines));
    let first = usize::try_from(scroll.first).unwrap_or(0);
    for (index, (number, command)) in (0..list.height).zip(chooser.commands.iter().enumerate().skip(first)) {
        let line = row(list, index);
        let text = right_of(line, 2);
        pen.text(text, command.title, Role::Strong);
        pen.text(right_of(text, titles + 3), command.summary, Role::Muted);
        mark(pen, line, number == chooser.selected, true);
    }
}
