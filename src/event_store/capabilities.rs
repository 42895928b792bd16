//! The capabilities of an engine that differ from one to the next.

/// The capabilities of an engine besides reading and writing rows, and the parts that it leaves to others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    /// The storage that a purge rewrites.
    pub storage: &'static str,
    /// The purpose of a purge after a delete.
    pub purge: &'static str,
    /// The purpose of a purge after single values were erased.
    pub purge_values: &'static str,
    /// The result of a purge.
    pub purged: &'static str,
    /// The result of a purge that failed.
    pub not_purged: &'static str,
    /// The rest that may remain if the last step of a purge failed.
    pub left_unpurged: &'static str,
    /// Places that a purge does not reach, so that deleted data may remain there.
    pub beyond_purge: &'static [&'static str],
    /// Parts of the storage that a check leaves to others.
    pub unchecked: &'static [&'static str],
    /// Reading waits for the disk page by page, so that a second thread that reads the same first saves time.
    pub reads_pages: bool,
}

impl Capabilities {
    /// Those of an engine that controls its file. An engine in memory has nothing to add.
    pub const FILE: Self = Self {
        storage: "the file",
        purge: "leave no trace in the file",
        purge_values: "rewrite the file, so that no erased byte remains",
        purged: "the file is purged",
        not_purged: "the file could not be purged",
        left_unpurged: "its name may remain in the write-ahead log until the last reader closes the file",
        beyond_purge: &[],
        unchecked: &[],
        reads_pages: true,
    };
}

impl Default for Capabilities {
    fn default() -> Self {
        Self::FILE
    }
}
