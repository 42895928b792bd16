//! The screen of the statistics: numbers at the left, and beside them a chart in which each column is the same period.

use ratatui::layout::Rect;

use crate::console::app::pointer::region::Spot;
use crate::console::app::state::ConsoleState;
use crate::console::app::view::failed;
use crate::console::layers::boxed;
use crate::console::panes::spaces::Samples;
use crate::console::panes::view::now;
use crate::console::theme::Role;
use crate::console::widgets::bar::{self, Scroll};
use crate::console::widgets::frame::{Frame, Placeholder};
use crate::console::widgets::pen::{Pen, Piece, piece, right_of, row, width};
use crate::console::widgets::text::fit;
use crate::operations::{ActivityUnit, ActivityWindow, ProjectionStatus, SpaceStats};
use crate::text::{bytes, counted, grouped, rounded_percent, span};

use super::Statistics;
use super::line::{Line, lines};
use super::place::Places;

pub(super) fn draw(pen: &mut Pen<'_>, state: &ConsoleState, shown: &Statistics, body: Rect) {
    let places = Places::of(state, body);
    let name = state.space_name(shown.space_id);
    let title =
        [piece("Statistics of ", Role::Title), piece(name, Role::Title)].into_iter().chain(now(state));
    let title = title.collect();
    let note = shown.window().map(|window| piece(format!("by {}", window.unit.as_str()), Role::Muted));
    let note: Vec<Piece<'_>> = note.into_iter().collect();
    let inner = boxed(pen, state, places.frame, Frame { title, note, ..Frame::default() });
    if let Some(failure) = &shown.failure {
        return failed(pen, inner, failure);
    }
    let Some(stats) = &shown.stats else {
        return Placeholder { text: "Counting events…", role: Role::Text, next: None }.draw(pen, inner);
    };
    numbers(pen, state, stats, places.numbers);
    if let (Some(window), Some(selected)) = (shown.window(), shown.selected_period()) {
        let drawing = Drawing { state, stats, places, window, selected };
        drawing.chart(pen);
        drawing.period(pen);
    }
    let all = lines(state, shown);
    let height = usize::from(places.lines.height);
    let top = shown.top.min(all.len().saturating_sub(height));
    for (line, index) in all.iter().skip(top).take(height).zip(0..) {
        draw_line(pen, (state, shown, stats), places, (*line, row(places.lines, index)));
    }
    let [first, on_screen, total] = [top, height, all.len()].map(|number| number as u64);
    let bar = Rect { width: inner.width.saturating_add(1), ..places.lines };
    Scroll { first, shown: on_screen, total }.draw(pen, bar);
}

/// Draws the counters beside the chart.
fn numbers(pen: &mut Pen<'_>, state: &ConsoleState, stats: &SpaceStats, area: Rect) {
    let keys: u64 = stats.projections.iter().map(|projection| projection.keys).sum();
    let last = stats.last_event_at.map_or_else(|| "none".to_owned(), |at| state.moments.brief_with_zone(at));
    let rows = [
        ("events", grouped(stats.events)),
        ("last hour", grouped(stats.recent.last_hour)),
        ("last day", grouped(stats.recent.last_day)),
        ("last week", grouped(stats.recent.last_week)),
        ("last event", last),
        ("payload", bytes(stats.payload_bytes)),
        ("keys", grouped(keys)),
    ];
    for ((name, number), index) in rows.iter().zip(0..area.height) {
        number_line(pen, row(area, index), (name, Role::Muted), (number, Role::Text));
    }
}

/// Draws a name at the left and a number at the right of a line.
fn number_line(
    pen: &mut Pen<'_>,
    line: Rect,
    (name, of_name): (&str, Role),
    (number, of_number): (&str, Role),
) {
    let used = pen.text_right(line, number, of_number);
    let room = Rect { width: line.width.saturating_sub(used + 1), ..line };
    pen.line(room, &fit(vec![piece(name, of_name)], room.width, pen.glyphs().ellipsis));
}

/// The chart of a window, with a selected period.
struct Drawing<'a> {
    state: &'a ConsoleState,
    stats: &'a SpaceStats,
    places: Places,
    window: ActivityWindow,
    selected: usize,
}

