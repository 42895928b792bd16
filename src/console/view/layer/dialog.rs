//! Questions before something is done: what will happen, with numbers.

use ratatui::layout::{Position, Rect};

use super::{boxed, delete, middle};
use crate::console::state::{Dialog, Job, JobKind, State};
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
        Dialog::Discard { title } => {
            let heading = vec![piece("Discard", Role::Title), piece(format!("  {title}"), Role::Text)];
            let texts = ["What was typed into the form is lost.", "Going back keeps it."].map(str::to_owned);
            paragraphs(pen, state, heading, &texts, body);
            None
        }
        Dialog::Quit { queued } => {
            let title = vec![piece("Quit", Role::Title)];
            paragraphs(pen, state, title, &quit_plan(state, *queued), body);
            None
        }
    }
}

fn quit_plan(state: &State, queued: usize) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(job) = state.jobs.running() {
        lines.push(format!("{} has not ended and will be cancelled.", job.name()));
        lines.push(left_by(job).to_owned());
    }
    if queued > 0 {
        lines.push(format!(
            "{} for it and will not begin.",
            crate::text::counted(queued as u64, "job waits", "jobs wait")
        ));
    }
    lines
}

/// What a job will leave that is cancelled now.
fn left_by(job: &Job) -> &'static str {
    match &job.kind {
        JobKind::Rebuild { .. } => "The projection stays whole.",
        JobKind::CatchUp => "What it applied stays applied.",
        JobKind::Check { repair: true, .. } => "What it repaired stays repaired.",
        JobKind::Verify | JobKind::Check { .. } => "It changes nothing.",
        JobKind::Export { .. } | JobKind::Backup { .. } => "No file will be written.",
        JobKind::Import { .. } => "Nothing will be imported.",
        JobKind::Delete { .. } if job.removes() => {
            "What it removed stays removed, and the space takes no more events: \
             deleting it again goes on where this stops."
        }
        JobKind::Delete { .. } => "Nothing will have been removed.",
    }
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
