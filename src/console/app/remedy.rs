//! Remedies as keys to press.

use crate::console::app::action::Action;
use crate::console::app::bindings::Bindings;
use crate::console::app::state::ErrorText;
use crate::error::{Advice, Error, Remedy};
use crate::masking::masked;
use crate::shell;
use crate::text::{grouped, without_error_numbers};

impl ErrorText {
    /// Words an error, with the keys that do what it advises.
    pub(crate) fn of(error: &Error, bound: &Bindings) -> Self {
        let message = masked(&without_error_numbers(&error.to_string())).into_owned();
        Self { message, hint: error.advice().map(|advice| worded(&advice, bound)) }
    }

    /// Words the error of a file that was not opened. What no key does is a command of the program.
    pub(crate) fn of_opening(error: &Error, bound: &Bindings, program: &str) -> Self {
        let hint = error.advice().map(|advice| {
            advice.worded(|remedy| match remedy {
                Remedy::RebuildAll { files: Some((database, projections)) } => {
                    format!("`{}`", shell::rebuild_all(program, database, projections))
                }
                Remedy::ReplaceProjections { database, projections, has_wal, has_shm } => {
                    shell::replace_projections(program, database, projections, (*has_wal, *has_shm))
                }
                Remedy::Check { deep: false, repair: false } => format!("`{program} check`"),
                remedy => words(remedy, bound),
            })
        });
        Self { hint, ..Self::of(error, bound) }
    }

    /// Returns the message and the hint as one sentence, for a place that has no room for two.
    pub(crate) fn into_sentence(self) -> String {
        match self.hint {
            Some(hint) => format!("{}; {hint}", self.message),
            None => self.message,
        }
    }
}

/// Words advice with the keys that do it.
pub fn worded(advice: &Advice, bound: &Bindings) -> String {
    advice.worded(|remedy| words(remedy, bound))
}

/// Returns how to repair a finding, with the keys to press.
pub fn repair(remedy: &Remedy, bound: &Bindings) -> String {
    let outlook = outlook(remedy);
    match keys(remedy) {
        [] => outlook.to_owned(),
        keys => format!("{outlook}: {}", named(keys, bound)),
    }
}

/// Says what replaces a projection that cannot be continued.
pub fn replacement(remedy: &Remedy, bound: &Bindings) -> String {
    let (lists, rebuilds) = (bound.key_of(Action::FocusCheckpoints), bound.key_of(Action::Rebuild));
    match remedy {
        Remedy::RebuildProjection { .. } => {
            format!("`{lists}` lists it, and `{rebuilds}` there rebuilds it alone")
        }
        Remedy::LaterVersion => "the later version of its app, which built it, rebuilds it".to_owned(),
        _ => format!("`{rebuilds}` rebuilds it"),
    }
}

fn outlook(remedy: &Remedy) -> &'static str {
    match remedy {
        Remedy::Check { deep: false, .. } => "a check with repair fixes it",
        Remedy::Check { deep: true, .. } => "a deep check with repair fixes it",
        Remedy::Rebuild { skip_errors: false } => "a rebuild fixes it",
        Remedy::Rebuild { skip_errors: true } => "a rebuild that skips bad events fixes it",
        Remedy::RebuildProjection { skip_errors: false, .. } => {
            "a rebuild of this projection alone fixes it, since a later version built another one"
        }
        Remedy::RebuildProjection { skip_errors: true, .. } => {
            "a rebuild of this projection alone that skips bad events fixes it, since a later version built another one"
        }
        Remedy::LaterVersion => "the later version of the program that built it fixes it",
        Remedy::ProgramWithApp { .. } => "a program with its app fixes it; this one only reads it",
        Remedy::RemoveProjection { .. } => "removing the projection fixes it",
        Remedy::Delete { .. } => "deleting it again fixes it",
        Remedy::Import => "deleting it, or importing or forking it again, fixes it",
        Remedy::Redact { .. } => "redacting the same fields again fixes it",
        Remedy::RemoveSubscription { .. } => "removing it among the subscriptions fixes it",
        Remedy::RecountSubscription { .. } => {
            "resuming it among the subscriptions keeps its positions and fixes it"
        }
        Remedy::ContinueSubscription { .. } => "resetting it among the subscriptions fixes it",
        Remedy::Transfer => "exporting the spaces and importing them into a new file fixes it",
        Remedy::NewProjections => "moving the projections file away and rebuilding all spaces fixes it",
        Remedy::ImportOriginal { .. } => {
            "an import builds the projection from its events in another database"
        }
        Remedy::Restore => "the log itself is damaged, so a rebuild does not help",
        _ => "nothing needs a repair",
    }
}

