//! Forms of apps that panic: the panic is an error of the form, and nothing that was typed is lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ramax::console::Headless;
use ramax::console::layers::form::state::Form;
use ramax::content_store::{Applied, CommandSpec, Decision, FieldSpec, StateError};
use ramax::{App, Apps, ContentStore, Event, Json, NewEvent, Page, State};

use crate::screen;
use crate::support::Fixture;

/// True while the scale of the app is out of order.
static OUT_OF_ORDER: AtomicBool = AtomicBool::new(false);

/// An app whose command panics while its scale is out of order.
struct Scale;

const WEIGH: CommandSpec = CommandSpec::new(
    "weigh-parcel",
    "Weigh parcel",
    "Weighs a parcel",
    &[FieldSpec::required("parcel", "Parcel", "Which one"), FieldSpec::required("note", "Note", "Anything")],
    |_, arguments| -> Decision {
        assert!(!OUT_OF_ORDER.load(Ordering::Relaxed), "the scale is out of order");
        Ok(vec![NewEvent::new(arguments.required("parcel"), "parcel.weighed", Json::of(&true.into()))])
    },
);

impl App for Scale {
    fn name(&self) -> &'static str {
        "scale"
    }

    fn summary(&self) -> &'static str {
        "Weighs"
    }

    fn space_prefix(&self) -> &'static str {
        "scale_"
    }

    fn event_types(&self) -> &'static [&'static str] {
        &["parcel.weighed"]
    }

    fn commands(&self) -> &'static [CommandSpec] {
        &[WEIGH]
    }

    fn apply(&self, _: &mut State<'_>, _: &Event) -> Result<Applied, StateError> {
        Ok(Applied::Yes)
    }
}

fn values(console: &Headless) -> Vec<&str> {
    let form = console.state().layers.top_as::<Form>().expect("the form is closed");
    form.fields.iter().map(|field| field.value()).collect()
}

#[test]
fn a_command_that_panics_when_it_is_sent_is_an_error_of_its_form_and_no_text_is_lost() {
    let fixture = Fixture::one_file();
    let space = ContentStore::open(&fixture.store, "scale_one", Arc::new(Scale)).unwrap();
    let mut console = Headless::new(fixture.store.clone(), Apps::default().with(Arc::new(Scale)), 120, 40);
    console.press("np7<tab>fragile, this side up").unwrap();
    assert!(screen(&console).contains("parcel.weighed"), "{}", screen(&console));
    OUT_OF_ORDER.store(true, Ordering::Relaxed);
    console.press("<ctrl-s>").unwrap();
    let shown = screen(&console);
    for said in ["the command was not sent", "the app scale panicked", "the scale is out of order"] {
        assert!(shown.contains(said), "{said} in {shown}");
    }
    assert_eq!(values(&console), ["p7", "fragile, this side up"]);
    let events = || fixture.store.events().read_space(space.space_id(), Page::forward(None, 10)).unwrap();
    assert!(events().is_empty(), "nothing was stored");
    // It can still be edited and sent once the app works again.
    OUT_OF_ORDER.store(false, Ordering::Relaxed);
    console.press("!<ctrl-s>").unwrap();
    assert!(console.state().layers.is_empty(), "{}", screen(&console));
    assert_eq!(events()[0].entity_id, "p7");
}
