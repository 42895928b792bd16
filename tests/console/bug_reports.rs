//! Bug reports from the console, and the place at which an imported one opens.

use std::fs;

use ramax::console::Headless;
use ramax::console::layers::form::state::{Form, FormPreview};
use ramax::console::panes::Pane;
use ramax::operations::{Import, Operation, OperationContext, Target, keep_going};
use ramax::state_files::StateDirectory;
use ramax::{Apps, OpenOptions, Store};

use crate::support::{Fixture, add_contact, rename_contact};
use crate::{console, notice, of_focused, screen};

/// A contact that was added and renamed, and another one.
fn renamed() -> Fixture {
    let fixture = Fixture::one_file();
    let crm = fixture.crm("crm_acme");
    for id in ["c1", "c2"] {
        crm.execute(add_contact(id)).unwrap();
    }
    crm.execute(rename_contact("c1", "Ada King")).unwrap();
    fixture
}

fn field<'c>(console: &'c Headless, name: &str) -> &'c str {
    let form = console.state().layers.top_as::<Form>().expect("no form");
    form.fields.iter().find(|field| field.name == name).unwrap().value()
}

fn error<'c>(console: &'c Headless, name: &str) -> Option<&'c str> {
    let form = console.state().layers.top_as::<Form>().expect("no form");
    form.fields.iter().find(|field| field.name == name).unwrap().error.as_deref()
}

fn imported(file: std::path::PathBuf) -> Store {
    let (store, apps) = (Store::memory(), Apps::standard());
    let mut import = Import { file, into: None };
    import.run(Target::File, OperationContext::new(&store, &apps), &mut keep_going).unwrap();
    store
}

