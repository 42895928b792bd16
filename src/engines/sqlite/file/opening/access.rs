//! Who may read and write the files of a database: itself, those that SQLite keeps beside it, and their directory.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use nix::unistd::{Gid, Group, Uid, User};
use rustix::fs::{Access, access};
use rustix::io::Errno;

use crate::engines::sqlite::file::guard::identity::{companion_of, directory_of};
use crate::error::{AccessFault, AccessRefusal, DatabasePart, DatabaseUse, OpenError};

/// The bits of a mode that `chmod` sets.
const PERMISSIONS: u32 = 0o7777;
/// The mode bit that lets the group write a file.
const GROUP_WRITES: u32 = 0o020;

/// Returns the error that names the first file which keeps this user from reading the database.
pub(crate) fn unreadable(database: &Path) -> Option<OpenError> {
    of_existing(database, DatabaseUse::Read).map(OpenError::NoAccess)
}

/// Returns the error that names the first file which keeps this user from writing the database, with the remedies of all.
pub(crate) fn unwritable(database: &Path) -> Option<OpenError> {
    let creates = ["-wal", "-shm"].iter().any(|ending| !companion_of(database, ending).exists());
    let of_directory = of_directory(database, DatabaseUse::Write).filter(|_| creates);
    let refusal = match of_existing(database, DatabaseUse::Write) {
        Some(first) => Some(AccessRefusal { next: of_directory.map(Box::new), ..first }),
        None => of_directory,
    };
    refusal.map(OpenError::NoAccess)
}

/// Returns the error if this user may not create the database in its directory.
pub(crate) fn uncreatable(database: &Path) -> Option<OpenError> {
    of_directory(database, DatabaseUse::Create).map(OpenError::NoAccess)
}

/// Returns the reason if this user may not remove a file beside a database.
#[cfg(feature = "cli")]
pub(crate) fn unremovable(file: &Path) -> Option<AccessRefusal> {
    of_directory(file, DatabaseUse::Remove)
}

fn of_existing(database: &Path, wanted: DatabaseUse) -> Option<AccessRefusal> {
    let of_database = std::fs::metadata(database).ok()?;
    let access = match wanted {
        DatabaseUse::Read => Access::READ_OK,
        _ => Access::READ_OK | Access::WRITE_OK,
    };
    if let Some(errno) = refused_by(database, access) {
        let fault = fault(errno, &of_database);
        return Some(refusal(database, (database, DatabasePart::Itself), &of_database, wanted, fault));
    }
    ["-wal", "-shm"].map(|ending| companion_of(database, ending)).into_iter().find_map(|file| {
        // A missing file was removed by another process that closed the database.
        let found = std::fs::metadata(&file).ok()?;
        let fault = match refused_by(&file, access)? {
            Errno::ROFS => AccessFault::ReadOnlyFileSystem,
            _ => difference(&of_database, &found),
        };
        Some(refusal(database, (&file, DatabasePart::Companion), &found, wanted, fault))
    })
}

fn of_directory(database: &Path, wanted: DatabaseUse) -> Option<AccessRefusal> {
    // Named in full, as `.` says little.
    let directory = std::path::absolute(directory_of(database)).ok()?;
    let errno = refused_by(&directory, Access::WRITE_OK | Access::EXEC_OK)?;
    let found = std::fs::metadata(&directory).ok()?;
    Some(refusal(database, (&directory, DatabasePart::Directory), &found, wanted, fault(errno, &found)))
}

fn refusal(
    database: &Path,
    (path, part): (&Path, DatabasePart),
    found: &Metadata,
    wanted: DatabaseUse,
    fault: AccessFault,
) -> AccessRefusal {
    AccessRefusal {
        database: database.to_owned(),
        path: path.to_owned(),
        part,
        wanted,
        owner: user(found.uid()),
        mode: found.mode() & PERMISSIONS,
        fault,
        next: None,
    }
}

/// Returns the reason if the permissions of a file refuse an access.
fn refused_by(path: &Path, wanted: Access) -> Option<Errno> {
    access(path, wanted).err().filter(|errno| matches!(*errno, Errno::ACCESS | Errno::PERM | Errno::ROFS))
}

/// Returns the reason why this user may not use a file.
fn fault(errno: Errno, found: &Metadata) -> AccessFault {
    let group = Gid::current();
    let of_file = rustix::process::Gid::from_raw(found.gid());
    let is_member = || rustix::process::getgroups().is_ok_and(|groups| groups.contains(&of_file));
    match errno {
        Errno::ROFS => AccessFault::ReadOnlyFileSystem,
        Errno::PERM => AccessFault::Immutable,
        _ if Uid::current().as_raw() == found.uid() => AccessFault::Owner,
        _ if group.as_raw() == found.gid() || is_member() => AccessFault::Group,
        _ => AccessFault::Others { group: group_name(group) },
    }
}

/// Returns the difference between the database, which this user may use, and a file beside it.
fn difference(database: &Metadata, found: &Metadata) -> AccessFault {
    let is_shared = database.mode() & GROUP_WRITES != 0;
    if database.uid() != found.uid() && !is_shared {
        return AccessFault::OtherOwner;
    }
    let mode = database.mode() & PERMISSIONS;
    AccessFault::Differs {
        group: (database.gid() != found.gid()).then(|| database.gid()),
        mode: (mode != found.mode() & PERMISSIONS).then_some(mode),
    }
}

/// Returns a user's name, if the system knows it.
fn user(id: u32) -> String {
    let found = User::from_uid(id.into()).ok().flatten();
    found.map_or_else(|| format!("user {id}"), |user| user.name)
}

/// Returns a group's name, or its number if the system knows no name.
fn group_name(group: Gid) -> String {
    Group::from_gid(group).ok().flatten().map_or_else(|| group.to_string(), |found| found.name)
}
