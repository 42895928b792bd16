//! The files that were opened recently.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;

use super::document::Document;

/// The most files that are kept.
const MOST: usize = 50;

/// A file that was opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecentFile {
    /// Its absolute path.
    pub path: PathBuf,
    /// The file of its projections, if they have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub projections: Option<PathBuf>,
    /// When it was opened last.
    pub at: Timestamp,
}

/// The files that were opened recently, latest first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RecentFiles {
    /// The files.
    #[serde(default)]
    pub files: Vec<RecentFile>,
}

impl RecentFiles {
    /// Puts a file first, even if the clock was ahead when others were opened. A path that is not valid UTF-8 is not kept,
    /// because JSON cannot hold it.
    pub fn add(&mut self, file: RecentFile) {
        let is_utf8 = |path: &PathBuf| path.to_str().is_some();
        if !is_utf8(&file.path) || !file.projections.iter().all(is_utf8) {
            return;
        }
        self.files.retain(|other| other.path != file.path);
        for other in &mut self.files {
            other.at = other.at.min(file.at);
        }
        self.files.insert(0, file);
    }
}

impl Document for RecentFiles {
    fn limit(&mut self) {
        self.files.sort_by_key(|file| std::cmp::Reverse(file.at));
        self.files.truncate(MOST);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(path: &str, at: i64) -> RecentFile {
        RecentFile { path: path.into(), projections: None, at: Timestamp(at) }
    }

    #[test]
    fn a_file_opened_with_a_clock_that_was_ahead_does_not_stay_first() {
        let mut recent = RecentFiles::default();
        for (path, at) in [("a.db", 1000), ("b.db", 7_000_000), ("c.db", 2000), ("a.db", 3000)] {
            recent.add(opened(path, at));
            recent.limit();
        }
        let paths: Vec<_> = recent.files.iter().map(|file| file.path.to_str().unwrap()).collect();
        assert_eq!(paths, ["a.db", "c.db", "b.db"]);
    }
}
