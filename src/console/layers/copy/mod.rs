//! Copying: the menu of the parts of the selected item, each with the key that copies it.

pub mod parts;

use ratatui::layout::{Position, Rect};

use crate::console::app::action::Action;
use crate::console::app::action::Section::View;
use crate::console::app::action::{Rank, Spec};
use crate::console::app::availability::Availability;
use crate::console::app::context::{Contexts, KeyContext};
use crate::console::app::effect::Effects;
use crate::console::app::keymap::key_of;
use crate::console::app::layout::Layout;
use crate::console::app::pointer::region::Spot;
use crate::console::app::state::{ConsoleState, Level};
use crate::console::app::{clipboard, command_line};
use crate::console::layers::copy::parts::{CopyPart, parts};
use crate::console::layers::{Layer, LayerSize, Run, back_action, boxed, middle};
use crate::console::panes::detail::{Detail, selected};
use crate::console::theme::Role;
use crate::console::widgets::frame::Frame;
use crate::console::widgets::pen::{Pen, below, piece, right_of, row, width};
use crate::text::visible;

/// The actions of the menu, and the one that opens it.
pub(crate) const ACTIONS: &[Spec] = &[
    Spec {
        action: Action::Copy,
        section: View,
        title: "copy",
        description: "Copy a part of the selected row, or the value under the cursor, to the clipboard",
        keys: &["y"],
        contexts: KeyContext::is_screen,
        hint: Some(Rank::Copy),
        enabled: can_copy,
        run: |state, _| open(state),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::Accept,
        section: View,
        title: "copy",
        description: "Copy the first part of the list",
        keys: &["enter"],
        also: &[Action::Copy],
        contexts: MENU,
        hint: Some(Rank::Main),
        run: copy_first,
        ..Spec::ALWAYS
    },
    command(SHOWN, &["Y"]),
    command(TYPED, &["ctrl-y"]),
    part(
        Action::CopyLine,
        "row",
        "Copy the whole row, as JSON if it has fields",
        &["l"],
        |state| offers(state, Action::CopyLine),
        |state, effects| copy(state, Action::CopyLine, effects),
    ),
    part(
        Action::CopyPayload,
        "payload",
        "Copy the payload of the event, byte for byte",
        &["p"],
        |state| offers(state, Action::CopyPayload),
        |state, effects| copy(state, Action::CopyPayload, effects),
    ),
    part(
        Action::CopyValue,
        "value",
        "Copy the value under the cursor, or that of the key",
        &["v"],
        |state| offers(state, Action::CopyValue),
        |state, effects| copy(state, Action::CopyValue, effects),
    ),
    part(
        Action::CopyPath,
        "path",
        "Copy the path of the value under the cursor, as a JSON pointer",
        &["P"],
        |state| offers(state, Action::CopyPath),
        |state, effects| copy(state, Action::CopyPath, effects),
    ),
    part(
        Action::CopyKey,
        "key",
        "Copy the key of the projection",
        &["k"],
        |state| offers(state, Action::CopyKey),
        |state, effects| copy(state, Action::CopyKey, effects),
    ),
    part(
        Action::CopyName,
        "name",
        "Copy the name",
        &["n"],
        |state| offers(state, Action::CopyName),
        |state, effects| copy(state, Action::CopyName, effects),
    ),
    part(
        Action::CopyId,
        "id",
        "Copy the id",
        &["i"],
        |state| offers(state, Action::CopyId),
        |state, effects| copy(state, Action::CopyId, effects),
    ),
    part(
        Action::CopyEntity,
        "entity",
        "Copy the id of the event's entity",
        &["e"],
        |state| offers(state, Action::CopyEntity),
        |state, effects| copy(state, Action::CopyEntity, effects),
    ),
    part(
        Action::CopySpace,
        "space",
        "Copy the name of the space",
        &["s"],
        |state| offers(state, Action::CopySpace),
        |state, effects| copy(state, Action::CopySpace, effects),
    ),
    part(
        Action::CopyCorrelation,
        "correlation",
        "Copy the id of the event's correlation",
        &["c"],
        |state| offers(state, Action::CopyCorrelation),
        |state, effects| copy(state, Action::CopyCorrelation, effects),
    ),
    back_action(MENU),
];

const MENU: Contexts = |here| here == KeyContext::Copy;

/// The most cells of the menu.
const WIDTH: u16 = 72;

/// The most characters of a part that the menu shows.
const EXCERPT: usize = 80;

/// The contexts that show something, or ask a question without text.
const SHOWN: Contexts = |here| {
    here.is_screen()
        || matches!(
            here,
            KeyContext::Statistics | KeyContext::Subscriptions | KeyContext::Dialog | KeyContext::Blame
        )
};

/// The contexts that ask a question in which letters are text.
const TYPED: Contexts =
    |here| matches!(here, KeyContext::Form | KeyContext::Delete | KeyContext::Confirmation);

