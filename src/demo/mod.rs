//! The guided demonstration: four tenants seeded through real commands, and the steps of the guide.

mod story;
mod tenants;
mod walkthrough;

pub use story::{SeedError, Seeded, seed};
pub use walkthrough::{Input, PARTS, Part, Place, Run, Step};

/// The demonstration's spaces, in the order of their creation.
pub const SPACES: [&str; 4] = ["crm_acme", "crm_widgets", "cms_staging", "cms_production"];
