//! An app that panics.

use ramax::content_store::{Applied, CommandSpec, Decision, FieldSpec, ProjectionSpec, StateError};
use ramax::{App, Event, Json, NewEvent, State};

/// An app whose event handler panics, and its command for a cracked vase. If asked to by a variable of the environment, its
/// list of commands panics too, or that of its projections in a job.
pub struct Brittle;

const BREAK: CommandSpec = CommandSpec::new(
    "break-vase",
    "Break vase",
    "Breaks a vase",
    &[FieldSpec::required("vase", "Vase", "Which one")],
    |_, arguments| -> Decision {
        assert!(arguments.required("vase") != "cracked", "the vase is cracked");
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

    fn projections(&self) -> &'static [ProjectionSpec] {
        let is_job = std::thread::current().name() == Some("job");
        assert!(!is_job || std::env::var_os("BROKEN_PROJECTIONS").is_none(), "the projections are broken");
        &[]
    }

    fn apply(&self, _: &mut State<'_>, _: &Event) -> Result<Applied, StateError> {
        panic!("the vase is broken")
    }
}
