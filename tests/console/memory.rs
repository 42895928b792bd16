//! The console's memory: what a console finds when the same store is opened again.

use std::ops::ControlFlow;
use std::path::Path;

use ramax::console::Headless;
use ramax::console::panes::Pane;
use ramax::operations::SpaceOrder;
use ramax::operations::{DeleteSpace, Operation, OperationContext, Redact, Target};
use ramax::space::SpaceId;
use ramax::state_files::{MemoryOfStore, StateDirectory, StoreMemory};
use ramax::{Apps, Store};
use tempfile::TempDir;

use super::{notice, screen, two_tenants};
use crate::support::{Fixture, add_contact};

/// A store, and the directory of the state files.
struct Remembered {
    fixture: Fixture,
    state: TempDir,
}

impl Remembered {
    fn new() -> Self {
        Self { fixture: two_tenants(), state: TempDir::new().unwrap() }
    }

    fn directory(&self) -> StateDirectory {
        StateDirectory::at(self.state.path().join("ramax"))
    }

    fn open(&self) -> Headless {
        self.open_store(&self.fixture.store)
    }

    fn open_store(&self, store: &Store) -> Headless {
        Headless::remembering(store.clone(), Apps::standard(), (120, 40), self.directory()).unwrap()
    }

    fn store_file(&self) -> std::path::PathBuf {
        let store_id = self.fixture.store.events().store_id().unwrap();
        self.directory().path().join(format!("store-{store_id}.json"))
    }

    fn memory(&self) -> StoreMemory {
        self.directory().store(self.fixture.store.events().store_id().unwrap()).unwrap()
    }

    /// Returns the bytes of all state files.
    fn bytes(&self) -> String {
        let files = std::fs::read_dir(self.directory().path()).unwrap();
        files
            .map(|file| String::from_utf8_lossy(&std::fs::read(file.unwrap().path()).unwrap()).into_owned())
            .collect()
    }

    /// Opens the store as another process does.
    fn other_process(&self) -> Store {
        let store = self.fixture.other_process();
        let store_id = store.events().store_id().unwrap();
        let directory = Some(self.directory());
        store.with_client_memory(std::sync::Arc::new(MemoryOfStore { directory, store_id }))
    }

    /// Deletes a space as another process does.
    fn delete(&self, name: &str) {
        let (store, apps) = (self.other_process(), Apps::standard());
        let space = ramax::operations::find_space(&store, &apps, name).unwrap().space().clone();
        let context = OperationContext::new(&store, &apps);
        let done = DeleteSpace::default()
            .run(Target::of(&space), context, &mut |_| ControlFlow::Continue(()))
            .unwrap();
        assert_eq!(done.proof.console_memory.out_of_reach, [""; 0]);
    }
}

#[test]
fn the_last_position_is_restored() {
    let remembered = Remembered::new();
    let mut console = remembered.open();
    console.press("js2/type:contact.*<enter>gpz").unwrap();
    console.change(|state| state.split.side = Some(50));
    let state = console.state();
    let left = (state.focus, state.spaces.selected, state.events.window.selected, state.spaces.sort);
    assert_eq!((left.0, left.3), (Pane::Events, SpaceOrder::Name));
    console.press("q").unwrap();

    let again = remembered.open();
    let state = again.state();
    assert_eq!((state.focus, state.spaces.selected, state.events.window.selected, state.spaces.sort), left);
    assert_eq!(state.events.filter.as_str(), "type:contact.*");
    assert_eq!((state.zoomed, state.detail_shown, state.events.following), (true, false, false));
    assert_eq!(state.split.side, Some(50));
    assert_eq!(screen(&again), screen(&console));
}

