//! An app that panics.

use ramax::content_store::{Applied, CommandSpec, Decision, FieldSpec, StateError};
use ramax::{App, Event, Json, NewEvent, State};

/// An app whose event handler panics and, if asked to, its list of commands too.
pub struct Brittle;

const BREAK: CommandSpec = CommandSpec::new(
    "break-vase",
    "Break vase",
    "Breaks a vase",
    &[FieldSpec::required("vase", "Vase", "Which one")],
    |_, arguments| -> Decision {
        Ok(vec![NewEvent::new(arguments.required("vase"), "vase.broken", Json::of(&true.into()))])
    },
);

impl App for Brittle {
    fn name(&self) -> &'static str {
        "brittle"
    }

    fn summary(&self) -> &'static str {
        "Breaks"
    }

    fn space_prefix(&self) -> &'static str {
        "brittle_"
    }

    fn event_types(&self) -> &'static [&'static str] {
        &["vase.broken"]
    }

    fn commands(&self) -> &'static [CommandSpec] {
        assert!(std::env::var_os("BROKEN_COMMANDS").is_none(), "the commands are broken");
        &[BREAK]
    }

    fn apply(&self, _: &mut State<'_>, _: &Event) -> Result<Applied, StateError> {
        panic!("the vase is broken")
    }
}
