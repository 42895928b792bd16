//! Opening another file in a running console.

use std::fs;
use std::path::Path;

use ramax::console::app::message::{Answer, Message};
use ramax::console::app::opening::NextFile;
use ramax::console::app::state::{ErrorText, RequestId};
use ramax::console::layers::confirm::{Dialog, Question};
use ramax::console::layers::palette::{Palette, PaletteTarget};
use ramax::console::panes::Pane;
use ramax::console::panes::jobs::job::{Job, JobId, JobStatus};
use ramax::console::theme::ThemeName;
use ramax::console::{FileOpener, Headless, RecentList};
use ramax::operations::{AnyOperation, Verify};
use ramax::state_files::{RecentFile, StateDirectory};
use ramax::{Apps, Location, OpenOptions, Store, Timestamp};

use crate::support::{Fixture, add_contact, create};
use crate::{console, notice, screen, two_tenants};

/// Creates a second file beside the one of a fixture, with one space.
fn beside(fixture: &Fixture, name: &str, space: &str) {
    let store = create(&Location::file(fixture.directory.path().join(name)));
    let crm = ramax::ContentStore::open(&store, space, std::sync::Arc::new(ramax::apps::Crm)).unwrap();
    crm.execute(add_contact("c1")).unwrap();
}

fn spaces(console: &Headless) -> Vec<&str> {
    console.state().spaces.names.keys().map(String::as_str).collect()
}

fn palette(console: &Headless) -> Option<&Palette> {
    console.state().layers.top_as()
}

fn titles(console: &Headless) -> Vec<&str> {
    palette(console).unwrap().entries.iter().map(|entry| entry.title.as_str()).collect()
}

fn opened(console: &Headless) -> &Path {
    console.state().database.location.as_ref().unwrap().database.as_path()
}

/// A console that remembers, in the directory of its fixture.
fn remembering(fixture: &Fixture) -> Headless {
    let directory = StateDirectory::at(fixture.directory.path().join("state"));
    Headless::remembering(fixture.store.clone(), Apps::standard(), (120, 40), directory).unwrap()
}

/// A console without a file that offers these ones.
pub fn choosing(directory: &Path, names: &[&str]) -> Headless {
    let path = |name: &&str| directory.canonicalize().unwrap().join(name);
    let file = |name| RecentFile { path: path(name), projections: None, at: Timestamp(0) };
    let list = RecentList { files: names.iter().map(file).collect(), selected: 0 };
    Headless::new(Store::memory(), Apps::standard(), 80, 24).within(directory).choosing(list)
}

#[test]
fn another_file_is_opened_by_its_path_and_shows_nothing_of_the_one_before() {
    let fixture = two_tenants();
    beside(&fixture, "other.db", "crm_other");
    let mut console = console(&fixture.store);
    console.press("2/added<enter>:theme light<enter>").unwrap();
    console.press("<ctrl-o>other.db<enter>").unwrap();
    let state = console.state();
    assert_eq!(spaces(&console), ["crm_other"]);
    assert_eq!(opened(&console), fixture.directory.path().join("other.db"));
    assert_eq!(state.database.name, "other.db");
    assert!(state.layers.is_empty() && state.filter(Pane::Events).is_empty() && !state.quit);
    assert_eq!(
        (state.theme_name, state.size.width),
        (ThemeName::Light, 120),
        "these do not depend on a file"
    );
    assert!(!screen(&console).contains("crm_acme"), "{}", screen(&console));
    console.press(":e<enter>").unwrap();
    assert_eq!(palette(&console).unwrap().text(), "open ", "as in vi");
    console.press("<esc>:e sto<tab>").unwrap();
    assert_eq!(palette(&console).unwrap().text(), "open store.db", "a path is completed");
    console.press("<esc>:e store.db<enter>").unwrap();
    assert_eq!(spaces(&console), ["crm_acme", "crm_widgets"]);
}

