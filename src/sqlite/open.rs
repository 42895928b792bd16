//! Opening and creating files.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::path::Path;
use std::time::{Duration, Instant};

use parking_lot::ReentrantMutex;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::error::{OpenError, Result, StoreError};
use crate::turn::BUSY_TIMEOUT;

use super::create::create;
use super::failure::waited_since;
use super::files::{Files, check_links};
use super::header::{self, Header};
use super::place::{Place, followed, is_disk_full, is_name_too_long, log_beside};
use super::read_only::{self, Reader, unwritable_beside};
use super::role::Role;
use super::schema;
use super::write::LOG_PAGES;
use super::{Database, Shared, Stop};

/// How to open a store's files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenOptions {
    /// Nothing can be written through this handle.
    pub read_only: bool,
    /// When a commit counts as done.
    pub sync: Sync,
    /// How long to wait for another process before reporting it as busy.
    pub busy_timeout: Duration,
    /// KiB of pages that a connection keeps in its own memory. Whoever reads a log from end to end, and each page once,
    /// is faster with few of them.
    pub cache_kib: u32,
}

/// When a commit counts as done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sync {
    /// When it is on disk: it survives a loss of power.
    #[default]
    Full,
    /// When the operating system has it: it survives a crash of the program. After a loss of power the
    /// file is whole, but the last commits may be missing.
    Normal,
}

/// As SQLite names it.
impl fmt::Display for Sync {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "FULL",
            Self::Normal => "NORMAL",
        })
    }
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self { read_only: false, sync: Sync::Full, busy_timeout: BUSY_TIMEOUT, cache_kib: 16 * 1024 }
    }
}

impl Database {
    /// Opens a file that exists.
    ///
    /// # Errors
    /// [`OpenError`]; the file is then left as it was.
    pub fn open(path: &Path, role: Role, options: &OpenOptions) -> Result<Self> {
        let started = Instant::now();
        let path = &followed(path);
        match look(path)? {
            Header::Missing => Err(OpenError::Missing { path: path.to_owned() }.into()),
            Header::Empty => Err(OpenError::NotADatabase { path: path.to_owned() }.into()),
            Header::Ours => open_ours(path, role, options).map_err(|error| waited_since(started, error)),
        }
    }

    /// Opens a file, and creates it where it is missing or empty.
    ///
    /// # Errors
    /// [`OpenError`]; the file is then left as it was.
    pub fn open_or_create(path: &Path, role: Role, options: &OpenOptions) -> Result<Self> {
        let path = &followed(path);
        if !options.read_only && (look(path)? != Header::Ours || is_being_created(path)) {
            let started = Instant::now();
            create(path, role, options).map_err(|error| waited_since(started, error))?;
        }
        Self::open(path, role, options)
    }

    /// A file of projections that is gone when it is closed, for work on one side.
    ///
    /// # Errors
    /// Failures of the storage.
    pub fn temporary() -> Result<Self> {
        // An empty name is SQLite's for a temporary file, which is kept in memory while it is small.
        let connection = Connection::open("")?;
        connection.execute_batch(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -8192;",
        )?;
        let store_id = uuid::Uuid::nil();
        schema::create(&connection, Role::Projections { store_id }, store_id)?;
        Ok(database(connection, None, store_id, Role::Projections { store_id }, &OpenOptions::default()))
    }
}

/// Looks at a file, and refuses one that is missing while its commits are there: whatever is created in its place would
/// remove them.
fn look(path: &Path) -> Result<Header, OpenError> {
    let header = header::look(path)?;
    let remains = match header {
        Header::Ours => None,
        Header::Missing | Header::Empty => log_beside(path),
    };
    let Some(remains) = remains.filter(|remains| !header::is_of_creation(path, remains)) else {
        return Ok(header);
    };
    // Another process may have created the file meanwhile, and begun to write it.
    match header::look(path)? {
        Header::Ours => Ok(Header::Ours),
        Header::Missing | Header::Empty => Err(OpenError::WithoutDatabase { path: path.to_owned(), remains }),
    }
}

/// Whether the file's creation is under way, or was cut off. Its first pages may then be written already.
fn is_being_created(path: &Path) -> bool {
    header::journal_of(path).exists()
}

fn open_ours(path: &Path, role: Role, options: &OpenOptions) -> Result<Database> {
    if !options.read_only {
        check_links(path)?;
        if let Some(unwritable) = unwritable_beside(path) {
            return Err(unwritable.into());
        }
    }
    let place = Place::of(path);
    let Reader { connection, unlocked } = if options.read_only {
        read_only::open(path, options)?
    } else {
        Reader { connection: connect_writable(path)?, unlocked: None }
    };
    connection.busy_timeout(options.busy_timeout)?;
    let store_id = prepare(&connection, path, role, options).map_err(|error| match error {
        crate::Error::Store(error) => opening(path, error),
        other => other,
    })?;
    let database = database(connection, Some(path), store_id, role, options);
    database.shared.lock().unlocked.set(unlocked);
    match &database.files {
        Some(files) if !files.is_at(place) => Err(files.replaced().into()),
        _ => Ok(database),
    }
}

