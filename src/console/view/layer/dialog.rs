//! Questions before something is done: what will happen, with numbers.

use ratatui::layout::{Position, Rect};

use super::{boxed, delete, middle};
use crate::console::state::{Dialog, State};
use crate::console::update::plan;
use crate::console::view::theme::Role;
use crate::console::view::widget::figures::counted;
use crate::console::view::widget::frame::Frame;
use crate::console::view::widget::pen::{Pen, Piece, below, piece, right_of, row};
use crate::console::view::widget::wrap::wrap;

pub(super) const WIDTH: u16 = 72;

pub fn draw(pen: &mut Pen<'_>, state: &State, dialog: &Dialog, body: Rect) -> Option<Position> {
    match dialog {
        Dialog::Operation { kind, spaces, left_out } => {
            let about = match spaces.as_slice() {
                [] => "the file".to_owned(),
                [space] => space.space.space_name.clone(),
                several => counted(several.len() as u64, "space"),
            };
            let title =
                vec![piece(capital(kind.title()), Role::Title), piece(format!("  {about}"), Role::Text)];
            paragraphs(pen, state, title, &plan(state, kind, spaces, left_out), body);
            None
        }
        Dialog::Delete(question) => delete::draw(pen, state, question, body),
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
