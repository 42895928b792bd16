//! The audit log, in place of the panes: what operators did to this database, latest entry first.

mod view;

use std::cmp::Reverse;
use std::sync::Arc;

use ratatui::layout::{Position, Rect};

use crate::audit::{AuditEntry, OperationId};
use crate::console::app::action::Action;
use crate::console::app::action::Section::{Move, View};
use crate::console::app::action::{Rank, Spec};
use crate::console::app::availability::Availability;
use crate::console::app::command_line::Commands;
use crate::console::app::context::{Contexts, KeyContext, LOOKS};
use crate::console::app::message::Answer;
use crate::console::app::motion::RowWindow;
use crate::console::app::shown_list::{ShownList, whole};
use crate::console::app::state::{ConsoleState, ErrorText, Level, RequestId};
use crate::console::app::update::Changed;
use crate::console::app::update::apply_page;
use crate::console::app::window::{Load, Row, Select, Slice, Widths, Window};
use crate::console::layers::{Layer, Place, close};
use crate::console::panes::Filter;
use crate::console::panes::detail::{Detail, Subject};
use crate::console::theme::Glyphs;
use crate::console::widgets::excerpt::{Excerpt, ExcerptContext};
use crate::console::widgets::moment::{Day, Moments};
use crate::console::widgets::pen::{Pen, pieces_width, width};
use crate::json::Json;
use crate::shell::CommandLine;
use crate::text::visible;

pub(crate) use crate::console::layers::audit::view::{detail, duration, outcome, space, who};

/// The actions of the audit log, and the one that opens it.
pub(crate) const ACTIONS: &[Spec] = &[
    Spec {
        action: Action::ToggleScope,
        section: View,
        title: "one space",
        description: "Show the entries of the selected space, or all entries",
        keys: &["a"],
        contexts: LOG,
        hint: Some(Rank::Scope),
        run: |state, _| toggle_space(state),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::AuditLog,
        section: View,
        title: "audit log",
        description: "Show what operators did to this database: who, when, what, and the result",
        keys: &["L"],
        contexts: LOOKS,
        hint: Some(Rank::AuditLog),
        run: |state, _| open(state),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::Back,
        section: Move,
        title: "close",
        description: "Clear the filter, or close the audit log",
        keys: &["esc"],
        also: &[Action::AuditLog, Action::Quit],
        contexts: LOG,
        hint: Some(Rank::Back),
        run: close,
        ..Spec::ALWAYS
    },
];

const LOG: Contexts = |here| here == KeyContext::AuditLog;

/// The audit log on screen.
#[derive(Debug, Clone, Default)]
pub struct AuditLogView {
    /// The name of the spaces shown, including deleted ones; all entries if absent.
    pub space_name: Option<String>,
    /// The text that entries must contain.
    pub filter: Filter,
    /// The loaded entries.
    pub window: Window<AuditRow>,
    /// The reason why they cannot be read.
    pub failure: Option<ErrorText>,
}

/// An entry as a row, ordered latest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// The entry.
    pub operation: Arc<AuditEntry>,
    /// The day on which the operation started.
    pub day: Day,
    /// The parameters on one line, without what the row already shows.
    pub parameters: Excerpt,
}

impl AuditRow {
    /// Returns an entry as a row.
    pub fn of(operation: AuditEntry) -> Self {
        let parameters = operation.parameters.as_ref().filter(|parameters| !parameters.is_empty());
        let parameters = parameters.and_then(|parameters| Json::from_serialize(parameters).ok());
        let name = operation.space_name.as_deref().unwrap_or_default();
        let context = ExcerptContext { shown: &[name], ..ExcerptContext::default() };
        let parameters = parameters.map(|json| Excerpt::of(json.as_str(), context)).unwrap_or_default();
        Self { operation: Arc::new(operation), day: Day::default(), parameters }
    }
}

impl Row for AuditRow {
    type Key = Reverse<OperationId>;

    fn key(&self) -> Self::Key {
        Reverse(self.operation.operation_id)
    }

    /// The widths of the operator, the action, the space, and the result with the parameters.
    fn widths(&self) -> Widths {
        let operation = &*self.operation;
        [
            pieces_width(&[view::who(&operation.operator)]),
            width(&visible(&operation.action)),
            pieces_width(&[view::space(operation)]),
            pieces_width(&view::result_of(self, u16::MAX, &Glyphs::UNICODE)),
        ]
    }

    fn set_day(&mut self, moments: &Moments) {
        self.day = moments.day(self.operation.started_at);
    }

    fn day(&self) -> Day {
        self.day
    }
}

impl AuditLogView {
    /// The audit log of everything, or of all spaces that have or had this name.
    fn of(space_name: Option<String>) -> Self {
        let mut window = Window::default();
        window.wish(Load::Start, Select::First);
        Self { space_name, filter: Filter::default(), window, failure: None }
    }

