//! Typed commands: a word and its argument, such as `rebuild crm_acme`.

mod effects;

use crate::console::app::action::{Action, Spec};
use crate::console::app::context::{KeyContext, of_pane};
use crate::console::app::effect::Effects;
use crate::console::app::input::perform;
use crate::console::app::state::ConsoleState;
use crate::console::app::table::table;
use crate::console::layers::palette::actions::in_pane;
use crate::console::layers::palette::thing::{Thing, ThingKind};
use crate::console::panes::{Pane, spaces};
use crate::space::SpaceId;

pub(super) use effects::event_id;

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

/// The name in place of a theme with which the background of the terminal decides.
pub(super) const AUTO: &str = "auto";

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
        effect: TypedEffect::Run { description: "Select a space", run: effects::visit },
    },
    TypedCommand {
        word: "events",
        argument: Argument::Thing(ThingKind::Space),
        effect: TypedEffect::Run { description: "Show the events of a space", run: effects::show_events },
    },
    TypedCommand {
        word: "projections",
        argument: Argument::Thing(ThingKind::Space),
        effect: TypedEffect::Run {
            description: "Show the projections of a space",
            run: effects::show_projections,
        },
    },
    TypedCommand {
        word: "event",
        argument: Argument::Position,
        effect: TypedEffect::Run {
            description: "Open the event with this id, or go to the first one at this time",
            run: effects::go_to_event,
        },
    },
    TypedCommand {
        word: "sequence",
        argument: Argument::Position,
        effect: TypedEffect::Run {
            description: "Go to the event with this sequence in the space, or at this time",
            run: effects::go_to_sequence,
        },
    },
    TypedCommand {
        word: TRACE,
        argument: Argument::Event,
        effect: TypedEffect::Run {
            description: "Show the causes and effects of the event with this id",
            run: effects::show_trace,
        },
    },
    TypedCommand {
        word: "at",
        argument: Argument::Position,
        effect: TypedEffect::Run {
            description: "Show the space as of the event with this number, or as of this time",
            run: effects::travel_to,
        },
    },
    TypedCommand {
        word: "compare",
        argument: Argument::Points,
        effect: TypedEffect::Run {
            description: "Show what differs between two points of the past, such as 20 40",
            run: effects::compare,
        },
    },
    TypedCommand {
        word: "entity",
        argument: Argument::Thing(ThingKind::Entity),
        effect: TypedEffect::Run { description: "List the events of an entity", run: effects::visit },
    },
    TypedCommand {
        word: "key",
        argument: Argument::Thing(ThingKind::Key),
        effect: TypedEffect::Run { description: "Go to a key of the projection", run: effects::visit },
    },
    TypedCommand {
        word: "filter",
        argument: Argument::Filter,
        effect: TypedEffect::Run { description: "Show only matches in the list", run: effects::filter },
    },
    TypedCommand {
        word: "theme",
        argument: Argument::Theme,
        effect: TypedEffect::Run {
            description: "Change the colours until the program ends",
            run: effects::set_theme,
        },
    },
    TypedCommand {
        word: "help",
        argument: Argument::Help,
        effect: TypedEffect::Run { description: "Look a word up in the help", run: effects::look_up },
    },
    TypedCommand { word: OPEN, argument: Argument::File, effect: TypedEffect::Action(Action::OpenFile) },
    TypedCommand {
        word: "cause",
        argument: Argument::None,
        effect: TypedEffect::Run {
            description: "Go to the event that caused the selected one",
            run: effects::go_to_cause,
        },
    },
    TypedCommand { word: "q", argument: Argument::None, effect: TypedEffect::Action(Action::Quit) },
];

/// Words of vi, each with the command that does the same.
const WORDS_OF_VI: [(&str, &str); 2] = [("e", OPEN), ("edit", OPEN)];

/// Returns the command with this word, or with the word that it has in vi.
pub(super) fn command(word: &str) -> Option<&'static TypedCommand> {
    let in_vi = WORDS_OF_VI.iter().find(|(other, _)| *other == word);
    let word = in_vi.map_or(word, |(_, word)| *word);
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

    /// Returns the reason why it cannot run on any space, such as a database that is open read-only.
    pub fn refusal_everywhere(&self, state: &mut ConsoleState) -> Option<String> {
        let TypedEffect::Action(action) = &self.effect else { return None };
        let spec = row(*action)?;
        let (here, everywhere) =
            in_pane(state, UNMARKED, |state| ((spec.enabled)(state).err(), spaces::writable(state).err()));
        here.filter(|reason| everywhere.as_ref() == Some(reason))
            .map(|reason| reason.text(&state.settings.keys))
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

/// Performs an action on a space alone. The question or the form that it opens knows its space, so the user stays where
/// they are.
fn run_on(state: &mut ConsoleState, space_id: SpaceId, action: Action, effects: &mut Effects) {
    let Some(spec) = row(action) else { return };
    let selected = state.spaces.selected.replace(space_id);
    let focus = std::mem::replace(&mut state.focus, UNMARKED);
    let below = std::mem::take(&mut state.layers);
    perform(state, spec, effects);
    let opened = std::mem::replace(&mut state.layers, below);
    state.layers.append(opened);
    (state.focus, state.spaces.selected) = (focus, selected);
}
