//! Import, fork, export, archive and purge.

use std::fs;

use ramax::operations::{DeleteSpace, export_to_file, keep_going};
use ramax::space::SpaceState;

use super::deeds::*;
use super::halt::{Deed, Halt, Ran};
use super::{assert_clean, assert_done_or, at_every_boundary, in_both, template};
use crate::invariants;
use crate::support::dump::{self, Dump};
use crate::support::sandbox::Sandbox;

fn state(sandbox: &Sandbox, name: &str) -> Option<SpaceState> {
    sandbox.store().events().find_space(name).unwrap().map(|record| record.space.state)
}

/// Returns the export of a space, without the values that depend on its ids.
fn told(sandbox: &Sandbox, name: &str) -> Vec<serde_json::Value> {
    let path = beside(&sandbox.location(), "told.jsonl");
    export_to_file(&sandbox.store(), name, &path, true, &mut keep_going).unwrap();
    let lines = fs::read_to_string(&path).unwrap();
    let line = |line: &str| {
        let mut line: serde_json::Value = serde_json::from_str(line).unwrap();
        for other in ["space_name", "event_id", "event_ids", "checkpoint", "crc"] {
            line.as_object_mut().unwrap().remove(other);
        }
        line
    };
    lines.lines().map(line).collect()
}

/// Kills an operation that fills a new space at every boundary. The space is then complete, closed or absent, running the
/// operation again completes it, and no other space changes. `is_copied` selects the lines of its export that must equal
/// those of the tenant.
fn fills_a_space(
    deed: &Deed,
    (space, closed): (&str, &str),
    template: &Sandbox,
    is_copied: fn(&serde_json::Value) -> bool,
) {
    let copied = |sandbox: &Sandbox, name: &str| {
        told(sandbox, name).into_iter().filter(is_copied).collect::<Vec<serde_json::Value>>()
    };
    let tenant = copied(template, TENANT);
    let others = [TENANT_ID.0, OTHER_ID].map(|id| dump::space(template, id));
    let mut seen = [false, false, false];
    let look = |sandbox: &Sandbox, _: &Ran, _| {
        let state = state(sandbox, space);
        seen[match state {
            None => 0,
            Some(SpaceState::Importing) => 1,
            Some(SpaceState::Open) => 2,
            Some(SpaceState::Deleting) => panic!("nothing is deleted here"),
        }] = true;
        let command = format!("run {space} add-contact contact_id=late name=N email=e --json");
        let answer = sandbox.run(&command);
        if state == Some(SpaceState::Importing) {
            assert_eq!((answer.code, answer.error_kind().as_str()), (Some(1), closed));
        }
        invariants::assert_whole(sandbox);
    };
    at_every_boundary(deed, template, look, |sandbox, again| {
        assert_done_or(again, "space_exists");
        assert!(copied(sandbox, space) == tenant, "not what was copied");
        assert!([TENANT_ID.0, OTHER_ID].map(|id| dump::space(sandbox, id)) == others);
        assert_clean(sandbox);
    });
    assert_eq!(seen, [true, true, true]);
}

#[test]
fn an_import_killed_at_any_boundary_is_complete_closed_or_absent() {
    in_both(|files| {
        fills_a_space(&IMPORT, ("crm_moved", "space_importing"), &template(files, MANY), |_| true);
    });
}

#[test]
fn a_fork_killed_at_any_boundary_is_complete_closed_or_absent() {
    in_both(|files| {
        fills_a_space(&FORK, ("crm_fork", "space_forking"), &template(files, FEW), |line| {
            // The origin's async projections lag, and those of a fork do not.
            line["kind"] == "event" || (line["kind"] == "entity" && line["projection"].is_null())
        });
    });
}

