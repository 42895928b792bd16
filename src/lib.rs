//! Event sourcing and CQRS with multi-tenancy, in one SQLite file.
//!
//! - [`EventStore`]: the append-only log, divided into spaces.
//! - [`PState`]: projections, materialised from events. A [`Projection`] resolves references and paths, and returns
//!   values in the current form of its [`Schema`].
//! - [`ContentStore`]: one space, opened with its [`App`]: command → events → projection, as one unit of
//!   work.
//! - [`operations`]: rebuild, verify, catch up, delete, export and import a space. [`operations::Operation::run`] records
//!   each in the audit log ([`AuditLog`]). Search and trace one space or all of them. [`operations::Fold`] is the past of a
//!   space.
//! - [`delivery`]: durable consumers ([`Store::subscribe`](Store)), with effects that happen exactly once in the store.
//! - [`query`]: the language in which people select events.
//!
//! ```
//! use std::sync::Arc;
//! use ramax::{Command, ContentStore, Store, apps::Crm};
//!
//! # fn main() -> ramax::Result<()> {
//! let store = Store::memory();
//! let acme = ContentStore::open(&store, "crm_acme", Arc::new(Crm))?;
//! let widgets = ContentStore::open(&store, "crm_widgets", Arc::new(Crm))?;
//! let add = Command::new("add-contact").with("contact_id", "c1").with("name", "Ada").with("email", "a@b.c");
//! acme.execute(add)?;
//! assert_eq!(acme.event_count()?, 1);
//! assert_eq!(widgets.event_count()?, 0);
//! # Ok(())
//! # }
//! ```
//!
//! # Features
//!
//! Without features, this crate is the engine alone. `cli` adds the command line, for a program with your own apps, and
//! `console` adds the terminal console to it. `apps` adds the bundled apps, and `demo` a demonstration of them.
//! `testing` adds the kit for tests, and `tokio` a wrapper for async callers.
//! `console` and `demo` are the default.
//!
//! # Platforms
//!
//! A Unix-like system is required: the engine relies on POSIX file identities, locks and directories. It is tested on
//! Linux.

#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::todo, clippy::dbg_macro)]

#[cfg(not(unix))]
compile_error!("ramax needs a Unix-like system: it relies on POSIX file identities, locks and directories");

#[cfg(feature = "apps")]
pub mod apps;
pub mod audit;
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "console")]
pub mod console;
pub mod content_store;
pub mod delivery;
#[cfg(feature = "demo")]
pub mod demo;
pub mod engines;
pub mod event_store;
#[cfg(feature = "cli")]
mod host;
mod model;
pub mod operations;
pub mod pstate;
pub mod query;
pub mod subscriptions;
#[cfg(feature = "testing")]
pub mod testing;

pub use audit::AuditLog;
pub use clock::Timestamp;
#[cfg(feature = "tokio")]
pub use content_store::Offload;
pub use content_store::{
    App, Apps, Command, Conditions, ContentStore, Context, Executed, Request, State, Store,
};
pub use date::{Date, ParseDateError};
pub use decimal::{Decimal, ParseDecimalError};
pub use engines::sqlite;
pub use error::{
    Advice, BackupError, CommandError, Error, ExportError, ForkError, ImportError, NoRoom, OpenError,
    PathError, ProjectionError, QueryError, RedactionError, Rejection, Remedy, ReplayError, Result,
    StoreError, SubscriptionError,
};
pub use event::{CorrelationId, Event, EventId, NewEvent, SpaceSequence};
pub use event_store::{Append, Direction, EventStore, Expected, Page};
#[cfg(feature = "cli")]
pub use host::state_files;
#[cfg(feature = "cli")]
pub(crate) use host::{shell, terminal_write};
pub use json::Json;
pub use model::event_payload::EventPayload;
pub use model::secret::Secret;
#[doc(hidden)]
pub use model::text;
pub(crate) use model::{
    bug_report, date, decimal, id, json, masking, operator, projection, redaction, timestamp,
};
pub use model::{clock, error, event, limits, redacted, space};
pub use operator::Operator;
pub use pstate::{Changes, Depth, PState, Projection, Reference, Schema};
pub use query::Query;
pub use space::{
    Checkpoint, Head, ReportOrigin, ReportSubject, Space, SpaceChange, SpaceId, SpaceMetadata, SpaceOrigin,
};
pub use sqlite::{Location, OpenOptions};

/// The README's and the guides' examples, compiled.
#[cfg(doctest)]
mod pages {
    #[doc = include_str!("../README.md")]
    pub struct Readme;
    #[doc = include_str!("../guides/README.md")]
    pub struct GettingStarted;
    #[doc = include_str!("../guides/spaces.md")]
    pub struct Spaces;
    #[doc = include_str!("../guides/export.md")]
    pub struct Exporting;
    #[doc = include_str!("../guides/queries.md")]
    pub struct Queries;
    #[cfg(feature = "apps")]
    #[doc = include_str!("../guides/why.md")]
    pub struct Why;
    #[doc = include_str!("../guides/architecture.md")]
    pub struct Architecture;
    #[cfg(feature = "testing")]
    #[cfg(feature = "cli")]
    #[doc = include_str!("../guides/write-an-app.md")]
    pub struct WriteAnApp;
    #[doc = include_str!("../guides/migration-patterns.md")]
    pub struct MigrationPatterns;
    #[cfg(feature = "apps")]
    #[doc = include_str!("../guides/from-elixir.md")]
    pub struct FromElixir;
    #[cfg(feature = "apps")]
    #[doc = include_str!("../guides/privacy.md")]
    pub struct Privacy;
    #[doc = include_str!("../guides/subscriptions.md")]
    pub struct SubscriptionsGuide;
    #[doc = include_str!("../guides/performance.md")]
    pub struct Performance;
    #[cfg(feature = "tokio")]
    #[doc = include_str!("../guides/async.md")]
    pub struct AsyncCallers;
    #[cfg(feature = "testing")]
    #[doc = include_str!("../guides/testing.md")]
    pub struct Testing;
}
