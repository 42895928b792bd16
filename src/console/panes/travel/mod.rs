//! Time travel: the panes show a space as of a sequence, and steps move through its events.

pub(crate) mod bar;
mod play;
pub(crate) mod point;
mod update;
pub(crate) mod view;

use crate::console::app::action::Section::View;
use crate::console::app::action::{Action, Rank, Spec};
use crate::console::app::availability::{Availability, available_if};
use crate::console::app::context::KeyContext;
use crate::console::app::state::{ConsoleState, RequestId};
use crate::console::app::trail::ListPlace;
use crate::console::app::window::{Load, Row, Select, Window};
use crate::console::panes::detail::{self, Subject};
use crate::console::panes::events::EventsPane;
use crate::console::panes::projections::ProjectionsPane;
use crate::console::panes::{Pane, spaces};
use crate::console::widgets::diff::{Diff, DiffKind};
use crate::event::SpaceSequence;
use crate::operations::EventChanges;
use crate::space::SpaceId;

pub use bar::TravelBar;
pub use play::Play;
pub(crate) use play::tick;
pub(crate) use update::{check, drag_to, leave, loaded, open, return_to_now, seek, show};

/// The number of events of a long step.
const LONG_STEP: u64 = 100;

/// The actions of time travel.
pub(crate) const ACTIONS: &[Spec] = &[
    Spec {
        action: Action::TimeTravel,
        section: View,
        title: "time travel",
        brief: "past",
        description: "Show the space as it was: from the selected event on, or from its last one",
        keys: &["t"],
        contexts: KeyContext::is_main_pane,
        hint: Some(Rank::Order),
        enabled: can_start,
        run: |state, _| update::start(state),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::TimeTravel,
        section: View,
        title: "time travel",
        brief: "past",
        description: "Show the space as it was: from this event on, or from its last one",
        keys: &["t"],
        contexts: |here| here == KeyContext::Detail,
        hint: Some(Rank::AfterBack),
        applies: is_of_space,
        enabled: can_start,
        run: |state, _| update::start(state),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::TimeTravel,
        section: View,
        title: "time travel",
        brief: "past",
        description: "Show the space as it was, from its last event on",
        keys: &["t"],
        contexts: |here| here == KeyContext::Spaces,
        hint: Some(Rank::InSpaces),
        enabled: can_start,
        run: |state, _| update::start(state),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::StepForward,
        section: View,
        title: "step",
        description: "Go to the next event",
        keys: &["right"],
        hint: Some(Rank::Main),
        enabled: has_later,
        run: |state, _| update::step(state, 1),
        ..IN_THE_PAST
    },
    Spec {
        action: Action::StepBack,
        section: View,
        title: "step back",
        description: "Go back by one event",
        keys: &["left"],
        hint: Some(Rank::Main),
        enabled: has_earlier,
        run: |state, _| update::step(state, -1),
        ..IN_THE_PAST
    },
    Spec {
        action: Action::LongStepForward,
        section: View,
        title: "long step",
        description: "Go forward by a hundred events",
        keys: &["shift-right", "}"],
        enabled: has_later,
        run: |state, _| update::step(state, LONG_STEP.cast_signed()),
        ..IN_THE_PAST
    },
    Spec {
        action: Action::LongStepBack,
        section: View,
        title: "long step back",
        description: "Go back by a hundred events",
        keys: &["shift-left", "{"],
        enabled: has_earlier,
        run: |state, _| update::step(state, -LONG_STEP.cast_signed()),
        ..IN_THE_PAST
    },
    Spec {
        action: Action::FirstEvent,
        section: View,
        title: "first event",
        description: "Go to before the first event",
        keys: &["home"],
        enabled: has_earlier,
        run: |state, _| seek(state, SpaceSequence::START),
        ..IN_THE_PAST
    },
    Spec {
        action: Action::LastEvent,
        section: View,
        title: "last event",
        description: "Go to the last event",
        keys: &["end"],
        enabled: has_later,
        run: |state, _| {
            let last = last(state);
            seek(state, last);
        },
        ..IN_THE_PAST
    },
    Spec {
        action: Action::MarkPoint,
        section: View,
        title: "mark",
        description: "Mark this point of the past, to compare it with another",
        keys: &["m"],
        contexts: KeyContext::is_main_pane,
        hint: Some(Rank::Second),
        applies: has_no_mark,
        run: |state, _| update::mark(state),
        ..IN_THE_PAST
    },
    Spec {
        action: Action::Compare,
        section: View,
        title: "compare",
        description: "Show what differs between the marked point of the past and this one",
        keys: &["m"],
        contexts: KeyContext::is_main_pane,
        hint: Some(Rank::Second),
        applies: has_mark,
        enabled: is_elsewhere,
        run: |state, _| update::compare(state),
        ..IN_THE_PAST
    },
    Spec {
        action: Action::RemoveMark,
        section: View,
        title: "remove mark",
        description: "Remove the mark from the past",
        keys: &["M"],
        contexts: KeyContext::is_main_pane,
        applies: has_mark,
        run: |state, _| {
            if let Some(travel) = &mut state.travel {
                travel.mark = None;
            }
        },
        ..IN_THE_PAST
    },
    Spec {
        action: Action::Play,
        section: View,
        title: "play",
        description: "Play the events like a film, or pause",
        keys: &["space"],
        hint: Some(Rank::Second),
        run: |state, _| play::toggle(state),
        ..IN_THE_PAST
    },
    Spec {
        action: Action::PlayFaster,
        section: View,
        title: "faster",
        description: "Play faster",
        keys: &[")"],
        run: |state, _| play::change_speed(state, 1),
        ..IN_THE_PAST
    },
    Spec {
        action: Action::PlaySlower,
        section: View,
        title: "slower",
        description: "Play slower",
        keys: &["("],
        run: |state, _| play::change_speed(state, -1),
        ..IN_THE_PAST
    },
];

