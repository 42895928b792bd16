//! A file of the first version is opened by `ramax`, which brings it up to date and is killed: it is of the one
//! version or of the other, with all that it holds.

use std::path::Path;

use ramax::{Location, OpenOptions};

use super::campaign::Campaign;
use super::desk::{Desk, Files, Moment};
use super::{dump, whole};

/// Opens the file for writing, and so brings it up to date; changes nothing else.
const OPEN: &str = "log";

#[test]
fn in_one_file_a_killed_migration_is_done_or_not_begun() {
    survive("migrate, one file", Files::One);
}

#[test]
fn in_two_files_a_killed_migration_is_done_or_not_begun() {
    survive("migrate, two files", Files::Two);
}

fn survive(name: &'static str, files: Files) {
    let mut campaign = Campaign::new(name);
    let before = whole_dump(&old(files));
    let span = {
        let desk = old(files);
        let started = std::time::Instant::now();
        desk.run(OPEN).done();
        started.elapsed()
    };
    let mut seen = [0, 0];
    while campaign.goes_on() {
        let desk = old(files);
        let moment = campaign.moment(span);
        let killed = desk.kill(OPEN, Moment::AfterSpawn(moment));
        campaign.count(killed);
        let version = version(&desk.copy());
        seen[usize::try_from(version).unwrap() - 1] += 1;
        assert_eq!(whole_dump(&desk.copy()), before);
        desk.run(OPEN).done();
        assert_eq!(self::version(&desk), 2);
        whole::assert_whole(&desk.copy());
        desk.run("run crm_acme add-contact contact_id=new name=N email=e").done();
        desk.run("verify --all").done();
    }
    println!("{name}: {} times not begun, {} times done", seen[0], seen[1]);
}

pub fn old(files: Files) -> Desk {
    let desk = Desk::new(files);
    let Location { database, projections } = desk.location();
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files");
    let names = match projections {
        None => vec![("format-1.db", database)],
        Some(projections) => {
            vec![("format-1-events.db", database), ("format-1-projections.db", projections)]
        }
    };
    for (name, path) in names {
        std::fs::copy(kept.join(name), path).unwrap();
    }
    desk
}

fn version(desk: &Desk) -> i64 {
    let [events, _] = desk.connections();
    events.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
}

/// All that the spaces hold, read without writing.
pub fn whole_dump(desk: &Desk) -> Vec<dump::Dump> {
    let options = OpenOptions { read_only: true, ..OpenOptions::default() };
    ramax::Store::open(&desk.location(), options).unwrap();
    (1..=2).map(|space_id| dump::space(desk, space_id)).collect()
}
