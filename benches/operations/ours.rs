//! The tasks as a user of the crate would write them.

use std::path::Path;

use ramax::operations::{
    self, CheckOptions, ImportFile, ImportOptions, check, export_to_file, find_space, keep_going, verify,
};
use ramax::sqlite::Sync;
use ramax::{Apps, Location, OpenOptions, Store};

use super::{Fixture, Outcome, SPACE, Task, Work};

pub fn run<'a>(task: Task, fixture: &'a Fixture, directory: &'a Path) -> Outcome<Work<'a>> {
    let options = OpenOptions { sync: Sync::Normal, ..OpenOptions::default() };
    if matches!(task, Task::Import) {
        let store = Store::open_or_create(&Location::file(directory.join("ours.db")), options)?;
        return Ok(Box::new(move || {
            let mut file = ImportFile::open(&fixture.exported)?;
            let imported = operations::import(&store, &mut file, &ImportOptions::default(), &mut keep_going)?;
            assert!(imported.events > 0);
            Ok(())
        }));
    }
    let store = Store::open(&Location::file(&fixture.database), options)?;
    let apps = Apps::standard();
    Ok(match task {
        Task::Verify => Box::new(move || {
            let verified = verify(&find_space(&store, &apps, SPACE)?, &mut keep_going)?;
            assert_eq!(verified.count(), 0);
            Ok(())
        }),
        Task::Check | Task::CheckDeep => Box::new(move || {
            let options = CheckOptions { deep: matches!(task, Task::CheckDeep), is_running: &|_| true };
            let checked = check(&store, &apps, options, &mut keep_going)?;
            assert_eq!(checked.count(), 0, "{:?}", checked.findings);
            Ok(())
        }),
        _ => Box::new(move || export(fixture, &directory.join("ours.jsonl"))),
    })
}

pub fn export(fixture: &Fixture, to: &Path) -> Outcome {
    let store = Store::open(&Location::file(&fixture.database), OpenOptions::default())?;
    export_to_file(&store, SPACE, to, true, &mut keep_going)?;
    Ok(())
}
