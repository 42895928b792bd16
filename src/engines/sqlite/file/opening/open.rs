//! Opens and creates files.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant};

use parking_lot::ReentrantMutex;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use tracing::warn;

use crate::engines::group::Line;
use crate::engines::handle_lock::BUSY_TIMEOUT;
use crate::engines::readers::Readers;
use crate::engines::sqlite::file::concurrency::transaction::Use;
use crate::engines::sqlite::file::concurrency::write::WAL_PAGES;
use crate::engines::sqlite::file::failure::waited_since;
use crate::engines::sqlite::file::guard::files::Files;
use crate::engines::sqlite::file::guard::identity::{
    FileIdentity, followed, is_disk_full, is_name_too_long, log_beside,
};
use crate::engines::sqlite::file::guard::links;
use crate::engines::sqlite::file::role::FileRole;
use crate::engines::sqlite::file::schema::WatchMigration;
use crate::engines::sqlite::file::stop::Stop;
use crate::engines::sqlite::file::{Database, EngineError, Result, Shared, schema, size_limit};
use crate::error::{NoRoom, OpenError, StoreError};

use super::create::create;
use super::header::Header;
use super::read_only::Reader;
use super::{access, companions, connection, header, read_only};

/// How to open a store's files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenOptions {
    /// Refuse all writes through this handle.
    pub read_only: bool,
    /// The durability of a commit.
    pub sync: Sync,
    /// How long to wait for another process before reporting it as busy.
    pub busy_timeout: Duration,
    /// KiB of pages that a connection caches. A reader that scans the whole event log reads each page once, and is
    /// faster with a small cache.
    pub cache_kib: u32,
    /// With [`read_only`](Self::read_only): read a file that no process has open without the `-wal` and `-shm` that SQLite
    /// creates beside it, and that only a process that can write removes. For short reads: once another process writes,
    /// a read may fail.
    pub without_companions: bool,
}

/// The longest time that SQLite waits for a lock: 24 days.
const LONGEST_WAIT: Duration = Duration::from_millis(i32::MAX as u64);

impl OpenOptions {
    /// Lets a connection wait for other processes.
    pub(in crate::engines::sqlite) fn wait_for_others(
        &self,
        connection: &Connection,
    ) -> rusqlite::Result<()> {
        connection.busy_timeout(self.busy_timeout.min(LONGEST_WAIT))
    }
}

/// The durability of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sync {
    /// On disk: a commit survives a power failure.
    #[default]
    Full,
    /// Handed to the operating system: a commit survives a crash of the program. After a power failure the file is
    /// intact, but the last commits may be missing.
    Normal,
}

/// Formats the mode for SQLite's `synchronous` pragma.
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
        Self {
            read_only: false,
            sync: Sync::Full,
            busy_timeout: BUSY_TIMEOUT,
            cache_kib: 16 * 1024,
            without_companions: false,
        }
    }
}

impl Database {
    /// Opens an existing file. A refused file is left unchanged.
    pub fn open(path: &Path, role: FileRole, options: &OpenOptions) -> crate::Result<Self> {
        Self::open_watched(path, role, options, &mut |_| ControlFlow::Continue(()))
    }

    /// Opens an existing file, and reports the progress if it has to be migrated.
    pub(crate) fn open_watched(
        path: &Path,
        role: FileRole,
        options: &OpenOptions,
        watch: &mut WatchMigration<'_>,
    ) -> crate::Result<Self> {
        if role == FileRole::Original {
            return Self::open_original(path, options);
        }
        let started = Instant::now();
        let path = &followed(path);
        match look(path)? {
            Header::Missing => Err(OpenError::Missing { path: path.to_owned() }.into()),
            Header::Empty => Err(OpenError::NotADatabase { path: path.to_owned() }.into()),
            Header::Ours => {
                open_ours(path, role, options, watch).map_err(|error| waited_since(started, error.into()))
            }
        }
    }

    /// Opens a file that the Elixir original wrote, whose tables the caller checks. It is only read.
    pub(crate) fn open_original(path: &Path, options: &OpenOptions) -> crate::Result<Self> {
        let started = Instant::now();
        let path = &followed(path);
        if header::look(path).is_ok_and(|header| header == Header::Missing) {
            return Err(OpenError::Missing { path: path.to_owned() }.into());
        }
        open_original(path, options).map_err(|error| waited_since(started, error.into()))
    }

    /// Opens a file, and creates it if it is missing or empty. A refused file is left unchanged.
    pub fn open_or_create(path: &Path, role: FileRole, options: &OpenOptions) -> crate::Result<Self> {
        Self::create_missing(path, role, options)?;
        Self::open(path, role, options)
    }

    /// Creates a file if it is missing or empty.
    pub(crate) fn create_missing(path: &Path, role: FileRole, options: &OpenOptions) -> crate::Result<()> {
        let path = &followed(path);
        if !options.read_only && (look(path)? != Header::Ours || is_being_created(path)) {
            let started = Instant::now();
            create(path, role, options).map_err(|error| waited_since(started, error.into()))?;
        }
        Ok(())
    }

