//! The racing operations, run in the same way as by the command line.

use std::path::PathBuf;
use std::sync::Arc;

use ramax::apps::Crm;
use ramax::operations::{
    self, Backup, BugReport, CatchUp, Check, DeleteSpace, Export, ExportBugReport, Finding, Fork, Generate,
    Import, ImportOriginal, OperationContext, OriginalFiles, Rebuild, Redact, RenameSpace, ReviewDecision,
    SetSpace, Summary, Target, Verify, create_space, execute, export_to_file, find_record, find_space,
    keep_going,
};
use ramax::subscriptions::SubscriptionChange;
use ramax::{
    Append, Command, Conditions, ContentStore, Executed, Expected, Json, Location, NewEvent, OpenOptions,
    ReportSubject, Request, SpaceMetadata,
};
use ramax::{Apps, Error, Result, SpaceId, Store};
use serde_json::{Map, json};

use super::{initial_state, invariants, subscriptions};
use crate::support::original::OriginalWriter;
use crate::support::recorded::logged;
use crate::support::sandbox::{Files, Sandbox};

pub const TENANT: &str = "crm_acme";
pub const TENANT_ID: SpaceId = SpaceId(1);
/// The space that an import or a create makes.
pub const NEW: &str = "crm_moved";
/// The name that a rename gives the tenant.
pub const RENAMED: &str = "crm_renamed";
/// The metadata that a change gives the tenant.
pub const METADATA: &str = r#"{"app":"crm","plan":"pro"}"#;
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
    /// Fields of the contact c2 were erased.
    Redacted,
    /// A space, and the command executed in it right after.
    Imported(SpaceId, Option<Executed>),
    Created(SpaceId),
    /// A fork of the tenant with this many events.
    Forked(SpaceId, u64),
    /// The tenant was renamed to [`RENAMED`].
    Renamed,
    /// The tenant got [`METADATA`].
    Set,
    Generated {
        spaces: u32,
        events: u64,
    },
    BackedUp(Location, Vec<Finding>),
    /// The subscription was changed.
    Changed(SubscriptionChange),
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
    writing("rebuild --review", |store, _| {
        run_on_tenant(store, Rebuild { review: true, ..Rebuild::default() }).map(|_| Done::Brought)
    }),
    reading("verify", verify_tenant),
    reading("check --deep", check_deep),
    writing("check --repair", check_repair),
    reading("export", export_tenant),
    reading("export --entity", report_contact),
    writing("import", import_tenant),
    writing("import --ramax", import_original),
    writing("fork", fork_tenant),
    writing("delete", |store, _| delete_named(store, TENANT, DeleteSpace::default()).map(Done::Deleted)),
    writing("delete --archive", archive_tenant),
    writing("delete --purge", purge_tenant),
    writing("delete what is imported", |store, _| {
        delete_named(store, NEW, DeleteSpace::default()).map(Done::Deleted)
    }),
    writing("generate", generate_tenants),
    writing("spaces create", create),
    writing("spaces rename", rename_tenant),
    writing("spaces set", set_tenant),
    writing("redact", redact_contact),
    reading("backup", back_up),
    writing("subscriber", subscriptions::deliver),
    writing("subscriptions retry", subscriptions::retry),
    writing("subscriptions skip", subscriptions::skip),
    writing("subscriptions reset", subscriptions::reset),
    writing("subscriptions remove", subscriptions::remove),
];

/// A store with a tenant whose projection lags by an event, its export, and a second tenant. A subscription has parked the
/// event of the second tenant, and is to receive the last one of the first.
pub fn template(files: Files) -> Sandbox {
    let sandbox = Sandbox::new(files);
    let store = Store::open_or_create(&sandbox.location(), OpenOptions::default()).unwrap();
    let tenant = ContentStore::open(&store, TENANT, Arc::new(Crm)).unwrap();
    let keyed = Request {
        conditions: Conditions { idempotency_key: Some("first".to_owned()), ..Conditions::default() },
        ..add_contact("c1").into()
    };
    tenant.execute(keyed).unwrap();
    for id in ["c2", "c3", "c4"] {
        tenant.execute(add_contact(id)).unwrap();
    }
    let file = sandbox.directory.path().join("tenant.jsonl");
    export_to_file(&store, TENANT, &file, false, &mut keep_going).unwrap();
    let original = OriginalWriter::create(&sandbox.directory.path().join("original.db"));
    original.space(1, NEW, None);
    original.contacts(1, EXPORTED as i64);
    drop(original);
    let other = ContentStore::open(&store, "crm_other", Arc::new(Crm)).unwrap();
    subscriptions::register(&store);
    other.execute(add_contact("o")).unwrap();
    subscriptions::park(&store);
    let payload = json!({"contact_id": "late", "name": "N", "email": "e"});
    let late = [NewEvent::new("late", "contact.added", Json::of(&payload))];
    let append = Append { expected: Expected::Any, now: store.clock().now(), events: &late };
    store.events().append(TENANT_ID, append).unwrap();
    sandbox
}