    /// Returns the selected entry.
    pub fn selected(&self) -> Option<&Arc<AuditEntry>> {
        self.window.selected_row().map(|row| &row.operation)
    }

    /// Reloads the entries, as an operation may have started or ended. If the latest entry is selected, the
    /// selection follows new entries; otherwise it stays.
    fn recheck(&mut self) {
        let on_latest = self.window.at_start && self.window.selected_index() == Some(0);
        if on_latest && self.window.pending.is_none() {
            self.window.wish(Load::Start, Select::First);
        } else {
            self.window.refresh();
        }
    }
}

impl Layer for AuditLogView {
    fn context(&self) -> KeyContext {
        KeyContext::AuditLog
    }

    fn place(&self) -> Place {
        Place::List
    }

    fn asked(&self) -> Vec<RequestId> {
        self.window.pending.iter().map(|pending| pending.request).collect()
    }

    fn commands(&self, _: &ConsoleState) -> Commands {
        let text = (!self.filter.is_empty()).then(|| self.filter.as_str());
        let line = CommandLine::of("log").option_if("--space", self.space_name.as_deref());
        line.option_if("--contains", text).flag("--reverse", true).into()
    }

    fn check_export(&self) -> Availability {
        Ok(())
    }

    fn exported(&self, _: &ConsoleState) -> Option<ShownList> {
        Some(ShownList::audit_log((self.space_name.as_deref(), &self.filter), whole(&self.window)))
    }

    fn draw(&self, pen: &mut Pen<'_>, state: &ConsoleState, area: Rect, focused: bool) -> Option<Position> {
        view::draw(pen, state, self, area, focused);
        None
    }

    fn takes_body(&self) -> bool {
        true
    }

    fn trail(&self) -> Option<String> {
        Some("audit log".to_owned())
    }

    fn kept(&self) -> Option<Box<dyn Layer>> {
        Some(Box::new(Self { filter: self.filter.clone(), ..Self::of(self.space_name.clone()) }))
    }

    fn filter(&self) -> Option<&Filter> {
        Some(&self.filter)
    }

    fn set_filter(&mut self, filter: Filter) {
        (self.filter, self.failure) = (filter, None);
        self.window.refilter(Load::Start, Select::First);
    }

    fn selection(&self) -> Option<Subject> {
        self.selected().map(|operation| Subject::Operation(Arc::clone(operation)))
    }

    fn is_at_last(&self) -> bool {
        self.window.is_at_last()
    }

    fn row_window(&mut self) -> Option<&mut dyn RowWindow> {
        Some(&mut self.window)
    }
}

/// Opens the audit log, or goes back to it if it is already open beneath.
fn open(state: &mut ConsoleState) {
    if !state.layers.return_to::<AuditLogView>() {
        state.layers.push(AuditLogView::of(None));
    }
}

/// Switches between the entries of the selected space and all entries.
fn toggle_space(state: &mut ConsoleState) {
    let selected = state.space().map(|found| found.space.space_name.clone());
    let Some(log) = state.layers.top_as_mut::<AuditLogView>() else { return };
    let wanted = match (&log.space_name, selected) {
        (Some(_), _) => None,
        (None, Some(name)) => Some(name),
        (None, None) => return state.say(Level::Warning, "there is no space yet, so all entries are shown"),
    };
    *log = AuditLogView { filter: log.filter.clone(), ..AuditLogView::of(wanted) };
}

/// Looks for entries that were added or finished.
pub(crate) fn recheck(state: &mut ConsoleState) {
    state.layers.each_mut().for_each(AuditLogView::recheck);
}

/// Shows a page of entries.
pub(crate) fn loaded(state: &mut ConsoleState, answer: Answer<Slice<AuditRow>, ErrorText>) -> Changed {
    let height = state.viewports.layer.into();
    let Some(log) = state.layers.each_mut::<AuditLogView>().next() else { return Changed::No };
    let changed = apply_page(&mut log.window, &mut log.failure, answer, (height, &state.moments));
    if changed == Changed::Yes {
        if std::mem::take(&mut log.window.stale) {
            log.recheck();
        }
        let entries: Vec<_> = log.window.rows.iter().map(|row| Arc::clone(&row.operation)).collect();
        refresh_details(state, &entries);
    }
    changed
}

/// Updates the open details of operations.
fn refresh_details(state: &mut ConsoleState, entries: &[Arc<AuditEntry>]) {
    for detail in state.layers.each_mut::<Detail>() {
        let Subject::Operation(operation) = &mut detail.subject else { continue };
        if let Some(now) = entries.iter().find(|entry| entry.operation_id == operation.operation_id) {
            *operation = Arc::clone(now);
        }
    }
}
