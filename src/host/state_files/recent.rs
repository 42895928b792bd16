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
    /// Puts a file first.
    pub fn add(&mut self, file: RecentFile) {
        self.files.retain(|other| other.path != file.path);
        self.files.insert(0, file);
    }
}

impl Document for RecentFiles {
    fn limit(&mut self) {
        self.files.sort_by_key(|file| std::cmp::Reverse(file.at));
        self.files.truncate(MOST);
    }
}