fn add_contact(id: &str) -> Command {
    Command::new("add-contact").with("contact_id", id).with("name", "N").with("email", "e")
}

fn tenant(store: &Store) -> Result<ContentStore> {
    find_space(store, &Apps::standard(), TENANT)
}

/// The same command with the same key in both roles.
fn command(store: &Store, _: &Scene) -> Result<Done> {
    let request = Request {
        conditions: Conditions { idempotency_key: Some("raced".to_owned()), ..Conditions::default() },
        ..add_contact("raced").into()
    };
    Ok(Done::Executed(vec![execute(&tenant(store)?, request)?]))
}

fn batch(store: &Store, scene: &Scene) -> Result<Done> {
    let content = tenant(store)?;
    let requests: Vec<Request> =
        ["a", "b"].map(|id| add_contact(&format!("{}{id}", scene.role)).into()).to_vec();
    let work = || content.execute_batch(&requests)?.into_iter().collect::<Result<Vec<_>>>();
    let named = ("run", Target::of(content.space()));
    logged(store, named, Map::new(), work, |_| Summary::done("")).map(Done::Executed)
}

/// Runs an operation as clients do.
pub fn run<O: operations::Operation<Error = Error>>(
    store: &Store,
    target: Target<'_>,
    mut operation: O,
) -> Result<O::Done> {
    let apps = Apps::standard();
    let context = OperationContext {
        is_running: initial_state::is_running,
        reviewer: &ReviewDecision::Accept,
        ..OperationContext::new(store, &apps)
    };
    operation.run(target, context, &mut keep_going)
}

/// Runs an operation on the tenant.
fn run_on_tenant<O: operations::Operation<Error = Error>>(store: &Store, operation: O) -> Result<O::Done> {
    let space = find_record(store, TENANT)?.space;
    run(store, Target::of(&space), operation)
}

fn catch_up_tenant(store: &Store, _: &Scene) -> Result<Done> {
    run_on_tenant(store, CatchUp::default()).map(|_| Done::Brought)
}

fn rebuild_tenant(store: &Store, skip_errors: bool) -> Result<Done> {
    run_on_tenant(store, Rebuild { skip_errors, ..Rebuild::default() }).map(|_| Done::Brought)
}

fn verify_tenant(store: &Store, _: &Scene) -> Result<Done> {
    let verified = run_on_tenant(store, Verify::default())?;
    Ok(if verified.count() == 0 { Done::Read } else { Done::Wrong(format!("{:?}", verified.differences)) })
}

fn check_deep(store: &Store, _: &Scene) -> Result<Done> {
    let checked = run(store, Target::File, Check { deep: true, repair: false })?;
    Ok(Done::Found(checked.left.findings))
}

fn check_repair(store: &Store, _: &Scene) -> Result<Done> {
    let repaired = run(store, Target::File, Check { deep: true, repair: true })?;
    Ok(Done::Found([repaired.repaired, repaired.left.findings].concat()))
}

fn beside(scene: &Scene, name: &str) -> PathBuf {
    scene.location.database.with_file_name(format!("{}-{name}", scene.role))
}

fn export_tenant(store: &Store, scene: &Scene) -> Result<Done> {
    let path = beside(scene, "export.jsonl");
    run_on_tenant(store, Export { file: path.clone(), replace: false })?;
    Ok(Done::Exported(path))
}

