//! The statistics of a space: its events over time and by type, its keys by prefix, and the lag of its projections.

mod actions;
mod line;
mod place;
mod request;
mod view;

use std::sync::Arc;

use ratatui::layout::{Position, Rect};

use crate::clock::Timestamp;
use crate::console::app::availability::{Availability, available_if};
use crate::console::app::command_line::Commands;
use crate::console::app::context::KeyContext;
use crate::console::app::layout::Layout;
use crate::console::app::motion::Motion;
use crate::console::app::shown_list::ShownList;
use crate::console::app::state::{ConsoleState, ErrorText, RequestId};
use crate::console::layers::{Extent, Layer, LayerSize};
use crate::console::panes::detail::Subject;
use crate::console::widgets::pen::Pen;
use crate::operations::{ActivityUnit, ActivityWindow, SpaceStats};
use crate::shell::CommandLine;
use crate::space::SpaceId;

pub(crate) use actions::ACTIONS;
use place::Places;
use request::Key;
pub(crate) use request::{load, loaded};

/// The statistics on screen.
#[derive(Debug, Clone)]
pub struct Statistics {
    /// The space.
    pub space_id: SpaceId,
    /// The statistics as they were loaded last.
    pub stats: Option<Arc<SpaceStats>>,
    /// The reason why they cannot be read.
    pub failure: Option<ErrorText>,
    /// The length of a period; the shortest with which all events fit if `None`.
    unit: Option<ActivityUnit>,
    /// A time in the last period; that of the last event if `None`.
    until: Option<Timestamp>,
    /// True if the last period is that of the last event up to `until`.
    ends_with_event: bool,
    /// A time in the selected period; the last period if `None`.
    selected: Option<Timestamp>,
    /// The first line on screen below the chart.
    top: usize,
    of: Option<Key>,
    asked: Option<(RequestId, Key)>,
}

impl Statistics {
    fn new(space_id: SpaceId) -> Self {
        Self {
            space_id,
            stats: None,
            failure: None,
            unit: None,
            until: None,
            ends_with_event: false,
            selected: None,
            top: 0,
            of: None,
            asked: None,
        }
    }

    /// Returns the periods on screen.
    fn window(&self) -> Option<ActivityWindow> {
        Some(self.stats.as_ref()?.activity.as_ref()?.window())
    }

    /// Returns the index of the selected period.
    fn selected_period(&self) -> Option<usize> {
        let window = self.window()?;
        let last = window.periods.saturating_sub(1);
        let Some(selected) = self.selected else { return Some(last) };
        let periods = selected.0.saturating_sub(window.since.0).div_euclid(window.unit.millis());
        Some(usize::try_from(periods).unwrap_or(0).min(last))
    }

    /// Returns true if a step selects another period.
    fn has_period(&self, by: i64) -> bool {
        let selected = |shown: &Self| Some(shown.window()?.start(shown.selected_period()?));
        let mut stepped = self.clone();
        stepped.step(by);
        stepped.selected.is_some() && stepped.selected != selected(self)
    }

    /// Returns true if all events are shown, and the last period is selected.
    fn shows_all(&self) -> bool {
        let last = self.window().map(|window| window.periods.saturating_sub(1));
        self.unit.is_none() && self.until.is_none() && self.selected_period() == last
    }

    /// Selects an earlier or a later period. The periods on screen move along.
    fn step(&mut self, by: i64) {
        let (Some(window), Some(selected)) = (self.window(), self.selected_period()) else { return };
        let Some(stats) = &self.stats else { return };
        let (Some(first), Some(last)) = (stats.first_event_at, stats.last_event_at) else { return };
        let length = window.unit.millis();
        let start = |time: Timestamp| time.0.div_euclid(length).saturating_mul(length);
        let to = window.start(selected).0.saturating_add(by.saturating_mul(length));
        let to = to.clamp(start(first), start(last).max(start(first)));
        self.selected = Some(Timestamp(to));
        if to < window.since.0 || to >= window.end().0 {
            let half = i64::try_from(window.periods / 2).unwrap_or(0).saturating_mul(length);
            self.until = Some(Timestamp(to.saturating_add(half))).filter(|until| *until < last);
            self.ends_with_event = false;
        }
    }