fn database(
    connection: Connection,
    path: Option<&Path>,
    store_id: uuid::Uuid,
    role: Role,
    options: &OpenOptions,
) -> Database {
    connection.set_prepared_statement_cache_capacity(64);
    Database {
        shared: ReentrantMutex::new(Shared {
            connection: RefCell::new(connection),
            begun: Cell::new(false),
            failed: Cell::new(false),
            held: Cell::new(Duration::ZERO),
            in_doubt: Cell::new(false),
            schema: Cell::new(None),
            unlocked: Cell::new(None),
            reopened: Cell::new(0),
        }),
        files: path.map(|path| Files::of(path, options.read_only)),
        store_id,
        role,
        options: *options,
        stop: Stop::default(),
        purging: parking_lot::Mutex::default(),
        binding: parking_lot::Mutex::default(),
    }
}

/// Sets the pragmas and checks that the file has the role asked for.
fn prepare(connection: &Connection, path: &Path, role: Role, options: &OpenOptions) -> Result<uuid::Uuid> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.execute_batch(&format!(
        "PRAGMA trusted_schema = OFF; PRAGMA foreign_keys = OFF; PRAGMA cell_size_check = ON; PRAGMA cache_size = -{};",
        options.cache_kib
    ))?;
    // The header showed the version of the last checkpoint; the log may hold a newer one, or the journal of a
    // creation that was cut off none at all. Nothing is written before this is known.
    let version = schema::version(connection)?;
    header::check_version(path, version)?;
    let found = schema::look(connection, options.read_only)?.map_err(|altered| altered.error(path))?;
    if !options.read_only {
        use_log(connection)?;
        let sync = options.sync;
        connection.execute_batch(&format!(
            "PRAGMA synchronous = {sync}; PRAGMA wal_autocheckpoint = {LOG_PAGES};
             PRAGMA journal_size_limit = 67108864;"
        ))?;
        // The WAL and the shared memory are opened with the first read, and stay so from then on.
        schema::version(connection)?;
    }
    check_role(path, role, &found)?;
    if found.version < schema::VERSION {
        bring_up_to_date(connection, path, &found, options)?;
    }
    if !options.read_only {
        schema::create_again(connection, &found.to_create)?;
    }
    Ok(found.store_id)
}

/// Migrates a file of an earlier version. One that is only read is read as if it had been.
fn bring_up_to_date(
    connection: &Connection,
    path: &Path,
    found: &schema::Found,
    options: &OpenOptions,
) -> Result<()> {
    if !options.read_only {
        return Ok(schema::migrate(connection)?);
    }
    schema::read_as_current(connection, found.version, &found.role).map_err(|error| {
        header::unusable(path, &format!("a file of version {} {error}", found.version)).into()
    })
}

/// Puts the file into WAL mode. In any other a loss of power may undo the last commit.
pub(super) fn use_log(connection: &Connection) -> Result<()> {
    let mut statement = connection.prepare("PRAGMA journal_mode = WAL")?;
    let mut rows = statement.query([])?;
    let mut mode = String::new();
    // To its end: the mode is told before it is committed.
    while let Some(row) = rows.next()? {
        mode = row.get(0)?;
    }
    if mode == "wal" {
        return Ok(());
    }
    Err(StoreError::Engine { detail: format!("its journal mode stays {mode}, and wal is needed") }.into())
}

fn check_role(path: &Path, role: Role, found: &schema::Found) -> Result<(), OpenError> {
    let stored = found.role.as_str();
    let path = path.to_owned();
    match role {
        Role::Projections { store_id } if stored != "projections" || found.store_id != store_id => {
            Err(OpenError::NotItsProjections { events: None, projections: path })
        }
        Role::Whole if stored == "events" => Err(OpenError::ProjectionsElsewhere { path }),
        Role::Events if stored == "whole" => Err(OpenError::HoldsProjections { path }),
        Role::Whole | Role::Events if stored == "projections" => Err(OpenError::HoldsNoEvents { path }),
        _ => Ok(()),
    }
}

pub(super) fn connect(path: &Path, flags: OpenFlags) -> Result<Connection> {
    Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .map_err(|error| opening(path, error.into()))
}

fn connect_writable(path: &Path) -> Result<Connection> {
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    // SQLite opens what it cannot write read-only, without a word.
    if connection.is_readonly("main")? {
        return Err(not_writable(path).into());
    }
    Ok(connection)
}

fn not_writable(path: &Path) -> OpenError {
    OpenError::NotWritable { path: path.to_owned(), reason: "permission denied".to_owned() }
}

/// An error while opening, as an error of opening where it concerns the file as such.
pub(super) fn opening(path: &Path, error: StoreError) -> crate::Error {
    match error {
        StoreError::NotWritable | StoreError::Engine { .. } if let Some(error) = unwritable_beside(path) => {
            error.into()
        }
        StoreError::NotWritable => not_writable(path).into(),
        StoreError::Engine { .. } if is_disk_full(path) => StoreError::DiskFull.into(),
        StoreError::Engine { detail } => match is_name_too_long(path) {
            Some(too_long) => too_long.into(),
            None => header::unusable(path, &detail).into(),
        },
        StoreError::Corrupt { detail } => StoreError::Corrupt { detail }.into(),
        other => other.into(),
    }
}
