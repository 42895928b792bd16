//! The guided tenants: four spaces seeded through real commands, and a walk through them.

mod story;
mod tenants;
mod walkthrough;

pub use story::{SeedError, Seeded, seed};
pub use walkthrough::{Input, PARTS, Part, Place, Run, Step};

/// The demonstration's spaces, in the order of their creation.
pub const SPACES: [&str; 4] = ["crm_acme", "crm_widgets", "cms_staging", "cms_production"];
