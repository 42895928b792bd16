//! Changes by other processes are noticed and shown: deleted spaces, removed files, new events.

use ramax::console::Headless;
use ramax::console::app::action::Action;
use ramax::console::app::hints::hints;
use ramax::console::app::message::Message;
use ramax::console::app::state::{ConsoleState, ErrorText, Gone};
use ramax::console::layers::delete::Delete;
use ramax::console::panes::jobs::job::JobStatus;
use ramax::event_store::MarkOwner;
use ramax::operations::{self, DeleteOptions, keep_going};
use ramax::{Operator, SpaceId, Store, Timestamp};

use crate::console;
use crate::support::{Fixture, START, add_contact};
use crate::{notice, screen};

fn two_tenants() -> Fixture {
    let fixture = Fixture::one_file();
    for name in ["crm_acme", "crm_widgets"] {
        fixture.crm(name).execute(add_contact("c1")).unwrap();
    }
    fixture
}

fn delete(fixture: &Fixture, name: &str) {
    operations::delete(&fixture.other_process(), name, DeleteOptions::default(), &mut keep_going).unwrap();
}

#[test]
fn a_space_deleted_by_another_process_is_announced() {
    let fixture = two_tenants();
    let mut console = console(&fixture.store);
    delete(&fixture, "crm_acme");
    console.follow();
    assert_eq!(notice(&console), "crm_acme was deleted by another process; now on crm_widgets");
    console.press("j").unwrap();
    delete(&fixture, "crm_widgets");
    console.follow();
    assert_eq!(notice(&console), "crm_widgets was deleted by another process");
}

/// Begins an import or a delete by a process on another machine, which counts as running for some minutes.
fn begin_elsewhere(store: &Store, name: Option<&str>, since: Timestamp) {
    let operator = Operator {
        user: "ada".to_owned(),
        host: "elsewhere".to_owned(),
        process: 4711,
        client: "cli".to_owned(),
        ..Operator::default()
    };
    let operator = serde_json::to_string(&operator).unwrap();
    let owner = MarkOwner { token: uuid::Uuid::new_v4(), operator, since };
    match name {
        Some(name) => drop(store.events().begin_import(name, None, START, &owner).unwrap()),
        None => drop(store.events().begin_delete(SpaceId(1), &owner, None).unwrap()),
    }
}

#[test]
fn a_space_that_another_process_works_on_names_it_instead_of_a_remedy() {
    for (imported, doing) in [(Some("crm_new"), "imported"), (None, "deleted")] {
        let fixture = Fixture::one_file();
        if imported.is_none() {
            fixture.crm("crm_new").execute(add_contact("c1")).unwrap();
        }
        begin_elsewhere(&fixture.store, imported, fixture.store.clock().now());
        let mut console = console(&fixture.store);
        console.resize(200, 50);
        let told = format!("being {doing} by ada@elsewhere cli (process 4711) since 2");
        let delete = |console: &Headless| hints(console.state()).first().map(|hint| hint.action);
        assert!(delete(&console) != Some(Action::Delete), "{doing}");
        for key in ["R", "D", "v", "n"] {
            console.press(key).unwrap();
            let said = notice(&console);
            assert!(said.contains(&format!("crm_new is {told}")), "{key}: {said}");
            assert!(!said.contains("what remains"), "{key}: {said}");
            assert!(console.state().layers.is_empty(), "{key}");
        }
        console.press("<esc>i").unwrap();
        let shown = screen(&console);
        let is_told = shown.contains(&format!("being {doing} by ada@elsewhere")) && shown.contains("4711");
        assert!(is_told && !shown.contains("not finished"), "{shown}");
    }
}

#[test]
fn a_new_space_among_many_appears_while_its_process_keeps_committing() {
    let fixture = Fixture::memory();
    (0..700).for_each(|n| drop(fixture.space(&format!("crm_{n}"))));
    let mut console = console(&fixture.store);
    assert_eq!(console.state().spaces.all.len(), 700);
    let new = fixture.space("zzz_new");
    console.send(Message::Changed);
    assert!(console.state().spaces.get(new.space_id).is_some(), "without a pause between two commits");
}

