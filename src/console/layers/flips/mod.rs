//! The events at which a condition on a key began or ceased to hold, in place of the main list.

mod view;

use std::sync::Arc;

use ratatui::layout::{Position, Rect};

use crate::console::app::command_line::Commands;
use crate::console::app::context::KeyContext;
use crate::console::app::effect::Effects;
use crate::console::app::message::Answer;
use crate::console::app::motion::RowWindow;
use crate::console::app::past::{Ask, PastCommand, PastQuery};
use crate::console::app::state::{ConsoleState, ErrorText, RequestId};
use crate::console::app::trail::ListPlace;
use crate::console::app::update::{Changed, apply_page};
use crate::console::app::window::{Load, Pending, Row, Select, Slice, Widths, Window};
use crate::console::layers::key_history::KeyHistory;
use crate::console::layers::{Layer, Place};
use crate::console::panes::detail::{KeyPlace, Subject};
use crate::console::panes::events::ShownEvent;
use crate::console::widgets::excerpt::{Excerpt, ExcerptContext};
use crate::console::widgets::moment::{Day, Moments};
use crate::console::widgets::pen::{Pen, width};
use crate::event::SpaceSequence;
use crate::json::Json;
use crate::query::ValueQuery;
use crate::shell::CommandLine;
use crate::space::SpaceId;
use crate::text::visible;

/// The events at which a condition on a key flipped.
#[derive(Debug, Clone)]
pub struct FlipList {
    /// The key, with its space and projection.
    pub place: KeyPlace,
    /// The condition as typed.
    pub text: String,
    /// The condition.
    pub condition: ValueQuery,
    /// The flips, oldest first.
    pub window: Window<FlipRow>,
    /// The reason why they cannot be found.
    pub failure: Option<ErrorText>,
}

/// A flip as a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlipRow {
    /// The event.
    pub event: Arc<ShownEvent>,
    /// True if the condition holds after it.
    pub holds: bool,
    /// The value after it, on one line; nothing if the key was deleted.
    pub value: Option<Excerpt>,
    /// The day on which the event was appended.
    pub day: Day,
}

impl FlipRow {
    /// Returns a flip as a row.
    pub fn of(event: ShownEvent, holds: bool, value: Option<&Json>) -> Self {
        let value = value.map(|value| Excerpt::of(value.as_str(), ExcerptContext::default()));
        Self { event: Arc::new(event), holds, value, day: Day::default() }
    }
}

impl Row for FlipRow {
    type Key = SpaceSequence;

    fn key(&self) -> SpaceSequence {
        self.event.space_sequence
    }

    /// The widths of the type and the value.
    fn widths(&self) -> Widths {
        let value = self.value.as_ref().map_or(0, Excerpt::width);
        [width(&visible(&self.event.event_type)), value, 0, 0]
    }

    fn set_day(&mut self, moments: &Moments) {
        self.day = moments.day(self.event.timestamp);
    }

    fn day(&self) -> Day {
        self.day
    }
}

impl Layer for FlipList {
    fn context(&self) -> KeyContext {
        KeyContext::Flips
    }

    fn place(&self) -> Place {
        Place::List
    }

    fn commands(&self, state: &ConsoleState) -> Commands {
        let KeyPlace { space_id, projection, key, .. } = &self.place;
        let condition = format!("{key} {}", self.text);
        let line = CommandLine::of("bisect").name(&state.space_name(*space_id)).name(condition.trim_end());
        line.option("--projection", projection).into()
    }

    fn draw(&self, pen: &mut Pen<'_>, state: &ConsoleState, area: Rect, focused: bool) -> Option<Position> {
        view::draw(pen, state, self, area, focused);
        None
    }

    fn trail(&self) -> Option<String> {
        Some("since when".to_owned())
    }

    fn kept(&self) -> Option<Box<dyn Layer>> {
        let mut window = Window::default();
        ListPlace::of(&self.window).restore(&mut window, Load::Start, Select::First);
        let (place, text, condition) = (self.place.clone(), self.text.clone(), self.condition.clone());
        Some(Box::new(Self { place, text, condition, window, failure: None }))
    }

    fn selection(&self) -> Option<Subject> {
        self.window.selected_row().map(|row| Subject::Event(Arc::clone(&row.event)))
    }

    fn key_place(&self, _: &ConsoleState) -> Option<KeyPlace> {
        let at = self.window.selected;
        Some(KeyPlace { at, ..self.place.clone() })
    }

    fn asked(&self) -> Vec<RequestId> {
        self.window.pending.iter().map(|pending| pending.request).collect()
    }

    fn space_id(&self) -> Option<SpaceId> {
        Some(self.place.space_id)
    }

    fn is_at_last(&self) -> bool {
        self.window.is_at_last()
    }

    fn row_window(&mut self) -> Option<&mut dyn RowWindow> {
        Some(&mut self.window)
    }
}

/// Looks for the flips of a condition on the key whose history or flips are shown.
pub(crate) fn show(state: &mut ConsoleState, text: &str, condition: ValueQuery) {
    let Some(place) = place(state) else { return };
    state.layers.pop_as::<FlipList>();
    let mut window = Window::default();
    window.wish(Load::Start, Select::First);
    let text = text.trim().to_owned();
    state.layers.push(FlipList { place, text, condition, window, failure: None });
}

/// Returns the key whose history or flips are shown.
fn place(state: &ConsoleState) -> Option<KeyPlace> {
    if let Some(flips) = state.layers.top_as::<FlipList>() {
        return Some(flips.place.clone());
    }
    let KeyHistory { space_id, projection, key, .. } = state.layers.top_as()?;
    Some(KeyPlace { space_id: *space_id, projection: projection.clone(), key: key.clone(), at: None })
}

/// Returns the condition that was typed last, for another one on the same key.
pub(crate) fn typed_condition(state: &ConsoleState) -> String {
    state.layers.top_as::<FlipList>().map(|flips| flips.text.clone()).unwrap_or_default()
}

/// Looks for the flips again after a commit.
pub(crate) fn recheck(state: &mut ConsoleState) {
    state.layers.each_mut::<FlipList>().for_each(|flips| flips.window.refresh());
}

/// Requests the flips of open lists.
pub(crate) fn load(state: &mut ConsoleState, effects: &mut Effects) {
    for flips in state.layers.each_mut::<FlipList>() {
        // All flips are read at once, so only a wish asks for them.
        let Some(wish) = flips.window.wish.take() else { continue };
        state.last_request.0 += 1;
        let request = state.last_request;
        let pending = Pending { request, load: Load::Start, select: wish.select };
        let replaces = flips.window.pending.replace(pending).map(|replaced| replaced.request);
        flips.window.stale = false;
        let KeyPlace { space_id, projection, key, .. } = flips.place.clone();
        let ask = Ask::Bisect { projection, key, condition: flips.condition.clone() };
        effects.push(PastCommand::from(PastQuery { request, replaces, space_id, ask }));
    }
}

/// Applies the flips of a condition.
pub(crate) fn loaded(state: &mut ConsoleState, answer: Answer<Slice<FlipRow>, ErrorText>) -> Changed {
    let height = state.viewports.layer.into();
    let is_asked = |flips: &&mut FlipList| {
        flips.window.pending.as_ref().is_some_and(|pending| pending.request == answer.request)
    };
    let Some(flips) = state.layers.each_mut().find(is_asked) else { return Changed::No };
    let taken = apply_page(&mut flips.window, &mut flips.failure, answer, (height, &state.moments));
    if std::mem::take(&mut flips.window.stale) {
        flips.window.refresh();
    }
    taken
}