#[test]
fn a_path_is_completed_with_the_databases_and_directories_on_disk() {
    let fixture = two_tenants();
    beside(&fixture, "other.db", "crm_other");
    fs::create_dir(fixture.directory.path().join("archive")).unwrap();
    beside(&fixture, "archive/old.db", "crm_old");
    fs::write(fixture.directory.path().join("notes.txt"), "no database").unwrap();
    let mut console = console(&fixture.store);
    console.press("<ctrl-o>").unwrap();
    assert_eq!(titles(&console), ["open archive/", "open other.db"]);
    console.press("ar<tab>").unwrap();
    assert_eq!(palette(&console).unwrap().text(), "open archive/");
    assert_eq!(titles(&console), ["open archive/old.db"]);
    console.press("<enter>").unwrap();
    assert_eq!(spaces(&console), ["crm_old"]);
}

#[test]
fn a_directory_is_entered_and_not_opened() {
    let fixture = two_tenants();
    fs::create_dir(fixture.directory.path().join("archive")).unwrap();
    let mut console = console(&fixture.store);
    console.press("<ctrl-o><enter>").unwrap();
    let palette = palette(&console).unwrap();
    assert_eq!((palette.text(), palette.entries.len()), ("open archive/", 0));
    assert_eq!(palette.message.as_deref(), Some("there is no database here; type a path"));
}

#[test]
fn a_path_is_opened_as_it_is_typed_even_if_another_file_matches() {
    let fixture = two_tenants();
    beside(&fixture, "a.db.old", "crm_old");
    beside(&fixture, "a.db", "crm_a");
    let mut console = console(&fixture.store);
    console.press(":open a.db<enter>").unwrap();
    assert_eq!(spaces(&console), ["crm_a"]);
}

#[test]
fn recent_files_are_found_by_name_and_opened_with_their_projections() {
    let fixture = two_tenants();
    let two = Fixture::two_files();
    two.crm("crm_split").execute(add_contact("c1")).unwrap();
    let directory = StateDirectory::at(fixture.directory.path().join("state"));
    let open = |store: &Store| {
        Headless::remembering(store.clone(), Apps::standard(), (120, 40), directory.clone()).unwrap()
    };
    open(&two.store).press("q").unwrap();
    let name = two.file().file_name().unwrap().to_str().unwrap().to_owned();
    let mut console = open(&fixture.store);
    console.press(&format!(":{}", name.replace('<', ""))).unwrap();
    let row = palette(&console).unwrap().entries.iter().find(|entry| entry.label == "recent file").unwrap();
    assert_eq!(row.title, name);
    let PaletteTarget::File { file, .. } = &row.target else { panic!("{row:?}") };
    assert!(file.projections.is_some());
    // A path that is typed is opened with the same second file.
    let path = two.file().display().to_string();
    console.press("<esc><ctrl-o>").unwrap();
    console.paste(&path);
    console.press("<enter>").unwrap();
    assert_eq!(spaces(&console), ["crm_split"], "{}", notice(&console));
    assert_eq!(console.state().database.files, 2);
}

#[test]
fn a_damaged_second_file_is_refused_with_the_line_that_replaces_it() {
    let (fixture, two) = (two_tenants(), Fixture::two_files());
    two.crm("crm_split").execute(add_contact("c1")).unwrap();
    let directory = StateDirectory::at(fixture.directory.path().join("state"));
    let open = |store: &Store| {
        Headless::remembering(store.clone(), Apps::standard(), (120, 40), directory.clone()).unwrap()
    };
    open(&two.store).press("q").unwrap();
    let Location { database, projections } = two.store.location().unwrap().clone();
    let Fixture { store, directory: _kept } = two;
    drop(store);
    let projections = projections.unwrap();
    fs::OpenOptions::new().write(true).open(&projections).unwrap().set_len(8192).unwrap();
    let mut console = open(&fixture.store);
    console.press("<ctrl-o>").unwrap();
    console.paste(&database.display().to_string());
    console.press("<enter>").unwrap();
    let said = notice(&console);
    assert!(said.contains("is damaged") && said.contains("rebuild --all`"), "{said}");
}

