//! The lines of the dialog that deletes a space, as many as fit on the screen.

use std::path::Path;

use ratatui::layout::Rect;

use crate::console::app::state::{ConsoleState, Loadable};
use crate::console::layers::confirm::{WIDTH, place};
use crate::console::layers::delete::{Delete, Focus};
use crate::console::layers::{Layer, middle};
use crate::console::theme::Role;
use crate::console::widgets::frame::inside;
use crate::console::widgets::moment::Moments;
use crate::console::widgets::text::wrap;
use crate::operations::ProjectionKeys;
use crate::text::grouped;

/// The lines of the dialog: those about the space, which scroll, and below them the questions, which are always on screen.
pub(super) struct Sheet {
    pub area: Rect,
    pub facts: Vec<Fact>,
    pub asked: Vec<Question>,
}

/// A line about the space or the delete.
pub(super) enum Fact {
    Text(String, Role),
    Number(String, String, Role),
}

/// A number or a time of the space, with its name.
struct Number {
    what: String,
    number: String,
    role: Role,
    /// True if another line says nearly the same.
    is_extra: bool,
}

/// A line that asks something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Question {
    ArchiveSwitch,
    ArchiveField,
    Note(String, Role),
    PurgeSwitch,
    Ask,
    NameField,
    /// The reason why the space was not deleted, or a blank line in its place.
    NameError,
}

impl Sheet {
    pub(super) fn of(state: &ConsoleState, delete: &Delete, body: Rect) -> Self {
        let asked = questions(state, delete, body);
        let numbers = inventory_lines(&state.moments, delete);
        let command = delete.commands(state).in_short(state);
        let cells = WIDTH.min(body.width).saturating_sub(4);
        let command = command.map(|command| wrap(&command, cells)).unwrap_or_default();
        // The border, the heading, and the blank lines around it and the command.
        let around = rows_of(&asked) + rows_of(&numbers).saturating_add(rows_of(&command)).saturating_add(7);
        let area = middle(body, WIDTH, around);
        let inner = inside(area).height;
        let asked = fitting(asked, delete, inner);
        let is_roomy = inner >= around.saturating_sub(2);
        let numbers = if is_roomy { numbers } else { brief(numbers) };
        let facts = facts(delete, numbers, command, is_roomy);
        Self { area, facts, asked }
    }
}

/// Returns the numbers without those that say more than a low screen has room for.
fn brief(numbers: Vec<Number>) -> Vec<Number> {
    numbers.into_iter().filter(|number| !number.is_extra).collect()
}

/// Returns the lines about the space, with blank lines between them if there is room.
fn facts(delete: &Delete, numbers: Vec<Number>, command: Vec<String>, is_roomy: bool) -> Vec<Fact> {
    let heading = match &delete.inventory {
        Loadable::Ready(inventory) if inventory.partly_removed => {
            "Partly deleted already; the rest will be deleted:"
        }
        _ => "This will be deleted permanently:",
    };
    let blank = || is_roomy.then(|| Fact::Text(String::new(), Role::Text));
    let mut facts: Vec<Fact> = blank().into_iter().collect();
    facts.push(Fact::Text(heading.to_owned(), Role::Text));
    facts.extend(blank());
    facts.extend(numbers.into_iter().map(|one| Fact::Number(one.what, one.number, one.role)));
    facts.extend(blank());
    facts.extend(command.into_iter().map(|line| Fact::Text(line, Role::Muted)));
    facts.extend(blank());
    facts
}

/// Returns the lines that ask something, in order.
fn questions(state: &ConsoleState, delete: &Delete, body: Rect) -> Vec<Question> {
    let mut asked = vec![Question::ArchiveSwitch];
    if delete.archives {
        asked.push(Question::ArchiveField);
        asked.extend(note(state, delete, body).into_iter().map(|(line, role)| Question::Note(line, role)));
    }
    asked.extend([Question::PurgeSwitch, Question::Ask, Question::NameField, Question::NameError]);
    asked
}