#[test]
fn a_space_whose_process_is_gone_offers_the_remedy() {
    for imported in [Some("crm_new"), None] {
        let fixture = Fixture::one_file();
        if imported.is_none() {
            fixture.crm("crm_new").execute(add_contact("c1")).unwrap();
        }
        begin_elsewhere(&fixture.store, imported, Timestamp(0));
        let mut console = console(&fixture.store);
        assert_eq!(hints(console.state())[0].action, Action::Delete);
        console.press("R").unwrap();
        assert!(notice(&console).contains("`D` deletes what remains"), "{}", notice(&console));
        console.press("D").unwrap();
        assert!(screen(&console).contains("Delete  crm_new"), "{}", screen(&console));
    }
}

#[test]
fn a_space_deleted_from_here_is_not_attributed_to_another_process() {
    let fixture = two_tenants();
    let mut console = console(&fixture.store);
    console.press("Dcrm_acme<enter>").unwrap();
    assert_eq!(notice(&console), "delete crm_acme: 1 event and 2 keys removed; no row is left");
}

#[test]
fn a_removed_file_is_noticed_and_not_written_to() {
    for replaced in [false, true] {
        let fixture = two_tenants();
        let mut console = console(&fixture.store);
        console.follow();
        assert!(!screen(&console).contains("✗ the file"), "{}", screen(&console));
        let (file, away) = (fixture.file(), fixture.directory.path().join("away.db"));
        std::fs::rename(&file, &away).unwrap();
        let said = if replaced {
            std::fs::write(&file, "another").unwrap();
            "store.db was replaced by another file; `ctrl-o` opens that one"
        } else {
            "store.db is gone; move it back, and this console continues"
        };
        console.follow();
        let shown = screen(&console);
        let header = if replaced { "the file was replaced" } else { "the file is gone" };
        assert!(shown.contains(header) && !shown.contains("live"), "{shown}");
        for (key, name) in [
            ("n", "new command"),
            ("c", "create space"),
            ("R", "rebuild"),
            ("D", "delete"),
            ("v", "verify"),
            ("V", "release check"),
            ("K", "check"),
            ("B", "backup"),
            ("e", "export"),
            ("F", "fork"),
            ("<ctrl-s>", "export list"),
        ] {
            console.press(key).unwrap();
            assert_eq!(notice(&console), format!("{name}: {said}"));
            assert!(console.state().layers.is_empty(), "{name}");
        }
        std::fs::rename(&away, &file).unwrap();
        console.follow();
        assert!(!screen(&console).contains("✗ the file"), "the file is back");
    }
}

#[test]
fn events_since_the_console_was_opened_are_counted_per_space() {
    let fixture = two_tenants();
    let mut console = console(&fixture.store);
    assert!(!screen(&console).contains(" new  lag"));
    for id in ["c2", "c3"] {
        fixture.crm("crm_widgets").execute(add_contact(id)).unwrap();
    }
    fixture.crm("crm_globex").execute(add_contact("c1")).unwrap();
    console.follow();
    let shown = screen(&console);
    let row = |name: &str| shown.lines().find(|line| line.contains(name)).unwrap().to_owned();
    assert!(row("crm_widgets ").contains("+2") && row("crm_globex ").contains("+1"), "{shown}");
    assert!(!row("crm_acme    ").contains('+'), "{shown}");
}

