//! A SQLite VFS that can be observed and made to fail.
//!
//! SQLite expects a VFS as a table of C functions, which needs `unsafe`. The crate itself has none.
#![allow(unsafe_code)]

use std::ffi::{CStr, OsStr, c_char, c_int, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::ptr;
use std::sync::{Arc, Mutex, Once};

use rusqlite::ffi::{
    self, sqlite3_file, sqlite3_int64, sqlite3_io_methods, sqlite3_vfs, sqlite3_vfs_find,
    sqlite3_vfs_register,
};

/// A call that SQLite is about to make.
#[derive(Debug)]
pub enum Call<'a> {
    Open { creates: bool },
    Read,
    Write { offset: u64, bytes: &'a [u8] },
    Truncate { size: u64 },
    Sync,
    Delete { durably: bool },
}

/// The result of a failed call.
pub struct Fault {
    /// SQLite's error code.
    pub code: c_int,
    /// The number of bytes of a write that arrive anyway.
    pub kept: usize,
}

/// A point of a transaction in WAL mode, as its locks show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point {
    /// It is about to take its snapshot.
    BeforeRead,
    /// It is about to take the write lock.
    BeforeWrite,
    /// It has the write lock.
    Writing,
    /// It has released the write lock, and is committed or rolled back.
    AfterWrite,
}

/// A simulated disk, asked before each call.
pub trait Disk: Send + Sync {
    fn before(&self, path: &Path, call: &Call<'_>) -> Result<(), Fault>;

    /// Called at each point of each transaction. Other connections continue while it runs.
    fn at(&self, _path: &Path, _point: Point) {}
}

/// A disk without failures or delays.
pub struct Calm;

impl Disk for Calm {
    fn before(&self, _: &Path, _: &Call<'_>) -> Result<(), Fault> {
        Ok(())
    }
}

/// A guard while which calls to files in the directory go to the disk.
pub struct Mounted(PathBuf);

static MOUNTS: Mutex<Vec<(PathBuf, Arc<dyn Disk>)>> = Mutex::new(Vec::new());

pub fn mount(directory: &Path, disk: Arc<dyn Disk>) -> Mounted {
    install();
    // SQLite names files by the targets of links.
    let directory = directory.canonicalize().unwrap();
    MOUNTS.lock().unwrap().push((directory.clone(), disk));
    Mounted(directory)
}

impl Drop for Mounted {
    fn drop(&mut self) {
        MOUNTS.lock().unwrap().retain(|(directory, _)| *directory != self.0);
    }
}

fn ask(path: &Path, call: &Call<'_>) -> Result<bool, Fault> {
    let disk = MOUNTS.lock().unwrap().iter().find(|(directory, _)| path.starts_with(directory)).cloned();
    match disk {
        None => Ok(false),
        Some((_, disk)) => disk.before(path, call).map(|()| true),
    }
}

fn come_by(path: &Path, point: Point) {
    let disk = MOUNTS.lock().unwrap().iter().find(|(directory, _)| path.starts_with(directory)).cloned();
    if let Some((_, disk)) = disk {
        disk.at(path, point);
    }
}

/// Installs the shim over SQLite's own VFS as the default of this process, permanently.
fn install() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| unsafe {
        ffi::sqlite3_initialize();
        let real = sqlite3_vfs_find(ptr::null());
        let size = size_of::<File>() as c_int + (*real).szOsFile;
        let shim = sqlite3_vfs {
            szOsFile: size,
            zName: c"shim".as_ptr(),
            pAppData: real.cast(),
            xOpen: Some(open),
            xDelete: Some(delete),
            ..*real
        };
        let shim = Box::leak(Box::new(shim));
        assert_eq!(sqlite3_vfs_register(shim, 1), ffi::SQLITE_OK);
    });
}

/// An open file, followed in memory by SQLite's own, whose size SQLite specifies.
#[repr(C)]
struct File {
    base: sqlite3_file,
    path: *mut PathBuf,
}

static METHODS: sqlite3_io_methods = sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

unsafe fn real_vfs(vfs: *mut sqlite3_vfs) -> *mut sqlite3_vfs {
    unsafe { (*vfs).pAppData.cast() }
}

unsafe fn real(file: *mut sqlite3_file) -> *mut sqlite3_file {
    unsafe { file.cast::<File>().add(1).cast() }
}

unsafe fn path_of<'a>(file: *mut sqlite3_file) -> &'a Path {
    unsafe { &*(*file.cast::<File>()).path }
}

unsafe fn path_from(name: *const c_char) -> PathBuf {
    if name.is_null() {
        return PathBuf::new();
    }
    PathBuf::from(OsStr::from_bytes(unsafe { CStr::from_ptr(name) }.to_bytes()))
}

/// Calls one of the real file's own functions.
macro_rules! pass {
    ($file:ident . $method:ident ( $($argument:expr),* )) => {{
        let file = real($file);
        ((*(*file).pMethods).$method.unwrap())(file $(, $argument)*)
    }};
}

unsafe extern "C" fn open(
    vfs: *mut sqlite3_vfs,
    name: *const c_char,
    file: *mut sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    unsafe {
        (*file).pMethods = ptr::null();
        let path = path_from(name);
        if let Err(fault) = ask(&path, &Call::Open { creates: flags & ffi::SQLITE_OPEN_CREATE != 0 }) {
            return fault.code;
        }
        let vfs = real_vfs(vfs);
        let code = ((*vfs).xOpen.unwrap())(vfs, name, real(file), flags, out);
        if code == ffi::SQLITE_OK {
            (*file).pMethods = &METHODS;
            (*file.cast::<File>()).path = Box::into_raw(Box::new(path));
        }
        code
    }
}

