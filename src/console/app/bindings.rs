//! The keys of the actions: those of the table of actions, unless the user has bound others.

use std::collections::{BTreeMap, BTreeSet};

use crate::console::app::action::{Action, Section, Spec};
use crate::console::app::context::KeyContext;
use crate::console::app::key::{Code, Key};
use crate::console::app::table::table;

/// Quits wherever it is pressed, so it cannot be bound to anything else.
pub const ALWAYS_QUITS: Key = Key { code: Code::Char('c'), ctrl: true, alt: false };

/// Returns the actions whose keys a text names by `{key:action}`.
pub fn named(text: &str) -> impl Iterator<Item = Action> {
    text.split("{key:").skip(1).filter_map(|part| Action::named(part.split_once('}')?.0))
}

/// The keys that the user has bound. All other actions have the keys of the table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bindings {
    bound: BTreeMap<Action, Vec<Key>>,
    /// True to name keys by words where they are otherwise shown by symbols.
    in_words: bool,
}

/// Two actions on one key in one context.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conflict {
    /// The key.
    pub key: Key,
    /// A context in which both actions work.
    pub context: KeyContext,
    /// The actions, each with the action whose binding gives it the key; most often the same.
    pub actions: [(Action, Action); 2],
}

impl Bindings {
    /// Binds keys to an action, in the order of preference. Keys that all of its rows in the table have change nothing.
    pub fn bind(&mut self, action: Action, keys: Vec<Key>) {
        if table().filter(|spec| spec.action == action).all(|spec| keys_in_table(spec) == keys) {
            self.bound.remove(&action);
        } else {
            self.bound.insert(action, keys);
        }
    }

    /// Names all keys in ASCII: `enter` instead of `⏎`.
    pub fn in_words(self) -> Self {
        Self { in_words: true, ..self }
    }

    /// Returns a key as shown on screen: `⏎`, or `enter` in ASCII.
    pub fn shown(&self, key: Key) -> String {
        if self.in_words { key.in_words() } else { key.shown() }
    }

    /// Returns the keys of a row of the table in a context. Hints show the first.
    pub fn keys(&self, spec: &Spec, here: KeyContext) -> Vec<Key> {
        let mut keys: Vec<Key> = Vec::new();
        for (key, _) in self.sourced(spec, here) {
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        keys
    }

    /// Returns true if the key is one of a row in any context.
    pub fn has(&self, spec: &Spec, key: Key) -> bool {
        self.may_have(spec, key) && contexts(spec).any(|here| self.has_in(spec, here, key))
    }

    /// Returns true if the key is one of a row in a context.
    pub(crate) fn has_in(&self, spec: &Spec, here: KeyContext, key: Key) -> bool {
        self.may_have(spec, key) && self.keys(spec, here).contains(&key)
    }

    /// Returns false if a row has the key in no context. Input may be a flood of keys that no row has, each of which is looked up
    /// in all of them.
    fn may_have(&self, spec: &Spec, key: Key) -> bool {
        let is_named = |row: &Spec| row.keys.iter().any(|name| name.parse() == Ok(key));
        let is_bound = |action: &Action| self.bound.get(action).is_some_and(|keys| keys.contains(&key));
        let of_others =
            || spec.also.iter().any(|action| is_bound(action) || default_keys(*action).contains(&key));
        key == ALWAYS_QUITS || is_named(spec) || is_bound(&spec.action) || of_others()
    }

    /// Returns the first key of an action, as shown. An action without a key is named by its title.
    pub fn key_of(&self, action: Action) -> String {
        let Some(row) = table().find(|spec| spec.action == action) else { return String::new() };
        let keys = contexts(row).next().map_or_else(Vec::new, |here| self.keys(row, here));
        keys.first().map_or_else(|| row.title.to_owned(), |key| self.shown(*key))
    }

    /// Replaces each `{key:action}` of a text by the first key of that action, as shown. Actions are in kebab-case.
    pub fn with_keys(&self, text: &str) -> String {
        let mut parts = text.split("{key:");
        let mut shown = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            match part.split_once('}').and_then(|(name, rest)| Some((Action::named(name)?, rest))) {
                Some((action, rest)) => shown.extend([&self.key_of(action), rest]),
                None => shown.extend(["{key:", part]),
            }
        }
        shown
    }

