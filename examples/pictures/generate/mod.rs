//! The generated files: pictures of the console, and the keys and texts that belong to them.

mod demonstration;
mod guide;
mod keys;
mod player;
mod readme;
mod stage;
mod svg;

use std::path::Path;

use anyhow::{Context, Result};

/// The folder of the pictures.
pub(crate) const PICTURES: &str = "guides/pictures";

/// The pages that name keys, in addition to the README and the guide to the console.
const PAGES: [&str; 6] = [
    "guides/README.md",
    "guides/export.md",
    "guides/operations.md",
    "guides/privacy.md",
    "guides/subscriptions.md",
    "guides/write-an-app.md",
];

/// A file with generated content.
pub(crate) struct Generated {
    /// Its path from the root of the project.
    pub path: String,
    /// Its text.
    pub content: String,
}

/// Returns all generated files of the project. The demonstration is what `ramax demo --plain` prints.
pub(crate) fn generated(root: &Path, demonstration: &str) -> Result<Vec<Generated>> {
    let read = |path: &str| std::fs::read_to_string(root.join(path)).context(path.to_owned());
    for page in PAGES {
        keys::check(&read(page)?).context(page)?;
    }
    let mut files = guide::guide("guides/console.md", &read("guides/console.md")?)?;
    files.push(readme::picture()?);
    files.push(readme::page("README.md", &read("README.md")?, demonstration)?);
    Ok(files)
}

/// Replaces the text between two lines.
fn between(text: &str, begin: &str, end: &str, replacement: &str) -> Result<String> {
    let (before, rest) = text.split_once(begin).with_context(|| format!("no line {}", begin.trim()))?;
    let (_, after) = rest.split_once(end).with_context(|| format!("no line {}", end.trim()))?;
    Ok([before, begin, replacement, end, after].concat())
}
