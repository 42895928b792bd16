//! The operations that are killed.

use std::path::PathBuf;
use std::sync::Arc;

use ramax::apps::Crm;
use ramax::operations::{
    DeleteSpace, Fork, Import, Operation, OperationContext, Rebuild, Redact, ReviewDecision, Target,
    catch_up, export_to_file,
};
use ramax::{
    Apps, Command, Conditions, ContentStore, Error, Location, OpenOptions, Request, Result, SpaceId, Store,
};

use super::halt::{Deed, Halt};

/// All operations of processes to be killed.
pub const DEEDS: &[Deed] =
    &[APPEND, CATCH_UP, REBUILD, REVIEWED_REBUILD, MIGRATE, IMPORT, EXPORT, ARCHIVE, PURGE, REDACT, FORK];

pub(super) const APPEND: Deed = Deed { name: "append", work: append_batches };
pub(super) const CATCH_UP: Deed = Deed { name: "catch-up", work: catch_up_tenant };
pub(super) const REBUILD: Deed = Deed { name: "rebuild", work: rebuild_tenant };
pub(super) const REVIEWED_REBUILD: Deed = Deed { name: "reviewed-rebuild", work: review_rebuild };
pub(super) const MIGRATE: Deed = Deed { name: "migrate", work: |location, _| open(location).map(drop) };
pub(super) const IMPORT: Deed = Deed { name: "import", work: import_tenant };
pub(super) const EXPORT: Deed = Deed { name: "export", work: export_tenant };
pub(super) const ARCHIVE: Deed = Deed { name: "archive", work: archive_tenant };
pub(super) const PURGE: Deed = Deed { name: "purge", work: purge_tenant };

pub(super) const REDACT: Deed = Deed { name: "redact", work: redact_person };

pub(super) const FORK: Deed = Deed { name: "fork", work: fork_tenant };

pub(super) const TENANT: &str = "crm_acme";
pub(super) const TENANT_ID: SpaceId = SpaceId(1);
pub(super) const OTHER_ID: u32 = 2;
/// Events and contacts of the tenant: more than one batch, or few if only the events are processed in batches.
pub(super) const EVENTS: usize = 1_200;
pub(super) const MANY: usize = 1_050;
pub(super) const FEW: usize = 150;

/// Text that occurs only in the tenant.
pub(super) const SECRET: &str = "xyzzy@plugh.example";

/// The entity whose fields are erased, and a value of them that occurs nowhere else.
pub(super) const PERSON: &str = "person";
pub(super) const PERSONS_NAME: &str = "Countess Lovelace";

/// The number of appended batches, and of contacts in each.
pub(super) const BATCHES: usize = 4;
pub(super) const BATCH: usize = 3;

pub(super) fn open(location: &Location) -> Result<Store> {
    Store::open(location, OpenOptions::default())
}

pub(super) fn crm(store: &Store, name: &str) -> Result<ContentStore> {
    ContentStore::open(store, name, Arc::new(Crm))
}

/// Returns a path next to the store.
pub(super) fn beside(location: &Location, name: &str) -> PathBuf {
    location.database.with_file_name(name)
}

pub(super) fn append_batches(location: &Location, halt: &Halt) -> Result<()> {
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

pub(super) fn keyed(number: usize) -> Request {
    Request {
        conditions: Conditions { idempotency_key: Some(format!("key {number}")), ..Conditions::default() },
        ..add_contact(number).into()
    }
}

pub(super) fn add_contact(number: usize) -> Command {
    let command = Command::new("add-contact").with("contact_id", format!("c{number:05}"));
    command.with("name", format!("N{number}")).with("email", SECRET)
}

pub(super) fn catch_up_tenant(location: &Location, halt: &Halt) -> Result<()> {
    catch_up(&crm(&open(location)?, TENANT)?, &mut |progress| halt.step(progress)).map(drop)
}

pub(super) fn rebuild_tenant(location: &Location, halt: &Halt) -> Result<()> {
    let store = open(location)?;
    let crm = crm(&store, TENANT)?;
    run(&store, Target::of(crm.space()), Rebuild::default(), halt)
}

pub(super) fn review_rebuild(location: &Location, halt: &Halt) -> Result<()> {
    let store = open(location)?;
    let crm = crm(&store, TENANT)?;
    run(&store, Target::of(crm.space()), Rebuild { review: true, ..Rebuild::default() }, halt)
}

pub(super) fn import_tenant(location: &Location, halt: &Halt) -> Result<()> {
    let store = open(location)?;
    let into = Some("crm_moved".to_owned());
    run(&store, Target::File, Import { file: beside(location, "tenant.jsonl"), into }, halt)
}

pub(super) fn fork_tenant(location: &Location, halt: &Halt) -> Result<()> {
    let store = open(location)?;
    let crm = crm(&store, TENANT)?;
    let fork = Fork { name: Some("crm_fork".to_owned()), at: None };
    run(&store, Target::of(crm.space()), fork, halt)
}

pub(super) fn export_tenant(location: &Location, halt: &Halt) -> Result<()> {
    let path = beside(location, "again.jsonl");
    export_to_file(&open(location)?, TENANT, &path, false, &mut |progress| halt.step(progress)).map(drop)
}

pub(super) fn archive_tenant(location: &Location, halt: &Halt) -> Result<()> {
    let archive = Some(beside(location, "archive.jsonl"));
    delete_tenant(location, halt, DeleteSpace { purge: false, archive })
}

pub(super) fn purge_tenant(location: &Location, halt: &Halt) -> Result<()> {
    delete_tenant(location, halt, DeleteSpace { purge: true, archive: None })
}

pub(super) fn redact_person(location: &Location, halt: &Halt) -> Result<()> {
    let store = open(location)?;
    let crm = crm(&store, TENANT)?;
    let fields = vec!["name".parse()?, "email".parse()?];
    let redact = Redact { entity_id: PERSON.to_owned(), fields, purge: true, skip_errors: false };
    run(&store, Target::of(crm.space()), redact, halt)
}

pub(super) fn delete_tenant(location: &Location, halt: &Halt, delete: DeleteSpace) -> Result<()> {
    run(&open(location)?, Target::Space { space_id: TENANT_ID, space_name: TENANT }, delete, halt)
}

fn run<O: Operation<Error = Error>>(
    store: &Store,
    target: Target<'_>,
    mut operation: O,
    halt: &Halt,
) -> Result<()> {
    let apps = Apps::standard();
    let context =
        OperationContext { reviewer: &ReviewDecision::Accept, ..OperationContext::new(store, &apps) };
    operation.run(target, context, &mut |progress| halt.step(progress)).map(drop)
}