fn report_contact(store: &Store, scene: &Scene) -> Result<Done> {
    let subject = ReportSubject::Entity("c1".to_owned());
    let report = BugReport { subject, masks: vec!["name".parse()?], as_test: false };
    run_on_tenant(store, ExportBugReport { report, file: beside(scene, "report.jsonl"), replace: false })?;
    Ok(Done::Read)
}

fn import_tenant(store: &Store, scene: &Scene) -> Result<Done> {
    let file = scene.location.database.with_file_name("tenant.jsonl");
    let imported = run(store, Target::File, Import { file, into: Some(NEW.to_owned()) })?;
    // Another operation may delete the space right after its creation.
    let executed =
        find_space(store, &Apps::standard(), NEW).and_then(|space| space.execute(add_contact("new")));
    match executed {
        Err(error) if !invariants::REASONS.contains(&error.kind()) => Err(error),
        executed => Ok(Done::Imported(imported.space.space_id, executed.ok())),
    }
}

fn import_original(store: &Store, scene: &Scene) -> Result<Done> {
    let files = OriginalFiles::from(&*scene.location.database.with_file_name("original.db"));
    let imported = run(store, Target::File, ImportOriginal { files, into: None })?;
    Ok(match imported.spaces.first() {
        Some(space) => Done::Imported(space.space.space_id, None),
        // The other one has imported it.
        None => Done::Read,
    })
}

fn fork_tenant(store: &Store, _: &Scene) -> Result<Done> {
    let forked = run_on_tenant(store, Fork { name: Some(NEW.to_owned()), at: None })?;
    Ok(Done::Forked(forked.space.space_id, forked.events))
}

fn delete_named(store: &Store, name: &str, delete: DeleteSpace) -> Result<SpaceId> {
    let space = find_record(store, name)?.space;
    run(store, Target::of(&space), delete)?;
    Ok(space.space_id)
}

fn archive_tenant(store: &Store, scene: &Scene) -> Result<Done> {
    let path = beside(scene, "archive.jsonl");
    let delete = DeleteSpace { purge: false, archive: Some(path.clone()) };
    match delete_named(store, TENANT, delete) {
        // The first archive was complete before anything was removed.
        Err(error) if scene.role == AGAIN && error.kind() == "partly_deleted" => {
            delete_named(store, TENANT, DeleteSpace::default()).map(Done::Deleted)
        }
        deleted => deleted.map(|_| Done::Archived(path)),
    }
}

fn purge_tenant(store: &Store, _: &Scene) -> Result<Done> {
    delete_named(store, TENANT, DeleteSpace { purge: true, archive: None }).map(Done::Deleted)
}

fn redact_contact(store: &Store, _: &Scene) -> Result<Done> {
    let fields = vec!["name".parse()?, "email".parse()?];
    let redact = Redact { entity_id: "c2".to_owned(), fields, purge: false, skip_errors: false };
    run_on_tenant(store, redact).map(|_| Done::Redacted)
}

fn generate_tenants(store: &Store, _: &Scene) -> Result<Done> {
    let generate = Generate { spaces: 2, events: 6, app: "crm".to_owned(), seed: 7 };
    let generated = run(store, Target::File, generate)?;
    Ok(Done::Generated { spaces: generated.spaces, events: generated.events })
}

fn create(store: &Store, _: &Scene) -> Result<Done> {
    create_space(store, NEW, None).map(|space| Done::Created(space.space_id))
}

fn rename_tenant(store: &Store, _: &Scene) -> Result<Done> {
    let renamed = run_on_tenant(store, RenameSpace { name: RENAMED.to_owned() })?;
    Ok(if renamed.space_name == RENAMED { Done::Renamed } else { Done::Wrong(format!("{renamed:?}")) })
}

fn set_tenant(store: &Store, _: &Scene) -> Result<Done> {
    let metadata = SpaceMetadata::parse(METADATA).ok();
    run_on_tenant(store, SetSpace { app: None, metadata }).map(|_| Done::Set)
}

fn back_up(store: &Store, scene: &Scene) -> Result<Done> {
    let projections = scene.location.projections.as_ref().map(|_| beside(scene, "backup-projections.db"));
    let target = Location { database: beside(scene, "backup.db"), projections };
    let made = run(store, Target::File, Backup { target: target.clone(), replace: false })?;
    Ok(Done::BackedUp(target, made.checked.findings))
}
