//! Habits from other programs: keys without an action here, each with the nearest actions that there are.

use crate::console::app::action::Action;
use crate::console::app::bindings;
use crate::console::app::context::context;
use crate::console::app::key::Key;
use crate::console::app::keymap::offered;
use crate::console::app::state::ConsoleState;

/// A key of other programs.
struct Habit {
    keys: &'static [&'static str],
    /// The nearest actions, for the user.
    nearest: &'static str,
}

const fn habit(keys: &'static [&'static str], nearest: &'static str) -> Habit {
    Habit { keys, nearest }
}

/// Habits from k9s, lazygit, helix, vim and less.
const HABITS: &[Habit] = &[
    // Moving.
    habit(&["d"], "`{key:open}` opens the row; `{key:half-page-down}` moves half a page down"),
    habit(&["ctrl-n"], "`{key:down}` moves a row down"),
    habit(&["ctrl-y"], "`{key:up}` moves a row up; `{key:copy-command}` copies the command"),
    habit(&["ctrl-v"], "`{key:page-up}` and `{key:page-down}` move by a page"),
    habit(&["0"], "`{key:toggle-scope}` shows the events of all spaces; `{key:start}` goes to the start"),
    habit(&["^"], "`{key:start}` goes to the start"),
    habit(&["$"], "`{key:end}` goes to the end; no row is wider than the screen"),
    habit(&["%"], "`{key:jump}` goes to a number or a time; `{key:mark-all}` marks all spaces"),
    habit(&["-", "`"], "`{key:trail-back}` goes back to where you were before a link or a jump"),
    habit(&["ctrl-w"], "`{key:next-pane}` goes to the next pane; `{key:zoom}` maximises this one"),
    // Finding.
    habit(&["*"], "`{key:history}` lists the events of the selected entity"),
    habit(&["&"], "`{key:filter}` shows only the rows that match"),
    habit(&["=", "ctrl-g"], "`{key:inspect}` shows the row in full; the top line names the database"),
    habit(&["ctrl-a", "\\"], "`{key:palette}` finds every action by name"),
    habit(&["'", "."], "`{key:palette}` lists the actions used last"),
    habit(&[","], "`{key:mark-all}` clears every mark, once all spaces are marked"),
    // Changing.
    habit(&["ctrl-r"], "`{key:refresh}` reads everything again"),
    habit(&["r"], "`{key:refresh}` reads everything again; `{key:rebuild}` rebuilds a projection"),
    habit(&["O"], "`{key:new-command}` fills in a command; events are only appended"),
    habit(&["ctrl-k"], "`{key:cancel-job}` cancels a job; `{key:delete}` deletes a space"),
    habit(&["del"], "`{key:delete}` deletes a space; events cannot be deleted"),
    habit(&["ctrl-\\"], "`{key:mark-all}` clears every mark, once all spaces are marked"),
    habit(&["W"], "`{key:time-travel}` shows the past; two points of it can be compared"),
    habit(&["ctrl-space"], "`{key:mark}` marks a space; `{key:mark-all}` marks all"),
    // Leaving.
    habit(&["Z", "Q", "F10", "ctrl-q", "ctrl-x"], "`{key:quit}` quits; there is nothing to save"),
    habit(&["|"], "`{key:suspend}` returns to the shell; `{key:copy-command}` copies the command"),
];

/// Two keys that are one in other programs.
struct Sequence {
    keys: [&'static str; 2],
    /// The action of the second key here, which was hardly meant.
    action: Action,
    /// The nearest action, for the user.
    nearest: &'static str,
}

/// Sequences from helix and vim.
const SEQUENCES: &[Sequence] = &[
    Sequence { keys: ["g", "e"], action: Action::Export, nearest: "`{key:end}` goes to the end" },
    Sequence {
        keys: ["g", "t"],
        action: Action::TimeTravel,
        nearest: "`{key:next-pane}` goes to the next pane",
    },
];

/// Returns the nearest action to what two keys together do in other programs, if the second one means nothing here or
/// something else.
pub(crate) fn nearest_of_two(
    state: &ConsoleState,
    [first, second]: [Key; 2],
    done: Option<Action>,
) -> Option<String> {
    let is_meant = |sequence: &&Sequence| {
        sequence.keys.map(|name| name.parse().ok()) == [Some(first), Some(second)]
            && done.is_none_or(|done| done == sequence.action)
    };
    let Sequence { nearest, .. } = SEQUENCES.iter().find(is_meant)?;
    let keys = &state.settings.keys;
    let shown = [first, second].map(|key| keys.shown(key));
    Some(format!("`{}` and `{}` are two keys here; {}", shown[0], shown[1], keys.with_keys(nearest)))
}

/// Returns the nearest actions to what a key does in other programs, as far as there are any here.
pub(crate) fn nearest(state: &ConsoleState, key: Key) -> Option<String> {
    let is_meant = |habit: &&Habit| habit.keys.iter().any(|name| name.parse() == Ok(key));
    let habit = HABITS.iter().find(is_meant)?;
    let here = context(state);
    let is_here = |action: Action| offered(state, here).any(|spec| spec.action == action);
    let parts = habit.nearest.split("; ").filter(|part| bindings::named(part).all(is_here));
    let nearest = parts.collect::<Vec<_>>().join("; ");
    bindings::named(&nearest).next()?;
    let keys = &state.settings.keys;
    Some(format!("`{}` does nothing here; {}", keys.shown(key), keys.with_keys(&nearest)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::console::app::action::Section;
    use crate::console::app::bindings::Bindings;
    use crate::console::app::context::KeyContext;
    use crate::console::app::table::table;

    #[test]
    fn each_key_is_listed_once_and_has_no_action_in_the_panes() {
        let in_panes = |spec: &'static crate::console::app::action::Spec| {
            let here = KeyContext::ALL.iter().filter(move |here| here.is_pane() && (spec.contexts)(**here));
            here.flat_map(|here| Bindings::default().keys(spec, *here))
        };
        let rows = table().filter(|spec| spec.section != Section::Guide);
        let taken: Vec<Key> = rows.flat_map(in_panes).collect();
        let mut seen = BTreeSet::new();
        for name in HABITS.iter().flat_map(|habit| habit.keys) {
            let key: Key = name.parse().unwrap();
            assert!(!taken.contains(&key), "{name} has an action");
            assert!(seen.insert(name), "{name} is listed twice");
            assert_eq!(key.to_string(), *name, "another spelling would never match");
        }
    }
}