/// The lines about the space that are worth more than a blank line.
const LEAST_FACTS: u16 = 4;

/// Drops what a low screen has no room for, so that a line about the space, the field with the cursor and its error
/// stay on screen.
fn fitting(mut asked: Vec<Question>, delete: &Delete, height: u16) -> Vec<Question> {
    let has_error = delete.error.is_some() || delete.archive_error.is_some();
    if !has_error && rows_of(&asked) + LEAST_FACTS > height {
        asked.retain(|question| *question != Question::NameError);
    }
    let room = height.saturating_sub(u16::from(!has_error));
    if rows_of(&asked) > room && !has_error {
        asked.retain(|question| !matches!(question, Question::Note(..)));
        let brief = Question::Note("read back before deleting".to_owned(), Role::Muted);
        let field = asked.iter().position(|question| *question == Question::ArchiveField);
        if let Some(field) = field {
            asked.insert(field + 1, brief);
        }
    }
    let on_archive = delete.focus == Focus::Archive;
    let leave_out: [fn(&Question) -> bool; 6] = [
        |question| matches!(question, Question::Note(_, Role::Muted | Role::Accent)),
        |question| *question == Question::NameError,
        |question| *question == Question::ArchiveSwitch,
        |question| *question == Question::PurgeSwitch,
        |question| *question == Question::Ask,
        |question| matches!(question, Question::NameField),
    ];
    for is_left_out in leave_out {
        let is_kept = |question: &Question| match question {
            Question::NameField => !on_archive,
            Question::NameError => delete.error.is_some(),
            _ => false,
        };
        while rows_of(&asked) > room
            && let Some(place) = asked.iter().rposition(|line| is_left_out(line) && !is_kept(line))
        {
            asked.remove(place);
        }
    }
    asked.truncate(height.into());
    asked
}

pub(super) fn rows_of<T>(lines: &[T]) -> u16 {
    u16::try_from(lines.len()).unwrap_or(u16::MAX)
}

fn inventory_lines(moments: &Moments, delete: &Delete) -> Vec<Number> {
    let number =
        |what: &str, number: String, role| Number { what: what.to_owned(), number, role, is_extra: false };
    match &delete.inventory {
        Loadable::Pending(_) => vec![number("counting…", String::new(), Role::Muted)],
        Loadable::Failed(failure) => vec![number(&failure.message, String::new(), Role::Danger)],
        Loadable::Ready(inventory) => {
            let events = if inventory.partly_removed { "events left" } else { "events" };
            let counts = [
                (events, Some(inventory.events)),
                ("keys", inventory.entities),
                ("bytes of payload", inventory.payload_bytes),
            ];
            let mut lines = Vec::new();
            for (what, count) in counts.into_iter().filter_map(|(what, count)| Some((what, count?))) {
                lines.push(number(what, grouped(count), Role::Text));
                if let ("keys", several @ [_, _, ..]) = (what, inventory.projections.as_slice()) {
                    lines.extend(several.iter().map(of_projection));
                }
            }
            let app = delete.space.app.unwrap_or("unknown").to_owned();
            lines.push(Number { is_extra: true, ..number("app", app, Role::Muted) });
            if let Some((first, last)) = inventory.first_event.zip(inventory.last_event) {
                lines.push(number("first event", moments.date_and_time(first), Role::Muted));
                lines.push(number("last event", moments.date_and_time(last), Role::Muted));
            }
            lines
        }
    }
}

fn of_projection(one: &ProjectionKeys) -> Number {
    let what = format!("  {}", one.projection);
    Number { what, number: grouped(one.keys), role: Role::Muted, is_extra: true }
}

/// The destination of the archive, or why it is not possible.
fn note(state: &ConsoleState, delete: &Delete, body: Rect) -> Vec<(String, Role)> {
    let (text, role) = match &delete.archive_error {
        Some(error) => (format!("{} {error}", state.theme().glyphs().failed), Role::Danger),
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
