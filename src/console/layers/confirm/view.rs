//! Confirmation dialogs and plans of operations, which say what will happen, with numbers.

use ratatui::layout::Rect;

use crate::console::app::command_line::{self, Commands};
use crate::console::app::state::ConsoleState;
use crate::console::layers::confirm::{Dialog, Question, subject_on_database};
use crate::console::layers::{boxed, middle};
use crate::console::panes::jobs::job::JobStatus;
use crate::console::theme::Role;
use crate::console::widgets::bar::Scroll;
use crate::console::widgets::frame::{Frame, inside};
use crate::console::widgets::pen::{Pen, Piece, below, piece, right_of, row};
use crate::console::widgets::text::wrap;
use crate::event_store::Totals;
use crate::operations::{AnyOperation, ChangeSubscription, FileTotals, Operation, PlanScope, SpaceOverview};
use crate::text::{counted, grouped, visible};
use std::path::Path;

pub(crate) const WIDTH: u16 = 72;

/// The contents of a dialog.
struct Contents<'a> {
    title: Vec<Piece<'a>>,
    /// A paragraph each.
    texts: Vec<String>,
    /// The command that does the same.
    command: Option<String>,
}

/// The lines of a dialog, and how many of them are on screen.
#[derive(Clone, Copy)]
pub(super) struct Lines {
    pub lines: u16,
    pub height: u16,
}

pub(super) fn draw(pen: &mut Pen<'_>, state: &ConsoleState, dialog: &Dialog, body: Rect) {
    let Contents { title, texts, command } = contents(state, &dialog.question);
    let sheet = Sheet::of(&texts, command, body);
    let inner = boxed(pen, state, sheet.area, Frame { title, ..Frame::default() });
    let text = below(inner, sheet.margin);
    let top = dialog.top.min(sheet.lines.len().saturating_sub(text.height.into()));
    for (index, line) in (0..text.height).zip(sheet.lines.iter().skip(top)) {
        let place = row(text, index);
        match line {
            Line::Begins(text) => {
                pen.text(place, pen.glyphs().dot, Role::Muted);
                pen.text(right_of(place, 2), text, Role::Text);
            }
            Line::Continues(text) => {
                pen.text(right_of(place, 2), text, Role::Text);
            }
            Line::Command(text) => {
                pen.text(place, text, Role::Muted);
            }
            Line::Blank => {}
        }
    }
    let total = sheet.lines.len() as u64;
    Scroll { first: top as u64, shown: text.height.into(), total }.draw_beside(pen, text);
}

/// Returns the number of lines of a dialog, and of those on screen.
pub(super) fn extent(state: &ConsoleState, dialog: &Dialog, body: Rect) -> Lines {
    let Contents { texts, command, .. } = contents(state, &dialog.question);
    let sheet = Sheet::of(&texts, command, body);
    let height = inside(sheet.area).height.saturating_sub(sheet.margin);
    Lines { lines: u16::try_from(sheet.lines.len()).unwrap_or(u16::MAX), height }
}

fn contents<'a>(state: &ConsoleState, question: &'a Question) -> Contents<'a> {
    let named =
        |name: String, about: String| vec![piece(name, Role::Title), piece(format!("  {about}"), Role::Text)];
    match question {
        Question::Operation { operation, spaces, skipped } => {
            let about = match spaces.as_slice() {
                [] => subject_on_database(operation).to_owned(),
                [space] => space.space.space_name.clone(),
                several => counted(several.len() as u64, "space", "spaces"),
            };
            Contents {
                title: named(capital(operation.name()), about),
                texts: plan(state, operation, spaces, skipped),
                command: command_line::of_spaces(operation, spaces).in_short(state),
            }
        }
        Question::Subscription { change, plan } => {
            let action = change.name().trim_end_matches("-subscription");
            Contents {
                title: named(capital(action), about(state, change)),
                texts: plan.clone(),
                command: Commands::from(command_line::of_change(state, change)).in_short(state),
            }
        }
        Question::Discard { title } => Contents {
            title: named("Discard".to_owned(), title.clone()),
            texts: ["what you typed will be lost", "go back to keep it"].map(str::to_owned).into(),
            command: None,
        },
        Question::Quit { queued } => Contents {
            title: vec![piece("Quit", Role::Title)],
            texts: end_plan(state, *queued),
            command: None,
        },
        Question::Leave { file, queued } => {
            let name = visible(&file.database.to_string_lossy()).into_owned();
            let mut texts = end_plan(state, *queued);
            texts.push(format!("if the file cannot be opened, {} stays open", state.database.name));
            Contents { title: named("Open".to_owned(), name), texts, command: None }
        }
    }
}

/// Names the subscription of a change, and the space if it is only about one.
pub(crate) fn about(state: &ConsoleState, change: &ChangeSubscription) -> String {
    let name = &change.subscription;
    match change.change.space_id() {
        Some(space_id) => format!("{name} in {}", state.space_name(space_id)),
        None => name.clone(),
    }
}

