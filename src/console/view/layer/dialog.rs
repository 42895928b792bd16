//! Questions before something is done: what will happen, with numbers.

use ratatui::layout::{Position, Rect};

use super::{boxed, middle};
use crate::console::state::{Dialog, Inventory, Loadable, State, TextInput};
use crate::console::update::{Action, plan};
use crate::console::view::keys::key;
use crate::console::view::pane::second;
use crate::console::view::theme::Role;
use crate::console::view::widget::figures::{count, counted};
use crate::console::view::widget::frame::Frame;
use crate::console::view::widget::input;
use crate::console::view::widget::pen::{Pen, Piece, below, piece, right_of, row, width};
use crate::console::view::widget::wrap::wrap;
use crate::operations::SpaceOverview;
use crate::text::visible;

const WIDTH: u16 = 72;

pub fn draw(pen: &mut Pen<'_>, state: &State, dialog: &Dialog, body: Rect) -> Option<Position> {
    match dialog {
        Dialog::Operation { kind, spaces, left_out } => {
            let about = match spaces.as_slice() {
                [space] => space.space.space_name.clone(),
                several => counted(several.len() as u64, "space"),
            };
            let title =
                vec![piece(capital(kind.title()), Role::Title), piece(format!("  {about}"), Role::Text)];
            paragraphs(pen, state, title, &plan(state, *kind, spaces, left_out), body);
            None
        }
        Dialog::Delete { space, inventory, typed, purge, error } => {
            Delete { space, inventory, typed, purge: *purge, error: error.as_deref() }.draw(pen, state, body)
        }
        Dialog::Quit { queued } => {
            let title = vec![piece("Quit", Role::Title)];
            paragraphs(pen, state, title, &quit_plan(*queued), body);
            None
        }
    }
}

fn quit_plan(queued: usize) -> Vec<String> {
    let mut lines = vec!["1 job has not ended and will be cancelled.".to_owned()];
    if queued > 0 {
        lines.push(format!(
            "{} for it and will not begin.",
            crate::text::counted(queued as u64, "job waits", "jobs wait")
        ));
    }
    lines.push("A cancelled job leaves everything whole and can be started again.".to_owned());
    lines
}

/// A box with one paragraph for each text.
fn paragraphs(pen: &mut Pen<'_>, state: &State, title: Vec<Piece<'_>>, texts: &[String], body: Rect) {
    let dot = pen.glyphs().dot;
    let room = WIDTH.min(body.width).saturating_sub(6);
    let lines: Vec<(bool, String)> = texts
        .iter()
        .flat_map(|text| wrap(text, room).into_iter().enumerate().map(|(index, line)| (index == 0, line)))
        .collect();
    let area = middle(body, WIDTH, u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(4));
    let inner = boxed(pen, state, area, Frame { title, ..Frame::default() });
    let text = if usize::from(inner.height) > lines.len() { below(inner, 1) } else { inner };
    for (index, (begins, line)) in (0..text.height).zip(&lines) {
        let place = row(text, index);
        if *begins {
            pen.text(place, dot, Role::Muted);
        }
        pen.text(right_of(place, 2), line, Role::Text);
    }
    if lines.len() > usize::from(text.height) {
        let ellipsis = pen.glyphs().ellipsis;
        pen.text_right(row(text, text.height.saturating_sub(1)), ellipsis, Role::Warning);
    }
}

fn capital(word: &str) -> String {
    let mut characters = word.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

struct Delete<'a> {
    space: &'a SpaceOverview,
    inventory: &'a Loadable<Inventory>,
    typed: &'a TextInput,
    purge: bool,
    error: Option<&'a str>,
}

impl Delete<'_> {
    fn draw(&self, pen: &mut Pen<'_>, state: &State, body: Rect) -> Option<Position> {
        let name = &self.space.space.space_name;
        let lines = self.inventory_lines();
        let listed = u16::try_from(lines.len()).unwrap_or(u16::MAX);
        let area = middle(body, WIDTH, listed.saturating_add(10));
        let title = vec![piece("Delete", Role::Danger), piece(format!("  {name}"), Role::Strong)];
        let inner = boxed(pen, state, area, Frame { title, alarming: true, ..Frame::default() });
        // What is asked stands at the bottom whatever there is room for above.
        let asked = 4.min(inner.height);
        let told = Rect { height: inner.height - asked, ..inner };
        let roomy = u16::from(told.height >= listed.saturating_add(4));
        let head = row(told, roomy);
        pen.text(head, "What will be gone for good:", Role::Text);
        let list = below(told, roomy * 2 + 1);
        for (index, (what, number, role)) in (0..list.height).zip(&lines) {
            let line = right_of(row(list, index), 2);
            let line = Rect { width: line.width.min(36), ..line };
            pen.text(line, what, *role);
            pen.text_right(line, number, *role);
        }
        self.question(pen, below(inner, inner.height - asked), name)
    }

    fn inventory_lines(&self) -> Vec<(String, String, Role)> {
        match self.inventory {
            Loadable::Pending(_) => vec![("counting…".to_owned(), String::new(), Role::Muted)],
            Loadable::Failed(failure) => {
                vec![(failure.message.clone(), String::new(), Role::Danger)]
            }
            Loadable::Ready(inventory) => {
                let rows = inventory.rows.iter();
                let mut lines: Vec<_> =
                    rows.map(|(what, number)| (what.clone(), count(*number), Role::Text)).collect();
                let mut fact = |what: &str, text: String| lines.push((what.to_owned(), text, Role::Muted));
                fact("app", self.space.app.unwrap_or("not known").to_owned());
                if let Some((first, last)) = inventory.span {
                    fact("first event", second(&first.to_string()));
                    fact("last event", second(&last.to_string()));
                }
                lines
            }
        }
    }

    fn question(&self, pen: &mut Pen<'_>, area: Rect, name: &str) -> Option<Position> {
        let ask = [
            piece("Type ", Role::Text),
            piece(name.to_owned(), Role::Strong),
            piece(" to delete it:", Role::Text),
        ];
        let sign = if self.purge { pen.glyphs().live } else { pen.glyphs().paused };
        let purge = [
            piece(key(Action::Purge), Role::HintKey),
            piece(format!(" {sign} "), if self.purge { Role::Warning } else { Role::Muted }),
            piece("leave no byte in the file", Role::Muted),
        ];
        pen.line(row(area, 0), &purge);
        let area = below(area, 1);
        pen.line(row(area, 0), &ask);
        let wanted = width(&visible(name)).saturating_add(12).clamp(24, 60);
        let field = Rect { width: wanted.min(area.width), ..row(area, 1) };
        let cursor = if field.height > 0 { input::draw(pen, field, self.typed, true) } else { None };
        if let Some(error) = self.error {
            let text = format!("{} {}", pen.glyphs().failed, error);
            pen.text(row(area, 2), &text, Role::Danger);
        }
        cursor
    }
}
