//! The names of remedies, for programs.

use serde::{Serialize, Serializer};

use super::Remedy;

impl Remedy {
    /// Returns the stable name, for programs.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Check { deep: false, repair: false } => "check",
            Self::Check { deep: true, repair: false } => "check-deep",
            Self::Check { deep: false, repair: true } => "check-repair",
            Self::Check { deep: true, repair: true } => "check-deep-repair",
            Self::Rebuild { skip_errors: false } => "rebuild",
            Self::Rebuild { skip_errors: true } => "rebuild-skipping-errors",
            Self::RebuildProjection { skip_errors: false, .. } => "rebuild-projection",
            Self::RebuildProjection { skip_errors: true, .. } => "rebuild-projection-skipping-errors",
            Self::RemoveProjection { .. } => "remove-projection",
            Self::Delete { .. } => "delete",
            Self::Import => "import",
            Self::Redact { .. } => "redact",
            Self::RemoveSubscription { .. } => "remove-subscription",
            Self::RecountSubscription { .. } => "recount-subscription",
            Self::ContinueSubscription { .. } => "continue-subscription",
            Self::Transfer => "transfer",
            Self::NewProjections => "new-projections",
            Self::LaterVersion => "later-version",
            Self::ProgramWithApp { .. } => "program-with-app",
            Self::Restore => "restore",
            Self::RebuildAll { .. } => "rebuild-all",
            Self::ReplaceProjections { .. } => "replace-projections",
            Self::CatchUp => "catch-up",
            Self::Verify => "verify",
            Self::InspectEvent { .. } => "inspect-event",
            Self::ListEvents => "list-events",
            Self::ShowSpace => "show-space",
            Self::ListSpaces => "list-spaces",
            Self::NameSpace { .. } => "name-space",
            Self::NameApp => "name-app",
            Self::ImportUnderOtherName => "import-under-other-name",
            Self::ExecuteBatch => "execute-batch",
            Self::ReadAuditLog => "read-audit-log",
            Self::Export => "export",
            Self::Backup => "backup",
            Self::NameBackupFiles { .. } => "name-backup-files",
            Self::ListSubscriptions => "list-subscriptions",
            Self::ResumeSubscription { .. } => "resume-subscription",
            Self::ResetSubscription { .. } => "reset-subscription",
            Self::Overwrite => "overwrite",
            Self::ImportOriginal { .. } => "import-original",
            Self::CreateDatabase { .. } => "create-database",
            Self::OpenDatabase { .. } => "open-database",
            Self::WithoutFile => "without-file",
            Self::OpenReadOnly => "open-read-only",
            Self::OpenForWriting => "open-for-writing",
            Self::SeparateFile { .. } => "separate-file",
            Self::NameProjections => "name-projections",
            Self::NameOriginalProjections => "name-original-projections",
            Self::UseProjections { .. } => "use-projections",
            Self::OmitProjections => "omit-projections",
            Self::RunSql { .. } => "run-sql",
        }
    }
}

impl Serialize for Remedy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.kind())
    }
}
