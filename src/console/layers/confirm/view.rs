//! Confirmation dialogs, which say what will happen, with numbers.

use ratatui::layout::Rect;

use crate::console::app::state::State;
use crate::console::layers::confirm::plan::plan;
use crate::console::layers::confirm::state::Dialog;
use crate::console::layers::{boxed, middle};
use crate::console::theme::Role;
use crate::console::widgets::frame::Frame;
use crate::console::widgets::pen::{Pen, Piece, below, piece, right_of, row};
use crate::console::widgets::text::wrap;
use crate::text::counted;

pub(crate) const WIDTH: u16 = 72;

pub fn draw(pen: &mut Pen<'_>, state: &State, dialog: &Dialog, body: Rect) {
    match dialog {
        Dialog::Operation { operation, spaces, left_out } => {
            let about = match spaces.as_slice() {
                [] => "the file".to_owned(),
                [space] => space.space.space_name.clone(),
                several => counted(several.len() as u64, "space", "spaces"),
            };
            let title =
                vec![piece(capital(operation.name()), Role::Title), piece(format!("  {about}"), Role::Text)];
            paragraphs(pen, state, title, &plan(state, operation, spaces, left_out), body);
        }
        Dialog::Discard { title } => {
            let heading = vec![piece("Discard", Role::Title), piece(format!("  {title}"), Role::Text)];
            let texts = ["what you typed will be lost", "go back to keep it"].map(str::to_owned);
            paragraphs(pen, state, heading, &texts, body);
        }
        Dialog::Quit { queued } => {
            let title = vec![piece("Quit", Role::Title)];
            paragraphs(pen, state, title, &quit_plan(state, *queued), body);
        }
    }
}

fn quit_plan(state: &State, queued: usize) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(job) = state.jobs.running() {
        lines.push(format!("{} has not finished and will be cancelled", job.name()));
        lines.push(job.if_cancelled().to_owned());
    }
    if queued > 0 {
        lines.push(format!(
            "{} queued and will not start",
            crate::text::counted(queued as u64, "job is", "jobs are")
        ));
    }
    lines
}

/// Draws a box with one paragraph per text.
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
