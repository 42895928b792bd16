//! Tests that a custom domain gets the whole program from its declaration.

#[path = "../../examples/custom_app.rs"]
#[expect(dead_code, reason = "only the example uses its main")]
mod example;

use std::ffi::OsString;
use std::sync::Arc;

use example::{Library, program};
use ramax::cli::Exit;
use ramax::console::Headless;
use ramax::{Apps, Command, ContentStore, Store};

fn apps() -> Apps {
    Apps::default().with(Arc::new(Library))
}

/// Runs a command line of the example's program on a file.
fn run(file: &std::path::Path, line: &str) -> Exit {
    let arguments = ["library", "--db"].into_iter().map(OsString::from);
    let arguments = arguments.chain([file.as_os_str().to_owned()]).chain(line.split(' ').map(OsString::from));
    program().run(&arguments.collect::<Vec<_>>())
}

#[test]
fn a_custom_app_is_declared_in_less_than_150_lines() {
    assert!(include_str!("../../examples/custom_app.rs").lines().count() < 150);
}

#[test]
fn a_custom_program_has_its_own_name_and_version_and_no_bundled_app() {
    let stopped = |line: &str| {
        let words: Vec<OsString> = ["library", line].into_iter().map(OsString::from).collect();
        program().check(&words).unwrap_err()
    };
    assert_eq!(stopped("--version"), "library 1.2.0\n");
    let help = stopped("--help");
    for shown in
        ["A library that lends books", "Usage: library", "LIBRARY_DB", "library_acme acquire-book isbn="]
    {
        assert!(help.contains(shown), "{shown} in\n{help}");
    }
    for other in ["ramax", "RAMAX", "crm", "contact", "demo"] {
        assert!(!help.contains(other), "{other} in\n{help}");
    }
    let directory = tempfile::tempdir().unwrap();
    assert_eq!(run(&directory.path().join("library.db"), "spaces create crm_acme --app crm"), Exit::Usage);
    assert_eq!(run(&directory.path().join("library.db"), "demo --plain"), Exit::Usage);
}

#[test]
fn the_command_line_runs_rebuilds_verifies_and_generates_a_custom_app() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("library.db");
    assert_eq!(run(&file, "spaces create library_main"), Exit::Done);
    assert_eq!(run(&file, "run library_main acquire-book isbn=1 title=Matilda"), Exit::Done);
    assert_eq!(run(&file, "run library_main lend-book isbn=1 reader=Ada"), Exit::Done);
    assert_eq!(run(&file, "run library_main lend-book isbn=1 reader=Bob"), Exit::Refused);
    assert_eq!(run(&file, "run library_main burn-book isbn=1"), Exit::Usage);
    assert_eq!(run(&file, "rebuild library_main"), Exit::Done);
    assert_eq!(run(&file, "generate --spaces 2 --events 100 --app library"), Exit::Done);
    assert_eq!(run(&file, "verify --all"), Exit::Done);
    let store = Store::open(&ramax::Location::file(&file), ramax::OpenOptions::default()).unwrap();
    let totals = store.events().totals().unwrap();
    assert_eq!((totals.spaces, totals.events), (3, 102));
}

#[test]
fn the_console_shows_forms_and_previews_of_a_custom_app() {
    let store = Store::memory();
    let library = ContentStore::open(&store, "library_main", Arc::new(Library)).unwrap();
    library.execute(Command::new("acquire-book").with("isbn", "1").with("title", "Matilda")).unwrap();
    let mut console = Headless::new(store, apps(), 120, 40).of_program("library");
    console.press("nj<enter>1<tab>Ada").unwrap();
    let screen = screen(&console);
    assert!(screen.starts_with(" library "), "{screen}");
    for told in ["Lend book", "book.lent", "book:1", "lent_to"] {
        assert!(screen.contains(told), "{told} in\n{screen}");
    }
    console.press("<ctrl-s>").unwrap();
    assert_eq!(library.event_count().unwrap(), 2);
    let book: serde_json::Value = library.get("book:1").unwrap().unwrap();
    assert_eq!((&book["lent_to"], &book["title"]), (&"Ada".into(), &"Matilda".into()));
}

fn screen(console: &Headless) -> String {
    let buffer = console.draw(&ramax::console::theme::Theme::mono());
    let area = buffer.area;
    let line = |y| -> String { (0..area.width).map(|x| buffer[(x, y)].symbol()).collect() };
    (0..area.height).map(|y| line(y) + "\n").collect()
}
