//! The steps that solve a problem, as values. Each client puts them into its own words: the command line into
//! commands, the console into keys.

mod kind;
mod repair;
mod words;

use std::path::PathBuf;

use crate::event::{EventId, SpaceSequence};

/// A step that solves a problem, or leads towards it.
///
/// The first variants repair the findings of checks and verifications; of these, later ones repair more, at a higher price.
/// The others are steps in the advice of errors. [`Remedy::kind`] names each for programs. `Display` writes the phrase that
/// stands for it in an [`Advice`](super::Advice), for readers who know neither the command line nor the console; both
/// clients have their own words.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Remedy {
    // Repairs.
    /// Nothing needs a repair.
    Nothing,
    /// A check.
    Check {
        /// True for a deep check.
        deep: bool,
        /// True to repair whatever can be derived from existing data.
        repair: bool,
    },
    /// A rebuild of the space's projection.
    Rebuild {
        /// True to skip bad events.
        skip_errors: bool,
    },
    /// A rebuild of one projection of the space, since a later version of the program built another one.
    RebuildProjection {
        /// True to skip bad events.
        skip_errors: bool,
        /// Its name.
        projection: String,
    },
    /// Removing a projection that the space's app does not declare.
    RemoveProjection {
        /// Its name.
        projection: String,
    },
    /// Deleting the space, which resumes an interrupted delete.
    Delete {
        /// True to purge the files as well.
        purge: bool,
    },
    /// Importing the file again, or forking the origin again, or deleting the incomplete space.
    Import,
    /// Erasing the same fields again, which finishes an interrupted redaction.
    Redact {
        /// The entity.
        entity_id: String,
        /// The fields.
        fields: Vec<String>,
        /// True to purge the file as well.
        purge: bool,
    },
    /// Removing a damaged subscription, which the program that declares it registers again.
    RemoveSubscription {
        /// Its name.
        name: String,
    },
    /// Declaring the registration and the positions of a subscription right, which stores their checksums again.
    RecountSubscription {
        /// Its name.
        name: String,
    },
    /// Moving all positions of a subscription, some of which are lost, to the ends of their spaces.
    ContinueSubscription {
        /// Its name.
        name: String,
    },
    /// Exporting the spaces and importing them into a new file.
    Transfer,
    /// Moving the projections file away, and rebuilding all projections into a new one.
    NewProjections,
    /// Using the later version of the program that built the projection, which this one only reads.
    LaterVersion,
    /// Using a program with the app of the space, which this one lacks.
    ProgramWithApp {
        /// The app, if the space names one.
        app: Option<String>,
    },
    /// Restoring lost data from a backup or an archive.
    Restore,
    // Steps with spaces, events and operations.
    /// Rebuilding the projections of every space.
    RebuildAll {
        /// The events file and the projections file, if they are not those that are open.
        files: Option<(PathBuf, PathBuf)>,
    },
    /// Moving a damaged projections file away, and rebuilding the projections of every space into a new one.
    ReplaceProjections {
        /// The events file.
        database: PathBuf,
        /// The projections file.
        projections: PathBuf,
        /// True if it has a WAL, which is moved as well.
        has_wal: bool,
        /// True if it has shared memory, which is moved as well.
        has_shm: bool,
    },
    /// Applying the events that the projections lack.
    CatchUp,
    /// Comparing the space's projection with its events.
    Verify,
    /// Looking at an event that was named before.
    InspectEvent {
        /// The event.
        event_id: EventId,
        /// Its sequence.
        space_sequence: SpaceSequence,
    },
    /// Reading the space's events, which needs no app.
    ListEvents,
    /// Looking at the space's metadata.
    ShowSpace,
    /// Looking at the registry of spaces.
    ListSpaces,
    /// Writing this name or id of a space.
    NameSpace {
        /// The name, or the id written `#2`.
        space: String,
    },
    /// Naming the app when a space is created.
    NameApp,
    /// Importing the space under another name.
    ImportUnderOtherName,
    /// Executing commands with prepared values.
    ExecuteBatch,
    /// Reading the audit log.
    ReadAuditLog,
    /// Exporting a space.
    Export,
    /// Copying the whole database.
    Backup,
    /// Naming the files of a backup.
    NameBackupFiles {
        /// True if the projections need a file of their own.
        projections: bool,
    },
    /// Looking at the registered subscriptions.
    ListSubscriptions,
    /// Continuing a subscription in a copy of its store.
    ResumeSubscription {
        /// Its name.
        name: String,
    },
    /// Moving the positions of a subscription.
    ResetSubscription {
        /// Its name.
        name: String,
    },
    // Steps with files.
    /// Overwriting an existing file.
    Overwrite,
    /// Importing a file of the Elixir original into a new database.
    ImportOriginal {
        /// The file.
        path: PathBuf,
    },
    /// Creating the database.
    CreateDatabase {
        /// Its file.
        path: PathBuf,
    },
    /// Opening this database.
    OpenDatabase {
        /// Its file.
        path: PathBuf,
    },
    /// Working without a database file.
    WithoutFile,
    /// Opening the database read-only.
    OpenReadOnly,
    /// Opening the database for writing.
    OpenForWriting,
    /// Replacing one of several names (hard links) of a file by a copy of it.
    SeparateFile {
        /// The name.
        path: PathBuf,
    },
    /// Naming a second file for the projections.
    NameProjections,
    /// Naming a second file of the Elixir original, with its projections.
    NameOriginalProjections,
    /// Naming this second file for the projections.
    UseProjections {
        /// The file.
        path: PathBuf,
    },
    /// Naming one file only.
    OmitProjections,
    /// Running an SQL statement with another program.
    RunSql {
        /// The database.
        path: PathBuf,
        /// The statement.
        statement: String,
    },
}
