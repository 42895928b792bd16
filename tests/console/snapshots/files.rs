//! Scenes of export, import, and the archive of a delete.

use std::fs;

use ramax::console::app::state::ConsoleState;
use ramax::console::panes::jobs::job::JobStatus;
use ramax::console::{Headless, RecentList};
use ramax::operations::keep_going;
use ramax::state_files::RecentFile;
use ramax::{Apps, Store, Timestamp};
use tempfile::TempDir;

use super::look_at;
use crate::support::tenants;

/// The directory that the scenes show.
const DIRECTORY: &str = "/srv/tenants";

/// Takes a snapshot of a scene with files: `crm_acme.jsonl` is an export, `broken.jsonl` a damaged one.
fn look(name: &str, keys: &str) {
    look_at(name, |width, height| {
        let (store, directory) = (tenants::tenants(), TempDir::new().unwrap());
        write_files(&store, &directory);
        let console = Headless::new(store, Apps::standard(), width, height);
        let mut console = console.within(directory.path());
        console.change(|state| state.database.directory = Some(DIRECTORY.to_owned()));
        console.press(keys).unwrap();
        console.change(|state| pretend(state, &directory));
        console
    });
}

fn write_files(store: &Store, directory: &TempDir) {
    let mut bytes = Vec::new();
    ramax::operations::export(store, "crm_acme", &mut bytes, &mut keep_going).unwrap();
    fs::write(directory.path().join("crm_acme.jsonl"), &bytes).unwrap();
    let behind_line_40 = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').nth(39).unwrap().0;
    bytes[behind_line_40 + 60] ^= 1;
    fs::write(directory.path().join("broken.jsonl"), &bytes).unwrap();
    for name in ["demo.db", "flashcards.db"] {
        let original = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files/elixir").join(name);
        fs::copy(original, directory.path().join(name)).unwrap();
    }
}

/// Replaces the real directory in the notes of jobs by one with a fixed name.
fn pretend(state: &mut ConsoleState, directory: &TempDir) {
    let real = directory.path().display().to_string();
    for job in &mut state.jobs.jobs {
        if let JobStatus::Done(report) = &mut job.status {
            report.notes.iter_mut().for_each(|note| *note = note.replace(&real, DIRECTORY));
        }
    }
}

macro_rules! scenes {
    ($($name:ident: $keys:literal),* $(,)?) => {$(
        #[test]
        fn $name() {
            look(&stringify!($name).replace('_', "-"), $keys);
        }
    )*};
}

scenes! {
    delete_dialog_with_an_archive: "jjD<ctrl-o>",
    delete_dialog_with_an_archive_refused: "Dcrm_acme<ctrl-o><enter>",
    delete_dialog_with_all_options: "jjD<ctrl-p><ctrl-o><tab>cms_stag<enter>",
    form_of_an_export: "jje",
    form_of_an_export_refused: "e<ctrl-s>",
    form_of_an_export_of_several: "Me",
    form_of_a_list_export: "2/added<enter><ctrl-s>",
    form_of_a_list_export_as_csv: "3<ctrl-s><right><tab><tab>",
    form_of_a_list_export_to_the_clipboard: "4<ctrl-s><tab><right>",
    form_of_a_list_export_refused: "2<ctrl-s><tab><tab><ctrl-u>crm_acme.jsonl<ctrl-s>",
    form_of_an_import: "I",
    form_of_an_import_with_a_file: "Icrm_acme.jsonl<tab>crm_copy",
    form_of_an_import_refused: "Icrm_acme.jsonl<tab>",
    form_of_an_import_of_an_original: "Iflashcards.db",
    form_of_an_import_of_an_original_refused: "Idemo.db<tab>",
    job_that_imported_an_original: "Iflashcards.db<ctrl-s>5<enter>",
    job_that_exported_a_list: "2<ctrl-s><ctrl-s>5<enter>",
    job_that_exported: "jje<ctrl-s>5<enter>",
    job_that_imported: "Icrm_acme.jsonl<tab>crm_copy<ctrl-s>5<enter>",
    job_that_refused_a_file: "Ibroken.jsonl<tab>crm_copy<ctrl-s>5<enter>",
    job_that_archived_and_deleted: "jjD<ctrl-p><ctrl-o><tab>cms_staging<enter>5<enter>",
}

/// The files that the list of recent files shows.
fn recent_files() -> Vec<RecentFile> {
    let file = |path: &str, days: i64| RecentFile {
        path: path.into(),
        projections: None,
        at: Timestamp(1_769_990_400_000 - days * 86_400_000),
    };
    vec![
        file("/srv/tenants/tenants.db", 0),
        file("/home/ada/work/customers/2026/archive/of/the/first/quarter/tenants.db", 3),
        file("/tmp/try.db", 40),
    ]
}

#[test]
fn recent_files_list() {
    look_at("recent-files", |width, height| {
        let console = Headless::new(tenants::empty(), Apps::standard(), width, height);
        console.choosing(RecentList { files: recent_files(), selected: 1 })
    });
}

#[test]
fn palette_for_another_file() {
    look_at("palette-for-another-file", |width, height| {
        let mut console = Headless::new(tenants::tenants(), Apps::standard(), width, height);
        console.change(|state| state.memory.recent = recent_files());
        console.press("<ctrl-o>").unwrap();
        console
    });
}