    /// Changes the length of the periods. The selected one stays on screen; of its shorter ones, up to the last with events.
    fn zoom(&mut self, to: fn(ActivityUnit) -> Option<ActivityUnit>) {
        let (Some(window), Some(selected)) = (self.window(), self.selected_period()) else { return };
        let Some(unit) = to(window.unit) else { return };
        let last = self.stats.as_ref().and_then(|stats| stats.last_event_at);
        let end = Timestamp(window.start(selected + 1).0.saturating_sub(1));
        let counts =
            self.stats.as_ref().and_then(|stats| stats.activity.as_ref()).map(|activity| &activity.counts);
        let has_events = counts.and_then(|counts| counts.get(selected)).is_some_and(|count| *count > 0);
        self.ends_with_event = has_events && unit.millis() < window.unit.millis();
        self.unit = Some(unit);
        self.until = Some(end).filter(|end| last.is_none_or(|last| *end < last));
        self.selected = self.until.or(last);
    }

    /// Shows all events again.
    fn show_all(&mut self) {
        (self.unit, self.until, self.selected) = (None, None, None);
        self.ends_with_event = false;
    }
}

impl Layer for Statistics {
    fn context(&self) -> KeyContext {
        KeyContext::Statistics
    }

    fn kept(&self) -> Option<Box<dyn Layer>> {
        let (unit, until, selected, top) = (self.unit, self.until, self.selected, self.top);
        let ends_with_event = self.ends_with_event;
        Some(Box::new(Self { unit, until, ends_with_event, selected, top, ..Self::new(self.space_id) }))
    }

    fn asked(&self) -> Vec<RequestId> {
        self.asked.iter().map(|(request, _)| *request).collect()
    }

    fn commands(&self, state: &ConsoleState) -> Commands {
        let Some(space) = state.spaces.get(self.space_id) else { return Commands::default() };
        let line = CommandLine::of("stats").name(&space.space.space_name);
        let commands = Commands::from(line.option_if("--by", self.unit.map(ActivityUnit::as_str)));
        commands.without("the end of the chart", self.until.is_some())
    }

    fn check_export(&self) -> Availability {
        available_if(self.window().is_some(), "the space has no events")
    }

    fn exported(&self, state: &ConsoleState) -> Option<ShownList> {
        ShownList::activity(state, self.space_id, self.window()?)
    }

    fn draw(&self, pen: &mut Pen<'_>, state: &ConsoleState, body: Rect, _: bool) -> Option<Position> {
        view::draw(pen, state, self, body);
        None
    }

    fn trail(&self) -> Option<String> {
        Some("statistics".to_owned())
    }

    fn selection(&self) -> Option<Subject> {
        Some(Subject::Space(self.space_id))
    }

    fn space_id(&self) -> Option<SpaceId> {
        Some(self.space_id)
    }

    fn go(&mut self, motion: Motion, extent: Extent) {
        self.top = motion.scrolled(self.top, extent.lines, extent.height);
    }

    fn select(&mut self, row: usize, _: Extent) {
        self.selected = self.window().map(|window| window.start(row)).or(self.selected);
    }

    fn loses_nothing(&self) -> bool {
        true
    }

    fn reveal(&mut self, extent: Extent) {
        self.top = self.top.min(extent.lines.saturating_sub(extent.height));
    }

    fn length(&self, state: &ConsoleState) -> usize {
        line::lines(state, self).len()
    }

    fn size(&self, state: &ConsoleState, layout: &Layout) -> LayerSize {
        LayerSize::of_rows(Places::of(state, layout.body).lines.height)
    }
}