    /// Creates a temporary file of projections, which is deleted when it is closed.
    pub fn temporary() -> crate::Result<Self> {
        Ok(temporary()?)
    }
}

fn temporary() -> Result<Database> {
    // SQLite uses an empty name for a temporary file, and keeps it in memory while it is small.
    let connection = connection::open("", OpenFlags::default())?;
    connection
        .execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -8192;")?;
    stabilise_plans(&connection)?;
    let store_id = uuid::Uuid::nil();
    schema::create(&connection, FileRole::Projections { store_id }, store_id)?;
    Ok(database(connection, None, store_id, FileRole::Projections { store_id }, &OpenOptions::default()))
}

/// Reads the header of a file. Refuses a missing file whose WAL still exists: a new file would remove its commits.
fn look(path: &Path) -> Result<Header, OpenError> {
    let header = header::look(path)?;
    let remains = match header {
        Header::Ours => None,
        Header::Missing | Header::Empty => log_beside(path),
    };
    let Some(remains) = remains.filter(|remains| !header::is_of_creation(path, remains)) else {
        return Ok(header);
    };
    // Meanwhile another process may have created the file and started to write it.
    match header::look(path)? {
        Header::Ours => Ok(Header::Ours),
        Header::Missing | Header::Empty => Err(OpenError::WithoutDatabase { path: path.to_owned(), remains }),
    }
}

/// Returns true if the creation of the file is in progress or was interrupted. Its first pages may then exist.
fn is_being_created(path: &Path) -> bool {
    header::journal_of(path).exists()
}

fn open_ours(
    path: &Path,
    role: FileRole,
    options: &OpenOptions,
    watch: &mut WatchMigration<'_>,
) -> Result<Database> {
    match options.read_only {
        true => links::check_readable(path)?,
        false => links::check_writable(path)?,
    }
    if !options.read_only
        && let Some(refusal) = access::unwritable(path)
    {
        return Err(refusal.into());
    }
    let identity = FileIdentity::of(path);
    let Reader { connection, unlocked } = if options.read_only {
        read_only::open(path, options)?
    } else {
        Reader { connection: connect_writable(path)?, unlocked: None }
    };
    options.wait_for_others(&connection)?;
    let store_id = match prepare(&connection, path, (role, options), watch) {
        Ok(store_id) => store_id,
        Err(error) => {
            drop(connection);
            companions::remove_unused(path);
            // Another process may have created files beside it meanwhile.
            let refusal = access::unwritable(path).filter(|_| !options.read_only);
            return Err(refusal.map_or_else(|| opening(path, error), Into::into).into());
        }
    };
    companions::share(path);
    let database = database(connection, Some(path), store_id, role, options);
    database.shared.lock().unlocked.set(unlocked);
    match &database.files {
        Some(files) if !files.is_at(identity) => Err(files.replaced().into()),
        _ => Ok(database),
    }
}

fn open_original(path: &Path, options: &OpenOptions) -> Result<Database> {
    let identity = FileIdentity::of(path);
    let Reader { connection, unlocked } = read_only::open_original(path, options)?;
    options.wait_for_others(&connection)?;
    prepare_connection(&connection, options)?;
    let database = database(connection, Some(path), uuid::Uuid::nil(), FileRole::Original, options);
    database.shared.lock().unlocked.set(unlocked);
    match &database.files {
        Some(files) if !files.is_at(identity) => Err(files.replaced().into()),
        _ => Ok(database),
    }
}

fn database(
    connection: Connection,
    path: Option<&Path>,
    store_id: uuid::Uuid,
    role: FileRole,
    options: &OpenOptions,
) -> Database {
    connection.set_prepared_statement_cache_capacity(64);
    Database {
        shared: ReentrantMutex::new(Shared {
            connection: RefCell::new(connection),
            in_use: Cell::new(Use::Free),
            companions: RefCell::default(),
            is_overtaken: Cell::new(false),
            started_at: Cell::new(None),
            held: Cell::new(Duration::ZERO),
            in_doubt: Cell::new(false),
            schema: Cell::new(None),
            data_version: Cell::new(None),
            unlocked: Cell::new(None),
            reopened: Cell::new(0),
            committed: Cell::new(0),
        }),
        files: path.map(|path| Files::of(path, options.read_only)),
        store_id,
        role,
        options: *options,
        stop: Stop::default(),
        line: Line::default(),
        readers: Readers::default(),
        purging: parking_lot::Mutex::default(),
        binding: parking_lot::Mutex::default(),
    }
}

