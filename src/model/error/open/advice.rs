//! Advice on a database that cannot be opened.

use std::path::{Path, PathBuf};

use crate::error::{Advice, NoRoom, Remedy};
use crate::masking::MaskedPath;

use super::OpenError;

impl OpenError {
    /// Says what to do next.
    pub fn advice(&self) -> Advice {
        match self {
            Self::Missing { path } => Advice::default().remedy(Remedy::CreateDatabase { path: path.clone() }),
            Self::MissingOriginal { is_of_projections: false, .. } => {
                "name an existing file that the Elixir original wrote; a name without a directory is looked for in the current one"
                    .into()
            }
            Self::MissingOriginal { is_of_projections: true, .. } => Advice::from(
                "name the existing file with the projections of the Elixir original, or name only the file with its events",
            ),
            Self::WithoutDatabase { path, remains } => Advice::from(format!(
                "nothing was changed. It may hold the only copy of the last commits: put its database back at {path}, or \
                     move {remains} to a safe place before you start a new database",
                path = path.shown(),
                remains = remains.shown()
            )),
            Self::NotAFile { .. } => "choose a file that this program created; this one was not changed".into(),
            Self::NotADatabase { .. } | Self::Foreign { .. } => {
                "choose a file that this program created; if this is one, its first bytes are damaged: use the last good \
                     backup. The file was not changed"
                    .into()
            }
            Self::NoVersion { .. } => {
                "the file was not changed; use the last good backup, or if it was never used, remove it and create it again".into()
            }
            Self::Newer { .. } => "use the newer version that wrote it; the file was not changed".into(),
            Self::NotWritable { .. } => {
                Advice::from("allow writing to the file and its directory, or open it ").remedy(Remedy::OpenReadOnly)
            }
            Self::Unusable { .. } => "check the path and its permissions".into(),
            Self::TemporaryDirectory { directory, .. } => Advice::from(format!(
                "make sure that {} exists, is writable and has room, or name another directory in TMPDIR",
                directory.shown()
            )),
            Self::DamagedOriginal { path, .. } => Advice::from(format!(
                "it was not changed: use the last good backup of {path}, or recover its contents into a copy: ",
                path = path.shown()
            ))
            .remedy(Remedy::RunSql { path: path.clone(), statement: ".recover".to_owned() }),
            Self::LogUnreadable { path, log } => Advice::from(format!(
                "copy {} together with {} to a writable directory, and open the copy",
                path.shown(),
                log.shown()
            )),
            Self::OriginalInTransaction { .. } => {
                "let the original end it; if it was killed, open the file with it once, which rolls that transaction back".into()
            }
            Self::HotJournal { path, journal } => {
                Advice::from("open it once ").remedy(Remedy::OpenForWriting).text(format!(
                    ", which rolls that transaction back; or copy {} together with {} and open the copy that way",
                    path.shown(),
                    journal.shown()
                ))
            }
            Self::NoRoom { room, .. } => room.advice_on_new_file(),
            Self::NoRoomToRead { room: room @ NoRoom::FileSize { .. }, .. } => room.advice(),
            Self::NoRoomToRead { path, log, room } => room.advice().text(format!(
                ", or copy {} together with {} to another disk, and open the copy",
                path.shown(),
                log.shown()
            )),
            Self::NoAccess(refusal) => refusal.advice(),
            Self::NameTooLong { .. } => {
                "choose a shorter one: SQLite appends up to 8 bytes to it for its own files".into()
            }
            Self::BesideADatabase { database, .. } => {
                Advice::from("name the database: ").remedy(Remedy::OpenDatabase { path: database.clone() })
            }
            Self::NotAName { path } => {
                Advice::from("a database is a file; if this is its name, add the directory: ")
                    .remedy(Remedy::OpenDatabase { path: PathBuf::from(format!("./{}", path.shown())) })
                    .text("; ")
                    .remedy(Remedy::WithoutFile)
            }
            Self::Altered { path, removed_by: Some(statement), .. } => {
                Advice::from("the file was not changed; inspect it ")
                    .remedy(Remedy::OpenReadOnly)
                    .text(", and remove the obstacle with ")
                    .remedy(Remedy::RunSql { path: path.clone(), statement: statement.clone() })
            }
            Self::Server { obstacle, .. } => obstacle.advice(),
            Self::NoStore { .. } => {
                "the first command that writes, such as one that creates a space, creates it there; if there should be one, check the \
                     database and the schema in the address"
                    .into()
            }
            Self::Unreachable { .. } => "check the address, and that the server runs and can be reached".into(),
            Self::Unreleased { .. } => {
                "the file was not changed. If an earlier build wrote it, it is whole: export its spaces with that build, and import \
                     them with this one. Otherwise other code removed the column: use the last good backup"
                    .into()
            }
            Self::Altered { .. } => {
                "the file was not changed; restore its tables, or use the last good backup".into()
            }
            Self::ProjectionsElsewhere { .. }
            | Self::HoldsProjections { .. }
            | Self::HoldsNoEvents { .. }
            | Self::SameFile { .. }
            | Self::OtherProjections { .. }
            | Self::EventsLost { .. }
            | Self::ProjectionsLost { .. }
            | Self::ProjectionsDamaged { .. }
            | Self::NotItsProjections { .. } => self.advice_on_projections(),
        }
    }

    /// Says what to do about the file of the projections.
    fn advice_on_projections(&self) -> Advice {
        match self {
            Self::HoldsProjections { .. } => Advice::default().remedy(Remedy::OmitProjections),
            Self::HoldsNoEvents { .. } => {
                Advice::from("open the events file, and name this one ").remedy(Remedy::NameProjections)
            }
            Self::SameFile { .. } => Advice::from("choose another file, or ")
                .remedy(Remedy::OmitProjections)
                .text(" to keep everything in one file"),
            Self::OtherProjections { bound, .. } => Advice::from("use that file: ")
                .remedy(Remedy::UseProjections { path: bound.clone() })
                .text("; to use another one, remove it or move it away first"),
            Self::EventsLost { projections, .. } => Advice::from(format!(
                "name the right file, or restore both files from the last good backup; for a new store, name a projections file \
                     other than {}",
                projections.shown()
            )),
            Self::ProjectionsLost { events, projections } => {
                Advice::from("name the right file, or rebuild the projections from the events: ")
                    .remedy(rebuild_all(events, projections))
            }
            Self::ProjectionsDamaged { events, projections, has_wal, has_shm, .. } => Advice::from(
                "stop every program that has the files open, move the damaged file away, and rebuild the projections from the \
                 events: ",
            )
            .remedy(Remedy::ReplaceProjections {
                database: events.clone(),
                projections: projections.clone(),
                has_wal: *has_wal,
                has_shm: *has_shm,
            })
            .text("; before that, ")
            .remedy(Remedy::Check { deep: false, repair: false })
            .text(" shows if events are damaged, too"),
            Self::NotItsProjections { events, projections } => {
                let advice = Advice::from("name the projections file of this events file");
                let Some(events) = events else { return advice };
                advice
                    .text(format!(
                        "; if it is lost, move {} away and rebuild the projections from the events: ",
                        projections.shown()
                    ))
                    .remedy(rebuild_all(events, projections))
            }
            _ => Advice::from("name the second file ").remedy(Remedy::NameProjections),
        }
    }
}

fn rebuild_all(events: &Path, projections: &Path) -> Remedy {
    Remedy::RebuildAll { files: Some((events.to_owned(), projections.to_owned())) }
}