#[test]
fn a_report_is_written_from_an_event_and_opens_at_its_place() {
    let fixture = renamed();
    let mut console = console(&fixture.store);
    // The name of a field of the event is completed.
    console.press("2G~na<right> em<right>").unwrap();
    let shown = screen(&console);
    for part in
        ["Bug report  crm_acme", "this event has: contact_id,", "the values of name, email are replaced"]
    {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    console.press("<tab><right>").unwrap();
    assert_eq!((field(&console, "subject"), field(&console, "file")), ("entity", "bug-report-entity.jsonl"));
    assert!(screen(&console).contains("all events of the entity c1 are written to"));
    console.press("<ctrl-s>").unwrap();
    let file = fixture.directory.path().join("bug-report-entity.jsonl");
    let text = fs::read_to_string(&file).unwrap_or_else(|_| panic!("{}", screen(&console)));
    assert!(!text.contains("Ada") && text.contains("masked-1"), "{text}");

    let store = imported(file);
    let mut console = self::console(&store);
    assert!(notice(&console).starts_with("bug report of entity c1 of crm_acme; stand-ins for name, email"));
    assert_eq!(console.state().focus, Pane::Events);
    assert_eq!(console.state().events.selected().map(|event| event.space_sequence.0), Some(2));
    console.press("3").unwrap();
    assert!(screen(&console).contains("contact:c1"), "{}", screen(&console));
}

#[test]
fn a_report_takes_the_place_of_its_list_and_writes_a_test() {
    let fixture = renamed();
    let mut console = console(&fixture.store);
    console.press("2GH~").unwrap();
    assert_eq!(field(&console, "subject"), "entity");
    console.press("<esc><esc>2G<ctrl-t>~").unwrap();
    assert_eq!(field(&console, "subject"), "correlation");
    console.press("<esc><esc>2GT~").unwrap();
    assert_eq!(field(&console, "subject"), "correlation");
    console.press("<tab><left><left><tab><right>").unwrap();
    assert_eq!((field(&console, "subject"), field(&console, "file")), ("event", "bug-report-event-3.rs"));
    console.press("<ctrl-s>").unwrap();
    let text = fs::read_to_string(fixture.directory.path().join("bug-report-event-3.rs")).unwrap();
    assert!(text.contains(".when(Command::new(\"update-contact\")"), "{text}");
}

#[test]
fn a_mask_that_is_no_field_and_an_existing_file_are_refused_in_the_form() {
    let fixture = renamed();
    let mut console = console(&fixture.store);
    console.press("2G~a..b").unwrap();
    let form = console.state().layers.top_as::<Form>().unwrap();
    assert!(matches!(form.preview, FormPreview::Refused));
    assert_eq!(error(&console, "masks"), Some(r#""a..b" is not a field: a name in it is empty"#));
    fs::write(fixture.directory.path().join("bug-report-event-3.jsonl"), "mine").unwrap();
    console.press("<ctrl-u><ctrl-s>").unwrap();
    let refused = error(&console, "file").unwrap_or_else(|| panic!("{}", screen(&console)));
    assert!(refused.contains("already exists"), "{refused}");
    // A field that none of the events has is known once they are read, and what was typed is kept.
    console.press("x<shift-tab><shift-tab><shift-tab>phone<ctrl-s>").unwrap();
    let refused = error(&console, "masks").unwrap_or_else(|| panic!("{}", screen(&console)));
    assert_eq!(refused, "none of these events has the field phone; they have: contact_id, email, name");
    assert_eq!(field(&console, "masks"), "phone");
    console.press("<ctrl-u>name<ctrl-s>").unwrap();
    assert!(console.state().layers.top_as::<Form>().is_none(), "{}", screen(&console));
}

#[test]
fn a_refused_form_shows_the_first_faulty_field_on_a_small_screen() {
    let fixture = renamed();
    let mut console = Headless::new(fixture.store.clone(), Apps::standard(), 40, 12);
    fs::write(fixture.directory.path().join("bug-report-event-3.jsonl"), "mine").unwrap();
    console.press("2G~<ctrl-s>").unwrap();
    let form = console.state().layers.top_as::<Form>().unwrap();
    assert_eq!(form.focused().map(|field| field.name), Some("file"));
    assert!(of_focused(&console).contains("already exists"), "{}", screen(&console));
    // A fault that is found while values are typed does not move the cursor; sending the form does.
    console.press("<esc><esc>2G~<tab><shift-tab>a..b<tab>").unwrap();
    let focused = |console: &Headless| {
        let form = console.state().layers.top_as::<Form>().unwrap();
        form.focused().map(|field| field.name)
    };
    assert_eq!(focused(&console), Some("subject"));
    console.press("<ctrl-s>").unwrap();
    assert_eq!(focused(&console), Some("masks"), "{}", screen(&console));
    assert!(of_focused(&console).contains("is not a field"), "{}", screen(&console));
}

#[test]
fn a_refused_fork_and_a_refused_import_show_the_faulty_field() {
    let fixture = renamed();
    let mut console = Headless::new(fixture.store.clone(), Apps::standard(), 40, 12);
    let focused = |console: &Headless| {
        let form = console.state().layers.top_as::<Form>().unwrap_or_else(|| panic!("{}", screen(console)));
        (form.focused().map(|field| field.name), form.preview.clone())
    };
    console.press("1F<tab>crm_acme<tab><ctrl-s>").unwrap();
    assert_eq!(focused(&console), (Some("name"), FormPreview::Refused));
    assert!(of_focused(&console).contains("already exists"), "{}", screen(&console));
    let mut console = Headless::new(fixture.store.clone(), Apps::standard(), 40, 12);
    console.press("1I<tab><shift-tab>nothing.jsonl<tab><tab><ctrl-s>").unwrap();
    assert_eq!(focused(&console), (Some("file"), FormPreview::Refused));
}

#[test]
fn a_position_that_is_remembered_comes_before_the_place_of_a_report() {
    let fixture = renamed();
    console(&fixture.store).press("2G~<tab><right><ctrl-s>").unwrap();
    let directory = tempfile::tempdir().unwrap();
    let location = ramax::Location { database: directory.path().join("t.db"), projections: None };
    let store = Store::open_or_create(&location, OpenOptions::default()).unwrap();
    let apps = Apps::standard();
    let file = fixture.directory.path().join("bug-report-entity.jsonl");
    let context = OperationContext::new(&store, &apps);
    Import { file, into: None }.run(Target::File, context, &mut keep_going).unwrap();
    let state = tempfile::tempdir().unwrap();
    let open = || {
        let state = StateDirectory::at(state.path().join("ramax"));
        Headless::remembering(store.clone(), Apps::standard(), (120, 40), state).unwrap()
    };
    let mut console = open();
    assert_eq!(console.state().focus, Pane::Events);
    console.press("3q<enter>").unwrap();
    assert_eq!(open().state().focus, Pane::Projections);
}

#[test]
fn a_report_begins_at_a_key_and_names_its_limits_and_fields_that_the_event_lacks() {
    let fixture = renamed();
    let mut console = console(&fixture.store);
    console.press("3g~").unwrap();
    assert_eq!((field(&console, "subject"), field(&console, "file")), ("entity", "bug-report-entity.jsonl"));
    assert!(screen(&console).contains("all events of the entity c1 are written to"), "{}", screen(&console));
    console.press("<esc><esc>2G~phone").unwrap();
    let shown = screen(&console);
    for part in ["this event has no phone; if no other one has it,", "at most the nearest 1,000 causes"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    console.press("<tab><tab><right>").unwrap();
    assert!(screen(&console).contains("a test has at most 1,000 events"), "{}", screen(&console));
}
