//! The racing operations, run in the same way as by the command line.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use ramax::apps::Crm;
use ramax::operations::{
    Action, CheckOptions, DeleteOptions, Finding, GenerateOptions, ImportFile, ImportOptions, RebuildOptions,
    Told, backup, catch_up, check, check_and_repair, create_space, delete, execute, export_to_file,
    find_record, find_space, generate, import, logged, rebuild, recorded, verify,
};
use ramax::{
    Append, Command, ContentStore, Executed, Expected, Json, Location, NewEvent, OpenOptions, Request,
};
use ramax::{Apps, Result, SpaceId, Store};
use serde_json::{Map, json};

use super::{promises, start};
use crate::support::desk::{Desk, Files};

pub const TENANT: &str = "crm_acme";
pub const TENANT_ID: SpaceId = SpaceId(1);
/// The space that an import or a create makes.
pub const NEW: &str = "crm_moved";
/// The events of the exported tenant.
pub const EXPORTED: u64 = 4;

/// The role of an operation that runs again after it was refused as busy.
pub const AGAIN: &str = "again";

/// The files and the role of an operation.
pub struct Scene {
    pub location: Location,
    /// Distinguishes its files and entities from those of the other operation.
    pub role: &'static str,
}

/// The acknowledged result of an operation.
#[derive(Debug)]
pub enum Done {
    Read,
    Brought,
    Executed(Vec<Executed>),
    Deleted(SpaceId),
    Archived(PathBuf),
    Exported(PathBuf),
    /// A space, and the command executed in it right after.
    Imported(SpaceId, Option<Executed>),
    Created(SpaceId),
    Generated {
        spaces: u32,
        events: u64,
    },
    BackedUp(Location, Vec<Finding>),
    /// Findings, although nothing was damaged.
    Found(Vec<Finding>),
    /// A result that no operation may have.
    Wrong(String),
}

pub struct Operation {
    pub name: &'static str,
    /// The operation writes, so that other operations can see or hinder it.
    pub writes: bool,
    pub run: fn(&Store, &Scene) -> Result<Done>,
}

const fn writing(name: &'static str, run: fn(&Store, &Scene) -> Result<Done>) -> Operation {
    Operation { name, writes: true, run }
}

const fn reading(name: &'static str, run: fn(&Store, &Scene) -> Result<Done>) -> Operation {
    Operation { name, writes: false, run }
}

pub const OPERATIONS: &[Operation] = &[
    writing("command", command),
    writing("batch", batch),
    writing("catch-up", catch_up_tenant),
    writing("rebuild", |store, _| rebuild_tenant(store, false)),
    writing("rebuild --skip-errors", |store, _| rebuild_tenant(store, true)),
    reading("verify", verify_tenant),
    reading("check --deep", check_deep),
    writing("check --repair", check_repair),
    reading("export", export_tenant),
    writing("import", import_tenant),
    writing("delete", |store, _| delete_named(store, TENANT, DeleteOptions::default()).map(Done::Deleted)),
    writing("delete --archive", archive_tenant),
    writing("delete --purge", purge_tenant),
    writing("delete what is imported", |store, _| {
        delete_named(store, NEW, DeleteOptions::default()).map(Done::Deleted)
    }),
    writing("generate", generate_tenants),
    writing("spaces create", create),
    reading("backup", back_up),
];

/// A store with a tenant whose projection lags by an event, its export, and a second tenant.
pub fn template(files: Files) -> Desk {
    let desk = Desk::new(files);
    let store = Store::open_or_create(&desk.location(), OpenOptions::default()).unwrap();
    let tenant = ContentStore::open(&store, TENANT, Arc::new(Crm)).unwrap();
    let keyed = Request { idempotency_key: Some("first".to_owned()), ..add_contact("c1").into() };
    tenant.execute(keyed).unwrap();
    for id in ["c2", "c3", "c4"] {
        tenant.execute(add_contact(id)).unwrap();
    }
    let file = desk.directory.path().join("tenant.jsonl");
    export_to_file(&store, TENANT, &file, false, &mut |_| ControlFlow::Continue(())).unwrap();
    let other = ContentStore::open(&store, "crm_other", Arc::new(Crm)).unwrap();
    other.execute(add_contact("o")).unwrap();
    let payload = json!({"contact_id": "late", "name": "N", "email": "e"});
    let late = [NewEvent::new("late", "contact.added", Json::of(&payload))];
    let append = Append { expected: Expected::Any, now: store.clock().now(), events: &late };
    store.events().append(TENANT_ID, append).unwrap();
    desk
}

fn add_contact(id: &str) -> Command {
    Command::new("add-contact").with("contact_id", id).with("name", "N").with("email", "e")
}

fn tenant(store: &Store) -> Result<ContentStore> {
    find_space(store, &Apps::standard(), TENANT)
}

/// The same command with the same key in both roles.
fn command(store: &Store, _: &Scene) -> Result<Done> {
    let request = Request { idempotency_key: Some("raced".to_owned()), ..add_contact("raced").into() };
    Ok(Done::Executed(vec![execute(&tenant(store)?, request)?]))
}

fn batch(store: &Store, scene: &Scene) -> Result<Done> {
    let content = tenant(store)?;
    let requests: Vec<Request> =
        ["a", "b"].map(|id| add_contact(&format!("{}{id}", scene.role)).into()).to_vec();
    let work = || content.execute_batch(&requests)?.into_iter().collect::<Result<Vec<_>>>();
    let action = Action::on("run", content.space());
    logged(store, action, Map::new(), work, |_| Told::done("")).map(Done::Executed)
}

