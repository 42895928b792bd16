//! Advice on errors of the store.

use std::path::{Path, PathBuf};

use crate::error::{Advice, Remedy};
use crate::id::SpaceId;
use crate::masking::MaskedPath;

use super::{NearestSpace, ServerRefusal, StoreError};

impl StoreError {
    /// Says what to do next, if anything can be done.
    pub fn advice(&self) -> Option<Advice> {
        Some(match self {
            Self::Stopped | Self::NotImporting { .. } => return None,
            Self::UnknownSpace { .. }
            | Self::AmbiguousSpace { .. }
            | Self::SpaceDeleting { .. }
            | Self::DeleteUnfinished { .. }
            | Self::SpaceIncomplete { .. }
            | Self::SpaceInDoubt { .. }
            | Self::SpaceImporting { .. }
            | Self::SpaceForking { .. }
            | Self::MarkLost { .. }
            | Self::WorkedOn { .. }
            | Self::SpaceExists { .. }
            | Self::InvalidSpaceName { .. } => self.advice_on_space(),
            Self::Busy { .. } => "nothing was done; try again when the other process has finished".into(),
            Self::HandleBusy { .. } => {
                "nothing was done; try again when the other thread has finished; a command's closure must not wait for a \
                     thread that uses the same store"
                    .into()
            }
            Self::NestedCommand => {
                "nothing was written; run it after the outer command has returned, or append all events in one command"
                    .into()
            }
            Self::NestedUnit => "nothing was written; commit or drop the unit of work first".into(),
            Self::InvalidCursor { .. } => "start again from the beginning or the end of the stream, or use it with the store that it came from".into(),
            Self::ReadOnly => {
                Advice::from("open it ").remedy(Remedy::OpenForWriting).text(" to change it")
            }
            Self::ReadOnlyServer => {
                "a replica and the setting default_transaction_read_only refuse writes: name a server that accepts them (of several \
                     hosts, target_session_attrs=read-write chooses it), or a user who may write"
                    .into()
            }
            Self::WrittenByOriginal { path } => Advice::from("import it into a new database: ")
                .remedy(Remedy::ImportOriginal { path: path.clone() }),
            Self::NotWritable => "allow writing to the file, to its -wal and -shm, and to its directory".into(),
            Self::ChangedMeanwhile => "try again; the file is then opened again".into(),
            Self::NoRoom(room) => room.advice_on_database(),
            Self::Corrupt { .. } => Advice::default().remedy(Remedy::Check { deep: true, repair: false }).text(
                " shows what is damaged and what repairs it; work on a copy, and keep the last good backup",
            ),
            Self::Unreadable { .. } => Advice::from("nothing was done; look at the disk and the system's log, or those of the server; ")
                .remedy(Remedy::Check { deep: true, repair: false })
                .text(" shows what can be read"),
            Self::Refused { refusal, .. } => refusal.advice(),
            Self::ConnectionLost { .. } => {
                "the statement under way was not committed; what was committed before it is stored. Try again when the server runs \
                     and can be reached"
                    .into()
            }
            Self::ProjectionsCorrupt { .. } => Remedy::NewProjections.advice(),
            Self::SpaceDamaged { .. } => Remedy::Check { deep: false, repair: true }.advice(),
            Self::SpacesDamaged { .. } => Advice::default()
                .remedy(Remedy::Check { deep: false, repair: false })
                .text(" names the repair"),
            Self::ForeignTrigger { .. } => Advice::from("nothing was written; ")
                .remedy(Remedy::Check { deep: false, repair: false })
                .text(" names the trigger, and its owner can drop it"),
            Self::OutcomeUnknown { .. } => {
                "open the database again and check the result before you repeat the command".into()
            }
            Self::FellBack { .. } => {
                "an older copy may have taken its place: find the lost events, or open the store again to continue without them"
                    .into()
            }
            Self::HeldBack { .. } => Advice::from("no event is missed, and reading continues when that has ended; ")
                .remedy(Remedy::Check { deep: false, repair: false })
                .text(" finds events that a server has lost"),
            Self::Unproven { .. } => {
                Advice::from("").remedy(Remedy::Check { deep: true, repair: false }).text(" finds rows left over")
            }
            Self::RedactedMeanwhile { .. } => Advice::from("try again; if it persists, ")
                .remedy(Remedy::Check { deep: false, repair: false })
                .text(" finds a redaction that was interrupted"),
            Self::Conflict { .. } => "look at the new events, then decide again".into(),
            Self::CheckpointMoved { .. } | Self::ShadowGone => "nothing was changed; try again".into(),
            Self::WalReplaced { database, .. } => after_losing_the_wal(&database.shown()),
            Self::WalTooShort => after_losing_the_wal("the database"),
            Self::HardLinked { path, .. } => Advice::from(
                "nothing was done, because programs that use two names of a file overwrite each other's commits, and a copy \
                     made of hard links changes with its original. Stop every program that has the file open, and make this \
                     name a file of its own: ",
            )
            .remedy(Remedy::SeparateFile { path: path.clone() })
            .text(
                "; if one of the names has a -wal file beside it, keep that name, since it holds the latest commits. The \
                     file can also be opened ",
            )
            .remedy(Remedy::OpenReadOnly),
            Self::UnderOtherName { log: Some(log), .. } => Advice::from("open the file under that name: ")
                .remedy(Remedy::OpenDatabase { path: without_suffix(log) }),
            Self::UnderOtherName { log: None, .. } => {
                "open the file under the name that the other process uses, or stop that process".into()
            }
            Self::FileReplaced { log, .. } => after_replacing(log.as_deref()),
            Self::ProjectionAhead { space, by, .. } => {
                Advice::from("the events file is older than its projections; ")
                    .and(replacing(by, " rebuilds the projection from the existing events"))
                    .about_space(space)
            }
            Self::ProjectionLags { .. } => {
                "the events are stored; wait longer, or look whether an event blocks the projection".into()
            }
            Self::ProjectionOutdated { space, by, .. } => Advice::from("readers see the old values until then; ")
                .and(replacing(by, " brings it up to date"))
                .about_space(space),
            Self::ProjectionNewer { .. } => {
                "use the later version of the program; a version that removes fields from a schema has to raise the version of \
                     the projection"
                    .into()
            }
            Self::Engine { .. } => "nothing was done; check the disk and the permissions of the database".into(),
            Self::InvalidEvent(invalid) => invalid.advice(),
            Self::MetadataTooLarge { .. } => "keep large content elsewhere and refer to it".into(),
            Self::Exhausted { .. } => {
                "export the spaces and import them into a new file, where their events get new ids".into()
            }
        })
    }

