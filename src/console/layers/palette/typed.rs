//! Typed commands: a word and its argument, such as `rebuild crm_acme`.

use crate::console::app::action::{Action, Spec};
use crate::console::app::context::{KeyContext, of_pane};
use crate::console::app::effect::Effects;
use crate::console::app::input::perform;
use crate::console::app::link::{self, LinkTarget};
use crate::console::app::state::ConsoleState;
use crate::console::app::table::table;
use crate::console::app::trail;
use crate::console::layers::help;
use crate::console::layers::palette::actions::in_pane;
use crate::console::layers::palette::go;
use crate::console::layers::palette::thing::{Thing, ThingKind};
use crate::console::layers::prompt::{self, EventPlace};
use crate::console::layers::trace;
use crate::console::panes::{Filter, Pane, detail, events, spaces, travel};
use crate::console::theme::ThemeName;
use crate::event::EventId;
use crate::query::Query;
use crate::space::SpaceId;

/// A typed command.
pub(super) struct TypedCommand {
    /// Its word.
    pub word: &'static str,
    /// The kind of its argument.
    pub argument: Argument,
    /// Its effect.
    pub effect: TypedEffect,
}

/// The kind of an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Argument {
    /// None.
    None,
    /// A thing of this kind.
    Thing(ThingKind),
    /// A space, and a command of its app.
    Command,
    /// A number of an event, or a time.
    Position,
    /// The id of an event.
    Event,
    /// Two numbers of events, or times.
    Points,
    /// A filter of the focused list.
    Filter,
    /// The name of a theme.
    Theme,
    /// A text to find in the help.
    Help,
    /// The path of a database.
    File,
}

/// The effect of a typed command.
pub(super) enum TypedEffect {
    /// Performs an action, on the space that the argument names.
    Action(Action),
    /// Does something else with the argument.
    Run {
        /// The effect in one sentence.
        description: &'static str,
        /// Does it, or returns the reason why not.
        run: Run,
    },
}

type Run = fn(&mut ConsoleState, Given<'_>, &mut Effects) -> Result<(), String>;

/// The argument of a typed command, and the thing that it names.
#[derive(Clone, Copy)]
pub(super) struct Given<'a> {
    pub text: &'a str,
    pub thing: Option<&'a Thing>,
}

const fn on_space(word: &'static str, action: Action) -> TypedCommand {
    let argument = Argument::Thing(ThingKind::Space);
    TypedCommand { word, argument, effect: TypedEffect::Action(action) }
}

/// The word of the command that opens another file.
pub(super) const OPEN: &str = "open";

/// The word of the command that traces an event.
pub(super) const TRACE: &str = "trace";

/// Every typed command.
pub(super) const COMMANDS: &[TypedCommand] = &[
    on_space("rebuild", Action::Rebuild),
    on_space("catch-up", Action::CatchUp),
    on_space("verify", Action::Verify),
    TypedCommand {
        word: "run",
        argument: Argument::Command,
        effect: TypedEffect::Action(Action::NewCommand),
    },
    TypedCommand {
        word: "release-check",
        argument: Argument::None,
        effect: TypedEffect::Action(Action::ReleaseCheck),
    },
    on_space("export", Action::Export),
    on_space("fork", Action::Fork),
    on_space("redact", Action::Redact),
    on_space("delete", Action::Delete),
    TypedCommand {
        word: "space",
        argument: Argument::Thing(ThingKind::Space),
        effect: TypedEffect::Run { description: "Select a space", run: visit },
    },
    TypedCommand {
        word: "events",
        argument: Argument::Thing(ThingKind::Space),
        effect: TypedEffect::Run { description: "Show the events of a space", run: show_events },
    },
    TypedCommand {
        word: "projections",
        argument: Argument::Thing(ThingKind::Space),
        effect: TypedEffect::Run { description: "Show the projections of a space", run: show_projections },
    },
    TypedCommand {
        word: "event",
        argument: Argument::Position,
        effect: TypedEffect::Run {
            description: "Open the event with this id, or go to the first one at this time",
            run: go_to_event,
        },
    },
    TypedCommand {
        word: "sequence",
        argument: Argument::Position,
        effect: TypedEffect::Run {
            description: "Go to the event with this sequence in the space, or at this time",
            run: go_to_sequence,
        },
    },
    TypedCommand {
        word: TRACE,
        argument: Argument::Event,
        effect: TypedEffect::Run {
            description: "Show the causes and effects of the event with this id",
            run: show_trace,
        },
    },
    TypedCommand {
        word: "at",
        argument: Argument::Position,
        effect: TypedEffect::Run {
            description: "Show the space as of the event with this number, or as of this time",
            run: travel_to,
        },
    },
    TypedCommand {
        word: "compare",
        argument: Argument::Points,
        effect: TypedEffect::Run {
            description: "Show what differs between two points of the past, such as 20 40",
            run: compare,
        },
    },
    TypedCommand {
        word: "entity",
        argument: Argument::Thing(ThingKind::Entity),
        effect: TypedEffect::Run { description: "List the events of an entity", run: visit },
    },
    TypedCommand {
        word: "key",
        argument: Argument::Thing(ThingKind::Key),
        effect: TypedEffect::Run { description: "Go to a key of the projection", run: visit },
    },
    TypedCommand {
        word: "filter",
        argument: Argument::Filter,
        effect: TypedEffect::Run { description: "Show only matches in the list", run: filter },
    },
    TypedCommand {
        word: "theme",
        argument: Argument::Theme,
        effect: TypedEffect::Run { description: "Change the colours until the program ends", run: set_theme },
    },
    TypedCommand {
        word: "help",
        argument: Argument::Help,
        effect: TypedEffect::Run { description: "Look a word up in the help", run: look_up },
    },
    TypedCommand { word: OPEN, argument: Argument::File, effect: TypedEffect::Action(Action::OpenFile) },
    TypedCommand {
        word: "cause",
        argument: Argument::None,
        effect: TypedEffect::Run {
            description: "Go to the event that caused the selected one",
            run: go_to_cause,
        },
    },
    TypedCommand { word: "q", argument: Argument::None, effect: TypedEffect::Action(Action::Quit) },
];