fn catch_up_tenant(store: &Store, _: &Scene) -> Result<Done> {
    let content = tenant(store)?;
    let work = || catch_up(&content, &mut |_| ControlFlow::Continue(()));
    let action = Action::on("catch-up", content.space());
    logged(store, action, Map::new(), work, |done| Told::from(done)).map(|_| Done::Brought)
}

fn rebuild_tenant(store: &Store, skip_errors: bool) -> Result<Done> {
    let content = tenant(store)?;
    let work = || rebuild(&content, RebuildOptions { skip_errors }, &mut |_| ControlFlow::Continue(()));
    let action = Action::on("rebuild", content.space());
    logged(store, action, Map::new(), work, |done| Told::from(done)).map(|_| Done::Brought)
}

fn verify_tenant(store: &Store, _: &Scene) -> Result<Done> {
    let content = tenant(store)?;
    let work = || verify(&content, &mut |_| ControlFlow::Continue(()));
    let action = Action::looking_at("verify", content.space());
    let verified = logged(store, action, Map::new(), work, |done| Told::from(done))?;
    Ok(if verified.count() == 0 { Done::Read } else { Done::Wrong(format!("{:?}", verified.differences)) })
}

const CHECK: CheckOptions<'_> = CheckOptions { deep: true, is_there: &start::is_there };

fn check_deep(store: &Store, _: &Scene) -> Result<Done> {
    let work = || check(store, &Apps::standard(), CHECK, &mut |_| ControlFlow::Continue(()));
    let action = Action { changes: false, ..Action::on_file("check") };
    let checked = logged(store, action, Map::new(), work, |done| Told::from(done))?;
    Ok(Done::Found(checked.findings))
}

fn check_repair(store: &Store, _: &Scene) -> Result<Done> {
    let work = || check_and_repair(store, &Apps::standard(), CHECK, &mut |_| ControlFlow::Continue(()));
    let repaired = logged(store, Action::on_file("check"), Map::new(), work, |done| Told::from(done))?;
    Ok(Done::Found([repaired.repaired, repaired.left.findings].concat()))
}

fn beside(scene: &Scene, name: &str) -> PathBuf {
    scene.location.database.with_file_name(format!("{}-{name}", scene.role))
}

fn export_tenant(store: &Store, scene: &Scene) -> Result<Done> {
    let path = beside(scene, "export.jsonl");
    let record = find_record(store, TENANT)?;
    let work = || export_to_file(store, TENANT, &path, false, &mut |_| ControlFlow::Continue(()));
    let action = Action::looking_at("export", &record.space);
    logged(store, action, Map::new(), work, |done| Told::from(done))?;
    Ok(Done::Exported(path))
}

fn import_tenant(store: &Store, scene: &Scene) -> Result<Done> {
    let mut file = ImportFile::open(&scene.location.database.with_file_name("tenant.jsonl"))?;
    let options = ImportOptions { into: Some(NEW.to_owned()) };
    let work = || import(store, &mut file, &options, &mut |_| ControlFlow::Continue(()));
    let action = Action::on_name("import", NEW);
    let imported = logged(store, action, Map::new(), work, |done| Told::from(done))?;
    // Another operation may delete the space right after its creation.
    let executed =
        find_space(store, &Apps::standard(), NEW).and_then(|space| space.execute(add_contact("new")));
    match executed {
        Err(error) if !promises::REASONS.contains(&error.kind()) => Err(error),
        executed => Ok(Done::Imported(imported.space.space_id, executed.ok())),
    }
}

fn delete_named(store: &Store, name: &str, options: DeleteOptions) -> Result<SpaceId> {
    let space = find_record(store, name)?.space;
    let options = DeleteOptions { space_id: Some(space.space_id), ..options };
    let work = || delete(store, name, options, &mut |_| ControlFlow::Continue(()));
    logged(store, Action::on("delete", &space), Map::new(), work, |done| Told::from(done))?;
    Ok(space.space_id)
}

fn archive_tenant(store: &Store, scene: &Scene) -> Result<Done> {
    let path = beside(scene, "archive.jsonl");
    let options = DeleteOptions { archive: Some(path.clone()), ..DeleteOptions::default() };
    match delete_named(store, TENANT, options) {
        // The first archive was complete before anything was removed.
        Err(error) if scene.role == AGAIN && error.kind() == "partly_deleted" => {
            delete_named(store, TENANT, DeleteOptions::default()).map(Done::Deleted)
        }
        deleted => deleted.map(|_| Done::Archived(path)),
    }
}

fn purge_tenant(store: &Store, _: &Scene) -> Result<Done> {
    let options = DeleteOptions { purge: true, ..DeleteOptions::default() };
    delete_named(store, TENANT, options).map(Done::Deleted)
}

fn generate_tenants(store: &Store, _: &Scene) -> Result<Done> {
    let options = GenerateOptions { spaces: 2, events: 6, app: Arc::new(Crm), seed: 7 };
    let work = || generate(store, &options, &mut |_| ControlFlow::Continue(()));
    let generated = logged(store, Action::on_file("generate"), Map::new(), work, |done| Told::from(done))?;
    Ok(Done::Generated { spaces: generated.spaces, events: generated.events })
}

fn create(store: &Store, _: &Scene) -> Result<Done> {
    create_space(store, NEW, None).map(|space| Done::Created(space.space_id))
}

fn back_up(store: &Store, scene: &Scene) -> Result<Done> {
    let projections = scene.location.projections.as_ref().map(|_| beside(scene, "backup-projections.db"));
    let target = Location { database: beside(scene, "backup.db"), projections };
    let work = || backup(store, &Apps::standard(), &target, false, &mut |_| ControlFlow::Continue(()));
    let made = recorded(store, Action::on_file("backup"), Map::new(), work, |done| Told::from(done))?;
    Ok(Done::BackedUp(target, made.checked.findings))
}