    /// Returns the keys of a row in a context, each with the action whose binding it is.
    fn sourced(&self, spec: &Spec, here: KeyContext) -> Vec<(Key, Action)> {
        let mut keys: Vec<_> = self.own(spec, here).into_iter().map(|key| (key, spec.action)).collect();
        for &action in spec.also {
            let row = table().find(|row| row.action == action);
            let also = row.map_or_else(Vec::new, |row| self.own(row, here));
            keys.extend(also.into_iter().filter(|key| *key != ALWAYS_QUITS).map(|key| (key, action)));
        }
        keys
    }

    /// Returns the keys of a row in a context, without those of other actions. The keys of the user replace those of all rows
    /// of the action. Where it can use none of them, the row keeps its own, so that no dialog becomes a trap.
    fn own(&self, spec: &Spec, here: KeyContext) -> Vec<Key> {
        let defaults = keys_in_table(spec);
        let Some(bound) = self.bound.get(&spec.action).filter(|_| defaults != [ALWAYS_QUITS]) else {
            return self.left_by_the_user(spec, defaults);
        };
        let is_usable = |key: &Key| key.text().is_none() || !types_text(spec, here);
        let usable: Vec<Key> = bound.iter().copied().filter(is_usable).collect();
        let is_ours = |key: &Key| !self.is_left_to_another(spec, *key, here);
        let mut keys: Vec<Key> = usable.iter().copied().filter(is_ours).collect();
        if keys.is_empty() {
            // No key of the user is left: that of another action is a conflict, to be reported.
            keys = usable;
        }
        if keys.is_empty() {
            return defaults;
        }
        if spec.action == Action::Quit && !keys.contains(&ALWAYS_QUITS) {
            keys.push(ALWAYS_QUITS);
        }
        keys
    }

    /// Returns true if a row has the key by default only in other contexts, and another action of this one still has it by
    /// default: `ctrl-p` moves up below a text, and opens the palette elsewhere.
    fn is_left_to_another(&self, spec: &Spec, key: Key, here: KeyContext) -> bool {
        let has = |action: Action| default_keys(action).contains(&key);
        let keeps = |action: &Action| self.bound.get(action).is_none_or(|keys| keys.contains(&key));
        let holds = |row: &Spec| {
            let mut actions = row.also.iter().chain([&row.action]);
            actions.any(|action| has(*action) && keeps(action))
        };
        let mut others = table().filter(|row| row.action != spec.action && (row.contexts)(here));
        has(spec.action) && !keys_in_table(spec).contains(&key) && others.any(holds)
    }

    /// Returns the keys of a row without those of the guide that the user has bound to another action. Few files have a guide,
    /// so its keys are free for actions that all files have; the guide's panel and the palette still offer its own.
    fn left_by_the_user(&self, spec: &Spec, mut keys: Vec<Key>) -> Vec<Key> {
        if spec.section == Section::Guide {
            let meets = |row: &Spec| row.section != Section::Guide && shared_context(row, spec).is_some();
            let is_bound = |key: &Key| {
                let mut actions = self.bound.iter().filter(|(_, keys)| keys.contains(key));
                actions.any(|(action, _)| table().any(|row| row.action == *action && meets(row)))
            };
            keys.retain(|key| !is_bound(key));
        }
        keys
    }

    /// Returns the keys with several actions in one context. Actions that share a key in the table do not apply at the
    /// same time, so they may share any.
    pub fn conflicts(&self) -> Vec<Conflict> {
        let mut found: Vec<Conflict> = Vec::new();
        for &here in KeyContext::ALL {
            found.extend(self.conflicts_in(here));
        }
        let mut seen = BTreeSet::new();
        found.retain(|conflict| seen.insert(conflict.actions));
        found
    }

