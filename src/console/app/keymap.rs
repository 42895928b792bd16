//! Lookup of actions by their keys, and the help, both from the table of actions and the keys that the user has bound.

use crate::console::app::action::{Action, HelpRow, HelpSection};
use crate::console::app::action::{Section, Spec};
use crate::console::app::context::{KeyContext, below_help, context};
use crate::console::app::key::Key;
use crate::console::app::state::ConsoleState;
use crate::console::app::table::table;

/// Returns the row of a key in the current context, if it has a meaning there.
pub(crate) fn spec_of(state: &ConsoleState, key: Key) -> Option<&'static Spec> {
    let here = context(state);
    offered(state, here).find(|spec| state.settings.keys.has_in(spec, here, key))
}

/// Returns the action of a key in the current context, if any.
pub fn action(state: &ConsoleState, key: Key) -> Option<Action> {
    spec_of(state, key).map(|spec| spec.action)
}

pub(crate) fn offered(state: &ConsoleState, here: KeyContext) -> impl Iterator<Item = &'static Spec> {
    table().filter(move |spec| (spec.contexts)(here) && (spec.applies)(state))
}

/// Returns the help of the context in which it was opened.
pub fn help(state: &ConsoleState) -> Vec<HelpSection> {
    let here = below_help(state);
    let section = |section: Section| {
        let specs = offered(state, here).filter(|spec| spec.section == section);
        let mut rows: Vec<HelpRow> = specs.map(|spec| help_row(state, spec, here)).collect();
        rows.sort_by_key(|row| row.action);
        HelpSection { title: section.title(), rows }
    };
    Section::ALL.into_iter().map(section).filter(|section| !section.rows.is_empty()).collect()
}

fn help_row(state: &ConsoleState, spec: &'static Spec, here: KeyContext) -> HelpRow {
    let bindings = &state.settings.keys;
    let keys: Vec<String> = bindings.keys(spec, here).into_iter().map(|key| bindings.shown(key)).collect();
    HelpRow {
        action: spec.action,
        keys: keys.join(" "),
        title: spec.title,
        description: spec.description,
        disabled: (spec.enabled)(state).err().map(|reason| reason.text(&state.settings.keys)),
    }
}

/// Returns the first key of an action, as shown.
pub fn key_of(state: &ConsoleState, action: Action) -> String {
    state.settings.keys.key_of(action)
}