#[test]
fn the_selected_key_and_a_filter_of_the_spaces_are_restored() {
    let remembered = Remembered::new();
    let mut console = remembered.open();
    console.press("1/widg<enter>3jjj").unwrap();
    let key = console.state().projections.window.selected.clone();
    assert!(key.is_some());
    console.press("q").unwrap();
    let again = remembered.open();
    assert_eq!(again.state().projections.window.selected, key);
    assert_eq!((again.state().spaces.filter.as_str(), again.state().spaces.shown.len()), ("widg", 1));
    assert_eq!(again.state().focus, Pane::Projections);
}

#[test]
fn new_events_are_followed_again_if_they_were() {
    let remembered = Remembered::new();
    let mut console = remembered.open();
    console.press("2q").unwrap();
    remembered.fixture.crm("crm_acme").execute(add_contact("c9")).unwrap();
    let again = remembered.open();
    assert!(again.state().events.following);
    assert_eq!(again.state().events.selected().unwrap().entity_id, "c9");
}

#[test]
fn a_position_in_a_space_that_is_gone_is_restored_as_far_as_it_exists() {
    let remembered = Remembered::new();
    let mut console = remembered.open();
    console.press("j2gq").unwrap();
    let widgets = console.state().spaces.selected;
    ramax::operations::delete(&remembered.fixture.store, "crm_widgets", Default::default(), &mut |_| {
        ControlFlow::Continue(())
    })
    .unwrap();
    let again = remembered.open();
    assert_eq!((again.state().focus, notice(&again)), (Pane::Events, ""));
    assert_ne!(again.state().spaces.selected, widgets);
    assert_eq!(again.state().space().unwrap().space.space_name, "crm_acme");
    assert_eq!(again.state().events.failure, None);
}

#[test]
fn an_event_or_a_key_that_is_gone_is_replaced_by_its_neighbour() {
    let remembered = Remembered::new();
    remembered.open().press("2gq").unwrap();
    let store_id = remembered.fixture.store.events().store_id().unwrap();
    let far = &mut |memory: &mut StoreMemory| {
        for position in memory.positions.values_mut() {
            (position.event, position.key) = (Some(4000), Some("zzz".to_owned()));
            (position.projection, position.pane) = ("gone".to_owned(), "no such pane".to_owned());
        }
    };
    remembered.directory().change_store(store_id, far).unwrap();
    let again = remembered.open();
    assert_eq!(
        (again.state().focus, notice(&again)),
        (Pane::Spaces, "not restored: \"no such pane\" is no pane")
    );
    assert_eq!(again.state().events.selected().unwrap().entity_id, "c3");
    assert!(again.state().projections.window.selected.is_some());
}

#[test]
fn a_copy_starts_where_the_original_was_left_and_a_restored_backup_finds_its_space_by_name() {
    let remembered = Remembered::new();
    remembered.open().press("j2gq").unwrap();
    let copy = ramax::Location::file(remembered.state.path().join("copy.db"));
    let (store, apps) = (&remembered.fixture.store, Apps::standard());
    let mut backup = ramax::operations::Backup { target: copy.clone(), replace: false };
    let context = OperationContext::new(store, &apps);
    backup.run(Target::File, context, &mut |_| ControlFlow::Continue(())).unwrap();
    let store = Store::open(&copy, ramax::OpenOptions::default()).unwrap();
    let restored = remembered.open_store(&store);
    assert_eq!(restored.state().focus, Pane::Events);
    assert_eq!(restored.state().space().unwrap().space.space_name, "crm_widgets");
}

#[test]
fn queries_are_remembered_once_and_by_all_consoles_that_are_open() {
    let remembered = Remembered::new();
    let (mut first, mut second) = (remembered.open(), remembered.open());
    first.press("2/Ada<enter>").unwrap();
    second.press("2/type:contact.added<enter>").unwrap();
    first.press("/<ctrl-u>seq:2<enter>").unwrap();
    first.press("/<ctrl-u>Ada<enter>q").unwrap();
    second.press("q").unwrap();
    let third = remembered.open();
    let past: Vec<&str> = third.state().memory.past_queries.iter().map(|past| past.query.as_str()).collect();
    assert_eq!(past, ["type:contact.added", "seq:2", "Ada"]);
    assert!(third.state().memory.past_queries.iter().all(|past| past.at.0 > 0));
}

