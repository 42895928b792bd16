//! The commands: their arguments and their output, one file each.

pub(super) mod backup;
pub(super) mod bisect;
pub(super) mod bug_report;
pub(super) mod catch_up;
pub(super) mod check;
pub(super) mod checkpoints;
pub(super) mod completions;
#[cfg(feature = "console")]
pub(super) mod config;
#[cfg(feature = "console")]
mod connecting;
#[cfg(feature = "console")]
pub(super) mod console;
#[cfg(feature = "demo")]
pub(super) mod demo;
pub(super) mod events;
pub(super) mod export;
pub(super) mod generate;
pub(super) mod import;
mod import_original;
pub(super) mod log;
pub(super) mod man;
pub(super) mod overview;
pub(super) mod projections;
pub(super) mod rebuild;
pub(super) mod redact;
pub(super) mod release_check;
pub(super) mod run;
pub(super) mod spaces;
pub(super) mod stats;
pub(super) mod subscriptions;
pub(super) mod verify;
pub(super) mod work;