/// Replaces each `{key:action}` of a text by the first key of that action, as shown. Actions are in kebab-case.
pub fn with_keys(state: &ConsoleState, text: &str) -> String {
    state.settings.keys.with_keys(text)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::path::PathBuf;
    use std::sync::Arc;

    use super::*;
    use crate::clock::Timestamp;
    use crate::console::app::shown_list::ShownList;
    use crate::console::app::state::Size;
    use crate::console::layers::confirm::{Dialog, Question};
    use crate::console::layers::form::ReportChoice;
    use crate::console::layers::form::state::{FieldInput, Form, FormField, FormFocus, FormPurpose};
    use crate::console::layers::guide::{Walk, WalkStep};
    use crate::console::layers::subscriptions::{SubscriptionDetail, SubscriptionsView};
    use crate::console::panes::Filter;
    use crate::console::panes::Pane;
    use crate::console::panes::detail::{Detail, Subject};
    use crate::console::panes::jobs::job::{Job, JobId, JobStatus};
    use crate::console::panes::travel::Travel;
    use crate::content_store::{Apps, CommandSpec, FieldKind, FieldSpec};
    use crate::event::SpaceSequence;
    use crate::json::Json;
    use crate::operations::{AnyOperation, SpaceOverview, Verify};
    use crate::pstate::Entry;
    use crate::space::{Head, Space, SpaceId};

    /// States in which a key may have different meanings: without jobs, with a job in each status, both with and
    /// without a guide, with each form, among the keys of a projection, in a file of the original, and with a long question.
    fn states() -> Vec<ConsoleState> {
        use JobStatus::{Cancelled, Paused, Running};
        let stands = [None, Some(Running), Some(Paused), Some(Cancelled)];
        let cases = stands.into_iter().flat_map(|stands| [(stands.clone(), false), (stands, true)]);
        let cases = cases.map(|(stands, guided)| state(stands, guided));
        let keys = ConsoleState { focus: Pane::Projections, ..state(None, false) };
        let mut original = state(None, false);
        original.database.is_original = true;
        cases
            .chain(forms())
            .chain(subscriptions())
            .chain(in_the_past())
            .chain([keys, original, linked()])
            .chain(questions())
            .collect()
    }

    /// States with a question that is longer than the screen: at its beginning and at its end.
    fn questions() -> [ConsoleState; 2] {
        [0, 5].map(|top| {
            let mut state = state(None, false);
            let operation = AnyOperation::Verify(Verify::default());
            let question = Question::Operation { operation, spaces: Vec::new(), skipped: Vec::new() };
            state.layers.push(Dialog { question, top });
            (state.viewports.layer, state.viewports.layer_lines) = (5, 10);
            state
        })
    }

    /// States in which the panes show the past, without a mark and with one.
    fn in_the_past() -> [ConsoleState; 2] {
        let mut state = state(None, true);
        state.travel = Some(Travel::new(&state, SpaceId(1), SpaceSequence(1)));
        let mut marked = self::state(None, true);
        let mut travel = Travel::new(&marked, SpaceId(1), SpaceSequence(1));
        travel.mark = Some(travel.at);
        marked.travel = Some(travel);
        [state, marked]
    }

    /// A state with a link under the cursor.
    fn linked() -> ConsoleState {
        let mut state = state(None, false);
        state.size = Size { width: 120, height: 40 };
        let json = Json::from_stored(r#"{"$ref":"c1"}"#.to_owned());
        let entry = Arc::new(Entry { key: "c".to_owned(), value: json, updated_at: Timestamp(0) });
        let subject = Subject::Entry { space_id: SpaceId(1), projection: "state".to_owned(), entry };
        state.layers.push(Detail { cursor: 1, ..Detail::of(subject) });
        state
    }

    /// A state with the list of subscriptions, and one with an open subscription.
    fn subscriptions() -> [ConsoleState; 2] {
        let mut states = [state(None, false), state(None, false)];
        states[0].layers.push(SubscriptionsView::default());
        states[1].layers.push(SubscriptionDetail::default());
        states
    }

    /// A state with each kind of form.
    fn forms() -> Vec<ConsoleState> {
        const KINDS: CommandSpec = CommandSpec::new(
            "kinds",
            "Kinds",
            "Has a field of each kind that keys treat differently",
            &[
                FieldSpec::required("line", "Line", "").of_kind(FieldKind::Line),
                FieldSpec::required("text", "Text", "").of_kind(FieldKind::Text),
                FieldSpec::required("flag", "Flag", "").of_kind(FieldKind::Boolean),
                FieldSpec::required("day", "Day", "").of_kind(FieldKind::Date),
                FieldSpec::required("contact", "Contact", "").of_kind(FieldKind::Reference("contact")),
            ],
            |_, _| Ok(Vec::new()),
        );
        let (space_id, space_name) = (SpaceId(1), "crm_acme".to_owned());
        let purposes = [
            FormPurpose::Command { space_id, space_name, spec: &KINDS },
            FormPurpose::Export { spaces: Vec::new(), skipped: Vec::new() },
            FormPurpose::ExportList {
                list: Box::new(ShownList::audit_log((None, &Filter::default()), None)),
                hidden: Vec::new(),
            },
            FormPurpose::BugReport(Box::new(ReportChoice {
                space: an_overview(),
                subjects: Vec::new(),
                fields: Vec::new(),
            })),
            FormPurpose::Import,
            FormPurpose::ImportOpen,
            FormPurpose::Backup,
            FormPurpose::CreateSpace,
            FormPurpose::ChangeSpace { space: Box::new(a_space()) },
            FormPurpose::Redact { space: Box::new(a_space()) },
            FormPurpose::Fork { space: Box::new(an_overview()), planned: None },
        ];
        purposes.into_iter().flat_map(|purpose| with_each_field(&purpose)).collect()
    }

    /// A state with a form for each field that has the focus, and one with the focus on the button.
    fn with_each_field(purpose: &FormPurpose) -> Vec<ConsoleState> {
        let opened = || {
            let mut state = state(None, false);
            let fields = match purpose {
                FormPurpose::Command { spec, .. } => {
                    spec.fields.iter().map(|field| FormField::of_command(field, "")).collect()
                }
                _ => Vec::new(),
            };
            crate::console::layers::form::open(&mut state, purpose.clone(), "a", "b", fields);
            state
        };
        let fields = opened().layers.shown::<Form>().unwrap().fields.len();
        let focuses = (0..fields).map(FormFocus::Field).chain([FormFocus::Submit]);
        let focused = |focus| {
            let mut state = opened();
            let form: &mut Form = state.layers.each_mut().next_back().unwrap();
            form.focus = focus;
            form.complete_with("existing");
            state
        };
        focuses.map(focused).collect()
    }

    /// Returns true if typed text goes into a field of a form.
    fn is_typed_into(state: &ConsoleState) -> bool {
        let field = state.layers.shown().and_then(Form::focused);
        field.is_some_and(|field| matches!(field.input, FieldInput::Text(_)))
    }

    fn an_overview() -> SpaceOverview {
        SpaceOverview::of(a_space(), Head::default())
    }

    fn a_space() -> Space {
        Space {
            space_id: SpaceId(1),
            space_name: "crm_acme".to_owned(),
            metadata: None,
            created_at: Timestamp(0),
            state: crate::space::SpaceState::default(),
            revision: 0,
        }
    }

    fn state(stands: Option<JobStatus>, guided: bool) -> ConsoleState {
        let mut state = ConsoleState::new("a.db", false, Apps::standard());
        state.focus = Pane::Jobs;
        if let Some(status) = stands {
            let verify = AnyOperation::Verify(Verify::default());
            state.jobs.put(Job { status, ..Job::queued(JobId(1), verify, a_space()) });
            state.jobs.selected = Some(JobId(1));
        }
        if guided {
            let [part, title, text] = ["a", "b", "c"].map(str::to_owned);
            let place = crate::console::layers::guide::StepPlace::Spaces;
            state.walk = Walk::of(Arc::new([WalkStep {
                part,
                title,
                text,
                commands: Vec::new(),
                place,
                after: None,
            }]));
        }
        state
    }

    #[test]
    fn no_key_has_two_meanings_in_one_context() {
        let states = states();
        for state in &states {
            // An action that does not apply in this state may share its key with one that does.
            let elsewhere =
                |spec: &Spec| !(spec.applies)(state) && states.iter().any(|other| (spec.applies)(other));
            for &here in KeyContext::ALL {
                let mut seen = HashSet::new();
                for spec in table().filter(|spec| (spec.contexts)(here) && !elsewhere(spec)) {
                    for key in state.settings.keys.keys(spec, here) {
                        assert!(seen.insert(key), "{key} means two things in {here:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_text_names_keys_by_their_actions() {
        let state = state(None, false);
        assert_eq!(
            with_keys(&state, "`{key:delete}` deletes, {key:submit} sends"),
            "`D` deletes, ctrl-s sends"
        );
        assert_eq!(with_keys(&state, "{key:sing} {key:"), "{key:sing} {key:");
    }

    #[test]
    fn table_keys_are_valid_and_never_taken_from_typed_text() {
        let states = states();
        for spec in table() {
            let only_beside_text = states.iter().any(|state| (spec.applies)(state))
                && !states.iter().any(|state| (spec.applies)(state) && is_typed_into(state));
            for key in spec.keys {
                let parsed: Key = key.parse().unwrap_or_else(|error| panic!("{error}"));
                assert_eq!(parsed.to_string(), *key, "another spelling would never match");
                for here in KeyContext::ALL.iter().filter(|&&here| here.takes_text() && (spec.contexts)(here))
                {
                    let is_free = here == &KeyContext::Form && only_beside_text;
                    assert!(parsed.text().is_none() || is_free, "{key} cannot be typed in {here:?}");
                }
            }
        }
    }

    #[test]
    fn every_key_that_a_text_names_belongs_to_an_action() {
        let mut folders = vec![PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/console")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                // These files are about placeholders.
                if path.ends_with(file!()) || path.ends_with("console/app/bindings.rs") {
                    continue;
                }
                let source = std::fs::read_to_string(&path).unwrap();
                let named_keys = source.split("{key:").skip(1).filter_map(|part| part.split_once('}'));
                for (name, _) in named_keys {
                    assert!(Action::named(name).is_some(), "{name} in {} is no action", path.display());
                }
            }
        }
    }

    #[test]
    fn delete_needs_a_capital_letter_and_its_lowercase_does_nothing() {
        let is_delete = |spec: &&Spec| spec.action == Action::Delete && (spec.contexts)(KeyContext::Spaces);
        let delete = table().find(is_delete).map(|spec| spec.keys);
        assert_eq!(delete, Some(&["D"][..]));
        for &here in KeyContext::ALL {
            assert!(
                !table().any(|spec| (spec.contexts)(here) && spec.keys.contains(&"d")),
                "a missed shift must do nothing"
            );
        }
    }
}