impl Drawing<'_> {
    fn chart(&self, pen: &mut Pen<'_>) {
        let Some(activity) = &self.stats.activity else { return };
        let Self { places, window, .. } = self;
        columns(pen, *places, places.chart, &activity.counts, Role::Bar);
        for period in 0..window.periods {
            if let Some(place) = column_of(*places, places.chart, window.periods, period) {
                pen.spot(place, Spot::Row(period));
                if period == self.selected {
                    pen.wash(place, Role::Selection);
                }
            }
        }
        let first =
            column_of(*places, places.times, window.periods, 0).map_or(places.times.x, |place| place.x);
        times_below(pen, self.state, window, (places.times, first.saturating_sub(places.times.x)));
    }

    /// Draws the exact numbers of the selected period.
    fn period(&self, pen: &mut Pen<'_>) {
        let count = self.stats.activity.as_ref().and_then(|activity| activity.counts.get(self.selected));
        let count = count.copied().unwrap_or(0);
        let zone = self.state.moments.zone(self.window.start(self.selected));
        let mut pieces = vec![
            piece(
                format!("{} {zone}, {}: ", self.start(self.selected), self.window.unit.as_str()),
                Role::Muted,
            ),
            piece(counted(count, "event", "events"), Role::Strong),
        ];
        let about = if self.stats.types.exact { "" } else { "~" };
        let of_types = self.stats.types.counts.iter().filter_map(|of_type| {
            let count = of_type.by_period.get(self.selected).copied().filter(|count| *count > 0)?;
            Some((count, &of_type.event_type))
        });
        for (count, event_type) in of_types.take(8) {
            pieces.push(piece(format!("  {about}{} ", grouped(count)), Role::Text));
            pieces.push(piece(event_type, Role::Muted));
        }
        pen.line(self.places.period, &pieces);
    }

    fn start(&self, period: usize) -> String {
        let is_day = matches!(self.window.unit, ActivityUnit::Day | ActivityUnit::Week);
        self.state.moments.period(self.window.start(period), is_day)
    }
}

/// Draws the start of the first period below its column, which begins `offset` cells from the left, and that of the last one at
/// the right.
fn times_below(
    pen: &mut Pen<'_>,
    state: &ConsoleState,
    window: &ActivityWindow,
    (line, offset): (Rect, u16),
) {
    let is_day = matches!(window.unit, ActivityUnit::Day | ActivityUnit::Week);
    let last = window.start(window.periods.saturating_sub(1));
    let [since, until] = state.moments.ends([window.since, last], is_day, line.width);
    let room = line.width.saturating_sub(width(&until) + 2);
    if window.periods > 1 {
        pen.text(right_of(line, offset.min(room.saturating_sub(width(&since)))), &since, Role::Muted);
    }
    pen.text_right(line, &until, Role::Muted);
}

/// Returns the columns of a period in an area, if they are on screen. The last period is at the right.
fn column_of(places: Places, area: Rect, periods: usize, period: usize) -> Option<Rect> {
    let each = places.columns_per_period(periods);
    let from_right = u16::try_from(periods.checked_sub(period)?).ok()?.checked_mul(each)?;
    let x = area.right().checked_sub(from_right).filter(|x| *x >= area.x)?;
    Some(Rect { x, width: each.saturating_sub(u16::from(each > 2)), ..area })
}

/// Draws a count for each period, as high as its share of the largest.
fn columns(pen: &mut Pen<'_>, places: Places, area: Rect, counts: &[u64], role: Role) {
    let each = places.columns_per_period(counts.len());
    let gap = usize::from(each > 2);
    let wide = counts.iter().flat_map(|count| {
        let filled = usize::from(each) - gap;
        std::iter::repeat_n(*count, filled).chain(std::iter::repeat_n(0, gap))
    });
    bar::draw_columns(pen, area, &wide.collect::<Vec<u64>>(), role);
}