#[test]
fn a_delete_by_another_process_reaches_what_an_open_console_holds() {
    let remembered = Remembered::new();
    let mut console = remembered.open();
    console.press("2/entity:c1<enter>1/crm_acme<enter>").unwrap();
    console.remember();
    assert!(remembered.bytes().contains("entity:c1") && remembered.bytes().contains("crm_acme"));
    remembered.delete("crm_acme");
    assert!(!remembered.bytes().contains("entity:c1") && !remembered.bytes().contains("crm_acme"));
    console.remember();
    assert_eq!(console.state().memory.past_queries, []);
    console.follow();
    console.press("q").unwrap();
    assert!(!remembered.bytes().contains("entity:c1") && !remembered.bytes().contains("crm_acme"));
    assert_eq!(remembered.memory().positions.len(), 1, "the arrangement of the screen stays");
}

#[test]
fn a_query_on_the_events_of_all_spaces_is_gone_with_any_of_them() {
    let remembered = Remembered::new();
    let mut console = remembered.open();
    console.press("j2a/payload.name~c1<ctrl-s>Frau Weiss<enter><enter>").unwrap();
    console.press("/<ctrl-r>").unwrap();
    assert!(screen(&console).contains("in all spaces"), "{}", screen(&console));
    console.press("<esc><esc>q").unwrap();
    assert_eq!(console.state().space().unwrap().space.space_name, "crm_widgets");
    assert!(remembered.bytes().contains("payload.name~c1") && remembered.bytes().contains("Frau Weiss"));
    remembered.delete("crm_acme");
    assert_eq!((remembered.memory().past_queries, remembered.memory().saved_queries), (vec![], vec![]));
    assert!(!remembered.bytes().contains("payload.name~c1") && !remembered.bytes().contains("Frau Weiss"));
}

#[test]
fn a_query_that_was_used_in_two_spaces_is_gone_with_either() {
    let remembered = Remembered::new();
    let mut console = remembered.open();
    console.press("2/Name<enter>1j2/<ctrl-u>Name<ctrl-s>people<enter><enter>q").unwrap();
    assert_eq!(console.state().space().unwrap().space.space_name, "crm_widgets");
    assert_eq!(remembered.memory().saved_queries.len(), 1);
    remembered.delete("crm_acme");
    assert_eq!((remembered.memory().past_queries, remembered.memory().saved_queries), (vec![], vec![]));
}

#[test]
fn a_saved_query_with_another_name_is_still_about_all_spaces() {
    let remembered = Remembered::new();
    let mut console = remembered.open();
    console.press("2a/Name<ctrl-s>people<enter><esc>").unwrap();
    console.press("a/<ctrl-o><ctrl-s><ctrl-u>persons<enter><esc><esc>q").unwrap();
    let saved = remembered.memory().saved_queries;
    assert_eq!((saved[0].name.as_str(), saved.len()), ("persons", 1));
    assert_eq!(saved[0].space, None);
}