#[test]
fn moving_in_the_checkpoints_selects_the_space_everywhere() {
    let fixture = two_tenants();
    let mut console = console(&fixture.store);
    console.press("/acme<enter>4jj").unwrap();
    let state = console.state();
    assert_eq!(state.space().unwrap().space.space_name, "crm_widgets");
    assert!(state.spaces.filter.is_empty(), "a filter that hides it is cleared");
    assert!(screen(&console).contains("crm_widgets › checkpoints"));
    console.press("/acme").unwrap();
    assert_eq!(console.state().space().unwrap().space.space_name, "crm_acme");
    console.press("<esc>").unwrap();
    assert_eq!(
        console.state().space().unwrap().space.space_name,
        "crm_widgets",
        "Esc restores the selection"
    );
    console.press("R").unwrap();
    assert!(screen(&console).contains("Rebuild  crm_widgets"));
}

#[test]
fn in_the_events_of_all_spaces_the_selected_event_selects_its_space() {
    let fixture = two_tenants();
    let mut console = console(&fixture.store);
    console.press("2a").unwrap();
    assert_eq!(console.state().space().unwrap().space.space_name, "crm_widgets");
    assert!(screen(&console).contains("crm_widgets › events of all spaces"));
    console.press("D").unwrap();
    let Some(delete) = console.state().layers.top_as::<Delete>() else { panic!("no question") };
    assert_eq!(delete.space.space.space_name, "crm_widgets");
}

#[test]
fn a_delete_shows_the_age_of_the_space_and_rewrites_the_file_on_request() {
    let fixture = two_tenants();
    let mut console = console(&fixture.store);
    console.press("D").unwrap();
    let shown = screen(&console);
    for fact in ["app", "crm", "first event", "last event", "2026-01-31 10:00"] {
        assert!(shown.contains(fact), "{fact}: {shown}");
    }
    console.press("<ctrl-p>crm_acme<enter>").unwrap();
    let JobStatus::Done(report) = &console.state().jobs.jobs[0].status else { panic!("not done") };
    assert_eq!(report.summary, "1 event and 2 keys removed; no byte is left");
    assert!(fixture.store.events().find_space("crm_acme").unwrap().is_none());
}

#[test]
fn reading_everything_again_says_whether_changes_appear_without_it() {
    let fixture = two_tenants();
    let mut console = console(&fixture.store);
    let mut said = |change: fn(&mut ConsoleState), keys: &str| {
        console.change(change);
        console.press(keys).unwrap();
        notice(&console).to_owned()
    };
    assert_eq!(said(|_| (), "<F5>"), "everything is read again; changes appear without it, too");
    let past = said(|_| (), "2t<F5>");
    assert_eq!(past, "the past is read again; new events appear after the return to now");
    let lost = |state: &mut ConsoleState| {
        (state.database.name, state.database.is_on_server) = ("postgres://h/db".to_owned(), true);
        let message = "postgres://h/db has lost event 2".to_owned();
        state.database.lost = Some(ErrorText { message, hint: Some("open it again".to_owned()) });
    };
    assert_eq!(
        said(lost, "<esc><F5>"),
        "everything is asked for again, but changes do not appear: the server has lost event 2; open it again"
    );
    console.send(Message::WorkersDue);
    assert!(console.state().database.lost.is_some(), "nothing follows it again");
    console.send(Message::Changed);
    console.press("<F5>").unwrap();
    let asked = "everything is asked for again; while the server answers, changes appear anyway";
    assert_eq!(notice(&console), asked);
    let mut said = |change: fn(&mut ConsoleState), keys: &str| {
        console.change(change);
        console.press(keys).unwrap();
        notice(&console).to_owned()
    };
    let gone = said(|state| state.database.gone = Some(Gone::Removed("t.db".to_owned())), "<F5>");
    assert_eq!(gone, "what was opened is read again, as far as it can be: t.db is gone");
}

#[test]
fn only_a_server_is_called_one_in_a_message_that_begins_with_its_name() {
    let fixture = two_tenants();
    let mut console = console(&fixture.store);
    let name = console.state().database.name.clone();
    let message = format!("{name} is locked");
    console.send(Message::FollowFailed(ErrorText { message: message.clone(), hint: None }));
    assert_eq!(notice(&console), format!("not following changes: {message}"));
}
