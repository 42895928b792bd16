//! The directories and databases with which a typed path can continue.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use crate::console::layers::palette::{DatabasePath, MOST};
use crate::console::runtime::files::Places;
use crate::operations::FileAccess;

/// The most entries of a directory that are read.
const ENTRIES: usize = 10_000;

/// The most entries whose type and header are read.
const EXAMINED: usize = 500;

/// The first bytes of an SQLite database.
const SQLITE: &[u8; 16] = b"SQLite format 3\0";

/// Returns the directories and databases of the directory in a typed path whose name begins with the rest of it. Hidden ones
/// are listed only if their dot is typed.
pub(super) fn databases(places: &Places, typed: &str) -> Result<Vec<DatabasePath>, String> {
    list(places, typed).map_err(|error| error.to_string())
}

fn list(places: &Places, typed: &str) -> io::Result<Vec<DatabasePath>> {
    let at = typed.rfind('/').map_or(0, |slash| slash + 1);
    let (folder, start) = typed.split_at(at);
    let directory = places.find(Path::new(folder))?;
    let mut names: Vec<String> = fs::read_dir(&directory)?
        .take(ENTRIES)
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.starts_with(start) && (start.starts_with('.') || !name.starts_with('.')))
        .filter(|name| !name.contains(char::is_control))
        .collect();
    names.sort_unstable();
    let found = names.into_iter().take(EXAMINED).filter_map(|name| {
        let path = directory.join(&name);
        let is_directory = path.is_dir();
        let typed = format!("{folder}{name}{}", if is_directory { "/" } else { "" });
        (is_directory || is_database(&path)).then_some(DatabasePath { typed, path, is_directory })
    });
    Ok(found.take(MOST).collect())
}

/// Returns true if a file begins as an SQLite database does. A FIFO is not waited for.
fn is_database(path: &Path) -> bool {
    let mut header = [0; SQLITE.len()];
    path.is_file()
        && File::open(path).and_then(|mut file| file.read_exact(&mut header)).is_ok()
        && header == *SQLITE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_and_databases_are_listed_and_nothing_else() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        fs::create_dir(at("archive")).unwrap();
        fs::write(at("acme.db"), [&SQLITE[..], b"rest"].concat()).unwrap();
        fs::write(at(".hidden.db"), SQLITE).unwrap();
        fs::write(at("acme.jsonl"), "{}").unwrap();
        fs::write(at("archive/old.db"), SQLITE).unwrap();
        let places = Places::within(Some(directory.path().to_owned()));
        let typed = |typed: &str| -> Vec<String> {
            databases(&places, typed).unwrap().into_iter().map(|found| found.typed).collect()
        };
        assert_eq!(typed(""), ["acme.db", "archive/"]);
        assert_eq!(typed("ac"), ["acme.db"]);
        assert_eq!(typed("archive/"), ["archive/old.db"]);
        assert_eq!(typed("."), [".hidden.db"]);
        assert!(databases(&places, "missing/").is_err());
        assert!(databases(&places, "../").is_err());
    }
}
