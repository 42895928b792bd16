//! The guided demonstration, which knows neither the command line nor the console.
//!
//! - [`seed`] creates the history of four tenants by executing real commands; their data is in `tenants`, and the work of
//!   programs in the background in `background`.
//! - [`PARTS`] are the steps of the guide: texts, command lines to run, and the place that shows the result.
//!
//! `cli/commands/demo` runs the command lines of a step and prints the guide as text. Its `guide.rs` turns the steps into a
//! `Walkthrough`, the console's own type for a guide: a program with other apps can have a guide of its own.

mod background;
mod story;
mod tenants;
mod walkthrough;

pub use story::{SeedError, Seeded, seed};
pub use walkthrough::{Input, PARTS, Part, Place, Run, Step};

/// The demonstration's spaces, in the order of their creation.
pub const SPACES: [&str; 4] = ["crm_acme", "crm_widgets", "cms_staging", "cms_production"];
