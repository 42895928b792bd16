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
    pub fn advice(self, space: Option<&str>) -> String {
        let command = self.command(space);
        match self {
            Self::Nothing => command,
            Self::CheckRepair | Self::CheckDeepRepair => format!("{command} derives it from existing data"),
            Self::Rebuild => format!("{command} rebuilds the projection from its events"),
            Self::RebuildSkippingErrors => {
                format!("{command} skips the events that cannot be applied, and loses what is stored because of them")
            }
            Self::Delete => format!("{command} resumes the interrupted delete"),
            Self::Import => format!("{command} removes the incomplete import; or import the file again"),
            Self::Transfer => {
                format!(
                    "{command}, run for each SPACE with its own FILE and one NEW database, give the events new ids and lose \
                         nothing; use NEW from then on"
                )
            }
            Self::NewProjections => format!(
                "nothing is lost, because the events are in another file: stop every program that has the files open, move \
                     the projections file away with its -wal and -shm files, and {command} creates it again"
            ),
            Self::Restore => {
                "events or pages are damaged or lost, and no rebuild restores them: work on a copy, and use the last good \
                     backup"
                    .to_owned()
            }
        }
    }

    /// Says in a few words what repairs it.
    pub fn outlook(self) -> &'static str {
        match self {
            Self::Nothing => "nothing needs a repair",
            Self::CheckRepair => "a check with repair fixes it",
            Self::CheckDeepRepair => "a deep check with repair fixes it",
            Self::Rebuild => "a rebuild fixes it",
            Self::RebuildSkippingErrors => "a rebuild that skips bad events fixes it",
            Self::Delete => "deleting it again fixes it",
            Self::Import => "deleting it or importing the file again fixes it",
            Self::Transfer => "exporting the spaces and importing them into a new file fixes it",
            Self::NewProjections => "moving the projections file away and rebuilding all spaces fixes it",
            Self::Restore => "the log itself is damaged, so a rebuild does not help",
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
    pub fn with(&self, remedy: Remedy) -> String {
        format!("{}  {}  [{}]", self.subject, self.text, remedy.name())
    }
}
