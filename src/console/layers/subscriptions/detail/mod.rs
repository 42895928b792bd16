//! One subscription: its state, its parked events, and its position in every space.

mod lines;

use ratatui::layout::{Position, Rect};

use crate::console::app::command_line::Commands;
use crate::console::app::context::KeyContext;
use crate::console::app::layout::Layout;
use crate::console::app::motion::Motion;
use crate::console::app::pointer::region::Spot;
use crate::console::app::remedy::worded;
use crate::console::app::state::ConsoleState;
use crate::console::layers::{Extent, Layer, LayerSize, boxed, middle};
use crate::console::panes::view::now;
use crate::console::theme::Role;
use crate::console::widgets::frame::{Frame, Placeholder, inside};
use crate::console::widgets::pen::{Pen, Piece, below, piece, right_of, row as line};
use crate::console::widgets::table::{Column, Table, TableRow, mark};
use crate::shell::CommandLine;
use crate::space::SpaceId;
use crate::subscriptions::SpacePosition;
use crate::text::{counted, grouped};

use lines::Lines;

use super::view::{WIDTH, above_guide, lag_of};
use super::{SubscriptionRow, SubscriptionsView};

const COLUMNS: [Column; 6] = [
    Column::text("space").names().at_least(10).at_most(30),
    Column::number("position").at_least(8),
    Column::number("last sequence").at_least(13).rank(2),
    Column::number("lag").at_least(3).rank(1),
    Column::number("failures").at_least(8).rank(3),
    Column::text("error").growing().at_least(8),
];

/// The facts above the list, where there is room for all of them.
const FACTS: u16 = 7;
/// The lines that the list gets before all facts are shown.
const LEAST_LIST: u16 = 8;
/// The width of the names of facts.
const LABEL: u16 = 14;

/// A subscription that is open.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SubscriptionDetail {
    /// Its name.
    pub name: String,
    /// The lines below the facts.
    lines: Lines,
}

impl SubscriptionDetail {
    /// Opens a subscription at its first line.
    pub(super) fn new(row: &SubscriptionRow) -> Self {
        let mut opened = Self { name: row.status.subscription.clone(), lines: Lines::default() };
        opened.lines.update(row);
        opened
    }

    /// Shows the subscription as it was loaded. The selection stays on its space.
    pub(super) fn update(&mut self, rows: &[SubscriptionRow]) {
        if let Some(row) = self.of(rows) {
            self.lines.update(row);
        }
    }

    /// Returns the subscription among those that are loaded, unless it was removed.
    pub(super) fn of<'a>(&self, rows: &'a [SubscriptionRow]) -> Option<&'a SubscriptionRow> {
        rows.iter().find(|row| row.status.subscription == self.name)
    }

    /// Returns the space of the selected line.
    pub fn space_id(&self) -> Option<SpaceId> {
        self.lines.space_id()
    }

    fn row<'a>(&self, state: &'a ConsoleState) -> Option<&'a SubscriptionRow> {
        self.of(state.layers.find::<SubscriptionsView>()?.rows())
    }
}

impl Layer for SubscriptionDetail {
    fn context(&self) -> KeyContext {
        KeyContext::Subscriptions
    }

    fn commands(&self, _: &ConsoleState) -> Commands {
        CommandLine::of("subscriptions show").name(&self.name).into()
    }

    fn draw(&self, pen: &mut Pen<'_>, state: &ConsoleState, body: Rect, _: bool) -> Option<Position> {
        let (row, body) = (self.row(state), above_guide(state, body));
        let mut title =
            vec![piece("Subscription", Role::Title), piece(format!("  {}", self.name), Role::Strong)];
        title.extend(now(state));
        let note = row.map(|row| counted(row.status.lag.spaces, "space", "spaces")).unwrap_or_default();
        let note = vec![piece(note, Role::Muted)];
        let inner = boxed(pen, state, area(body), Frame { title, note, ..Frame::default() });
        let Some(row) = row else {
            let text = "This subscription was removed";
            Placeholder { text, role: Role::Text, next: None }.draw(pen, inner);
            return None;
        };
        let facts = facts_in(inner.height);
        for (index, (label, pieces)) in (0..facts).zip(facts_of(state, row)) {
            pen.text(line(inner, index), label, Role::Muted);
            pen.line(right_of(line(inner, index), LABEL), &pieces);
        }
        let top = self.lines.top(list_height(body).into());
        self.list(pen, state, row, top, below(inner, facts + u16::from(facts > 0)));
        None
    }

    fn go(&mut self, motion: Motion, extent: Extent) {
        self.lines.go(motion, extent.height);
    }

    fn select(&mut self, row: usize, _: Extent) {
        self.lines.select(row);
    }

    fn reveal(&mut self, extent: Extent) {
        self.lines.reveal(extent.height);
    }

    fn length(&self, _: &ConsoleState) -> usize {
        self.lines.height()
    }

    fn size(&self, state: &ConsoleState, layout: &Layout) -> LayerSize {
        LayerSize::of_rows(list_height(above_guide(state, layout.body)))
    }
}

fn area(body: Rect) -> Rect {
    middle(body, WIDTH, body.height.saturating_sub(2))
}

/// Returns the number of facts shown in a box of this height.
fn facts_in(height: u16) -> u16 {
    height.saturating_sub(LEAST_LIST).min(FACTS)
}