fn draw_line(
    pen: &mut Pen<'_>,
    (state, shown, stats): (&ConsoleState, &Statistics, &SpaceStats),
    places: Places,
    (line, area): (Line, Rect),
) {
    let [left, right] = places.split(area);
    let about = if stats.types.exact { "" } else { "~" };
    match line {
        Line::Blank => {}
        Line::Types => heading(pen, left, "type", "events"),
        Line::Type(place) => {
            let Some(count) = stats.types.counts.get(place) else { return };
            let share = format!("{:>3} %", rounded_percent(count.events, stats.events));
            let number = format!("{about}{} {share}", grouped(count.events));
            number_line(pen, left, (&count.event_type, Role::Text), (&number, Role::Text));
            columns(pen, places, right, &count.by_period, Role::Muted);
        }
        Line::OtherTypes => {
            let number = format!("{about}{}", grouped(stats.types.other));
            number_line(pen, left, ("further types", Role::Muted), (&number, Role::Muted));
        }
        Line::Estimated => {
            let text = format!("~ estimated from {} events", grouped(stats.types.read));
            pen.text(area, &text, Role::Muted);
        }
        Line::Lags => {
            heading(pen, left, "projection", "lag");
            pen.text(right, "since the console was started", Role::Heading);
        }
        Line::Lag(place) => lag(pen, (state, shown), place, [left, right]),
        Line::Rebuild => {
            if let Some(samples) = state.spaces.lags.rebuild(shown.space_id) {
                let left_over = format!("{} left", grouped(samples.last()));
                number_line(pen, left, ("rebuild", Role::Text), (&left_over, Role::Text));
                samples_over_time(pen, right, samples);
            }
        }
        Line::Prefixes => heading(pen, left, "keys by prefix", "keys"),
        Line::Prefix(projection, place) => {
            let Some(projection) = stats.projections.get(projection) else { return };
            let Some(count) = projection.counts.get(place) else { return };
            let prefix =
                count.prefix.as_ref().map_or_else(|| "no prefix".to_owned(), |text| format!("{text}:"));
            let name = if stats.projections.len() > 1 {
                format!("{} {prefix}", projection.projection)
            } else {
                prefix
            };
            let at_least = if count.exact { "" } else { ">= " };
            let number = format!("{at_least}{}", grouped(count.keys));
            number_line(pen, left, (&name, Role::Key), (&number, Role::Text));
            bar::draw_line(pen, right, count.keys, projection.keys.max(1), Role::Bar);
        }
        Line::Uncounted(projection) => {
            let uncounted = stats.projections.get(projection).map_or(0, |projection| projection.uncounted);
            number_line(pen, left, ("not counted", Role::Muted), (&grouped(uncounted), Role::Muted));
        }
    }
}

fn heading(pen: &mut Pen<'_>, line: Rect, name: &str, number: &str) {
    number_line(pen, line, (name, Role::Heading), (number, Role::Heading));
}

/// Draws the lag of a projection, and its course.
fn lag(
    pen: &mut Pen<'_>,
    (state, shown): (&ConsoleState, &Statistics),
    place: usize,
    [left, right]: [Rect; 2],
) {
    let Some(space) = state.spaces.get(shown.space_id) else { return };
    let Some(projection) = space.projections.get(place) else { return };
    let lag = projection.lag(&space.head);
    let (number, role) = match projection.status {
        ProjectionStatus::Ahead => ("ahead".to_owned(), Role::Danger),
        _ if lag == 0 => ("0".to_owned(), Role::Muted),
        _ => (grouped(lag), Role::Warning),
    };
    number_line(pen, left, (&projection.name, Role::Text), (&number, role));
    match state.spaces.lags.of(shown.space_id, &projection.name) {
        Some(samples) if samples.have_changed() => samples_over_time(pen, right, samples),
        _ => drop(pen.text(right, "no change", Role::Muted)),
    }
}

/// Draws samples as columns, with the time that they took.
fn samples_over_time(pen: &mut Pen<'_>, area: Rect, samples: &Samples) {
    let text = format!("in {}", span(samples.millis()));
    let used = pen.text_right(area, &text, Role::Muted);
    let area = Rect { width: area.width.saturating_sub(used + 2), ..area };
    bar::draw_columns(pen, area, &samples.columns(area.width), Role::Behind);
}
