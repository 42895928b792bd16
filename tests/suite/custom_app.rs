//! Tests that a custom domain gets the whole program from its declaration.

#[path = "../../examples/custom_app.rs"]
#[expect(dead_code, reason = "only the example uses its main")]
mod example;

use std::ffi::OsString;
use std::sync::Arc;

use example::{Library, program};
use ramax::cli::Exit;
use ramax::console::Headless;
use ramax::testing::{Scenario, event};
use ramax::{Apps, Command, ContentStore, Store};
use serde_json::json;

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
fn a_book_is_lent_to_one_reader_at_a_time() {
    let acquired = event("1", "book.acquired", json!({"isbn": "1", "title": "Matilda"}));
    let lend = |reader: &str| Command::new("lend-book").with("isbn", "1").with("reader", reader);
    let lent = |reader: &str| event("1", "book.lent", json!({"isbn": "1", "reader": reader}));
    let book = |lent_to: Option<&str>, times_lent: u32| json!({"isbn": "1", "title": "Matilda", "lent_to": lent_to, "times_lent": times_lent});
    Scenario::of(Library)
        .when(lend("Ada"))
        .then_rejected("no_such_book")
        .given([acquired])
        .when(lend("Ada"))
        .then_events([lent("Ada")])
        .then_state("book:1", book(Some("Ada"), 1))
        .when(lend("Bob"))
        .then_rejected("book_is_lent")
        .when(Command::new("return-book").with("isbn", "1"))
        .then_state("book:1", book(None, 1))
        .then_replayable();
}

/// The variable that holds the command line of the example in a child process, one word a line.
const LINE: &str = "LIBRARY_TEST_LINE";

/// The example's program, in a process of its own.
#[test]
#[ignore = "run by the test of the names in its output"]
fn library_program() {
    let line = std::env::var(LINE).unwrap();
    let words: Vec<OsString> = line.split('\n').map(OsString::from).collect();
    std::process::exit(program().run(&words).code().into());
}

/// Returns everything that the example's program writes for a command line.
fn written(file: &std::path::Path, line: &str) -> String {
    let mut child = std::process::Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "custom_app::library_program", "--ignored", "--nocapture", "--test-threads=1"]);
    child.env(LINE, format!("library {line}").trim_end().replace(' ', "\n")).env("LIBRARY_DB", file);
    let output = child.stdin(std::process::Stdio::null()).output().unwrap();
    let written = [output.stdout, output.stderr].concat();
    String::from_utf8(written).unwrap().replace(&*file.to_string_lossy(), "FILE")
}

#[test]
fn a_custom_program_shows_its_own_name_wherever_it_quotes_a_command() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("library.db");
    let other = directory.path().join("other.db");
    rusqlite::Connection::open(&other).unwrap().execute_batch("CREATE TABLE t (x)").unwrap();
    std::fs::write(directory.path().join("notes.txt"), "text").unwrap();
    let shows = |file: &std::path::Path, line: &str, expected: &str| {
        let text = written(file, line);
        let text = text.strip_prefix("\nrunning 1 test\n").unwrap_or(&text);
        assert!(text.contains(expected), "{line}: {expected} in\n{text}");
        // The option is named after the files that it imports.
        let text = text.replace("--ramax", "").replace(r"\-\-ramax", "");
        for unwanted in ["ramax", "RAMAX", "demo"] {
            assert!(!text.contains(unwanted), "{line}: {unwanted} in\n{text}");
        }
    };
    shows(&file, "spaces list", "hint: create it with `library --db FILE spaces create NAME`");
    shows(&file, "--db :memory: spaces list", "the command line needs a file");
    shows(&other, "spaces list", "is a SQLite database of another program");
    shows(&file, "import notes.txt", "");
    shows(&file, "spaces create library_main", "`library run library_main --help` lists its commands");
    shows(&file, "spaces create library_main", "`library spaces show library_main` shows it");
    shows(&file, "run library_main --help", "Usage: library run library_main [OPTIONS] COMMAND");
    shows(&file, "run library_main --help", "`library run --help` explains the options");
    shows(&file, "run library_main lend-book --help", "Usage: library run library_main lend-book [OPTIONS]");
    shows(&file, "run library_main lend", "`library run library_main --help` explains them");
    shows(&file, "run", "`library run SPACE --help`");
    shows(&file, "projections", "`library projections SPACE` lists the keys and values of one space");
    shows(&file, "projections get library_main book:1", "`library projections list library_main`");
    shows(&file, "events show 7", "`library events list --all-spaces` lists all events");
    shows(&file, "events show x", "`library events list --all-spaces` lists them");
    shows(&file, "events list --frob", "Usage: library events list");
    shows(&file, "evnts list", "`library --help` lists the commands");
    shows(&file, "", "`library --db FILE spaces list`");
    shows(&file, "check", "no problems");
    let connection = rusqlite::Connection::open(&file).unwrap();
    let planted = "CREATE VIEW planted AS SELECT 1; UPDATE space_sequences SET mark = 1, marked_at = 0;";
    connection.execute_batch(planted).unwrap();
    shows(&file, "check", "which is not part of the schema");
    shows(&file, "check", "`library spaces delete library_main --confirm library_main` resumes");
    shows(&file, "check --json", "");
    shows(&file, "man", "library");
    shows(&file, "completions bash", "_library_names");
    for command in [
        "spaces",
        "events",
        "projections",
        "checkpoints",
        "run",
        "rebuild",
        "catch-up",
        "verify",
        "export",
        "import",
        "backup",
        "check",
        "log",
        "generate",
        "completions",
        "man",
        "spaces create",
        "spaces delete",
        "events list",
        "events follow",
        "events trace",
    ] {
        shows(&file, &format!("{command} --help"), &format!("Usage: library {command}"));
        shows(&file, &format!("{command} --help"), "Example");
        shows(&file, &format!("man {command}"), "\nlibrary ");
    }
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