    /// Says what to do about the named space.
    fn advice_on_space(&self) -> Advice {
        match self {
            Self::UnknownSpace { nearest: Some(nearest), .. } => {
                let advice = Advice::from("did you mean ").and(nearest.advice());
                advice.text("? ").remedy(Remedy::ListSpaces)
            }
            Self::UnknownSpace { space, nearest: None } if is_no_id(space) => {
                Advice::from("the id of a space is written #2; ").remedy(Remedy::ListSpaces)
            }
            Self::AmbiguousSpace { space, named, numbered } => Advice::from("write ")
                .remedy(Remedy::NameSpace { space: named.to_string() })
                .text(format!(" for the space named {space}, or "))
                .remedy(Remedy::NameSpace { space: numbered.clone() })
                .text(" for the one with this id"),
            Self::InvalidSpaceName { .. } => {
                "a name has 1 to 200 characters, no whitespace at either end, and does not start with #, as ids do".into()
            }
            Self::SpaceDeleting { space, purge } => {
                Advice::from("finish it with ").remedy(Remedy::Delete { purge: *purge }).about_space(space)
            }
            Self::DeleteUnfinished { space, purge_missing, purge, .. } => {
                let rest = if *purge_missing {
                    "old bytes remain in the database, and the space accepts no more events; when that reason is gone, complete \
                     the purge with "
                } else {
                    "the space accepts no more events; finish it with "
                };
                Advice::from(rest).remedy(Remedy::Delete { purge: *purge }).about_space(space)
            }
            Self::SpaceIncomplete { space, .. } => Advice::from(
                "when that reason is gone, try again, which first removes what is stored; or remove it with ",
            )
            .remedy(Remedy::Delete { purge: false })
            .about_space(space),
            Self::SpaceInDoubt { .. } => Advice::from(
                "try again, without a delete: what is incomplete is removed first, and a space that exists is complete; ",
            )
            .remedy(Remedy::ListSpaces)
            .text(" shows it"),
            Self::SpaceImporting { .. } => {
                "if the import was interrupted, import the file again, or delete the space".into()
            }
            Self::SpaceForking { .. } => {
                "if the fork was interrupted, fork its origin again under the same name, or delete the space".into()
            }
            Self::MarkLost { .. } => {
                Advice::default().remedy(Remedy::ReadAuditLog).text(" shows what the other operation did")
            }
            Self::WorkedOn { .. } => "wait until it has finished, or stop it, and try again".into(),
            Self::SpaceExists { .. } => "choose another name, or delete that space first".into(),
            _ => Advice::default().remedy(Remedy::ListSpaces),
        }
    }
}

