//! Draws the panel of time travel: the bar, the last step with its changes, and what "the past" means.

use ratatui::layout::Rect;

use crate::console::app::past;
use crate::console::app::pointer::region::{Spot, Surface};
use crate::console::app::state::ConsoleState;
use crate::console::theme::Role;
use crate::console::widgets::bar::draw_columns;
use crate::console::widgets::frame::Frame;
use crate::console::widgets::pen::{Pen, Piece, below, piece, pieces_width, right_of, row, width};
use crate::event::SpaceSequence;
use crate::operations::{EventChanges, EventOutcome, SkipSummary};
use crate::text::{counted, grouped};

use super::bar::Scale;
use super::{Travel, last};

/// The minimum height of a body with a panel; below, one line is all.
const PANEL: u16 = 18;

/// The minimum width of a line with the time of the step and the bar; below, it names the change.
const WITH_TIME: u16 = 60;

/// Returns the height of the panel in a body.
pub(crate) fn rows(state: &ConsoleState, body: Rect) -> u16 {
    match (&state.travel, body.height) {
        (None, _) => 0,
        (Some(_), ..PANEL) => 1,
        (Some(_), height) => 4 + bars(height) + (height / 12).min(5),
    }
}

/// The height of the histogram in a panel, given the height of the body.
fn bars(height: u16) -> u16 {
    (height / 14).clamp(1, 3)
}

/// Draws the panel.
pub(crate) fn draw(pen: &mut Pen<'_>, state: &ConsoleState, area: Rect, body: Rect) {
    let Some(travel) = &state.travel else { return };
    pen.surface(area, Surface::Travel);
    pen.ground(area, Role::Ground);
    if area.height < 3 {
        if let Some(line) = step_in_a_line(pen, state, travel).filter(|_| area.width < WITH_TIME) {
            pen.line(area, &line);
            return;
        }
        let title = title(pen, state, travel);
        let used = pieces_width(&title).min(area.width);
        pen.line(area, &title);
        return draw_bar(pen, state, travel, right_of(area, used + 1));
    }
    let meaning = match travel.is_replaying() && state.projections.failure.is_none() {
        true => replaying(travel, area.width),
        false => {
            meaning(travel.at, past::skipped(state, (travel.space_id, None), Some(travel.at)), area.width)
        }
    };
    let foot = vec![piece(meaning, Role::Past)];
    let note = note(state, travel);
    let title = title(pen, state, travel);
    let inner = Frame { title, note, foot, ..Frame::default() }.draw(pen, area);
    let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    let height = bars(body.height) + 1;
    draw_bar(pen, state, travel, Rect { height: height.min(inner.height), ..inner });
    draw_step(pen, state, travel, below(inner, height));
}

/// Says that the projections on screen are still those of another sequence.
fn replaying(travel: &Travel, room: u16) -> String {
    let to = grouped(travel.at.0);
    match travel.shown.map(|shown| grouped(shown.0)) {
        Some(shown) => fitting(
            [
                format!(
                    "replaying the events up to {to}; the projections below are still those of sequence {shown}"
                ),
                format!("replaying to {to}; still shown: {shown}"),
                format!("replaying to {to}"),
            ],
            room,
        ),
        None => fitting([format!("replaying the events up to {to}"), format!("replaying to {to}")], room),
    }
}

/// Returns the first text for which there is room, or the last one.
fn fitting<const N: usize>(texts: [String; N], room: u16) -> String {
    let fits = texts.iter().position(|text| width(text) + 6 <= room).unwrap_or(N.saturating_sub(1));
    texts.into_iter().nth(fits).unwrap_or_default()
}

/// Says what the past is: in full, if there is room.
fn meaning(at: SpaceSequence, skipped: Option<SkipSummary<'_>>, room: u16) -> String {
    let events = counted(at.0, "event", "events");
    if let Some(skipped) = skipped.map(|skipped| grouped(skipped.count)) {
        let texts = [
            format!(
                "{events} with today's code, {skipped} skipped because they cannot be applied; historic lag is not reproduced"
            ),
            format!("{events} with today's code, {skipped} skipped; no historic lag"),
            format!("{events}, {skipped} skipped"),
        ];
        return fitting(texts, room);
    }
    let texts = [
        format!(
            "every projection over exactly {events} with today's code; historic lag and skipped events are not reproduced"
        ),
        format!("exactly {events} with today's code; historic lag is not reproduced"),
        format!("{events}, today's code"),
    ];
    fitting(texts, room)
}

fn title(pen: &Pen<'_>, state: &ConsoleState, travel: &Travel) -> Vec<Piece<'static>> {
    let [at, last] = [travel.at, last(state)].map(|sequence| grouped(sequence.0));
    let mut title = vec![
        piece(format!("{} The past", pen.glyphs().past), Role::Past),
        piece(format!("  {at} of {last}"), Role::Strong),
    ];
    let step = travel.step.as_ref().filter(|step| step.event.space_sequence == travel.at);
    title.extend(
        step.map(|step| piece(format!("  {}", state.moments.exact(step.event.timestamp)), Role::Text)),
    );
    title
}

fn note(state: &ConsoleState, travel: &Travel) -> Vec<Piece<'static>> {
    let mut note = Vec::new();
    if let Some(mark) = travel.mark {
        note.push(piece(format!("mark at {}  ", grouped(mark.0)), Role::Accent));
    }
    if travel.is_spilled {
        note.push(piece("partly in a temporary file  ", Role::Muted));
    }
    let speed = counted(travel.play.speed(), "event", "events");
    let text = if travel.play.is_playing { format!("playing {speed}/s") } else { format!("{speed}/s") };
    let role = if travel.play.is_playing { Role::Past } else { Role::Muted };
    if state.size.width >= 60 {
        note.push(piece(text, role));
    }
    note
}