/// Returns the lines of the list, without the headings.
fn list_height(body: Rect) -> u16 {
    let height = inside(area(body)).height;
    let facts = facts_in(height);
    height.saturating_sub(facts + u16::from(facts > 0) + 1)
}

fn facts_of<'a>(state: &ConsoleState, row: &'a SubscriptionRow) -> Vec<(&'static str, Vec<Piece<'a>>)> {
    let (status, lag) = (&row.status, &row.status.lag);
    let scope =
        status.space_id.map_or_else(|| "all spaces".to_owned(), |space_id| state.space_name(space_id));
    let query = if status.query.is_empty() { "all events".to_owned() } else { status.query.clone() };
    let holder = status.holder.as_ref().map_or_else(|| "no process".to_owned(), ToString::to_string);
    let until = status.leased_until.map(|until| format!("  until {}", state.moments.date_and_time(until)));
    let last = match lag.last_attempt_at {
        None => "never".to_owned(),
        Some(time) => state.moments.exact(time),
    };
    let delivered = format!(
        "{}, {} per minute",
        counted(status.delivered, "event", "events"),
        grouped(status.per_minute)
    );
    let behind = format!(
        "{} in {}",
        counted(lag.lag, "event", "events"),
        counted(lag.lagging_spaces, "space", "spaces")
    );
    let role = if lag.lag == 0 { Role::Text } else { Role::Warning };
    vec![
        (
            "status",
            vec![
                piece(status.status.name(), Role::Text),
                match status.advice() {
                    Some(advice) => {
                        piece(format!("  {}", worded(&advice, &state.settings.keys)), Role::Warning)
                    }
                    None => piece(format!("  on error: {}", status.on_error), Role::Muted),
                },
            ],
        ),
        ("held by", vec![piece(holder, Role::Text), piece(until.unwrap_or_default(), Role::Muted)]),
        (
            "receives",
            vec![
                piece(query, Role::Text),
                piece(format!("  of {scope}, start: {}", status.start), Role::Muted),
            ],
        ),
        ("delivered", vec![piece(delivered, Role::Text)]),
        ("last attempt", vec![piece(last, Role::Text)]),
        ("lag", vec![piece(behind, role)]),
        ("failing", vec![piece(counted(lag.failing_spaces, "space", "spaces"), Role::Text)]),
    ]
}

impl SubscriptionDetail {
    /// Draws the parked events and the positions from line `top` on.
    fn list(
        &self,
        pen: &mut Pen<'_>,
        state: &ConsoleState,
        row: &SubscriptionRow,
        top: usize,
        mut area: Rect,
    ) {
        let parked = self.lines.parked_height();
        for place in top..parked.max(top) {
            if area.height == 0 {
                return;
            }
            match place.checked_sub(1) {
                None => {
                    pen.text(line(area, 0), "Parked events", Role::Heading);
                }
                Some(index) => self.parked(pen, state, row, index, line(area, 0)),
            }
            area = below(area, 1);
        }
        self.positions(pen, row, top.saturating_sub(parked), area);
    }

    fn parked(
        &self,
        pen: &mut Pen<'_>,
        state: &ConsoleState,
        row: &SubscriptionRow,
        index: usize,
        area: Rect,
    ) {
        let Some(event) = row.parked.get(index) else { return };
        let space = state.space_name(event.space_id);
        let attempts = counted(event.attempts.into(), "attempt", "attempts");
        let retry = if event.retry { ", to be tried once more" } else { "" };
        let text = format!("{space} {}: {} ({attempts}{retry})", event.space_sequence, event.error);
        pen.text(right_of(area, 1), &text, Role::Danger);
        pen.spot(area, Spot::Row(index));
        mark(pen, area, self.lines.is_selected(index), true);
    }

    /// Draws the positions from this one on.
    fn positions(&self, pen: &mut Pen<'_>, row: &SubscriptionRow, first: usize, area: Rect) {
        let parked = row.parked.len();
        let shown = usize::from(area.height.saturating_sub(1));
        let rows = row.positions.iter().enumerate().skip(first).take(shown);
        let rows: Vec<TableRow<'_>> = rows
            .map(|(index, at)| TableRow {
                cells: cells(at),
                selected: self.lines.is_selected(parked + index),
            })
            .collect();
        let end = below(area, u16::try_from(rows.len() + 1).unwrap_or(u16::MAX).min(area.height));
        let table = Table { columns: COLUMNS.to_vec(), rows, focused: true, ..Table::default() };
        Table { first: parked + first, ..table }.draw(pen, area);
        if self.lines.is_cut() && end.height > 0 {
            let (shown, all) = (row.positions.len() as u64, row.status.lag.spaces);
            let text = format!("the first {} of {}", grouped(shown), counted(all, "space", "spaces"));
            pen.text(line(end, 0), &text, Role::Muted);
        }
    }
}

fn cells(at: &SpacePosition) -> Vec<Vec<Piece<'_>>> {
    let failures = if at.position.failures == 0 { Role::Muted } else { Role::Danger };
    vec![
        vec![piece(at.space_name.as_str(), Role::Text)],
        vec![piece(at.position.sequence.to_string(), Role::Text)],
        vec![piece(at.last_sequence.to_string(), Role::Muted)],
        vec![lag_of(at)],
        vec![piece(at.position.failures.to_string(), failures)],
        vec![piece(at.position.error.as_deref().unwrap_or("-"), Role::Muted)],
    ]
}
