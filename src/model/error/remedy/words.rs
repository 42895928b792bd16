//! Remedies in plain words.

use std::fmt;

use crate::masking::MaskedPath;

use super::Remedy;

impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nothing => "nothing to do",
            Self::Check { .. } | Self::Rebuild { .. } => return write!(f, "a {}", self.name()),
            Self::RebuildProjection { projection, .. } => {
                return write!(f, "a {}: {projection}", self.name());
            }
            Self::LaterVersion => "the later version of the program",
            Self::ProgramWithApp { .. } => "a program with its app",
            Self::RemoveProjection { .. } => "a removal of the projection",
            Self::Delete { .. } | Self::Import => "a delete",
            Self::Redact { .. } => "the same redaction",
            Self::RemoveSubscription { .. } => "a removal of the subscription",
            Self::RecountSubscription { .. } => "a resumption of the subscription",
            Self::ContinueSubscription { .. } => "a reset of the subscription",
            Self::Transfer => "an export of each space and their imports into one new database",
            Self::NewProjections | Self::RebuildAll { files: None } => "a rebuild of every space",
            Self::ReplaceProjections { .. } | Self::RebuildAll { files: Some(_) } => {
                "`Store::open_to_rebuild`, then a rebuild of every space"
            }
            Self::Restore => "a good backup",
            Self::CatchUp => "a catch-up",
            Self::Verify => "a verification",
            Self::InspectEvent { .. } => "inspect it",
            Self::ListEvents => "its events can still be read",
            Self::ShowSpace => "its metadata",
            Self::ListSpaces => "choose one of the existing spaces",
            Self::NameSpace { space } => space,
            Self::NameApp => "name the app of the space",
            Self::ImportUnderOtherName => "an import can use another name",
            Self::ExecuteBatch => "commands",
            Self::ReadAuditLog => "the audit log",
            Self::Export => "an export",
            Self::Backup => "a backup",
            Self::NameBackupFiles { projections: true } => "name a second file for the projections",
            Self::NameBackupFiles { projections: false } => "name one file",
            Self::ListSubscriptions => "choose one of the registered subscriptions",
            Self::ResumeSubscription { .. } => "resume it",
            Self::ResetSubscription { .. } => "reset it",
            Self::Overwrite => "overwrite this one",
            Self::ImportOriginal { .. } => "an import into a new store",
            Self::CreateDatabase { .. } => "create it with `Store::open_or_create`",
            Self::OpenDatabase { path } | Self::UseProjections { path } => return path.shown().fmt(f),
            Self::WithoutFile => "a store in memory needs no file",
            Self::OpenReadOnly => "read-only",
            Self::OpenForWriting => "for writing",
            Self::SeparateFile { .. } => "replace it by a copy of the file",
            Self::NameProjections | Self::NameOriginalProjections => "for the projections",
            Self::OmitProjections => "omit the projections file",
            Self::RunSql { statement, .. } => return write!(f, "`{statement}`"),
        })
    }
}
