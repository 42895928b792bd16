//! Commands declared as structs.

use serde::de::DeserializeOwned;

use super::{App, Context, Decision, FieldSpec};

/// A command that is declared as a struct. [`commands!`](crate::commands) implements it; a struct of your own needs
/// `serde`'s `Deserialize`, and these constants.
pub trait TypedCommand: DeserializeOwned + 'static {
    /// The name: `add-contact`.
    const NAME: &'static str;
    /// The title for people: `Add contact`.
    const TITLE: &'static str;
    /// A one-line description.
    const SUMMARY: &'static str;
    /// The fields, in the order of the form. [`check_app`](super::check_app) compares them with the struct.
    const FIELDS: &'static [FieldSpec];
}

/// The decision of an app on a command.
pub trait Decide<A: App>: TypedCommand {
    /// Reads the state and decides which events to append. It has no other effect, and may run again if a commit is
    /// repeated.
    ///
    /// # Errors
    /// If the command is rejected, or the state cannot be read.
    fn decide(self, app: &A, context: &Context<'_>) -> Decision;
}