impl ServerRefusal {
    /// Says what to do next.
    pub(crate) fn advice(self) -> Advice {
        match self {
            Self::Cancelled => {
                "nothing was changed by this statement. If it took longer than statement_timeout, raise that for this user, or \
                     in the address: ?options=-c%20statement_timeout%3D0; otherwise ask who cancelled it"
            }
            Self::MissingRight => {
                "nothing was changed by this statement; the owner of the tables can grant what is missing: to read, USAGE on the schema and SELECT \
                     on its tables and sequences; to write, also INSERT, UPDATE and DELETE on the tables, and USAGE and UPDATE on \
                     the sequences"
            }
            Self::OutOfResources => {
                "nothing was changed by this statement; try again when the server has less to do, or raise the limit that its message names"
            }
            Self::DiskFull => {
                "nothing was changed by this statement; free disk space on the server, or ask its administrator to do so"
            }
            Self::Other => "nothing was changed by this statement; the server's log says more",
        }
        .into()
    }
}

/// Names the operation that replaces a projection. `does` says what a rebuild of the space does.
fn replacing(by: &Remedy, does: &'static str) -> Advice {
    match by {
        Remedy::Rebuild { .. } => Advice::default().remedy(by.clone()).text(does),
        by => by.advice(),
    }
}

/// Returns true if a text starts like an id, which no name does, but is none.
fn is_no_id(space: &str) -> bool {
    space.starts_with('#') && space.parse::<SpaceId>().is_err()
}

impl NearestSpace {
    /// Says what to write instead.
    pub fn advice(&self) -> Advice {
        match self {
            Self::Name(name) => Advice::default().remedy(Remedy::NameSpace { space: name.clone() }),
            Self::Id { space_id, space_name } => Advice::default()
                .remedy(Remedy::NameSpace { space: space_id.to_string() })
                .text(format!(", the id of {space_name}")),
        }
    }
}

fn after_losing_the_wal(database: &str) -> Advice {
    Advice::from(format!(
        "nothing was done. The commits since the last checkpoint may be lost with it: stop every program that has \
             {database} open, copy {database} with its -wal and -shm files, and examine it with "
    ))
    .remedy(Remedy::Check { deep: true, repair: false })
}

/// Returns the database that a write-ahead log or a journal belongs to.
fn without_suffix(log: &Path) -> PathBuf {
    let log = log.to_string_lossy();
    let database = log.strip_suffix("-wal").or_else(|| log.strip_suffix("-journal"));
    PathBuf::from(database.unwrap_or(&log))
}

fn after_replacing(log: Option<&Path>) -> Advice {
    let Some(log) = log else {
        return "nothing was done; open the file again to work on the current one".into();
    };
    let log = log.shown();
    Advice::from(format!(
        "nothing was done. The latest commits may be in {log} alone, which belongs to the old file: do not open the \
             new file next to it. First stop every program that uses either file, then move {log} to the old file, under \
             that file's name with -wal appended, or out of the way if the old file is gone"
    ))
}