/// Returns the action that copies the command.
const fn command(contexts: Contexts, keys: &'static [&'static str]) -> Spec {
    Spec {
        action: Action::CopyCommand,
        section: View,
        title: "copy command",
        description: "Copy the command that shows this, or does what is asked about, to the clipboard",
        keys,
        contexts,
        enabled: command_line::has_command,
        run: command_line::copy,
        ..Spec::ALWAYS
    }
}

/// Returns the action that copies a part.
const fn part(
    action: Action,
    title: &'static str,
    description: &'static str,
    keys: &'static [&'static str],
    applies: fn(&ConsoleState) -> bool,
    run: Run,
) -> Spec {
    Spec { action, section: View, title, description, keys, contexts: MENU, applies, run, ..Spec::ALWAYS }
}

/// The menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyMenu {
    /// The parts, the one that is copied unless another is chosen first.
    pub parts: Vec<CopyPart>,
}

impl Layer for CopyMenu {
    fn context(&self) -> KeyContext {
        KeyContext::Copy
    }

    fn draw(&self, pen: &mut Pen<'_>, state: &ConsoleState, body: Rect, _: bool) -> Option<Position> {
        draw(pen, state, self, body);
        None
    }

    fn loses_nothing(&self) -> bool {
        true
    }

    fn size(&self, _: &ConsoleState, layout: &Layout) -> LayerSize {
        LayerSize::of_rows(layout.body.height)
    }
}

fn can_copy(state: &ConsoleState) -> Availability {
    if state.layers.shown::<Detail>().is_some() { Ok(()) } else { selected(state) }
}

fn offers(state: &ConsoleState, action: Action) -> bool {
    let menu = state.layers.shown::<CopyMenu>();
    menu.is_some_and(|menu| menu.parts.iter().any(|part| part.action == action))
}

/// Returns the parts of the selected row, each with its title and the keys that copy it.
pub(crate) fn offered(state: &ConsoleState) -> Vec<(CopyPart, &'static str, String)> {
    if can_copy(state).is_err() {
        return Vec::new();
    }
    let named = |part: CopyPart| {
        let row = ACTIONS.iter().find(|spec| spec.action == part.action)?;
        let keys = format!("{} {}", key_of(state, Action::Copy), key_of(state, part.action));
        Some((part, row.title, keys))
    };
    parts(state).into_iter().filter_map(named).collect()
}

/// Copies a part of the selected row.
pub(crate) fn copy_part(state: &mut ConsoleState, action: Action, effects: &mut Effects) {
    open(state);
    copy(state, action, effects);
}

fn open(state: &mut ConsoleState) {
    let parts = parts(state);
    if !parts.is_empty() {
        state.layers.push(CopyMenu { parts });
    }
}

fn copy_first(state: &mut ConsoleState, effects: &mut Effects) {
    let first = state.layers.top_as().and_then(|menu: &CopyMenu| menu.parts.first().map(|part| part.action));
    if let Some(action) = first {
        copy(state, action, effects);
    }
}

/// Copies a part, and closes the menu.
fn copy(state: &mut ConsoleState, action: Action, effects: &mut Effects) {
    let Some(menu) = state.layers.top_as_mut::<CopyMenu>() else { return };
    let chosen = menu.parts.iter().position(|part| part.action == action);
    let Some(CopyPart { name, text, is_cut, .. }) = chosen.map(|index| menu.parts.swap_remove(index)) else {
        return;
    };
    state.layers.pop();
    if is_cut {
        let key = key_of(state, Action::CopyCommand);
        let text =
            format!("not copied: {name} is too long; {key} in its detail copies the command that prints it");
        return state.say(Level::Warning, text);
    }
    clipboard::send(state, &name, text, effects);
}

fn draw(pen: &mut Pen<'_>, state: &ConsoleState, menu: &CopyMenu, body: Rect) {
    let lines = u16::try_from(menu.parts.len()).unwrap_or(u16::MAX);
    let area = middle(body, WIDTH, lines.saturating_add(4));
    let inner =
        boxed(pen, state, area, Frame { title: vec![piece("Copy", Role::Title)], ..Frame::default() });
    let list = if inner.height > lines { below(inner, 1) } else { inner };
    let keys: Vec<String> = menu.parts.iter().map(|part| key_of(state, part.action)).collect();
    let widest = keys.iter().map(|key| width(key)).max().unwrap_or(0);
    for (index, (part, key)) in (0..list.height).zip(menu.parts.iter().zip(&keys)) {
        let line = row(list, index);
        pen.spot(line, Spot::Action(part.action));
        pen.text(line, key, Role::HintKey);
        let named = right_of(line, widest + 2);
        let used = pen.text(named, &part.name, if index == 0 { Role::Strong } else { Role::Text });
        let excerpt: String = part.text.chars().take(EXCERPT).collect();
        let rest = right_of(named, used.saturating_add(2));
        pen.text(rest, &visible(&excerpt), Role::Muted);
    }
}