/// The rest of a row of an action that needs the past.
const IN_THE_PAST: Spec = Spec { contexts: KeyContext::is_pane, applies: is_travelling, ..Spec::ALWAYS };

/// A journey through the past of a space.
#[derive(Debug, Clone)]
pub struct Travel {
    /// The space.
    pub space_id: SpaceId,
    /// The last event of which the effects are shown; 0 is before the first one.
    pub at: SpaceSequence,
    /// The last event of which the projections on screen have the effects, with its changes.
    pub step: Option<EventChanges>,
    /// The changes of the step, to be drawn.
    pub diff: Diff,
    /// The sequence as of which the projections on screen are; none before they are read.
    pub shown: Option<SpaceSequence>,
    /// True if a part of the past is in a temporary file.
    pub is_spilled: bool,
    /// The marked point, with which others are compared.
    pub mark: Option<SpaceSequence>,
    /// The histogram of the events.
    pub bar: TravelBar,
    /// The film.
    pub play: Play,
    /// The search for the events at typed times.
    pub(super) finding: Option<Finding>,
    /// The key to which a link is being followed: the request, the projection and the key.
    pub(crate) following: Option<(RequestId, String, String)>,
    /// The point at which it began.
    pub(super) began_at: SpaceSequence,
    /// The panes as they were before.
    now: Now,
}

/// A search for the events at typed times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Finding {
    /// The request.
    pub request: RequestId,
    /// True if the journey began for it, and ends if there are none.
    pub is_new: bool,
}

/// The panes as they were when the journey began.
#[derive(Debug, Clone)]
struct Now {
    focus: Pane,
    main: Pane,
    events: EventsPane,
    projections: ProjectionsPane,
}

impl Travel {
    /// Begins a journey at a sequence. The panes will be as they are now when it ends.
    pub(crate) fn new(state: &ConsoleState, space_id: SpaceId, at: SpaceSequence) -> Self {
        let now = Now {
            focus: state.focus,
            main: state.main,
            events: state.events.clone(),
            projections: state.projections.clone(),
        };
        Self {
            space_id,
            at,
            step: None,
            diff: Diff::default(),
            shown: None,
            is_spilled: false,
            mark: None,
            bar: TravelBar::default(),
            play: Play::default(),
            finding: None,
            following: None,
            began_at: at,
            now,
        }
    }

    /// Returns the journey to be continued later, without rows that can be read again.
    pub(crate) fn kept(&self) -> Self {
        let mut kept = self.clone();
        (kept.step, kept.diff, kept.shown) = (None, Diff::default(), None);
        (kept.finding, kept.following) = (None, None);
        kept.play.is_playing = false;
        kept.erase();
        kept
    }

    /// Drops the values that it keeps for the return to now. They are read again then.
    fn erase(&mut self) {
        let Now { events, projections, .. } = &mut self.now;
        events.window = without_rows(&events.window, (Load::End, Select::Last));
        projections.window = without_rows(&projections.window, (Load::Start, Select::First));
    }

    /// Returns true if it shows nothing but the point at which it began.
    pub(super) fn is_unmoved(&self) -> bool {
        self.at == self.began_at && self.mark.is_none()
    }

