//! The box of the subscriptions: a row for each, and below it the positions and parked events of the selected one.

use ratatui::layout::Rect;

use crate::console::app::layout::guide_rows;
use crate::console::app::remedy::worded;
use crate::console::app::state::ConsoleState;
use crate::console::app::view::failed;
use crate::console::layers::{boxed, middle};
use crate::console::panes::view::now;
use crate::console::theme::Role;
use crate::console::widgets::frame::{Frame, Placeholder};
use crate::console::widgets::pen::{Pen, Piece, below, piece, row as line};
use crate::console::widgets::table::{Column, Table, TableRow};
use crate::console::widgets::text::wrap;
use crate::delivery::SubscriptionState;
use crate::subscriptions::SpacePosition;
use crate::text::{counted, grouped};

use super::{SubscriptionRow, SubscriptionsView};

/// The width of the boxes.
pub(super) const WIDTH: u16 = 140;

const COLUMNS: [Column; 9] = [
    Column::text("name").growing().names().at_least(10),
    Column::text("spaces").names().at_most(20).rank(5),
    Column::text("status").rank(2),
    Column::number("lag").at_least(3),
    Column::number("per minute").rank(6),
    Column::number("failing").rank(4),
    Column::number("parked").rank(1),
    Column::text("last attempt").times().rank(7),
    Column::text("held by").at_most(24).rank(8),
];

const POSITIONS: [Column; 5] = [
    Column::text("space").names().at_least(10).at_most(24),
    Column::number("position"),
    Column::number("lag").at_least(3).rank(1),
    Column::number("failures").rank(2),
    Column::text("error").growing().at_least(8),
];

/// Returns the room above the guide, which may be about the subscriptions.
pub(super) fn above_guide(state: &ConsoleState, body: Rect) -> Rect {
    Rect { height: body.height.saturating_sub(guide_rows(state, body)), ..body }
}

pub(super) fn draw(pen: &mut Pen<'_>, state: &ConsoleState, shown: &SubscriptionsView, body: Rect) {
    let body = above_guide(state, body);
    let area = middle(body, WIDTH, body.height.saturating_sub(2));
    let mut title = vec![piece("Subscriptions", Role::Title)];
    title.extend(now(state));
    let count = shown.rows().len() as u64;
    let note = vec![piece(counted(count, "subscription", "subscriptions"), Role::Muted)];
    let inner = boxed(pen, state, area, Frame { title, note, ..Frame::default() });
    if let Some(failure) = &shown.failure {
        return failed(pen, inner, failure);
    }
    let Some(selected) = shown.selected_row() else {
        let (text, next) = match shown.rows {
            None => ("Loading subscriptions…", None),
            Some(_) => ("No subscriptions", Some("A program registers them with Store::subscribe")),
        };
        return Placeholder { text, role: Role::Text, next }.draw(pen, inner);
    };
    // The list takes up to half of the box.
    let wanted = u16::try_from(shown.rows().len()).unwrap_or(u16::MAX).saturating_add(1);
    let height = wanted.min((inner.height / 2).max(2)).min(inner.height);
    list(pen, state, shown, Rect { height, ..inner });
    details(pen, state, selected, below(inner, height));
}

fn list(pen: &mut Pen<'_>, state: &ConsoleState, shown: &SubscriptionsView, area: Rect) {
    let count = usize::from(area.height.saturating_sub(1));
    let place = shown.place();
    let first = (place + 1).saturating_sub(count);
    let rows = shown.rows().iter().enumerate().skip(first).take(count);
    let rows = rows
        .map(|(index, row)| TableRow { cells: cells(pen, state, row), selected: index == place })
        .collect();
    let zone = state.moments.zone_today();
    Table { columns: COLUMNS.to_vec(), rows, focused: true, first, zone, ..Table::default() }.draw(pen, area);
}

fn cells<'a>(pen: &Pen<'_>, state: &ConsoleState, row: &'a SubscriptionRow) -> Vec<Vec<Piece<'a>>> {
    let status = &row.status;
    let glyphs = pen.glyphs();
    let scope = status.space_id.map_or_else(|| "all".to_owned(), |space_id| state.space_name(space_id));
    let role = match status.status {
        SubscriptionState::Running => Role::Text,
        SubscriptionState::Idle => Role::Muted,
        SubscriptionState::Suspended => Role::Warning,
        SubscriptionState::Ahead => Role::Danger,
    };
    let alarming = |count: u64| match count {
        0 => piece("0", Role::Muted),
        _ => piece(format!("{} {}", glyphs.failed, grouped(count)), Role::Danger),
    };
    let lag = if status.lag.lag == 0 { Role::Muted } else { Role::Warning };
    let holder = status.holder.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string);
    let last = status.lag.last_attempt_at;
    let last = last.map_or_else(|| "never".to_owned(), |time| state.moments.brief(time));
    vec![
        vec![piece(status.subscription.as_str(), Role::Text)],
        vec![piece(scope, Role::Muted)],
        vec![piece(status.status.name(), role)],
        vec![piece(grouped(status.lag.lag), lag)],
        vec![piece(grouped(status.per_minute), Role::Muted)],
        vec![alarming(status.lag.failing_spaces)],
        vec![alarming(status.lag.parked)],
        vec![piece(last, Role::Muted)],
        vec![piece(holder, Role::Muted)],
    ]
}

/// Returns the lag in a space.
pub(super) fn lag_of(at: &SpacePosition) -> Piece<'static> {
    match at.lag() {
        _ if at.is_ahead() => piece("ahead", Role::Danger),
        0 => piece("0", Role::Muted),
        lag => piece(grouped(lag), Role::Warning),
    }
}

/// Draws the parked events with their errors, and the positions.
fn details(pen: &mut Pen<'_>, state: &ConsoleState, row: &SubscriptionRow, area: Rect) {
    let mut area = below(area, 1);
    if let Some(advice) = row.status.advice() {
        let lines = wrap(&worded(&advice, &state.settings.keys), area.width);
        for (text, index) in lines.iter().zip(0..) {
            pen.text(line(area, index), text, Role::Warning);
        }
        area = below(area, u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(1));
    }
    if !row.parked.is_empty() {
        pen.text(line(area, 0), "Parked events", Role::Heading);
        area = below(area, 1);
        for parked in row.parked.iter().take(usize::from(area.height / 2).max(1)) {
            let space = state.space_name(parked.space_id);
            let attempts = counted(parked.attempts.into(), "attempt", "attempts");
            let retry = if parked.retry { ", to be tried once more" } else { "" };
            let text = format!("{space} {}: {} ({attempts}{retry})", parked.space_sequence, parked.error);
            pen.text(line(area, 0), &text, Role::Danger);
            area = below(area, 1);
        }
        area = below(area, 1);
    }
    let cells = row.positions.iter().take(usize::from(area.height.saturating_sub(1))).map(|at| {
        vec![
            vec![piece(at.space_name.as_str(), Role::Text)],
            vec![piece(at.position.sequence.to_string(), Role::Text)],
            vec![lag_of(at)],
            vec![piece(at.position.failures.to_string(), Role::Muted)],
            vec![piece(at.position.error.as_deref().unwrap_or("-"), Role::Muted)],
        ]
    });
    let rows = cells.map(|cells| TableRow { cells, selected: false }).collect();
    Table { columns: POSITIONS.to_vec(), rows, ..Table::default() }.draw(pen, area);
}
