//! Why this user may not read or write a file of a database, and the command that changes that.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::error::{Advice, Remedy};
use crate::masking::MaskedPath;

/// A file of a database that this user may not read or write.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccessRefusal {
    /// The database.
    pub database: PathBuf,
    /// The file.
    pub path: PathBuf,
    /// Its part in the database.
    pub part: DatabasePart,
    /// The use of the database that needs it.
    pub wanted: DatabaseUse,
    /// The owner of the file, by name if known.
    pub owner: String,
    /// The permissions of the file.
    pub mode: u32,
    /// The reason.
    pub fault: AccessFault,
    /// The file that would be refused next, once this one is not.
    pub next: Option<Box<AccessRefusal>>,
}

/// The part of a file in a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DatabasePart {
    /// The database itself.
    Itself,
    /// Its write-ahead log or its shared memory.
    Companion,
    /// Its directory, in which files are created.
    Directory,
}

/// A use of a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DatabaseUse {
    /// Reading it.
    Read,
    /// Writing it.
    Write,
    /// Creating it.
    Create,
    /// Removing a file that SQLite keeps beside it. That file takes the place of the database in the refusal.
    Remove,
}

/// The reason why a user may not read or write a file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum AccessFault {
    /// The file system is read-only.
    ReadOnlyFileSystem,
    /// An attribute of the file forbids changes.
    Immutable,
    /// Its mode refuses its owner.
    Owner,
    /// Its mode refuses its group.
    Group,
    /// The user is neither its owner nor in its group.
    Others {
        /// The group of the user, by name if known.
        group: String,
    },
    /// It belongs to another user than the database.
    OtherOwner,
    /// It has another group or another mode than the database.
    Differs {
        /// The group of the database, if it differs.
        group: Option<u32>,
        /// The mode of the database, if it differs.
        mode: Option<u32>,
    },
}

impl fmt::Display for AccessRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, owner, mode, .. } = self;
        let done = match self.wanted {
            DatabaseUse::Read => "read",
            DatabaseUse::Write => "written",
            DatabaseUse::Create => "created",
            DatabaseUse::Remove => "removed",
        };
        write!(f, "{} cannot be {done}: ", self.database.shown())?;
        match self.part {
            DatabasePart::Itself => f.write_str("it ")?,
            DatabasePart::Companion => write!(f, "{} ", path.shown())?,
            DatabasePart::Directory => write!(f, "its directory {} ", path.shown())?,
        }
        match &self.fault {
            AccessFault::ReadOnlyFileSystem => f.write_str("is on a read-only file system"),
            AccessFault::Immutable => f.write_str("is marked as immutable"),
            AccessFault::Owner => write!(f, "has the mode {mode:o}"),
            AccessFault::Group | AccessFault::Others { .. } => {
                write!(f, "belongs to {owner} and has the mode {mode:o}")
            }
            AccessFault::OtherOwner => write!(f, "belongs to {owner}"),
            AccessFault::Differs { group: Some(_), .. } => {
                write!(f, "of {owner} has another group than the database")
            }
            AccessFault::Differs { group: None, mode: Some(_) } => {
                write!(f, "of {owner} has another mode than the database")
            }
            AccessFault::Differs { group: None, mode: None } => {
                let able = if self.wanted == DatabaseUse::Read { "readable" } else { "writable" };
                write!(f, "of {owner} is not {able} for this user")
            }
        }
    }
}

impl AccessRefusal {
    /// Returns the error's stable name, for programs.
    pub fn kind(&self) -> &'static str {
        match (self.part, self.wanted) {
            (DatabasePart::Companion, DatabaseUse::Read) => "beside_not_readable",
            (DatabasePart::Companion, _) => "beside_not_writable",
            (_, DatabaseUse::Read) => "not_readable",
            _ => "not_writable",
        }
    }

    /// Says who has to run what.
    pub fn advice(&self) -> Advice {
        let Self { path, database, owner, .. } = self;
        let file = quoted(path);
        let commands = match &self.fault {
            AccessFault::ReadOnlyFileSystem if self.wanted == DatabaseUse::Create => {
                return "choose another directory".into();
            }
            AccessFault::ReadOnlyFileSystem if self.wanted == DatabaseUse::Remove => {
                return "make the file system writable".into();
            }
            AccessFault::ReadOnlyFileSystem => return Advice::from("open it ").remedy(Remedy::OpenReadOnly),
            AccessFault::OtherOwner => {
                return Advice::from(format!(
                    "stop every program that has the database open, and have {owner} or root give {} to the owner of {}, \
                     with `chown`",
                    path.shown(),
                    database.shown()
                ));
            }
            AccessFault::Differs { group: None, mode: None } => {
                return "check the access control list of the file".into();
            }
            AccessFault::Differs { group, mode } => {
                let group = group.map(|group| format!("`chgrp {group} {file}`"));
                let mode = mode.map(|mode| format!("`chmod {mode:o} {file}`"));
                return Advice::from(format!("have {} run {}", self.owner_or_root(), joined(group, mode)));
            }
            AccessFault::Immutable | AccessFault::Owner | AccessFault::Group | AccessFault::Others { .. } => {
                self.commands().unwrap_or_default()
            }
        };
        let next = self.next.as_ref().and_then(|next| next.commands());
        let commands = match next {
            Some(next) => format!("{commands}, then {next}"),
            None => commands,
        };
        match self.wanted {
            DatabaseUse::Read | DatabaseUse::Remove => commands.into(),
            DatabaseUse::Write => {
                Advice::from(format!("{commands}, or open it ")).remedy(Remedy::OpenReadOnly)
            }
            DatabaseUse::Create => format!("{commands}, or choose another directory").into(),
        }
    }

    /// Says who has to run which commands, if commands change it.
    fn commands(&self) -> Option<String> {
        let file = quoted(&self.path);
        let bits = match (self.part, self.wanted) {
            (DatabasePart::Directory, _) => "rwx",
            (_, DatabaseUse::Read) => "r",
            _ => "rw",
        };
        Some(match &self.fault {
            AccessFault::Immutable => format!("have root run `chattr -i {file}`"),
            AccessFault::Owner => format!("run `chmod u+{bits} {file}`"),
            AccessFault::Group => format!("have {} run `chmod g+{bits} {file}`", self.owner_or_root()),
            AccessFault::Others { group } => {
                let (chgrp, chmod) = (format!("`chgrp {group} {file}`"), format!("`chmod g+{bits} {file}`"));
                format!("have {} run {}", self.owner_or_root(), joined(Some(chgrp), Some(chmod)))
            }
            AccessFault::ReadOnlyFileSystem | AccessFault::OtherOwner | AccessFault::Differs { .. } => {
                return None;
            }
        })
    }

    fn owner_or_root(&self) -> String {
        if self.owner == "root" { "root".to_owned() } else { format!("{} or root", self.owner) }
    }
}

fn quoted(path: &Path) -> String {
    let shown = path.to_string_lossy();
    shlex::try_quote(&shown).map_or_else(|_| shown.clone().into_owned(), std::borrow::Cow::into_owned)
}

fn joined(first: Option<String>, second: Option<String>) -> String {
    let commands: Vec<String> = first.into_iter().chain(second).collect();
    commands.join(" and ")
}