/// Returns the step with its effect in one line.
fn step_in_a_line(pen: &Pen<'_>, state: &ConsoleState, travel: &Travel) -> Option<Vec<Piece<'static>>> {
    let step = travel.step.as_ref().filter(|step| step.event.space_sequence == travel.at)?;
    let [at, last] = [travel.at, last(state)].map(|sequence| grouped(sequence.0));
    let keys = travel.diff.keys.len() + travel.diff.more;
    let effect = match &step.outcome {
        EventOutcome::Applied => piece(format!("  {}", counted(keys as u64, "key", "keys")), Role::Text),
        EventOutcome::UnknownType => piece("  unknown type", Role::Muted),
        EventOutcome::Skipped { .. } => piece(format!("  {} skipped", pen.glyphs().failed), Role::Danger),
    };
    Some(vec![
        piece(format!("{} ", pen.glyphs().past), Role::Past),
        piece(format!("{at} of {last}"), Role::Strong),
        effect,
        piece(format!("  {}", step.event.event_type), Role::Strong),
        piece(format!("  {}", step.event.entity_id), Role::Key),
    ])
}

/// Draws the histogram, and a line below it with the days and the playhead. In one row, only the line.
fn draw_bar(pen: &mut Pen<'_>, state: &ConsoleState, travel: &Travel, area: Rect) {
    let Some(activity) = &travel.bar.activity else { return };
    let Some(scale) = Scale::new(activity, last(state), area) else { return };
    pen.spot(area, Spot::Timeline);
    let head = scale.cell_of(travel.at);
    let bars = Rect { height: area.height - 1, ..area };
    if !bars.is_empty() {
        draw_columns(pen, bars, &scale.heights(), Role::Muted);
        if travel.at > SpaceSequence::START {
            pen.wash(Rect { width: head + 1, ..bars }, Role::Elapsed);
        }
    }
    let line = row(area, area.height - 1);
    let horizontal = pen.glyphs().lines.horizontal;
    (line.left()..line.right()).for_each(|x| pen.glyph(x, line.y, horizontal, Role::Border));
    let marks =
        [Some(head), travel.mark.map(|mark| scale.cell_of(mark))].map(|cell| cell.map(|cell| line.x + cell));
    draw_days(pen, state, &scale, line, &marks);
    if let Some(mark) = travel.mark {
        pen.glyph(line.x + scale.cell_of(mark), line.y, pen.glyphs().mark, Role::Past);
    }
    pen.glyph(line.x + head, line.y, pen.glyphs().playhead, Role::Past);
}

/// Draws the first cell of each day, with its date and time zone as far as there is room beside the marks.
fn draw_days(pen: &mut Pen<'_>, state: &ConsoleState, scale: &Scale<'_>, line: Rect, marks: &[Option<u16>]) {
    let (mut day, mut free) = (None, 0);
    for (cell, time) in scale.starts() {
        let next = Some(state.moments.day(time));
        if day == next {
            continue;
        }
        day = next;
        // The label of the day before covers it.
        if cell < free {
            continue;
        }
        pen.glyph(line.x.saturating_add(cell), line.y, pen.glyphs().day, Role::Muted);
        let text = state.moments.day_line(time);
        let without_zone = text.split(' ').next().unwrap_or_default();
        let short = state.moments.short_day(time);
        let x = line.x.saturating_add(cell + 1);
        let fits = |text: &&str| {
            let right = x.saturating_add(width(text) + 1);
            right <= line.right() && !marks.iter().flatten().any(|mark| (x..right).contains(mark))
        };
        if let Some(text) = [text.as_str(), without_zone, &short].into_iter().find(fits) {
            let label = Rect { x, width: width(text) + 1, ..line };
            pen.text(label, text, Role::Muted);
            free = cell.saturating_add(label.width + 2);
        }
    }
}

/// Draws the event at the playhead, and its changes as far as there is room.
fn draw_step(pen: &mut Pen<'_>, state: &ConsoleState, travel: &Travel, area: Rect) {
    let step = travel.step.as_ref().filter(|step| step.event.space_sequence == travel.at);
    let Some(EventChanges { event, outcome, .. }) = step else {
        let text = match state.projections.window.pending {
            Some(_) => "replaying…",
            None if travel.at == SpaceSequence::START => "before the first event",
            None => "",
        };
        pen.text(area, text, Role::Muted);
        return;
    };
    if area.height == 0 {
        return;
    }
    let mut head = vec![
        piece(grouped(event.space_sequence.0), Role::Number),
        piece(format!("  {}", event.event_type), Role::Strong),
        piece(format!("  {}", event.entity_id), Role::Key),
    ];
    let keys = travel.diff.keys.len() + travel.diff.more;
    head.push(match outcome {
        EventOutcome::Applied => {
            piece(format!("  {}", counted(keys as u64, "key changed", "keys changed")), Role::Muted)
        }
        EventOutcome::UnknownType => piece("  no projection handles this type", Role::Muted),
        EventOutcome::Skipped { reason, damaged, .. } => {
            let what = if *damaged { "damaged, skipped" } else { "skipped" };
            piece(format!("  {} {what}: {reason}", pen.glyphs().failed), Role::Danger)
        }
    });
    pen.line(row(area, 0), &head);
    let lines = travel.diff.lines(pen.glyphs(), area.width.saturating_sub(2));
    let room = usize::from(area.height - 1);
    for (index, line) in (1..area.height).zip(&lines) {
        pen.line(right_of(row(area, index), 2), &line.pieces);
    }
    if lines.len() > room && room > 0 {
        let more = format!("{} ", counted((lines.len() - room) as u64, "more line", "more lines"));
        pen.text_right(row(area, area.height - 1), &more, Role::Muted);
    }
}