/// Returns the command with this word.
pub(super) fn command(word: &str) -> Option<&'static TypedCommand> {
    COMMANDS.iter().find(|command| command.word == word)
}

impl TypedCommand {
    /// Returns its effect in one sentence.
    pub fn description(&self) -> &'static str {
        match &self.effect {
            TypedEffect::Action(action) => row(*action).map_or("", |spec| spec.description),
            TypedEffect::Run { description, .. } => description,
        }
    }

    /// Returns its word with a placeholder for the argument: `rebuild SPACE`.
    pub fn pattern(&self) -> String {
        let argument = match self.argument {
            Argument::None => return self.word.to_owned(),
            Argument::Thing(kind) => kind.title(),
            Argument::Command => "space [command]",
            Argument::Position => "number or time",
            Argument::Event => "id",
            Argument::Points => "from to",
            Argument::Filter => "text",
            Argument::Theme => "name",
            Argument::Help => "word",
            Argument::File => "path",
        };
        format!("{} {}", self.word, argument.to_uppercase())
    }

    /// Returns the reason why it cannot run on a thing.
    pub fn refusal(&self, state: &mut ConsoleState, thing: &Thing) -> Option<String> {
        let (TypedEffect::Action(action), Thing::Space { space_id, .. }) = (&self.effect, thing) else {
            return None;
        };
        let spec = row(*action)?;
        let selected = state.spaces.selected.replace(*space_id);
        let availability = in_pane(state, UNMARKED, |state| (spec.enabled)(state));
        state.spaces.selected = selected;
        availability.err().map(|reason| reason.text(&state.settings.keys))
    }

    /// Runs it with its argument, while the palette itself is closed.
    ///
    /// # Errors
    /// Returns the reason if nothing was done.
    pub fn run(
        &self,
        state: &mut ConsoleState,
        given: Given<'_>,
        effects: &mut Effects,
    ) -> Result<(), String> {
        match (&self.effect, given.thing) {
            (TypedEffect::Run { run, .. }, _) => run(state, given, effects),
            (TypedEffect::Action(action), Some(Thing::Space { space_id, .. })) => {
                run_on(state, *space_id, *action, effects);
                Ok(())
            }
            (TypedEffect::Action(action), _) => {
                if let Some(spec) = row(*action) {
                    perform(state, spec, effects);
                }
                Ok(())
            }
        }
    }
}

/// A pane in which actions apply to the selected space, whatever is marked.
const UNMARKED: Pane = Pane::Events;

/// Returns the row of an action in the panes.
fn row(action: Action) -> Option<&'static Spec> {
    let here: KeyContext = of_pane(UNMARKED);
    table().find(|spec| spec.action == action && (spec.contexts)(here))
}

/// Selects a space and performs an action on it alone.
fn run_on(state: &mut ConsoleState, space_id: SpaceId, action: Action, effects: &mut Effects) {
    let Some(spec) = row(action) else { return };
    state.layers.clear();
    spaces::select_space(state, space_id);
    let focus = std::mem::replace(&mut state.focus, UNMARKED);
    perform(state, spec, effects);
    state.focus = focus;
}

