//! After a killed `ramax import`, the import is complete, closed or absent, and the next one completes it. A killed
//! `ramax spaces delete --archive` removes only what is in a complete archive. A killed import of a file of the Elixir
//! original keeps the complete spaces, and the next one continues with the incomplete one.

use ramax::space::SpaceState;

use super::invariants;
use super::seeded_kills::Campaign;
use crate::support::dump::{self, Dump};
use crate::support::original::OriginalWriter;
use crate::support::sandbox::{Files, Moment, Sandbox};

const IMPORT: &str = "import crm_load_0001.jsonl --into crm_moved";
const DELETE: &str = "spaces delete crm_load_0001 --confirm crm_load_0001 --archive archive.jsonl";
const OTHER: u32 = 2;

#[test]
fn in_one_file_a_killed_import_is_complete_or_starts_again() {
    import("import, one file", Files::One);
}

#[test]
fn in_two_files_a_killed_import_is_complete_or_starts_again() {
    import("import, two files", Files::Two);
}

#[test]
fn in_one_file_a_killed_delete_removes_only_archived_data() {
    delete("archive, one file", Files::One);
}

#[test]
fn in_two_files_a_killed_delete_removes_only_archived_data() {
    delete("archive, two files", Files::Two);
}

#[test]
fn a_killed_import_of_an_original_continues_with_the_incomplete_space() {
    const IMPORT_ORIGINAL: &str = "import --ramax original.db";
    let mut campaign = Campaign::new("import of an original");
    let template = template(Files::One);
    let writer = OriginalWriter::create(&template.directory.path().join("original.db"));
    for (space_id, name) in [(1, "crm_one"), (2, "crm_two")] {
        writer.space(space_id, name, None);
        writer.contacts(space_id, 2500);
    }
    drop(writer);
    let (begin, span) = template.time(IMPORT_ORIGINAL);
    let original = std::fs::read(template.directory.path().join("original.db")).unwrap();
    let other = dump::space(&template, OTHER);
    while campaign.goes_on() {
        let sandbox = template.copy();
        let mut complete = 0;
        for _ in 0..campaign.chance.u8(1..3) {
            if state(&sandbox, "crm_two") == Some(SpaceState::Open) {
                break;
            }
            let moment = Moment::AfterSpawn(campaign.moment_after(begin / 2, begin / 2 + span));
            campaign.count(sandbox.kill(IMPORT_ORIGINAL, moment));
            let open = ["crm_one", "crm_two"].map(|name| state(&sandbox, name) == Some(SpaceState::Open));
            let now = open.into_iter().filter(|is_open| *is_open).count();
            assert!(now >= complete, "a complete space is gone");
            complete = now;
        }
        sandbox.run(IMPORT_ORIGINAL).done();
        for name in ["crm_one", "crm_two"] {
            assert_eq!(state(&sandbox, name), Some(SpaceState::Open));
            let listed = sandbox.run(&format!("events list {name} --limit 3000 --json")).done().out;
            assert_eq!(listed.lines().count(), 2500, "{name}");
        }
        assert!(std::fs::read(sandbox.directory.path().join("original.db")).unwrap() == original);
        assert!(dump::space(&sandbox, OTHER) == other, "another space has changed");
        dump::assert_nothing_left_over(&sandbox);
        invariants::assert_whole(&sandbox.copy());
        sandbox.run("verify --all").done();
    }
}

/// A sandbox with two tenants, the first of which is also exported to a file.
fn template(files: Files) -> Sandbox {
    let sandbox = Sandbox::new(files);
    sandbox.run("generate --spaces 1 --events 4000").done();
    sandbox.run("run crm_load_0001 add-contact contact_id=k name=K email=k --idempotency-key key").done();
    sandbox.run("generate --spaces 1 --events 500").done();
    sandbox.run("export crm_load_0001 --output crm_load_0001.jsonl").done();
    sandbox
}

fn state(sandbox: &Sandbox, name: &str) -> Option<SpaceState> {
    sandbox.copy().store().events().find_space(name).unwrap().map(|record| record.space.state)
}

/// Returns the entries of a space's projection.
fn entries(sandbox: &Sandbox, name: &str) -> String {
    sandbox.run(&format!("projections list {name} --json")).done().out
}

fn import(name: &'static str, files: Files) {
    let mut campaign = Campaign::new(name);
    let template = template(files);
    let (begin, span) = template.time(IMPORT);
    let (expected, other) = (entries(&template, "crm_load_0001"), dump::space(&template, OTHER));
    while campaign.goes_on() {
        let sandbox = template.copy();
        for _ in 0..campaign.chance.u8(1..3) {
            if state(&sandbox, "crm_moved") == Some(SpaceState::Open) {
                break;
            }
            let killed =
                sandbox.kill(IMPORT, Moment::AfterSpawn(campaign.moment_after(begin / 2, begin / 2 + span)));
            campaign.count(killed);
        }
        match state(&sandbox, "crm_moved") {
            Some(SpaceState::Open) => {}
            Some(SpaceState::Importing) => {
                let ran = sandbox.run("run crm_moved add-contact contact_id=late name=N email=e --json");
                assert_eq!((ran.code, ran.error_kind().as_str()), (Some(1), "space_importing"));
                sandbox.run(IMPORT).done();
            }
            None => drop(sandbox.run(IMPORT).done()),
            Some(SpaceState::Deleting) => panic!("nothing is deleted here"),
        }
        assert!(entries(&sandbox, "crm_moved") == expected, "not what was exported");
        assert!(dump::space(&sandbox, OTHER) == other, "another space has changed");
        dump::assert_nothing_left_over(&sandbox);
        invariants::assert_whole(&sandbox.copy());
        sandbox.run("verify --all").done();
    }
}

fn delete(name: &'static str, files: Files) {
    let mut campaign = Campaign::new(name);
    let template = template(files);
    let archive = std::fs::read(template.directory.path().join("crm_load_0001.jsonl")).unwrap();
    let before = dump::space(&template, 1);
    let (begin, span) = template.time(DELETE);
    while campaign.goes_on() {
        let sandbox = template.copy();
        let killed =
            sandbox.kill(DELETE, Moment::AfterSpawn(campaign.moment_after(begin / 2, begin / 2 + span)));
        campaign.count(killed);
        let path = sandbox.directory.path().join("archive.jsonl");
        let is_archived = std::fs::read(&path).is_ok_and(|bytes| bytes == archive);
        assert_eq!(is_archived, path.exists(), "an existing archive is complete");
        // The mark changes the row of its counters.
        let rows =
            |dump: Dump| dump.into_iter().filter(|(table, _)| *table != "space_sequences").collect::<Dump>();
        if !is_archived {
            assert!(
                rows(dump::space(&sandbox.copy(), 1)) == rows(before.clone()),
                "removed but not archived"
            );
        }
        if state(&sandbox, "crm_load_0001").is_some() {
            let _ = std::fs::remove_file(&path);
            sandbox.run("spaces delete crm_load_0001 --confirm crm_load_0001").done();
        }
        assert_eq!(dump::space(&sandbox, 1), Dump::new());
        dump::assert_nothing_left_over(&sandbox);
        sandbox.run("import crm_load_0001.jsonl").done();
        sandbox.run("verify --all").done();
    }
}
