//! Each deed is killed at every one of its boundaries: at the first, at the second, until it ends by itself.
//! What it answered is there, nothing is half there or there twice, and done again it comes to its end.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use ramax::apps::Crm;
use ramax::operations::{
    Action, DeleteOptions, ImportFile, ImportOptions, RebuildOptions, Told, catch_up, delete, export_to_file,
    import, logged, rebuild,
};
use ramax::space::SpaceState;
use ramax::{
    Append, Command, ContentStore, Expected, Json, Location, NewEvent, OpenOptions, Request, Result, SpaceId,
    Store,
};
use serde_json::{Map, json};

use super::desk::{Desk, Files};
use super::dump::{self, Dump};
use super::halt::{Boundary, Deed, Halt, Ran, halted};
use super::{migrate, whole};

/// All that is done by a process to be killed.
pub const DEEDS: &[Deed] = &[APPEND, CATCH_UP, REBUILD, MIGRATE, IMPORT, EXPORT, ARCHIVE, PURGE];

const APPEND: Deed = Deed { name: "append", work: append_batches };
const CATCH_UP: Deed = Deed { name: "catch-up", work: catch_up_tenant };
const REBUILD: Deed = Deed { name: "rebuild", work: rebuild_tenant };
const MIGRATE: Deed = Deed { name: "migrate", work: |location, _| open(location).map(drop) };
const IMPORT: Deed = Deed { name: "import", work: import_tenant };
const EXPORT: Deed = Deed { name: "export", work: export_tenant };
const ARCHIVE: Deed = Deed { name: "archive", work: archive_tenant };
const PURGE: Deed = Deed { name: "purge", work: purge_tenant };

const TENANT: &str = "crm_acme";
const TENANT_ID: SpaceId = SpaceId(1);
const OTHER_ID: u32 = 2;
/// Events of the tenant, and contacts: more than fit into one batch, or few where only events go by batches.
const EVENTS: usize = 2_050;
const MANY: usize = 1_050;
const FEW: usize = 150;

/// What only the tenant says.
const SECRET: &str = "xyzzy@plugh.example";

/// Batches that are appended, and how many contacts each adds.
const BATCHES: usize = 4;
const BATCH: usize = 3;

fn open(location: &Location) -> Result<Store> {
    Store::open(location, OpenOptions::default())
}

fn crm(store: &Store, name: &str) -> Result<ContentStore> {
    ContentStore::open(store, name, Arc::new(Crm))
}

/// A file beside the store's.
fn beside(location: &Location, name: &str) -> PathBuf {
    location.database.with_file_name(name)
}

fn append_batches(location: &Location, halt: &Halt) -> Result<()> {
    let crm = crm(&open(location)?, "crm_new")?;
    for batch in 0..BATCHES {
        let requests: Vec<Request> = (batch * BATCH..(batch + 1) * BATCH).map(keyed).collect();
        for answer in crm.execute_batch(&requests)? {
            answer?;
        }
        halt.answered(batch + 1);
    }
    Ok(())
}

fn keyed(number: usize) -> Request {
    Request { idempotency_key: Some(format!("key {number}")), ..add_contact(number).into() }
}

fn add_contact(number: usize) -> Command {
    let command = Command::new("add-contact").with("contact_id", format!("c{number:05}"));
    command.with("name", format!("N{number}")).with("email", SECRET)
}

fn catch_up_tenant(location: &Location, halt: &Halt) -> Result<()> {
    catch_up(&crm(&open(location)?, TENANT)?, &mut |progress| halt.step(progress)).map(drop)
}

fn rebuild_tenant(location: &Location, halt: &Halt) -> Result<()> {
    let store = open(location)?;
    let crm = crm(&store, TENANT)?;
    let work = || rebuild(&crm, RebuildOptions::default(), &mut |progress| halt.step(progress));
    logged(&store, Action::on("rebuild", crm.space()), Map::new(), work, |done| Told::from(done)).map(drop)
}

fn import_tenant(location: &Location, halt: &Halt) -> Result<()> {
    let store = open(location)?;
    let mut file = ImportFile::open(&beside(location, "tenant.jsonl"))?;
    let options = ImportOptions { into: Some("crm_moved".to_owned()) };
    let work = || import(&store, &mut file, &options, &mut |progress| halt.step(progress));
    let action = Action::on_name("import", "crm_moved");
    logged(&store, action, Map::new(), work, |done| Told::from(done)).map(drop)
}

fn export_tenant(location: &Location, halt: &Halt) -> Result<()> {
    let path = beside(location, "again.jsonl");
    export_to_file(&open(location)?, TENANT, &path, false, &mut |progress| halt.step(progress)).map(drop)
}