/// Says what leaving the file does to its jobs.
fn end_plan(state: &ConsoleState, queued: usize) -> Vec<String> {
    let mut lines = Vec::new();
    match state.jobs.running() {
        Some(job) => {
            let state = match job.status {
                JobStatus::Reviewing(_) => "waits for your decision",
                _ => "has not finished",
            };
            lines.push(format!("{} {state} and will be cancelled", job.name()));
            lines.push(job.if_cancelled().to_owned());
        }
        // It finished while the question was open.
        None => lines.push("the job has finished; nothing will be cancelled".to_owned()),
    }
    if queued > 0 {
        lines.push(format!("{} queued and will not start", counted(queued as u64, "job is", "jobs are")));
    }
    lines
}

/// A line of a dialog.
enum Line {
    /// The first one of a paragraph.
    Begins(String),
    Continues(String),
    Command(String),
    Blank,
}

/// The lines of a dialog and its box, which is no higher than they need.
struct Sheet {
    lines: Vec<Line>,
    area: Rect,
    /// The blank lines above, for which a low screen has no room.
    margin: u16,
}

impl Sheet {
    fn of(texts: &[String], command: Option<String>, body: Rect) -> Self {
        let room = WIDTH.min(body.width).saturating_sub(6);
        let mut lines = Vec::new();
        for text in texts {
            let mut paragraph = wrap(text, room).into_iter();
            lines.extend(paragraph.next().map(Line::Begins));
            lines.extend(paragraph.map(Line::Continues));
        }
        // The margins and the border.
        let around = |lines: usize| u16::try_from(lines).unwrap_or(u16::MAX).saturating_add(4);
        if let Some(command) = command {
            let command: Vec<String> = wrap(&command, room + 2);
            if around(lines.len() + 1 + command.len()) <= body.height {
                lines.push(Line::Blank);
            }
            lines.extend(command.into_iter().map(Line::Command));
        }
        let area = middle(body, WIDTH, around(lines.len()));
        let margin = u16::from(usize::from(inside(area).height) > lines.len());
        Self { lines, area, margin }
    }
}

pub(crate) fn capital(word: &str) -> String {
    let mut characters = word.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

/// The maximum number of spaces, and of reasons, listed individually.
const NAMED: usize = 6;

/// Returns the plan of an operation, line by line: what it changes, what it leaves alone, who has to wait, and which
/// spaces are skipped.
pub(crate) fn plan(
    state: &ConsoleState,
    operation: &AnyOperation,
    spaces: &[SpaceOverview],
    skipped: &[(String, String)],
) -> Vec<String> {
    let mut lines = operation.plan(&scope(state, spaces));
    if let Some(name) = operation.projection() {
        lines.insert(0, format!("only the projection {name}; the others of the space do not change"));
    }
    if spaces.len() > 1 {
        let count = counted(spaces.len() as u64, "space", "spaces");
        lines.insert(0, format!("{count}, one after the other: {}", names(spaces)));
        lines.push("a failure does not stop the others".to_owned());
    }
    let before = state.jobs.jobs.iter().filter(|job| !job.has_ended()).count() as u64;
    if before > 0 {
        lines.push(format!("{} first", counted(before, "job runs", "jobs run")));
    }
    for (name, reason) in skipped.iter().take(NAMED) {
        // A reason may begin with the name as well.
        lines.push(match reason.strip_prefix(name.as_str()).filter(|rest| rest.starts_with(' ')) {
            Some(rest) => format!("{name} is skipped: it{rest}"),
            None => format!("{name} is skipped: {reason}"),
        });
    }
    if let Some(more @ 1..) = skipped.len().checked_sub(NAMED) {
        lines.push(format!("{} more are skipped", grouped(more as u64)));
    }
    lines
}

/// Returns the location of a named file: `crm_acme.jsonl in /srv/tenants`.
pub(crate) fn place(state: &ConsoleState, file: &Path) -> String {
    scope(state, &[]).place(file)
}

/// Returns the spaces and the file that an operation is planned for.
fn scope<'a>(state: &'a ConsoleState, spaces: &'a [SpaceOverview]) -> PlanScope<'a> {
    let Totals { spaces: count, events, .. } = state.database.totals;
    let keys = state.spaces.all.values().map(SpaceOverview::keys).sum();
    let totals = state.spaces.complete.then_some(FileTotals { spaces: count, events, keys });
    PlanScope { spaces, totals, directory: state.database.directory.as_deref() }
}

fn names(spaces: &[SpaceOverview]) -> String {
    let named: Vec<&str> = spaces.iter().take(NAMED).map(|space| space.space.space_name.as_str()).collect();
    match spaces.len().saturating_sub(NAMED) {
        0 => named.join(", "),
        more => format!("{} and {} more", named.join(", "), grouped(more as u64)),
    }
}