#[test]
fn each_file_is_continued_where_it_was_left() {
    let fixture = two_tenants();
    beside(&fixture, "other.db", "crm_other");
    let mut console = remembering(&fixture);
    console.press("2/type:contact.*<enter>:open other.db<enter>").unwrap();
    assert!(console.state().filter(Pane::Events).is_empty());
    console.press("3z:store<enter>").unwrap();
    assert_eq!(console.state().filter(Pane::Events).as_str(), "type:contact.*", "{}", screen(&console));
    assert_eq!(console.state().focus, Pane::Events);
    console.press("<ctrl-o>").unwrap();
    assert_eq!(titles(&console)[0], "open other.db", "the latest file comes first");
    console.press("<enter>").unwrap();
    assert_eq!((console.state().focus, console.state().zoomed), (Pane::Projections, true));
}

#[test]
fn a_file_that_cannot_be_opened_says_why_and_nothing_is_lost() {
    let fixture = two_tenants();
    let at = |name: &str| fixture.directory.path().join(name);
    fs::write(at("text.db"), "no database, only a text").unwrap();
    let foreign = rusqlite::Connection::open(at("foreign.db")).unwrap();
    foreign.execute_batch("PRAGMA application_id = 7; CREATE TABLE a (b)").unwrap();
    beside(&fixture, "newer.db", "crm_newer");
    let newer = rusqlite::Connection::open(at("newer.db")).unwrap();
    newer.execute_batch("PRAGMA user_version = 9999; PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    beside(&fixture, "damaged.db", "crm_damaged");
    let mut bytes = fs::read(at("damaged.db")).unwrap();
    bytes[100..3000].fill(0xff);
    fs::write(at("damaged.db"), bytes).unwrap();
    fs::create_dir(at("folder.db")).unwrap();

    let mut console = console(&fixture.store);
    console.press("2/added<enter>gj").unwrap();
    let selected = console.state().events.window.selected;
    for (name, reason) in [
        ("missing.db", "there is no file"),
        ("text.db", "is not a SQLite database"),
        ("foreign.db", "is a SQLite database of another program"),
        ("newer.db", "newer"),
        ("damaged.db", "damaged"),
        ("store.db", "is the file that is open"),
        ("folder.db", "not a"),
        ("../elsewhere.db", "outside the console's directory"),
    ] {
        console.press(&format!("<ctrl-o>{name}<enter>")).unwrap();
        assert!(notice(&console).contains(reason), "{name}: {}", notice(&console));
        assert_eq!(palette(&console).unwrap().text(), format!("open {name}"), "it can be corrected");
        console.press("<esc>").unwrap();
        assert!(console.state().layers.is_empty());
        assert_eq!(console.state().events.window.selected, selected);
        assert_eq!(console.state().filter(Pane::Events).as_str(), "added");
        assert_eq!(spaces(&console), ["crm_acme", "crm_widgets"]);
    }
}

#[test]
fn opening_a_file_asks_while_a_job_runs_and_a_refusal_keeps_the_job() {
    let fixture = two_tenants();
    beside(&fixture, "other.db", "crm_other");
    let mut console = console(&fixture.store);
    let space = fixture.space("crm_acme");
    console.change(|state| {
        let verify = AnyOperation::Verify(Verify::default());
        state.jobs.put(Job { status: JobStatus::Running, ..Job::queued(JobId(1), verify, space) });
    });
    console.press("<ctrl-o>missing.db<enter>").unwrap();
    assert!(matches!(console.state().layers.top_as(), Some(Dialog { question: Question::Leave { .. }, .. })));
    assert!(screen(&console).contains("will be cancelled"), "{}", screen(&console));
    console.press("<enter>").unwrap();
    assert!(notice(&console).contains("there is no file"));
    assert_eq!(console.state().jobs.jobs[0].status, JobStatus::Running);
    console.press("<ctrl-u>open other.db<enter><esc>").unwrap();
    assert!(palette(&console).is_some(), "going back from the question returns to the path");
    assert_eq!(spaces(&console), ["crm_acme", "crm_widgets"]);
    console.press("<enter>y").unwrap();
    assert_eq!(spaces(&console), ["crm_other"]);
    assert!(console.state().jobs.jobs.is_empty());
}

#[test]
fn a_console_that_changes_nothing_opens_every_file_so() {
    let fixture = two_tenants();
    beside(&fixture, "other.db", "crm_other");
    let options = OpenOptions { read_only: true, ..OpenOptions::default() };
    let opener = FileOpener::new(move |location, _| Store::open(location, options));
    let mut console = console(&fixture.store).with_opener(opener);
    console.press("<ctrl-o>other.db<enter>").unwrap();
    assert!(console.state().database.read_only && console.store().is_read_only());
}

#[test]
fn the_file_before_is_closed() {
    let fixture = two_tenants();
    beside(&fixture, "first.db", "crm_first");
    let mut console = {
        let path = fixture.directory.path().join("first.db");
        console(&Store::open(&Location::file(path), OpenOptions::default()).unwrap())
    };
    let companion = fixture.directory.path().join("first.db-wal");
    assert!(companion.exists());
    console.press("<ctrl-o>store.db<enter>").unwrap();
    assert_eq!(spaces(&console), ["crm_acme", "crm_widgets"]);
    assert!(!companion.exists());
}

#[test]
fn a_console_without_a_file_opens_one_by_its_path_or_from_the_list() {
    let fixture = two_tenants();
    beside(&fixture, "other.db", "crm_other");
    let choosing = || choosing(fixture.directory.path(), &["gone.db", "other.db"]);
    let mut console = choosing();
    let shown = screen(&console);
    assert!(!shown.contains("Spaces") && !shown.contains("0 spaces"), "no empty file is behind it:\n{shown}");
    console.press("<ctrl-o>store.db<enter>").unwrap();
    assert_eq!(spaces(&console), ["crm_acme", "crm_widgets"]);
    let mut console = choosing();
    console.press("<ctrl-o><esc>").unwrap();
    assert!(screen(&console).contains("Recent files") && !console.state().quit);
    console.press("<esc>").unwrap();
    assert!(console.state().quit);
}

#[test]
fn a_file_that_takes_long_is_announced_and_can_be_given_up() {
    let fixture = two_tenants();
    let mut console = console(&fixture.store);
    let request = RequestId(1000);
    let slow = |console: &mut Headless| {
        console.change(|state| {
            let file = Location::file("/srv/slow.db");
            state.next_file = Some(NextFile { request, file });
        });
        console.send(Message::OpeningIsSlow(request));
    };
    slow(&mut console);
    assert!(screen(&console).contains("opening /srv/slow.db"), "{}", screen(&console));
    console.press("jD").unwrap();
    assert_eq!(console.state().layers.len(), 1, "nothing else can be done meanwhile");
    console.press("<esc>").unwrap();
    assert!(console.state().layers.is_empty() && console.state().next_file.is_none());
    console.send(Message::Opened(Answer { request, result: Ok(()) }));
    assert!(!console.state().is_replaced, "it was given up");
    slow(&mut console);
    let failure = ErrorText { message: "the database is busy".to_owned(), hint: None };
    console.send(Message::Opened(Answer { request, result: Err(failure) }));
    assert_eq!(notice(&console), "the database is busy");
    assert!(console.state().layers.is_empty());
    console.send(Message::OpeningIsSlow(request));
    assert!(console.state().layers.is_empty(), "it has ended");
}