fn visit(state: &mut ConsoleState, given: Given<'_>, _: &mut Effects) -> Result<(), String> {
    match given.thing {
        Some(thing) => {
            go::show(state, thing);
            Ok(())
        }
        None => Err(format!("there is no {}", given.text)),
    }
}

/// Shows the events of a space, whatever the pane.
fn show_events(state: &mut ConsoleState, given: Given<'_>, effects: &mut Effects) -> Result<(), String> {
    visit(state, given, effects)?;
    if let Some(Thing::Space { space_id, .. }) = given.thing {
        events::show_newest(state, *space_id);
    }
    Ok(())
}

/// Shows the projections of a space, whatever the pane.
fn show_projections(state: &mut ConsoleState, given: Given<'_>, effects: &mut Effects) -> Result<(), String> {
    visit(state, given, effects)?;
    state.focus(Pane::Projections);
    Ok(())
}

fn go_to_cause(state: &mut ConsoleState, _: Given<'_>, effects: &mut Effects) -> Result<(), String> {
    match detail::subject(state).as_ref().and_then(detail::cause) {
        Some(_) => {
            detail::go_to_cause(state, effects);
            Ok(())
        }
        None => Err("no event is selected that another one has caused".to_owned()),
    }
}

fn go_to_event(state: &mut ConsoleState, given: Given<'_>, effects: &mut Effects) -> Result<(), String> {
    match prompt::place(state, given.text).map_err(|error| error.message)? {
        EventPlace::Number(id) => link::follow(state, LinkTarget::Event(EventId(id)), effects),
        EventPlace::Time(_) => return go_to_sequence(state, given, effects),
    }
    Ok(())
}

fn go_to_sequence(state: &mut ConsoleState, given: Given<'_>, effects: &mut Effects) -> Result<(), String> {
    let place = prompt::place(state, given.text).map_err(|error| error.message)?;
    trail::keep(state);
    state.layers.clear();
    state.focus(Pane::Events);
    prompt::jump(state, place, effects);
    Ok(())
}

/// Returns the id of an event that is typed in digits.
pub(super) fn event_id(text: &str) -> Result<EventId, String> {
    let digits: String = text.chars().filter(|c| !matches!(c, ',' | '_' | ' ')).collect();
    digits.parse().map(EventId).map_err(|_| "not the id of an event: a number such as 92".to_owned())
}

fn show_trace(state: &mut ConsoleState, given: Given<'_>, _: &mut Effects) -> Result<(), String> {
    trace::show(state, event_id(given.text)?);
    Ok(())
}

fn compare(state: &mut ConsoleState, given: Given<'_>, effects: &mut Effects) -> Result<(), String> {
    let points: Vec<&str> = given.text.split_whitespace().collect();
    match points.as_slice() {
        [one, other] => travel_to(state, Given { text: &format!("{one}..{other}"), thing: None }, effects),
        _ => Err("name two points, such as 20 40".to_owned()),
    }
}

fn travel_to(state: &mut ConsoleState, given: Given<'_>, effects: &mut Effects) -> Result<(), String> {
    travel::can_travel(state).map_err(|reason| reason.text(&state.settings.keys))?;
    let Some(space_id) = state.spaces.selected else { return Ok(()) };
    let is_new = travel::is_now(state);
    travel::open(state, space_id);
    match travel::point::go_to(state, (given.text, is_new), effects) {
        Ok(_) => Ok(()),
        Err(error) => {
            if is_new {
                travel::leave(state);
            }
            Err(error.message)
        }
    }
}

fn filter(state: &mut ConsoleState, given: Given<'_>, _: &mut Effects) -> Result<(), String> {
    // Only events have the fields that a query names.
    let names_fields = given.text.parse().is_ok_and(|query: Query| query.names_fields());
    let pane = if names_fields { Pane::Events } else { state.focus };
    prompt::check_filter(state, pane, given.text)?;
    state.layers.clear();
    state.focus(pane);
    let text = prompt::zoned(state, pane, given.text.trim());
    prompt::set_filter(state, pane, Filter(text));
    Ok(())
}

fn set_theme(state: &mut ConsoleState, given: Given<'_>, _: &mut Effects) -> Result<(), String> {
    match ThemeName::named(given.text.trim()) {
        Some(name) => {
            state.theme_name = name;
            state.theme_adapts = false;
            Ok(())
        }
        None => Err(format!("there is no theme {}", given.text)),
    }
}

fn look_up(state: &mut ConsoleState, given: Given<'_>, _: &mut Effects) -> Result<(), String> {
    help::open(state, given.text.trim());
    Ok(())
}