fn archive_tenant(location: &Location, halt: &Halt) -> Result<()> {
    let archive = Some(beside(location, "archive.jsonl"));
    delete_tenant(location, halt, DeleteOptions { archive, ..DeleteOptions::default() })
}

fn purge_tenant(location: &Location, halt: &Halt) -> Result<()> {
    delete_tenant(location, halt, DeleteOptions { purge: true, ..DeleteOptions::default() })
}

fn delete_tenant(location: &Location, halt: &Halt, options: DeleteOptions) -> Result<()> {
    let store = open(location)?;
    let work = || delete(&store, TENANT, options, &mut |progress| halt.step(progress));
    let action = Action { space_id: Some(TENANT_ID), ..Action::on_name("delete", TENANT) };
    logged(&store, action, Map::new(), work, |done| Told::from(done)).map(drop)
}

/// Kills a deed at every boundary. After each kill `look` sees the files as they were left; then the deed is
/// done again, and `look_again` sees what came of that.
fn at_every_boundary(
    deed: &Deed,
    template: &Desk,
    mut look: impl FnMut(&Desk, &Ran, Boundary),
    look_again: impl Fn(&Desk, Result<()>),
) {
    let mut kills = [0, 0];
    for (boundary, kills) in [Boundary::Step, Boundary::Commit].into_iter().zip(&mut kills) {
        for number in 1.. {
            let desk = template.copy();
            let ran = halted(&desk, deed, boundary, number);
            if !ran.killed {
                look_again(&desk, Ok(()));
                break;
            }
            *kills += 1;
            look(&desk.copy(), &ran, boundary);
            let again = (deed.work)(&desk.location(), &Halt::never());
            look_again(&desk, again);
        }
    }
    let [steps, commits] = kills;
    println!(
        "{}, {} of files: {} kills at every boundary, {steps} of them behind a batch, {commits} in a commit",
        deed.name,
        if template.files == Files::One { "one" } else { "a pair" },
        steps + commits
    );
    assert!(steps + commits > 0, "{} was never killed", deed.name);
}

/// A store with a tenant of so many contacts and another one, and the tenant's export beside it.
fn template(files: Files, contacts: usize) -> Desk {
    let desk = Desk::new(files);
    let store = Store::open_or_create(&desk.location(), OpenOptions::default()).unwrap();
    let tenant = crm(&store, TENANT).unwrap();
    let rename = |number: usize| {
        let number = number % contacts;
        Command::new("update-contact").with("contact_id", format!("c{number:05}")).with("name", "M").into()
    };
    let mut requests: Vec<Request> = vec![keyed(0)];
    requests.extend((1..contacts).map(|number| add_contact(number).into()));
    requests.extend((contacts..EVENTS).map(rename));
    tenant.execute_batch(&requests).unwrap().into_iter().for_each(|answer| drop(answer.unwrap()));
    let other = Command::new("add-contact").with("contact_id", "o").with("name", "O").with("email", "o");
    crm(&store, "crm_other").unwrap().execute(other).unwrap();
    export_to_file(&store, TENANT, &beside(&desk.location(), "tenant.jsonl"), false, &mut go_on).unwrap();
    desk
}

fn go_on(_: ramax::operations::Progress) -> std::ops::ControlFlow<()> {
    std::ops::ControlFlow::Continue(())
}

fn state(desk: &Desk, name: &str) -> Option<SpaceState> {
    desk.store().events().find_space(name).unwrap().map(|record| record.space.state)
}