#[test]
fn a_redaction_removes_queries_of_other_spaces_that_look_for_part_of_the_value() {
    let remembered = Remembered::new();
    let mut console = remembered.open();
    // The erased name is `Name of c1`.
    let found = ["payload.name~ame", r#""of c1" -type:none"#, r#"~"Name of c1" seq:90"#, "-entity:Name*"];
    let kept = ["type:contact.added", "~of", "payload.name~other"];
    console.press("j2").unwrap();
    for query in found.iter().chain(&kept) {
        console.press(&format!("/<ctrl-u>{query}<enter>")).unwrap();
    }
    console.press("/<ctrl-u>seq:2<ctrl-s>c1 (name of)<enter><enter>q").unwrap();
    assert_eq!(remembered.memory().past_queries.len(), found.len() + kept.len() + 1);
    let (store, apps) = (remembered.other_process(), Apps::standard());
    let acme = ramax::operations::find_space(&store, &apps, "crm_acme").unwrap().space().clone();
    let mut redact = Redact {
        entity_id: "c1".to_owned(),
        fields: vec!["name".parse().unwrap()],
        purge: false,
        skip_errors: false,
    };
    let context = OperationContext::new(&store, &apps);
    redact.run(Target::of(&acme), context, &mut |_| ControlFlow::Continue(())).unwrap();
    let left = remembered.memory();
    let left: Vec<&str> = left.past_queries.iter().map(|past| past.query.as_str()).collect();
    assert_eq!(left, [&kept[..], &["seq:2"]].concat());
    assert_eq!(remembered.memory().saved_queries, [], "its name quotes the value");
}

#[test]
fn a_console_without_state_files_remembers_nothing() {
    let fixture = two_tenants();
    let mut console = super::console(&fixture.store);
    console.press("2/Ada<enter>q").unwrap();
    assert_eq!(console.state().memory.past_queries.len(), 1, "only in this session");
    assert!(!console.state().memory.is_kept);
}

#[test]
fn a_broken_state_file_is_reported_with_its_line_and_kept_aside() {
    let remembered = Remembered::new();
    remembered.open().press("2q").unwrap();
    std::fs::write(remembered.store_file(), "{\n  \"version\": 1,\n  \"positions\": 7\n}").unwrap();
    let mut console = remembered.open();
    assert!(
        notice(&console).contains(".json:3: ") && notice(&console).contains(".broken"),
        "{}",
        notice(&console)
    );
    assert_eq!(console.state().focus, Pane::Spaces);
    console.press("2q").unwrap();
    assert_eq!(remembered.open().state().focus, Pane::Events);
    assert!(remembered.bytes().contains("\"positions\": 7"));
}

#[test]
fn a_pane_or_a_filter_that_means_nothing_is_reported() {
    let remembered = Remembered::new();
    remembered.open().press("2/added<enter>q").unwrap();
    let kept = std::fs::read_to_string(remembered.store_file()).unwrap();
    let broken =
        kept.replace("\"pane\": \"events\"", "\"pane\": \"foo\"").replace("\"added\"", "\"type:\\\"\"");
    assert!(broken.contains("foo") && broken.contains("type:"), "{broken}");
    std::fs::write(remembered.store_file(), broken).unwrap();
    let console = remembered.open();
    let said = notice(&console);
    assert!(
        said.contains("not restored: \"foo\" is no pane; the filter `type:\"` of the events: "),
        "{said}"
    );
}

#[test]
fn a_state_file_of_a_newer_version_is_left_unchanged() {
    let remembered = Remembered::new();
    remembered.open().press("2q").unwrap();
    let newer = r#"{"version": 2, "positions": [], "new": true}"#;
    std::fs::write(remembered.store_file(), newer).unwrap();
    let mut console = remembered.open();
    assert!(
        notice(&console).contains(": a newer version wrote the file, in format "),
        "{}",
        notice(&console)
    );
    console.press("2/Ada<enter>q").unwrap();
    assert_eq!(std::fs::read_to_string(remembered.store_file()).unwrap(), newer);
}

#[test]
fn the_console_opens_whatever_has_the_name_of_a_state_file() {
    type Make = fn(&Path);
    let things: [(Make, &str); 6] = [
        (|path| std::fs::create_dir(path).unwrap(), "a directory, not a file"),
        (|path| std::os::unix::fs::symlink("/etc/passwd", path).unwrap(), "a symbolic link, not a file"),
        (|path| fifo(path), "a FIFO, not a file"),
        (|path| std::fs::write(path, [0xff; 5000]).unwrap(), ":1: "),
        (|path| std::fs::write(path, "[".repeat(100_000)).unwrap(), ":1: "),
        (
            |path| std::fs::File::create(path).unwrap().set_len(1 << 40).unwrap(),
            "more than a state file can have",
        ),
    ];
    for (make, reason) in things {
        let remembered = Remembered::new();
        std::fs::create_dir(remembered.directory().path()).unwrap();
        make(&remembered.store_file());
        let mut console = remembered.open();
        assert!(notice(&console).contains(reason), "{reason}: {}", notice(&console));
        console.press("2/Ada<enter>jq").unwrap();
        assert!(console.state().quit);
    }
}

fn fifo(path: &Path) {
    rustix::fs::mknodat(rustix::fs::CWD, path, rustix::fs::FileType::Fifo, rustix::fs::Mode::RUSR, 0)
        .unwrap();
}

#[test]
fn hostile_contents_are_bounded_and_do_no_harm() {
    let remembered = Remembered::new();
    remembered.open().press("q").unwrap();
    let query = format!("\x1b]0;title\x07 {}", "x".repeat(1500));
    let past: Vec<_> = (0..5000)
        .map(|number| serde_json::json!({"query": format!("{number}{query}"), "at": "2026-01-31T10:00:00Z"}))
        .collect();
    let position = serde_json::json!({
        "pane": "events", "main": "jobs", "sort": "\u{1b}[2J", "event": u64::MAX,
        "space": {"id": u32::MAX, "name": "\u{0}"}, "filters": {"events": "seq:x", "spaces": "\u{1b}[2J"},
    });
    let file = serde_json::json!({
        "version": 1, "past_queries": past, "unknown": 1,
        "positions": {"/elsewhere": position},
    });
    std::fs::write(remembered.store_file(), file.to_string()).unwrap();
    let console = remembered.open();
    assert_eq!(console.state().memory.past_queries.len(), 1000);
    assert!(console.state().memory.past_queries[0].query.starts_with("4000"), "the latest are kept");
    assert_eq!((console.state().focus, console.state().events.filter.as_str()), (Pane::Events, ""));
    assert!(!screen(&console).contains('\x1b'));
    assert_eq!(console.state().spaces.filter.as_str(), "\x1b[2J");
    assert!(console.state().spaces.selected.is_none_or(|space| space != SpaceId(u32::MAX)));
}

#[test]
fn a_file_whose_name_is_not_text_has_a_memory_and_keeps_others_among_the_recent_ones() {
    use std::os::unix::ffi::OsStrExt;
    let remembered = Remembered::new();
    remembered.open();
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9.db");
    let directory = TempDir::new().unwrap();
    let store = crate::support::create(&ramax::Location::file(directory.path().join(name)));
    let mut console = remembered.open_store(&store);
    assert_eq!(notice(&console), "", "no problem is reported");
    console.press("3q").unwrap();
    assert_eq!(remembered.open_store(&store).state().focus, Pane::Projections);
    assert_eq!(remembered.directory().recent().unwrap().files.len(), 1);
}

#[test]
fn a_directory_that_cannot_be_written_is_reported_once() {
    let remembered = Remembered::new();
    std::fs::write(remembered.directory().path(), "a file").unwrap();
    let mut console = remembered.open();
    assert!(
        notice(&console).contains("is remembered") || notice(&console).contains("memory"),
        "{}",
        notice(&console)
    );
    console.press("2").unwrap();
    console.press("/Ada<enter>").unwrap();
    assert_eq!(notice(&console), "", "the reason was given when the console opened");
    console.press("q").unwrap();
}

#[test]
fn a_failing_write_is_reported_and_the_session_continues() {
    let remembered = Remembered::new();
    let mut console = remembered.open();
    std::fs::remove_dir_all(remembered.directory().path()).unwrap();
    std::fs::write(remembered.directory().path(), "a file").unwrap();
    console.press("2/Ada<enter>").unwrap();
    assert!(notice(&console).contains("no longer remembered"), "{}", notice(&console));
    assert_eq!(console.state().memory.past_queries.len(), 1);
}
