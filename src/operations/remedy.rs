//! The operations that repair findings, and the wording of findings for all clients.

use serde::Serialize;

use crate::shell;

/// The operation that repairs a finding. Later ones repair more, at a higher price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Remedy {
    /// Nothing needs a repair.
    Nothing,
    /// A check that repairs whatever can be derived from existing data.
    CheckRepair,
    /// The same, for findings of a deep check.
    CheckDeepRepair,
    /// A rebuild of the space's projection.
    Rebuild,
    /// A rebuild that skips bad events.
    RebuildSkippingErrors,
    /// Deleting the space, which resumes an interrupted delete.
    Delete,
    /// Importing the file again, or deleting the incomplete space.
    Import,
    /// Exporting the spaces and importing them into a new file.
    Transfer,
    /// Moving the projections file away, and rebuilding all projections into a new one.
    NewProjections,
    /// Restoring lost data from a backup or an archive.
    Restore,
}

impl Remedy {
    /// Every operation that repairs something.
    pub const ALL: [Self; 9] = [
        Self::CheckRepair,
        Self::CheckDeepRepair,
        Self::Rebuild,
        Self::RebuildSkippingErrors,
        Self::Delete,
        Self::Import,
        Self::Transfer,
        Self::NewProjections,
        Self::Restore,
    ];

    /// Returns the name for people. Programs get a name with hyphens.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::CheckRepair => "check --repair",
            Self::CheckDeepRepair => "check --deep --repair",
            Self::Rebuild => "rebuild",
            Self::RebuildSkippingErrors => "rebuild --skip-errors",
            Self::Delete => "delete",
            Self::Import => "import",
            Self::Transfer => "export and import",
            Self::NewProjections => "move away and rebuild",
            Self::Restore => "restore",
        }
    }

    /// Returns the command line that does it.
    #[must_use]
    pub fn command(self, space: Option<&str>) -> String {
        let space = space.unwrap_or("SPACE");
        match self {
            Self::Nothing => "nothing to do".to_owned(),
            Self::CheckRepair => "`ramax check --repair`".to_owned(),
            Self::CheckDeepRepair => "`ramax check --deep --repair`".to_owned(),
            Self::Rebuild => format!("`{}`", shell::command("rebuild", &[space], "")),
            Self::RebuildSkippingErrors => {
                format!("`{}`", shell::command("rebuild", &[space], "--skip-errors"))
            }
            Self::Delete | Self::Import => {
                let confirm = shell::option("--confirm", space);
                format!("`{}`", shell::command("spaces delete", &[space], &confirm))
            }
            Self::Transfer => {
                format!(
                    "`{}` and `ramax --db NEW import FILE`",
                    shell::command("export", &[space], "--output FILE")
                )
            }
            Self::NewProjections => "`ramax rebuild --all`".to_owned(),
            Self::Restore => "a good backup".to_owned(),
        }
    }

    /// Says what to do, in one line.
    #[must_use]
    pub fn advice(self, space: Option<&str>) -> String {
        let command = self.command(space);
        match self {
            Self::Nothing => command,
            Self::CheckRepair | Self::CheckDeepRepair => format!("{command} works it out from what is there"),
            Self::Rebuild => format!("{command} makes the projection anew from its events"),
            Self::RebuildSkippingErrors => {
                format!("{command} leaves out what cannot be applied, and what is stored because of it is lost")
            }
            Self::Delete => format!("{command} goes on where the delete was interrupted"),
            Self::Import => format!("{command} removes what was imported; or import the file again"),
            Self::Transfer => {
                format!(
                    "{command}, for each SPACE in turn, with a FILE of its own and one NEW database, give the events \
                     new numbers and lose nothing; use NEW from then on"
                )
            }
            Self::NewProjections => format!(
                "nothing is lost, as the events have a file of their own: stop every program that has the files open, \
                 move the projections file away with its -wal and -shm, if there are any, and {command} makes it again"
            ),
            Self::Restore => {
                "events or pages are damaged or lost, and no rebuild brings them back: work on a copy, and take the last \
                 good backup"
                    .to_owned()
            }
        }
    }

    /// Says in a few words what repairs it.
    #[must_use]
    pub fn outlook(self) -> &'static str {
        match self {
            Self::Nothing => "nothing is to be repaired",
            Self::CheckRepair => "a check that repairs puts that right",
            Self::CheckDeepRepair => "a deep check that repairs puts that right",
            Self::Rebuild => "a rebuild puts that right",
            Self::RebuildSkippingErrors => "a rebuild that skips bad events puts that right",
            Self::Delete => "deleting it once more puts that right",
            Self::Import => "deleting it, or importing the file again, puts that right",
            Self::Transfer => "exporting the spaces and importing them into a new file puts that right",
            Self::NewProjections => {
                "moving the projections file away and rebuilding all spaces puts that right"
            }
            Self::Restore => "the log itself is not whole, so a rebuild does not help",
        }
    }
}

/// A finding, worded for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// The subject: a key, an event, a counter.
    pub subject: String,
    /// The problem.
    pub text: String,
}

impl Words {
    /// Formats the finding on one line, with the operation that repairs it.
    #[must_use]
    pub fn with(&self, remedy: Remedy) -> String {
        format!("{}  {}  [{}]", self.subject, self.text, remedy.name())
    }
}
