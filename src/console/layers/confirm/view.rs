//! Confirmation dialogs and plans of operations, which say what will happen, with numbers.

use ratatui::layout::Rect;

use crate::console::app::command_line::{self, Commands};
use crate::console::app::state::ConsoleState;
use crate::console::layers::confirm::Dialog;
use crate::console::layers::{boxed, middle};
use crate::console::theme::Role;
use crate::console::widgets::frame::Frame;
use crate::console::widgets::pen::{Pen, Piece, below, piece, right_of, row};
use crate::console::widgets::text::wrap;
use crate::event_store::Totals;
use crate::operations::{AnyOperation, ChangeSubscription, FileTotals, Operation, PlanScope, SpaceOverview};
use crate::text::{counted, grouped, visible};
use std::path::Path;

pub(crate) const WIDTH: u16 = 72;

pub(super) fn draw(pen: &mut Pen<'_>, state: &ConsoleState, dialog: &Dialog, body: Rect) {
    match dialog {
        Dialog::Operation { operation, spaces, skipped } => {
            let about = match spaces.as_slice() {
                [] => "the file".to_owned(),
                [space] => space.space.space_name.clone(),
                several => counted(several.len() as u64, "space", "spaces"),
            };
            let title =
                vec![piece(capital(operation.name()), Role::Title), piece(format!("  {about}"), Role::Text)];
            let command = command_line::of_spaces(operation, spaces).in_short(state.program);
            paragraphs(pen, state, title, &plan(state, operation, spaces, skipped), command, body);
        }
        Dialog::Subscription { change, plan } => {
            let action = change.name().trim_end_matches("-subscription");
            let about = format!("  {}", about(state, change));
            let command = Commands::from(command_line::of_change(state, change)).in_short(state.program);
            let title = vec![piece(capital(action), Role::Title), piece(about, Role::Text)];
            paragraphs(pen, state, title, plan, command, body);
        }
        Dialog::Discard { title } => {
            let heading = vec![piece("Discard", Role::Title), piece(format!("  {title}"), Role::Text)];
            let texts = ["what you typed will be lost", "go back to keep it"].map(str::to_owned);
            paragraphs(pen, state, heading, &texts, None, body);
        }
        Dialog::Quit { queued } => {
            let title = vec![piece("Quit", Role::Title)];
            paragraphs(pen, state, title, &end_plan(state, *queued), None, body);
        }
        Dialog::Leave { file, queued } => {
            let name = visible(&file.database.to_string_lossy()).into_owned();
            let title = vec![piece("Open", Role::Title), piece(format!("  {name}"), Role::Text)];
            let mut plan = end_plan(state, *queued);
            plan.push(format!("if the file cannot be opened, {} stays open", state.database.name));
            paragraphs(pen, state, title, &plan, None, body);
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
            lines.push(format!("{} has not finished and will be cancelled", job.name()));
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

/// Draws a box with one paragraph per text, and the command that does the same if there is room for it.
fn paragraphs(
    pen: &mut Pen<'_>,
    state: &ConsoleState,
    title: Vec<Piece<'_>>,
    texts: &[String],
    command: Option<String>,
    body: Rect,
) {
    let dot = pen.glyphs().dot;
    let room = WIDTH.min(body.width).saturating_sub(6);
    let lines: Vec<(bool, String)> = texts
        .iter()
        .flat_map(|text| wrap(text, room).into_iter().enumerate().map(|(index, line)| (index == 0, line)))
        .collect();
    let needed = u16::try_from(lines.len()).unwrap_or(u16::MAX);
    let below_text = if command.is_some() { 2 } else { 0 };
    let area = middle(body, WIDTH, needed.saturating_add(4 + below_text));
    let inner = boxed(pen, state, area, Frame { title, ..Frame::default() });
    let text = if usize::from(inner.height) > lines.len() { below(inner, 1) } else { inner };
    for (index, (begins, line)) in (0..text.height).zip(&lines) {
        let place = row(text, index);
        if *begins {
            pen.text(place, dot, Role::Muted);
        }
        pen.text(right_of(place, 2), line, Role::Text);
    }
    if let Some(command) = command
        && text.height > needed.saturating_add(1)
    {
        pen.text(row(text, needed + 1), &visible(&command), Role::Muted);
    }
    if lines.len() > usize::from(text.height) {
        let ellipsis = pen.glyphs().ellipsis;
        pen.text_right(row(text, text.height.saturating_sub(1)), ellipsis, Role::Warning);
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
