//! Opening and creating files.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::path::Path;
use std::time::{Duration, Instant};

use parking_lot::ReentrantMutex;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::error::{OpenError, Result, StoreError};
use crate::turn::BUSY_TIMEOUT;

use super::failure::waited_since;
use super::files::{Files, check_links};
use super::header::{self, Header};
use super::place::{Place, followed, log_beside, log_of};
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
    match log_beside(path).filter(|_| header != Header::Ours) {
        Some(remains) if !header::is_of_creation(path, &remains) => {
            Err(OpenError::WithoutDatabase { path: path.to_owned(), remains })
        }
        _ => Ok(header),
    }
}

/// Whether the file's creation is under way, or was cut off. Its first pages may then be written already.
fn is_being_created(path: &Path) -> bool {
    header::journal_of(path).exists()
}

/// Creates all tables in one transaction, before the file is put into WAL mode: a crash leaves an empty
/// file or a whole one, and its first page says whose it is from the first moment. A creation that was cut off
/// is rolled back first; one that is under way is waited for.
fn create(path: &Path, role: Role, options: &OpenOptions) -> Result<()> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    let connection = connect(path, flags).map_err(|error| match uncreatable(path) {
        Some(reason) => header::unusable(path, &reason).into(),
        None => error,
    })?;
    connection.busy_timeout(options.busy_timeout)?;
    let created = connection.execute_batch("BEGIN EXCLUSIVE").map_err(StoreError::from).and_then(|()| {
        let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        if tables == 0 {
            let store_id = match role {
                Role::Projections { store_id } => store_id,
                Role::Whole | Role::Events => uuid::Uuid::new_v4(),
            };
            schema::create(&connection, role, store_id)?;
        }
        Ok(connection.execute_batch("COMMIT")?)
    });
    created.map_err(|error| opening(path, error))
}

/// Why a file that could not be opened could not be made either: SQLite does not say.
fn uncreatable(path: &Path) -> Option<String> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match (path.exists(), directory.is_dir()) {
        (true, _) => None,
        (false, true) => Some("its directory cannot be written".to_owned()),
        (false, false) => Some(format!("there is no directory {}", directory.display())),
    }
}

fn open_ours(path: &Path, role: Role, options: &OpenOptions) -> Result<Database> {
    if !options.read_only {
        check_links(path)?;
    }
    let place = Place::of(path);
    let connection =
        if options.read_only { connect_read_only(path, options)? } else { connect_writable(path)? };
    connection.busy_timeout(options.busy_timeout)?;
    let store_id = prepare(&connection, path, role, options).map_err(|error| match error {
        crate::Error::Store(error) => opening(path, error),
        other => other,
    })?;
    let database = database(connection, Some(path), store_id, role, options);
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
fn use_log(connection: &Connection) -> Result<()> {
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

fn connect(path: &Path, flags: OpenFlags) -> Result<Connection> {
    Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .map_err(|error| opening(path, error.into()))
}

fn connect_writable(path: &Path) -> Result<Connection> {
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    // SQLite opens what it cannot write read-only, without a word.
    if connection.is_readonly("main")? {
        let reason = "permission denied".to_owned();
        return Err(OpenError::NotWritable { path: path.to_owned(), reason }.into());
    }
    Ok(connection)
}

/// A file in WAL mode can be read only where its shared memory can be made, or where nobody writes at
/// all: in a directory that cannot be written it is read as unchanging, unless commits in its log would
/// then be missing.
fn connect_read_only(path: &Path, options: &OpenOptions) -> Result<Connection> {
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.busy_timeout(options.busy_timeout)?;
    let probe = connection.query_row("SELECT 1 FROM sqlite_schema", [], |_| Ok(()));
    let code = probe.as_ref().err().and_then(rusqlite::Error::sqlite_error_code);
    if code == Some(ErrorCode::DatabaseBusy) {
        probe?;
    }
    if !matches!(code, Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly)) {
        return Ok(connection);
    }
    let log = log_of(path);
    if std::fs::metadata(&log).is_ok_and(|log| log.len() > 0) {
        return Err(OpenError::LogUnreadable { path: path.to_owned(), log }.into());
    }
    Ok(header::connect_immutable(path)?)
}

/// An error while opening, as an error of opening where it concerns the file as such.
fn opening(path: &Path, error: StoreError) -> crate::Error {
    match error {
        StoreError::ReadOnly => {
            OpenError::NotWritable { path: path.to_owned(), reason: "permission denied".to_owned() }.into()
        }
        StoreError::Engine { detail } => header::unusable(path, &detail).into(),
        StoreError::Corrupt { detail } => StoreError::Corrupt { detail }.into(),
        other => other.into(),
    }
}
