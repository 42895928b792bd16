//! The guides, as the program carries them.

/// A guide.
#[derive(Debug, PartialEq, Eq)]
pub struct GuideText {
    /// The name of its file, without the ending.
    pub name: &'static str,
    /// Its text, in Markdown.
    pub text: &'static str,
}

impl GuideText {
    /// Returns its first heading.
    pub fn title(&self) -> &'static str {
        self.text.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or(self.name)
    }
}

macro_rules! guides {
    ($($name:literal)*) => {
        &[$(GuideText { name: $name, text: include_str!(concat!("../../../../guides/", $name, ".md")) }),*]
    };
}

/// Every guide; those for operators come first. The table of features is for the developers of ramax.
pub const GUIDES: &[GuideText] = guides![
    "README"
    "console"
    "queries"
    "why"
    "operations"
    "spaces"
    "export"
    "privacy"
    "settings"
    "subscriptions"
    "write-an-app"
    "migration-patterns"
    "testing"
    "async"
    "from-elixir"
    "postgresql"
    "architecture"
    "reliability"
    "performance"
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_guide_but_the_table_of_features_is_listed() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/guides");
        let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let guides = files.filter(|path| path.extension().is_some_and(|end| end == "md"));
        let mut names: BTreeSet<String> =
            guides.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
        names.remove("features");
        assert_eq!(names, GUIDES.iter().map(|guide| guide.name.to_owned()).collect());
    }
}