    fn conflicts_in(&self, context: KeyContext) -> Vec<Conflict> {
        let rows = table().filter(|spec| (spec.contexts)(context));
        let rows: Vec<_> = rows.map(|spec| (spec, self.sourced(spec, context))).collect();
        let mut found = Vec::new();
        for (index, (spec, keys)) in rows.iter().enumerate() {
            for (other, others) in rows[index + 1..].iter().filter(|(other, _)| other.action != spec.action) {
                let shared = keys.iter().find_map(|(key, from)| {
                    let (_, other_from) = others.iter().find(|(other, _)| other == key)?;
                    Some((*key, *from, *other_from))
                });
                let Some((key, from, other_from)) = shared else { continue };
                if !share_by_default(spec, other, context) {
                    let actions = [(spec.action, from), (other.action, other_from)];
                    found.push(Conflict { key, context, actions });
                }
            }
        }
        found
    }
}

/// Returns all keys of an action in the table, in its order.
pub fn default_keys(action: Action) -> Vec<Key> {
    let mut keys: Vec<Key> = Vec::new();
    for key in table().filter(|spec| spec.action == action).flat_map(keys_in_table) {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    keys
}

fn keys_in_table(spec: &Spec) -> Vec<Key> {
    spec.keys.iter().filter_map(|key| key.parse().ok()).collect()
}

/// Returns true if a printable key is text in a context where the row works. A row of the table that has one works beside text.
fn types_text(spec: &Spec, here: KeyContext) -> bool {
    here.takes_text() && !keys_in_table(spec).iter().any(|key| key.text().is_some())
}

/// Returns the contexts in which a row works.
fn contexts(spec: &Spec) -> impl Iterator<Item = KeyContext> {
    KeyContext::ALL.iter().copied().filter(|here| (spec.contexts)(*here))
}

/// Returns a context in which both rows work.
fn shared_context(spec: &Spec, other: &Spec) -> Option<KeyContext> {
    contexts(spec).find(|here| (other.contexts)(*here))
}

fn share_by_default(spec: &Spec, other: &Spec, here: KeyContext) -> bool {
    let bindings = Bindings::default();
    let others = bindings.keys(other, here);
    bindings.keys(spec, here).iter().any(|key| others.contains(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bound(keys: &[(Action, &[&str])]) -> Bindings {
        let mut bindings = Bindings::default();
        for (action, keys) in keys {
            bindings.bind(*action, keys.iter().map(|key| key.parse().unwrap()).collect());
        }
        bindings
    }

    fn keys_in(bindings: &Bindings, action: Action, here: KeyContext) -> String {
        let rows = table().filter(|spec| spec.action == action && (spec.contexts)(here));
        let keys: Vec<String> =
            rows.flat_map(|spec| bindings.keys(spec, here)).map(|key| key.to_string()).collect();
        keys.join(" ")
    }

    #[test]
    fn no_key_of_a_row_is_ruled_out_before_it_is_looked_up() {
        let moved = bound(&[(Action::Quit, &["Q"]), (Action::Down, &["ctrl-n"]), (Action::Back, &["b"])]);
        for bindings in [Bindings::default(), moved] {
            for spec in table() {
                for here in contexts(spec) {
                    let keys = bindings.keys(spec, here);
                    assert!(
                        keys.iter().all(|key| bindings.may_have(spec, *key)),
                        "{} in {here:?}",
                        spec.title
                    );
                }
            }
        }
    }

    #[test]
    fn keys_of_the_user_replace_those_of_the_table() {
        let bindings = bound(&[(Action::Rebuild, &["ctrl-r", "F5"])]);
        assert_eq!(keys_in(&bindings, Action::Rebuild, KeyContext::Spaces), "ctrl-r F5");
        assert_eq!(bindings.with_keys("press `{key:rebuild}`"), "press `ctrl-r`");
        assert_eq!(bindings.key_of(Action::Verify), "v");
    }

    #[test]
    fn the_keys_of_the_table_take_no_key_from_any_action() {
        let mut bindings = Bindings::default();
        for action in table().map(|spec| spec.action) {
            bindings.bind(action, default_keys(action));
        }
        assert_eq!(bindings.conflicts(), []);
        for spec in table() {
            for here in contexts(spec) {
                let keys = bindings.keys(spec, here);
                for key in Bindings::default().keys(spec, here) {
                    assert!(keys.contains(&key), "{key} of {} in {here:?}: {keys:?}", spec.title);
                }
            }
        }
    }

    /// Every key that is accepted acts in every context of its action, unless it is text there, or another action has it.
    #[test]
    fn a_key_without_conflict_acts_in_every_context_of_its_action() {
        let typed = ["ctrl-n", "ctrl-p", "ctrl-y", "F30", "ctrl-j", "ä", "home", "tab"];
        for action in table().map(|spec| spec.action).collect::<BTreeSet<_>>() {
            let sample = typed.iter().map(|key| key.parse().unwrap());
            for key in sample.chain(default_keys(action)) {
                let mut alone = Bindings::default();
                alone.bind(action, vec![key]);
                let mut added = Bindings::default();
                added.bind(
                    action,
                    default_keys(action).into_iter().filter(|one| *one != key).chain([key]).collect(),
                );
                for bindings in [alone, added].iter().filter(|bindings| bindings.conflicts().is_empty()) {
                    check_acts(bindings, action, key);
                }
            }
        }
    }

    fn check_acts(bindings: &Bindings, action: Action, key: Key) {
        for spec in table().filter(|spec| spec.action == action && keys_in_table(spec) != [ALWAYS_QUITS]) {
            for here in contexts(spec) {
                let is_text = key.text().is_some() && types_text(spec, here);
                let mut rows = table().filter(|row| (row.contexts)(here));
                let acts = if bindings.bound.get(&action).is_some_and(|keys| keys.len() == 1) {
                    bindings.keys(spec, here).contains(&key)
                } else {
                    here.takes_text() || rows.any(|row| bindings.keys(row, here).contains(&key))
                };
                assert!(acts || is_text, "{key} of {} in {here:?}", spec.title);
            }
        }
    }

    #[test]
    fn a_key_that_an_action_has_elsewhere_acts_wherever_it_is_free() {
        let down = bound(&[(Action::Down, &["j", "down", "ctrl-n"])]);
        assert_eq!(keys_in(&down, Action::Down, KeyContext::Events), "j down ctrl-n");
        assert_eq!(keys_in(&down, Action::Down, KeyContext::Palette), "down ctrl-n");
        let copies = bound(&[(Action::CopyCommand, &["ctrl-y"])]);
        assert_eq!(keys_in(&copies, Action::CopyCommand, KeyContext::Events), "ctrl-y");
        // The palette has the key unless it is given another.
        let up: (Action, &[&str]) = (Action::Up, &["ctrl-p"]);
        assert!(!bound(&[up]).conflicts().is_empty());
        let both = bound(&[up, (Action::Palette, &[":"])]);
        assert_eq!(
            (both.conflicts(), keys_in(&both, Action::Up, KeyContext::Events)),
            (vec![], "ctrl-p".into())
        );
        let printed = bound(&[(Action::Up, &["k", "up", "ctrl-p", "K"])]);
        assert_eq!(keys_in(&printed, Action::Up, KeyContext::Events), "k up K");
    }

    #[test]
    fn a_key_that_opens_a_view_also_closes_it_wherever_it_is_bound() {
        let bindings = bound(&[(Action::AuditLog, &["A"]), (Action::Quit, &["Q"])]);
        assert_eq!(keys_in(&bindings, Action::Back, KeyContext::AuditLog), "esc A Q");
        assert_eq!(keys_in(&bindings, Action::Back, KeyContext::Help), "esc ? F1 Q");
    }

    #[test]
    fn a_key_of_the_guide_is_free_unless_the_guide_is_given_it() {
        let bindings = bound(&[(Action::Rebuild, &["w"])]);
        assert_eq!(bindings.conflicts(), []);
        assert_eq!(keys_in(&bindings, Action::Rebuild, KeyContext::Spaces), "w");
        assert_eq!(keys_in(&bindings, Action::NextStep, KeyContext::Spaces), "");
        assert_eq!(bindings.with_keys("{key:run-step}, then {key:next-step}"), "., then next step");
        // In a dialog, where the guide has no keys, the binding takes none from it.
        let bindings = bound(&[(Action::Confirm, &["w"])]);
        assert_eq!(keys_in(&bindings, Action::NextStep, KeyContext::Spaces), "w");
        let both = bound(&[(Action::Rebuild, &["F7"]), (Action::RunStep, &["F7"])]);
        assert_eq!(both.conflicts().len(), 1);
    }

    #[test]
    fn ctrl_c_quits_whatever_is_bound() {
        let bindings = bound(&[(Action::Quit, &["Q"])]);
        assert_eq!(keys_in(&bindings, Action::Quit, KeyContext::Spaces), "Q ctrl-c");
        for &here in KeyContext::ALL {
            assert!(keys_in(&bindings, Action::Quit, here).contains("ctrl-c"), "{here:?}");
        }
    }

    #[test]
    fn text_can_be_typed_whatever_is_bound() {
        let bindings = bound(&[(Action::Confirm, &["Y"]), (Action::HalfPageDown, &["d", "F8"])]);
        assert_eq!(keys_in(&bindings, Action::Confirm, KeyContext::Dialog), "Y");
        assert_eq!(keys_in(&bindings, Action::Confirm, KeyContext::Delete), "enter");
        assert_eq!(keys_in(&bindings, Action::HalfPageDown, KeyContext::Events), "d F8");
        assert_eq!(keys_in(&bindings, Action::HalfPageDown, KeyContext::Form), "F8");
    }

    #[test]
    fn a_conflict_names_the_key_its_actions_and_where_their_keys_come_from() {
        let conflicts = |keys: &[(Action, &[&str])]| bound(keys).conflicts();
        let found = conflicts(&[(Action::Rebuild, &["v"])]);
        let expected = Conflict {
            key: "v".parse().unwrap(),
            context: KeyContext::Spaces,
            actions: [(Action::Rebuild, Action::Rebuild), (Action::Verify, Action::Verify)],
        };
        assert_eq!(found, [expected]);
        // The dialog is closed by the key that quits elsewhere.
        let found = conflicts(&[(Action::SkipErrors, &["q"])]);
        assert_eq!(
            found[0].actions,
            [(Action::SkipErrors, Action::SkipErrors), (Action::Back, Action::Quit)]
        );
    }

    #[test]
    fn a_key_of_a_row_that_also_works_in_text_is_used_and_checked_elsewhere() {
        let bindings = bound(&[(Action::Back, &["q"])]);
        assert_eq!(keys_in(&bindings, Action::Back, KeyContext::Events), "q");
        assert_eq!(keys_in(&bindings, Action::Back, KeyContext::Prompt), "esc");
        let found: Vec<_> = bindings.conflicts().iter().map(|conflict| conflict.actions).collect();
        let expected = [(Action::Back, Action::Back), (Action::Quit, Action::Quit)];
        assert!(found.contains(&expected), "{found:?}");
        assert_eq!(bound(&[(Action::Back, &["q"]), (Action::Quit, &["Q"])]).conflicts(), []);
        // No row hides a conflict behind the text that is typed in one of its contexts.
        for spec in table().filter(|spec| spec.section != Section::Guide) {
            for here in contexts(spec).filter(|here| !here.takes_text()) {
                let key = "ä".parse().unwrap();
                let mut bindings = Bindings::default();
                bindings.bind(spec.action, vec![key]);
                let is_free = keys_in_table(spec) != [ALWAYS_QUITS];
                assert_eq!(bindings.keys(spec, here).contains(&key), is_free, "{} in {here:?}", spec.title);
            }
        }
    }

    #[test]
    fn actions_that_swap_their_keys_or_never_apply_together_do_not_conflict() {
        assert_eq!(Bindings::default().conflicts(), []);
        assert_eq!(bound(&[(Action::Down, &["k"]), (Action::Up, &["j"])]).conflicts(), []);
        assert_eq!(bound(&[(Action::PauseJob, &["F7"]), (Action::ResumeJob, &["F7"])]).conflicts(), []);
    }
}