/// Returns the actions of a step, if the console has any.
fn keys(remedy: &Remedy) -> &'static [Action] {
    match remedy {
        Remedy::Check { deep: false, repair: false } => &[Action::Check],
        Remedy::Check { deep: true, repair: false } => &[Action::Check, Action::DeepCheck],
        Remedy::Check { deep: false, repair: true } => &[Action::Check, Action::Repair],
        Remedy::Check { deep: true, repair: true } => &[Action::Check, Action::DeepCheck, Action::Repair],
        Remedy::Rebuild { skip_errors: false } => &[Action::Rebuild],
        Remedy::Rebuild { skip_errors: true } => &[Action::Rebuild, Action::SkipErrors],
        Remedy::RebuildProjection { skip_errors: false, .. } => &[Action::FocusCheckpoints, Action::Rebuild],
        Remedy::RebuildProjection { skip_errors: true, .. } => {
            &[Action::FocusCheckpoints, Action::Rebuild, Action::SkipErrors]
        }
        Remedy::RemoveProjection { .. } => &[Action::FocusCheckpoints, Action::RemoveProjection],
        Remedy::Delete { .. } | Remedy::Import => &[Action::Delete],
        Remedy::Redact { .. } => &[Action::Redact],
        Remedy::CatchUp => &[Action::CatchUp],
        Remedy::Verify => &[Action::Verify],
        // Only files that are open have this remedy.
        Remedy::ImportOriginal { .. } => &[Action::Import],
        Remedy::ExecuteBatch => &[Action::NewCommand],
        Remedy::ReadAuditLog => &[Action::AuditLog],
        Remedy::Backup => &[Action::Backup],
        // Shown only among the subscriptions.
        Remedy::ResumeSubscription { .. } => &[Action::ResumeSubscription],
        Remedy::ResetSubscription { .. } => &[Action::ResetSubscription],
        Remedy::RemoveSubscription { .. } => &[Action::Subscriptions, Action::RemoveSubscription],
        Remedy::RecountSubscription { .. } => &[Action::Subscriptions, Action::ResumeSubscription],
        Remedy::ContinueSubscription { .. } => &[Action::Subscriptions, Action::ResetSubscription],
        _ => &[],
    }
}

fn words(remedy: &Remedy, bound: &Bindings) -> String {
    match remedy {
        Remedy::InspectEvent { space_sequence, .. } => format!(
            "press {} to go to the space and {} {} to view the event there",
            named(&[Action::GoToSpace], bound),
            named(&[Action::FocusEvents, Action::Jump], bound),
            grouped(space_sequence.0)
        ),
        // The console only works on spaces that it has listed.
        Remedy::ListSpaces => "the space was deleted meanwhile; nothing was changed".to_owned(),
        Remedy::NameApp => {
            format!("name the app of the space: {}", named(&[Action::ChangeSpace], bound))
        }
        Remedy::ImportUnderOtherName => {
            format!("{} imports it under another name", named(&[Action::Import], bound))
        }
        // The console opens files, and creates none.
        Remedy::CreateDatabase { .. } => "check its path".to_owned(),
        // The database was named on the command line that started the console.
        Remedy::OpenReadOnly => "with --read-only".to_owned(),
        Remedy::SeparateFile { path } => shell::separate_file(path),
        Remedy::OpenForWriting => "without --read-only".to_owned(),
        Remedy::Check { .. } | Remedy::Rebuild { .. } | Remedy::RebuildProjection { .. } => {
            format!("{} {}", named(keys(remedy), bound), named(&[Action::Confirm], bound))
        }
        _ => match keys(remedy) {
            [] => remedy.to_string(),
            keys => named(keys, bound),
        },
    }
}

fn named(actions: &[Action], bound: &Bindings) -> String {
    let keys: Vec<String> = actions.iter().map(|action| format!("`{}`", bound.key_of(*action))).collect();
    keys.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{CommandError, ImportError, ReplayError, StoreError};
    use crate::event::{EventId, SpaceSequence};

    fn hint(error: impl Into<Error>) -> String {
        ErrorText::of(&error.into(), &Bindings::default()).hint.unwrap()
    }

    fn named(actions: &[Action]) -> String {
        super::named(actions, &Bindings::default())
    }

    #[test]
    fn a_hint_names_keys_instead_of_commands() {
        let (event_id, sequence) = (EventId(7), SpaceSequence(1204));
        let (event_type, reason) = ("contact.added".to_owned(), "no name".to_owned());
        let bad = ReplayError::BadEvent {
            event_id,
            sequence,
            event_type,
            reason,
            damaged: true,
            by: Box::new(Remedy::Rebuild { skip_errors: true }),
        };
        let (space, known) = ("crm_acme".to_owned(), vec!["crm"]);
        let hints = [
            (hint(bad), named(&[Action::Rebuild, Action::SkipErrors, Action::Confirm])),
            (
                hint(StoreError::SpaceDeleting { space: space.clone(), purge: false }),
                named(&[Action::Delete]),
            ),
            (hint(StoreError::MarkLost { space: space.clone() }), named(&[Action::AuditLog])),
            (
                hint(ImportError::Name(StoreError::SpaceExists { space: space.clone() })),
                named(&[Action::Import]),
            ),
            (hint(CommandError::UnknownApp { space, app: None, known }), named(&[Action::ChangeSpace])),
            (
                hint(ImportError::BeyondLimit { line: 3, reason: "too long".to_owned() }),
                named(&[Action::Backup]),
            ),
        ];
        for (hint, keys) in hints {
            assert!(hint.contains(&keys) && !hint.contains("ramax"), "{hint}");
        }
    }
}