    /// Returns true while the projections on screen are those of another sequence, or none yet.
    pub(crate) fn is_replaying(&self) -> bool {
        self.shown != Some(self.at)
    }

    /// Returns how the last step changed a key of a projection, if it did.
    pub(crate) fn change_of(&self, projection: &str, key: &str) -> Option<DiffKind> {
        let found = self.diff.keys.iter().find(|diff| diff.projection == projection && diff.key == key);
        found.map(|diff| diff.kind)
    }

    /// Returns the filters of the panes before the journey: that of the pane, if it has one.
    pub(crate) fn filter_before(&self, pane: Pane) -> &str {
        match pane {
            Pane::Events => self.now.events.filter.as_str(),
            Pane::Projections => self.now.projections.filter.as_str(),
            Pane::Spaces | Pane::Checkpoints | Pane::Jobs => "",
        }
    }
}

/// Returns a window that will read the rows around the same selection, or those of `load` if nothing is selected.
fn without_rows<R: Row>(window: &Window<R>, (load, select): (Load<R::Key>, Select<R::Key>)) -> Window<R> {
    let mut without = Window::default();
    ListPlace::of(window).restore(&mut without, load, select);
    without
}

/// Drops the values that a journey keeps, which may have been erased.
pub(crate) fn erase(state: &mut ConsoleState) {
    state.travel.iter_mut().for_each(Travel::erase);
}

/// Returns true if the panes show the past.
pub(crate) fn is_travelling(state: &ConsoleState) -> bool {
    state.travel.is_some()
}

/// Returns true if the panes show the present.
pub(crate) fn is_now(state: &ConsoleState) -> bool {
    state.travel.is_none()
}

/// Returns the reason if the panes show the past, which cannot be changed.
pub(crate) fn check_now(state: &ConsoleState) -> Availability {
    available_if(is_now(state), "this is the past, which cannot be changed; `{key:back}` returns to now")
}

/// Returns the reason if the panes show the past, of which no list is exported.
pub(crate) fn check_export(state: &ConsoleState) -> Availability {
    available_if(
        is_now(state),
        "only lists of the present are exported; `{key:copy-command}` copies the command that prints this one",
    )
}

/// Returns the last sequence of the space whose past is shown.
pub(crate) fn last(state: &ConsoleState) -> SpaceSequence {
    let space = state.travel.as_ref().and_then(|travel| state.spaces.get(travel.space_id));
    space.map_or(SpaceSequence::START, |space| space.head.last_sequence)
}

/// Returns true if the selected row is an event or a key, unlike a job or an operation.
fn is_of_space(state: &ConsoleState) -> bool {
    matches!(detail::subject(state), Some(Subject::Event(_) | Subject::Entry { .. }))
}

/// Returns the reason if the space has no past to be shown.
pub(crate) fn can_travel(state: &ConsoleState) -> Availability {
    let space = spaces::space(state)?;
    spaces::is_open(state, space)?;
    spaces::with_past(state, space)?;
    available_if(space.head.last_sequence > SpaceSequence::START, "the space has no events yet")
}

/// Returns the reason if there is no past to be shown, or if it is on screen.
fn can_start(state: &ConsoleState) -> Availability {
    can_travel(state)?;
    let is_uncovered = state.layers.is_empty() && state.focus.is_main();
    let shown = state.travel.as_ref().filter(|_| is_uncovered).map(|travel| (travel.space_id, travel.at));
    available_if(shown.is_none() || shown != update::target(state), "this point of the past is on screen")
}

fn has_mark(state: &ConsoleState) -> bool {
    state.travel.as_ref().is_some_and(|travel| travel.mark.is_some())
}

fn has_no_mark(state: &ConsoleState) -> bool {
    state.travel.as_ref().is_some_and(|travel| travel.mark.is_none())
}

fn is_elsewhere(state: &ConsoleState) -> Availability {
    let is_marked = state.travel.as_ref().is_some_and(|travel| travel.mark == Some(travel.at));
    available_if(!is_marked, "this is the marked point; go to another one first")
}

fn has_later(state: &ConsoleState) -> Availability {
    let at = state.travel.as_ref().map(|travel| travel.at);
    available_if(at < Some(last(state)), "this is the last event")
}

fn has_earlier(state: &ConsoleState) -> Availability {
    let at = state.travel.as_ref().map(|travel| travel.at);
    available_if(at > Some(SpaceSequence::START), "this is before the first event")
}