/// A space as it is exported, but for what differs where it has other ids.
fn told(desk: &Desk, name: &str) -> Vec<serde_json::Value> {
    let path = beside(&desk.location(), "told.jsonl");
    export_to_file(&desk.store(), name, &path, true, &mut go_on).unwrap();
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

/// Nothing is wrong and nothing is left behind.
#[track_caller]
fn assert_clean(desk: &Desk) {
    whole::assert_whole(desk);
    dump::assert_nothing_left_over(desk);
}

#[track_caller]
fn assert_done_or(again: Result<()>, kind: &str) {
    if let Err(error) = again {
        assert_eq!(error.kind(), kind, "{error}");
    }
}

fn in_both(test: impl Fn(Files)) {
    for files in [Files::One, Files::Two] {
        test(files);
    }
}

#[test]
fn batches_that_are_appended_are_there_whole_and_once_wherever_they_are_killed() {
    in_both(|files| {
        let template = Desk::new(files);
        Store::open_or_create(&template.location(), OpenOptions::default()).unwrap();
        let events = |desk: &Desk| {
            let store = desk.store();
            let record = store.events().find_space("crm_new").unwrap();
            record.map_or_else(Vec::new, |record| {
                whole::events(&ContentStore::of(&store, record.space, Arc::new(Crm)))
            })
        };
        let are_the_first = |events: &[ramax::Event]| {
            let ids = events.iter().map(|event| event.entity_id.clone());
            ids.eq((0..events.len()).map(|number| format!("c{number:05}")))
        };
        let look = |desk: &Desk, ran: &Ran, boundary| {
            let events = events(desk);
            assert!(are_the_first(&events) && events.len().is_multiple_of(BATCH));
            let batches = events.len() / BATCH;
            assert!(batches == ran.answered || boundary == Boundary::Commit && batches == ran.answered + 1);
            whole::assert_whole(desk);
        };
        at_every_boundary(&APPEND, &template, look, |desk, again| {
            again.unwrap();
            let events = events(desk);
            assert!(are_the_first(&events) && events.len() == BATCHES * BATCH);
            assert_clean(desk);
        });
    });
}

#[test]
fn a_projection_that_catches_up_takes_each_event_in_once_wherever_it_is_killed() {
    in_both(|files| {
        let template = template(files, FEW);
        let store = template.store();
        let events: Vec<NewEvent> = (0..2_500)
            .map(|number| {
                let id = format!("late{number}");
                let payload = json!({"contact_id": id, "name": "N", "email": "e"});
                NewEvent::new(id.clone(), "contact.added", Json::of(&payload))
            })
            .collect();
        let append = Append { expected: Expected::Any, now: store.clock().now(), events: &events };
        store.events().append(TENANT_ID, append).unwrap();
        drop(store);
        let lag = |desk: &Desk| {
            let crm = crm(&desk.store(), TENANT).unwrap();
            let checkpoint = crm.store().pstate().checkpoint(TENANT_ID).unwrap().sequence;
            crm.event_count().unwrap() - checkpoint.0
        };
        let mut lags = std::collections::BTreeSet::new();
        let look = |desk: &Desk, _: &Ran, _| {
            lags.insert(lag(desk));
            whole::assert_checked(desk, true);
        };
        at_every_boundary(&CATCH_UP, &template, look, |desk, again| {
            again.unwrap();
            assert_eq!(lag(desk), 0);
            assert_clean(desk);
        });
        assert!(lags.contains(&0) && lags.contains(&2_500) && lags.len() >= 3, "{lags:?}");
    });
}

#[test]
fn a_rebuild_leaves_the_old_projection_or_the_new_wherever_it_is_killed() {
    in_both(|files| {
        let template = template(files, MANY);
        let new = dump::projection(&template, TENANT_ID.0);
        let other = dump::space(&template, OTHER_ID);
        super::rebuild::age(&template);
        let old = dump::projection(&template, TENANT_ID.0);
        let mut seen = [false, false];
        let look = |desk: &Desk, _: &Ran, _| {
            let now = dump::projection(desk, TENANT_ID.0);
            assert!(now == old || now == new, "a mixture");
            seen[usize::from(now == new)] = true;
            assert_eq!(dump::space(desk, OTHER_ID), other);
            whole::assert_checked(desk, false);
        };
        at_every_boundary(&REBUILD, &template, look, |desk, again| {
            again.unwrap();
            assert!(dump::projection(desk, TENANT_ID.0) == new);
            assert_clean(desk);
        });
        assert_eq!(seen, [true, true], "killed before the switch, and behind it");
    });
}

#[test]
fn a_migration_is_done_or_not_begun_wherever_it_is_killed() {
    in_both(|files| {
        let template = migrate::old(files);
        let before = migrate::whole_dump(&template.copy());
        let look = |desk: &Desk, _: &Ran, _| assert_eq!(migrate::whole_dump(desk), before);
        at_every_boundary(&MIGRATE, &template, look, |desk, again| {
            again.unwrap();
            assert_eq!(migrate::whole_dump(&desk.copy()), before);
            assert_clean(desk);
        });
    });
}

#[test]
fn an_import_is_there_whole_or_closed_or_not_at_all_wherever_it_is_killed() {
    in_both(|files| {
        let template = template(files, MANY);
        let tenant = told(&template, TENANT);
        let others = [TENANT_ID.0, OTHER_ID].map(|id| dump::space(&template, id));
        let mut seen = [false, false, false];
        let look = |desk: &Desk, _: &Ran, _| {
            let state = state(desk, "crm_moved");
            seen[match state {
                None => 0,
                Some(SpaceState::Importing) => 1,
                Some(SpaceState::Open) => 2,
                Some(SpaceState::Deleting) => panic!("nothing is deleted here"),
            }] = true;
            let answer = desk.run("run crm_moved add-contact contact_id=late name=N email=e --json");
            if state == Some(SpaceState::Importing) {
                assert_eq!((answer.code, answer.error_kind().as_str()), (Some(1), "space_importing"));
            }
            whole::assert_whole(desk);
        };
        at_every_boundary(&IMPORT, &template, look, |desk, again| {
            assert_done_or(again, "space_exists");
            assert!(told(desk, "crm_moved") == tenant, "not what was exported");
            assert!([TENANT_ID.0, OTHER_ID].map(|id| dump::space(desk, id)) == others);
            assert_clean(desk);
        });
        assert_eq!(seen, [true, true, true]);
    });
}

#[test]
fn an_export_is_there_whole_or_not_at_all_wherever_it_is_killed() {
    in_both(|files| {
        let template = template(files, FEW);
        let read = |desk: &Desk, name: &str| fs::read(beside(&desk.location(), name)).ok();
        let whole = read(&template, "tenant.jsonl");
        let look = |desk: &Desk, _: &Ran, _| {
            let found = read(desk, "again.jsonl");
            assert!(found.is_none() || found == whole, "half an export");
        };
        at_every_boundary(&EXPORT, &template, look, |desk, again| {
            assert_done_or(again, "file_exists");
            assert!(read(desk, "again.jsonl") == whole);
        });
    });
}

/// A space without the row of its counters, in which it is marked as being deleted.
fn rows(desk: &Desk) -> Dump {
    dump::space(desk, TENANT_ID.0).into_iter().filter(|(table, _)| *table != "space_sequences").collect()
}

#[test]
fn a_delete_removes_nothing_that_is_not_archived_wherever_it_is_killed() {
    in_both(|files| {
        let template = template(files, FEW);
        let archive = fs::read(beside(&template.location(), "tenant.jsonl")).unwrap();
        let (before, other) = (rows(&template), dump::space(&template, OTHER_ID));
        let path = |desk: &Desk| beside(&desk.location(), "archive.jsonl");
        let look = |desk: &Desk, _: &Ran, _| {
            let found = fs::read(path(desk)).ok();
            assert!(found.is_some() || rows(desk) == before, "removed, and not archived");
            assert!(found.is_none_or(|found| found == archive), "half an archive");
            assert_eq!(dump::space(desk, OTHER_ID), other);
            whole::assert_whole(desk);
            // Another archive is refused, or is as good as the first one.
            let second = beside(&desk.location(), "second.jsonl");
            let options = DeleteOptions { archive: Some(second.clone()), ..DeleteOptions::default() };
            match delete_tenant(&desk.location(), &Halt::never(), options) {
                Err(error) => {
                    assert!(["partly_deleted", "unknown_space"].contains(&error.kind()), "{error}");
                    assert!(!second.exists());
                }
                Ok(()) => assert!(fs::read(&second).unwrap() == archive, "part of what there was"),
            }
        };
        at_every_boundary(&ARCHIVE, &template, look, |desk, again| {
            let refused = again.as_ref().map_err(ramax::Error::kind).err();
            if refused.is_some_and(|kind| kind == "file_exists" || kind == "partly_deleted") {
                purge_tenant(&desk.location(), &Halt::never()).unwrap();
            } else {
                assert_done_or(again, "unknown_space");
            }
            assert_eq!(fs::read(path(desk)).unwrap(), archive);
            assert_gone(desk, &other);
        });
    });
}

#[test]
fn a_purge_goes_on_to_its_end_wherever_it_is_killed() {
    in_both(|files| {
        let template = template(files, FEW);
        let (before, other) = (dump::space(&template, TENANT_ID.0), dump::space(&template, OTHER_ID));
        let look = |desk: &Desk, _: &Ran, _| {
            match state(desk, TENANT) {
                Some(SpaceState::Open) => assert!(dump::space(desk, TENANT_ID.0) == before),
                Some(SpaceState::Deleting) => {}
                Some(SpaceState::Importing) => panic!("nothing is imported here"),
                None => assert_eq!(dump::space(desk, TENANT_ID.0), Dump::new()),
            }
            assert_eq!(dump::space(desk, OTHER_ID), other);
            whole::assert_whole(desk);
        };
        at_every_boundary(&PURGE, &template, look, |desk, again| {
            assert_done_or(again, "unknown_space");
            fs::remove_file(beside(&desk.location(), "tenant.jsonl")).unwrap();
            assert!(!String::from_utf8_lossy(&desk.bytes()).contains(SECRET), "not every byte is gone");
            assert_gone(desk, &other);
        });
    });
}

#[track_caller]
fn assert_gone(desk: &Desk, other: &Dump) {
    assert_eq!(dump::space(desk, TENANT_ID.0), Dump::new());
    assert_eq!(dump::space(desk, OTHER_ID), *other);
    assert_clean(desk);
}
