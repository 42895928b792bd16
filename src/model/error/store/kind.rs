//! The kinds of store errors.

use super::{ServerRefusal, StoreError};

impl StoreError {
    /// Returns true if the request was refused: it does not fit the state of the store or the way it was opened. Otherwise
    /// the store failed, or something in it is wrong.
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::Conflict { .. }
            | Self::NestedCommand
            | Self::NestedUnit
            | Self::InvalidCursor { .. }
            | Self::UnknownSpace { .. }
            | Self::AmbiguousSpace { .. }
            | Self::SpaceDeleting { .. }
            | Self::SpaceImporting { .. }
            | Self::SpaceForking { .. }
            | Self::WorkedOn { .. }
            | Self::RedactedMeanwhile { .. }
            | Self::SpaceExists { .. }
            | Self::InvalidSpaceName { .. }
            | Self::ProjectionLags { .. }
            | Self::ProjectionOutdated { .. }
            | Self::ProjectionNewer { .. }
            | Self::WrittenByOriginal { .. }
            | Self::ReadOnly
            | Self::ReadOnlyServer => true,
            Self::Busy { .. }
            | Self::HandleBusy { .. }
            | Self::Stopped
            | Self::NotWritable
            | Self::ChangedMeanwhile
            | Self::NoRoom(_)
            | Self::Corrupt { .. }
            | Self::ProjectionsCorrupt { .. }
            | Self::SpaceDamaged { .. }
            | Self::SpacesDamaged { .. }
            | Self::Unreadable { .. }
            | Self::Refused { .. }
            | Self::ConnectionLost { .. }
            | Self::ForeignTrigger { .. }
            | Self::OutcomeUnknown { .. }
            | Self::FellBack { .. }
            | Self::HeldBack { .. }
            | Self::DeleteUnfinished { .. }
            | Self::SpaceIncomplete { .. }
            | Self::SpaceInDoubt { .. }
            | Self::Unproven { .. }
            | Self::Engine { .. }
            | Self::NotImporting { .. }
            | Self::MarkLost { .. }
            | Self::InvalidEvent(_)
            | Self::MetadataTooLarge { .. }
            | Self::Exhausted { .. }
            | Self::CheckpointMoved { .. }
            | Self::ProjectionAhead { .. }
            | Self::FileReplaced { .. }
            | Self::WalReplaced { .. }
            | Self::WalTooShort
            | Self::HardLinked { .. }
            | Self::UnderOtherName { .. }
            | Self::ShadowGone => false,
        }
    }

    /// Returns true if something that is stored is lost or cannot be read. Otherwise the store is busy, refuses, or cannot be
    /// reached, and what it holds may be in order.
    pub fn is_damage(&self) -> bool {
        matches!(
            self,
            Self::Corrupt { .. }
                | Self::ProjectionsCorrupt { .. }
                | Self::SpaceDamaged { .. }
                | Self::Unreadable { .. }
        )
    }

    /// Returns true if the engine failed or gave up, whatever was asked of it.
    pub(crate) fn is_of_engine(&self) -> bool {
        matches!(
            self,
            Self::Busy { .. }
                | Self::HandleBusy { .. }
                | Self::NoRoom(_)
                | Self::Unreadable { .. }
                | Self::Refused { .. }
                | Self::ConnectionLost { .. }
                | Self::Engine { .. }
        )
    }

    /// Returns the error's stable name, for programs.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Busy { .. } | Self::HandleBusy { .. } => "busy",
            Self::NestedCommand => "nested_command",
            Self::NestedUnit => "nested_unit",
            Self::InvalidCursor { .. } => "invalid_cursor",
            Self::Stopped => "stopped",
            Self::ReadOnly | Self::ReadOnlyServer | Self::WrittenByOriginal { .. } => "read_only",
            Self::NotWritable => "not_writable",
            Self::ChangedMeanwhile => "changed_meanwhile",
            Self::NoRoom(room) => room.kind(),
            Self::Corrupt { .. }
            | Self::ProjectionsCorrupt { .. }
            | Self::SpaceDamaged { .. }
            | Self::SpacesDamaged { .. } => "corrupt",
            Self::Unreadable { .. } => "unreadable",
            Self::Refused { refusal, .. } => match refusal {
                ServerRefusal::Cancelled => "statement_cancelled",
                ServerRefusal::MissingRight => "missing_right",
                ServerRefusal::OutOfResources => "out_of_resources",
                ServerRefusal::DiskFull => "disk_full",
                ServerRefusal::Other => "server_refused",
            },
            Self::ConnectionLost { .. } => "connection_lost",
            Self::ForeignTrigger { .. } => "foreign_trigger",
            Self::OutcomeUnknown { .. } | Self::SpaceInDoubt { .. } => "outcome_unknown",
            Self::FellBack { .. } => "fell_back",
            Self::HeldBack { .. } => "held_back",
            Self::DeleteUnfinished { .. } => "delete_unfinished",
            Self::SpaceIncomplete { .. } => "space_incomplete",
            Self::Unproven { .. } => "unproven",
            Self::Engine { .. } => "engine",
            Self::Conflict { .. } => "conflict",
            Self::UnknownSpace { .. } => "unknown_space",
            Self::AmbiguousSpace { .. } => "ambiguous_space",
            Self::SpaceDeleting { .. } => "space_deleting",
            Self::SpaceImporting { .. } => "space_importing",
            Self::SpaceForking { .. } => "space_forking",
            Self::NotImporting { .. } => "not_importing",
            Self::MarkLost { .. } => "mark_lost",
            Self::WorkedOn { .. } => "worked_on",
            Self::RedactedMeanwhile { .. } => "redacted_meanwhile",
            Self::SpaceExists { .. } => "space_exists",
            Self::InvalidSpaceName { .. } => "invalid_space_name",
            Self::InvalidEvent(_) => "invalid_event",
            Self::MetadataTooLarge { .. } => "metadata_too_large",
            Self::Exhausted { .. } => "exhausted",
            Self::CheckpointMoved { .. } => "checkpoint_moved",
            Self::ProjectionAhead { .. } => "projection_ahead",
            Self::ProjectionLags { .. } => "projection_lags",
            Self::ProjectionOutdated { .. } => "projection_outdated",
            Self::ProjectionNewer { .. } => "projection_newer",
            Self::FileReplaced { .. } => "file_replaced",
            Self::WalReplaced { .. } | Self::WalTooShort => "wal_replaced",
            Self::HardLinked { .. } => "hard_linked",
            Self::UnderOtherName { .. } => "under_other_name",
            Self::ShadowGone => "shadow_gone",
        }
    }
}