unsafe extern "C" fn delete(vfs: *mut sqlite3_vfs, name: *const c_char, sync_dir: c_int) -> c_int {
    unsafe {
        if let Err(fault) = ask(&path_from(name), &Call::Delete { durably: sync_dir != 0 }) {
            return fault.code;
        }
        let vfs = real_vfs(vfs);
        ((*vfs).xDelete.unwrap())(vfs, name, sync_dir)
    }
}

unsafe extern "C" fn close(file: *mut sqlite3_file) -> c_int {
    unsafe {
        let code = pass!(file.xClose());
        drop(Box::from_raw((*file.cast::<File>()).path));
        code
    }
}

unsafe extern "C" fn read(
    file: *mut sqlite3_file,
    into: *mut c_void,
    size: c_int,
    at: sqlite3_int64,
) -> c_int {
    unsafe {
        match ask(path_of(file), &Call::Read) {
            Err(fault) => fault.code,
            Ok(_) => pass!(file.xRead(into, size, at)),
        }
    }
}

unsafe extern "C" fn write(
    file: *mut sqlite3_file,
    from: *const c_void,
    size: c_int,
    at: sqlite3_int64,
) -> c_int {
    unsafe {
        let bytes = std::slice::from_raw_parts(from.cast::<u8>(), size as usize);
        match ask(path_of(file), &Call::Write { offset: at as u64, bytes }) {
            Ok(_) => pass!(file.xWrite(from, size, at)),
            Err(fault) => {
                if fault.kept > 0 {
                    pass!(file.xWrite(from, fault.kept.min(bytes.len()) as c_int, at));
                }
                fault.code
            }
        }
    }
}

unsafe extern "C" fn truncate(file: *mut sqlite3_file, size: sqlite3_int64) -> c_int {
    unsafe {
        match ask(path_of(file), &Call::Truncate { size: size as u64 }) {
            Err(fault) => fault.code,
            Ok(_) => pass!(file.xTruncate(size)),
        }
    }
}

unsafe extern "C" fn sync(file: *mut sqlite3_file, flags: c_int) -> c_int {
    unsafe {
        match ask(path_of(file), &Call::Sync) {
            Err(fault) => fault.code,
            // The simulated disk does not need the real sync.
            Ok(true) => ffi::SQLITE_OK,
            Ok(false) => pass!(file.xSync(flags)),
        }
    }
}

unsafe extern "C" fn file_size(file: *mut sqlite3_file, size: *mut sqlite3_int64) -> c_int {
    unsafe { pass!(file.xFileSize(size)) }
}

unsafe extern "C" fn lock(file: *mut sqlite3_file, level: c_int) -> c_int {
    unsafe { pass!(file.xLock(level)) }
}

unsafe extern "C" fn unlock(file: *mut sqlite3_file, level: c_int) -> c_int {
    unsafe { pass!(file.xUnlock(level)) }
}

unsafe extern "C" fn check_reserved_lock(file: *mut sqlite3_file, out: *mut c_int) -> c_int {
    unsafe { pass!(file.xCheckReservedLock(out)) }
}

unsafe extern "C" fn file_control(file: *mut sqlite3_file, code: c_int, argument: *mut c_void) -> c_int {
    unsafe { pass!(file.xFileControl(code, argument)) }
}

unsafe extern "C" fn sector_size(file: *mut sqlite3_file) -> c_int {
    unsafe { pass!(file.xSectorSize()) }
}

unsafe extern "C" fn device_characteristics(file: *mut sqlite3_file) -> c_int {
    unsafe { pass!(file.xDeviceCharacteristics()) }
}

unsafe extern "C" fn shm_map(
    file: *mut sqlite3_file,
    page: c_int,
    size: c_int,
    extend: c_int,
    out: *mut *mut c_void,
) -> c_int {
    unsafe { pass!(file.xShmMap(page, size, extend, out)) }
}

unsafe extern "C" fn shm_lock(file: *mut sqlite3_file, offset: c_int, n: c_int, flags: c_int) -> c_int {
    /// The write lock.
    const WRITE: c_int = 0;
    /// The first of the read locks.
    const READ: c_int = 3;
    unsafe {
        let is_lock = flags & ffi::SQLITE_SHM_LOCK != 0;
        let is_write = n == 1 && offset == WRITE;
        if is_lock && is_write {
            come_by(path_of(file), Point::BeforeWrite);
        } else if is_lock && offset >= READ && flags & ffi::SQLITE_SHM_SHARED != 0 {
            come_by(path_of(file), Point::BeforeRead);
        }
        let code = pass!(file.xShmLock(offset, n, flags));
        if is_write && code == ffi::SQLITE_OK {
            come_by(path_of(file), if is_lock { Point::Writing } else { Point::AfterWrite });
        }
        code
    }
}

unsafe extern "C" fn shm_barrier(file: *mut sqlite3_file) {
    unsafe { pass!(file.xShmBarrier()) }
}

unsafe extern "C" fn shm_unmap(file: *mut sqlite3_file, delete: c_int) -> c_int {
    unsafe { pass!(file.xShmUnmap(delete)) }
}
