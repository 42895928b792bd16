//! Backing up the database from the console.

use std::fs;
use std::path::PathBuf;

use ramax::audit::Outcome;
use ramax::console::Headless;
use ramax::console::layers::form::state::Form;
use ramax::console::panes::jobs::job::JobStatus;
use ramax::operations::{backup, keep_going};
use ramax::{Apps, Location, OpenOptions, Page, Store};

use crate::console;
use crate::support::{Fixture, add_contact};
use crate::{notice, screen, two_tenants};

fn backup_path(fixture: &Fixture, name: &str) -> PathBuf {
    fixture.directory.path().join(name)
}

fn summary(console: &Headless) -> &str {
    match &console.state().jobs.jobs[0].status {
        JobStatus::Done(report) => &report.summary,
        other => panic!("not done: {other:?}"),
    }
}

fn error(console: &Headless) -> Option<&str> {
    let Some(form) = console.state().layers.top_as::<Form>() else { panic!("no form") };
    form.fields[0].error.as_deref()
}

#[test]
fn a_backup_is_previewed_made_checked_and_recorded() {
    let fixture = two_tenants();
    let mut console = console(&fixture.store);
    console.press("B").unwrap();
    let shown = screen(&console);
    for text in ["backup.db", "the copy shows the database at one moment"] {
        assert!(shown.contains(text), "{text} in {shown}");
    }
    assert!(!backup_path(&fixture, "backup.db").exists(), "nothing is written before the form is sent");
    console.press("<ctrl-s>").unwrap();
    assert!(summary(&console).contains("bytes; no problems in 2 spaces, 6 events"), "{}", summary(&console));
    let location = Location::file(backup_path(&fixture, "backup.db"));
    let copy = Store::open(&location, OpenOptions::default()).unwrap();
    assert_eq!(copy.events().totals().unwrap().events, 6);
    assert!(copy.audit_log().running().unwrap().is_empty());
    let entry = fixture.store.audit_log().page(None, Page::backward(None, 1)).unwrap().remove(0);
    assert_eq!((entry.action.as_str(), entry.outcome), ("backup", Outcome::Done));
    assert_eq!(entry.parameters.unwrap()["file"], location.database.to_str().unwrap());
}

#[test]
fn the_command_of_a_backup_does_the_same_in_any_directory() {
    let fixture = two_tenants();
    let mut console = console(&fixture.store);
    console.change(|state| {
        state.database.directory = Some("/srv/app".to_owned());
        state.database.location = Some(Location::file("/srv/app/t.db"));
    });
    console.press("B").unwrap();
    let shown = screen(&console);
    for text in ["ramax --db /srv/app/t.db backup", "/srv/app/backup.db"] {
        assert!(shown.contains(text), "{text} in {shown}");
    }
}

#[test]
fn an_existing_file_is_replaced_only_on_request() {
    let fixture = two_tenants();
    let path = backup_path(&fixture, "backup.db");
    let target = Location::file(path.clone());
    backup(&fixture.store, &Apps::standard(), &target, false, &mut keep_going).unwrap();
    let earlier = fs::read(&path).unwrap();
    fixture.crm("crm_acme").execute(add_contact("c9")).unwrap();
    let mut console = console(&fixture.store);
    console.press("B<ctrl-s>").unwrap();
    assert_eq!(error(&console), Some("backup.db already exists"));
    assert_eq!(fs::read(&path).unwrap(), earlier);
    console.press("<tab><right><ctrl-s>").unwrap();
    assert!(summary(&console).contains("no problems"));
    assert_ne!(fs::read(&path).unwrap(), earlier);
    assert!(Store::open(&target, OpenOptions::default()).is_ok());
}

#[test]
fn a_store_of_two_files_asks_for_two_names() {
    let fixture = Fixture::two_files();
    fixture.crm("crm_acme").execute(add_contact("c1")).unwrap();
    let mut console = console(&fixture.store);
    console.press("B<ctrl-s>").unwrap();
    assert!(summary(&console).contains("1 event"), "{}", summary(&console));
    let path = |name| backup_path(&fixture, name);
    let copy = Location::two_files(path("backup.db"), path("backup-projections.db"));
    let copy = Store::open(&copy, OpenOptions::default()).unwrap();
    assert_eq!(copy.events().totals().unwrap().events, 1);
}

#[test]
fn a_cancelled_backup_leaves_no_file_and_a_memory_store_is_refused() {
    let fixture = two_tenants();
    let mut stopped = console(&fixture.store);
    stopped.stops_jobs = true;
    stopped.press("B<ctrl-s>").unwrap();
    assert_eq!(stopped.state().jobs.jobs[0].status, JobStatus::Cancelled);
    assert!(!backup_path(&fixture, "backup.db").exists());
    let mut in_memory = console(&Store::memory());
    in_memory.press("B").unwrap();
    assert!(
        notice(&in_memory).contains("a store in memory has no files to back up"),
        "{}",
        notice(&in_memory)
    );
}
