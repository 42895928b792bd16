//! The declaration of a command.

use std::fmt;

use crate::error::CommandError;

use super::deserialize::{ArgumentError, Strictness, read};
use super::{App, Arguments, Context, Decide, Decision, FieldSpec, TypedCommand};

/// Tries to read arguments into a command's struct.
type TryRead = fn(&Arguments<'_>) -> Result<(), ArgumentError>;

/// The declaration of a command: from a struct with [`CommandSpec::of`], or from data with [`CommandSpec::new`].
#[derive(Clone, Copy)]
pub struct CommandSpec {
    /// The name: `add-contact`.
    pub name: &'static str,
    /// The title for people: `Add contact`.
    pub title: &'static str,
    /// A one-line description.
    pub summary: &'static str,
    /// The fields, in the order of the form.
    pub fields: &'static [FieldSpec],
    /// Reads the state and decides which events to append.
    decide: fn(&Context<'_>, &Arguments<'_>) -> Decision,
    /// Tries to read the arguments into the command's struct, if it has one.
    pub(super) try_read: Option<TryRead>,
}

impl CommandSpec {
    /// Declares a command from data. `decide` reads the state and decides which events to append.
    ///
    /// ```
    /// use ramax::content_store::{Arguments, CommandSpec, Context, Decision, FieldSpec};
    /// use ramax::{Json, NewEvent};
    ///
    /// const TAKE_NOTE: CommandSpec = CommandSpec::new(
    ///     "take-note",
    ///     "Take note",
    ///     "Keeps a line of text",
    ///     &[FieldSpec::required("text", "Text", "the text to keep")],
    ///     take_note,
    /// );
    ///
    /// fn take_note(_: &Context<'_>, arguments: &Arguments<'_>) -> Decision {
    ///     Ok(vec![NewEvent::new("n1", "note.taken", Json::of(&arguments.required("text").into()))])
    /// }
    /// assert_eq!(TAKE_NOTE.name, "take-note");
    /// ```
    pub const fn new(
        name: &'static str,
        title: &'static str,
        summary: &'static str,
        fields: &'static [FieldSpec],
        decide: fn(&Context<'_>, &Arguments<'_>) -> Decision,
    ) -> Self {
        Self { name, title, summary, fields, decide, try_read: None }
    }

    /// Declares a command of the app `A` from its struct. [`commands!`](crate::commands) defines one.
    pub const fn of<A: App, C: Decide<A>>() -> Self {
        Self {
            name: C::NAME,
            title: C::TITLE,
            summary: C::SUMMARY,
            fields: C::FIELDS,
            decide: decide::<A, C>,
            try_read: Some(try_read::<C>),
        }
    }

    /// Decides which events to append.
    pub(in crate::content_store) fn decide(
        &self,
        context: &Context<'_>,
        arguments: &Arguments<'_>,
    ) -> Decision {
        (self.decide)(context, arguments)
    }
}

impl fmt::Debug for CommandSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut spec = f.debug_struct("CommandSpec");
        spec.field("name", &self.name).field("fields", &self.fields).finish_non_exhaustive()
    }
}

fn decide<A: App, C: Decide<A>>(context: &Context<'_>, arguments: &Arguments<'_>) -> Decision {
    let app = context
        .app::<A>()
        .ok_or_else(|| CommandError::OtherApp { command: C::NAME, app: std::any::type_name::<A>() })?;
    let command: C = read(arguments, Strictness::Lenient).map_err(CommandError::from)?;
    command.decide(app, context)
}

fn try_read<C: TypedCommand>(arguments: &Arguments<'_>) -> Result<(), ArgumentError> {
    read::<C>(arguments, Strictness::EveryFieldIsKnown).map(drop)
}