#[test]
fn an_export_killed_at_any_boundary_is_complete_or_absent() {
    in_both(|files| {
        let template = template(files, FEW);
        let read = |sandbox: &Sandbox, name: &str| fs::read(beside(&sandbox.location(), name)).ok();
        let whole = read(&template, "tenant.jsonl");
        let look = |sandbox: &Sandbox, _: &Ran, _| {
            let found = read(sandbox, "again.jsonl");
            assert!(found.is_none() || found == whole, "half an export");
        };
        at_every_boundary(&EXPORT, &template, look, |sandbox, again| {
            assert_done_or(again, "file_exists");
            assert!(read(sandbox, "again.jsonl") == whole);
        });
    });
}

/// Returns the rows of a space without its counters, which the mark for deletion changes.
fn rows(sandbox: &Sandbox) -> Dump {
    dump::space(sandbox, TENANT_ID.0).into_iter().filter(|(table, _)| *table != "space_sequences").collect()
}

#[test]
fn a_delete_killed_at_any_boundary_removes_only_archived_data() {
    in_both(|files| {
        let template = template(files, FEW);
        let archive = fs::read(beside(&template.location(), "tenant.jsonl")).unwrap();
        let (before, other) = (rows(&template), dump::space(&template, OTHER_ID));
        let path = |sandbox: &Sandbox| beside(&sandbox.location(), "archive.jsonl");
        let look = |sandbox: &Sandbox, _: &Ran, _| {
            let found = fs::read(path(sandbox)).ok();
            assert!(found.is_some() || rows(sandbox) == before, "removed but not archived");
            assert!(found.is_none_or(|found| found == archive), "half an archive");
            assert_eq!(dump::space(sandbox, OTHER_ID), other);
            invariants::assert_whole(sandbox);
            // Another archive is refused, or is as complete as the first one.
            let second = beside(&sandbox.location(), "second.jsonl");
            let delete = DeleteSpace { purge: false, archive: Some(second.clone()) };
            match delete_tenant(&sandbox.location(), &Halt::never(), delete) {
                Err(error) => {
                    assert!(["partly_deleted", "unknown_space"].contains(&error.kind()), "{error}");
                    assert!(!second.exists());
                }
                Ok(()) => assert!(fs::read(&second).unwrap() == archive, "an incomplete archive"),
            }
        };
        at_every_boundary(&ARCHIVE, &template, look, |sandbox, again| {
            let refused = again.as_ref().map_err(ramax::Error::kind).err();
            if refused.is_some_and(|kind| kind == "file_exists" || kind == "partly_deleted") {
                purge_tenant(&sandbox.location(), &Halt::never()).unwrap();
            } else {
                assert_done_or(again, "unknown_space");
            }
            assert_eq!(fs::read(path(sandbox)).unwrap(), archive);
            assert_gone(sandbox, &other);
        });
    });
}

#[test]
fn a_purge_killed_at_any_boundary_can_be_completed() {
    in_both(|files| {
        let template = template(files, FEW);
        let (before, other) = (dump::space(&template, TENANT_ID.0), dump::space(&template, OTHER_ID));
        let look = |sandbox: &Sandbox, _: &Ran, _| {
            match state(sandbox, TENANT) {
                Some(SpaceState::Open) => assert!(dump::space(sandbox, TENANT_ID.0) == before),
                Some(SpaceState::Deleting) => {}
                Some(SpaceState::Importing) => panic!("nothing is imported here"),
                None => assert_eq!(dump::space(sandbox, TENANT_ID.0), Dump::new()),
            }
            assert_eq!(dump::space(sandbox, OTHER_ID), other);
            invariants::assert_whole(sandbox);
        };
        at_every_boundary(&PURGE, &template, look, |sandbox, again| {
            assert_done_or(again, "unknown_space");
            fs::remove_file(beside(&sandbox.location(), "tenant.jsonl")).unwrap();
            assert!(!String::from_utf8_lossy(&sandbox.bytes()).contains(SECRET), "some bytes are left");
            assert_gone(sandbox, &other);
        });
    });
}

#[track_caller]
fn assert_gone(sandbox: &Sandbox, other: &Dump) {
    assert_eq!(dump::space(sandbox, TENANT_ID.0), Dump::new());
    assert_eq!(dump::space(sandbox, OTHER_ID), *other);
    assert_clean(sandbox);
}