/// Sets the pragmas and checks that the file has the requested role.
fn prepare(
    connection: &Connection,
    path: &Path,
    (role, options): (FileRole, &OpenOptions),
    watch: &mut WatchMigration<'_>,
) -> Result<uuid::Uuid> {
    prepare_connection(connection, options)?;
    // The header has the version of the last checkpoint. The WAL may hold a newer one, and the journal of an
    // interrupted creation none. Nothing is written before the version is known.
    let version = schema::version(connection)?;
    header::check_version(path, version)?;
    let found = schema::look(connection, options.read_only)?.map_err(|altered| altered.error(path))?;
    if !options.read_only {
        use_log(connection)?;
        let (sync, wal_pages) = (options.sync, size_limit::wal_pages(WAL_PAGES));
        connection.execute_batch(&format!(
            "PRAGMA synchronous = {sync}; PRAGMA wal_autocheckpoint = {wal_pages};
             PRAGMA journal_size_limit = 67108864;"
        ))?;
        // The first read opens the WAL and the shared memory, which then stay open.
        schema::version(connection)?;
    }
    check_role(path, role, &found)?;
    if found.version < schema::VERSION {
        bring_up_to_date(connection, path, &found, options, watch)?;
    }
    if !options.read_only {
        if found.has_other_role {
            warn!(path = %path.display(), role = found.role, "the row of the file was changed, and is restored");
            schema::restore_role(connection, &found.role)?;
        }
        schema::create_again(connection, &found.to_create)?;
        schema::give_incarnation(connection)?;
        schema::give_file_id(connection)?;
    }
    Ok(found.store_id)
}

/// Sets what applies to every connection.
fn prepare_connection(connection: &Connection, options: &OpenOptions) -> Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    stabilise_plans(connection)?;
    connection.execute_batch(&format!(
        "PRAGMA trusted_schema = OFF; PRAGMA foreign_keys = OFF; PRAGMA cell_size_check = ON; PRAGMA cache_size = -{};",
        options.cache_kib
    ))?;
    Ok(())
}

/// Makes the plan of a statement independent of the values bound to it. Otherwise SQLite prepares some statements again
/// for each value, which takes longer than reading a page.
fn stabilise_plans(connection: &Connection) -> Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

/// Migrates a file of an earlier version. A read-only file is instead read through views.
fn bring_up_to_date(
    connection: &Connection,
    path: &Path,
    found: &schema::Found,
    options: &OpenOptions,
    watch: &mut WatchMigration<'_>,
) -> Result<()> {
    if !options.read_only {
        return schema::migrate(connection, watch);
    }
    schema::read_as_current(connection, found.version, &found.role).map_err(|error| {
        let error = crate::Error::from(error);
        header::unusable(path, &format!("a file of version {} {error}", found.version)).into()
    })
}

/// Puts the file into WAL mode. In any other mode a power failure may undo the last commit.
pub(crate) fn use_log(connection: &Connection) -> Result<()> {
    let mut statement = connection.prepare("PRAGMA journal_mode = WAL")?;
    let mut rows = statement.query([])?;
    let mut mode = String::new();
    // Read to the end: SQLite returns the mode before it commits.
    while let Some(row) = rows.next()? {
        mode = row.get(0)?;
    }
    if mode == "wal" {
        return Ok(());
    }
    Err(StoreError::Engine { detail: format!("its journal mode is still {mode}; WAL is required") }.into())
}

fn check_role(path: &Path, role: FileRole, found: &schema::Found) -> Result<(), OpenError> {
    let stored = found.role.as_str();
    let path = path.to_owned();
    match role {
        FileRole::Projections { store_id } if stored != "projections" || found.store_id != store_id => {
            Err(OpenError::NotItsProjections { events: None, projections: path })
        }
        FileRole::Whole if stored == "events" => Err(OpenError::ProjectionsElsewhere { path }),
        FileRole::Events if stored == "whole" => Err(OpenError::HoldsProjections { path }),
        FileRole::Whole | FileRole::Events if stored == "projections" => {
            Err(OpenError::HoldsNoEvents { path })
        }
        _ => Ok(()),
    }
}

pub(crate) fn connect(path: &Path, flags: OpenFlags) -> Result<Connection> {
    connection::open(path, flags).map_err(|error| opening(path, error.into()).into())
}

fn connect_writable(path: &Path) -> Result<Connection> {
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    // SQLite silently opens files that it cannot write as read-only.
    if connection.is_readonly("main")? {
        return Err(not_writable(path).into());
    }
    Ok(connection)
}

fn not_writable(path: &Path) -> OpenError {
    let reason = "SQLite opens it for reading only".to_owned();
    access::unwritable(path).unwrap_or_else(|| OpenError::NotWritable { path: path.to_owned(), reason })
}

/// Converts an error while opening to an [`OpenError`] if it concerns the file itself.
pub(crate) fn opening(path: &Path, error: EngineError) -> crate::Error {
    let error = match error.into() {
        crate::Error::Store(error) => error,
        other => return other,
    };
    match error {
        StoreError::NotWritable => not_writable(path).into(),
        StoreError::Engine { .. } | StoreError::Unreadable { .. }
            if let Some(refusal) = access::unreadable(path) =>
        {
            refusal.into()
        }
        StoreError::Engine { .. } | StoreError::Unreadable { .. } if is_disk_full(path) => {
            StoreError::NoRoom(NoRoom::Disk).into()
        }
        StoreError::Engine { detail } | StoreError::Unreadable { detail } => match is_name_too_long(path) {
            Some(too_long) => too_long.into(),
            None => header::unusable(path, &detail).into(),
        },
        StoreError::Corrupt { detail } => StoreError::Corrupt { detail }.into(),
        other => other.into(),
    }
}
