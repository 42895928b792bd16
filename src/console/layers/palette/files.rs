//! The files that the palette opens: those opened recently, and the databases on disk whose path is typed.

use std::path::{Path, PathBuf};

use crate::console::app::effect::{Effects, FileQuery};
use crate::console::app::message::Answer;
use crate::console::app::state::{ConsoleState, RequestId};
use crate::console::app::update::Changed;
use crate::console::layers::palette::entry::{PaletteRow, PaletteTarget};
use crate::console::layers::palette::listing::{Listing, matching_arguments};
use crate::console::layers::palette::typed::{OPEN, TypedCommand};
use crate::console::layers::palette::{Palette, update};
use crate::console::layers::recent;
use crate::sqlite::Location;
use crate::text::visible;

/// A directory or a database on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabasePath {
    /// Its path as it is typed; a directory ends with `/`.
    pub typed: String,
    /// Its path.
    pub path: PathBuf,
    /// True for a directory.
    pub is_directory: bool,
}

/// The databases on disk for the path of the palette.
#[derive(Debug, Clone, Default)]
pub(super) struct Databases {
    pending: Option<RequestId>,
    /// Those found. Until the answer for another path, those of the path before.
    pub found: Vec<DatabasePath>,
}

/// Looks for databases whose path continues a typed one, or forgets them if none is typed.
pub(super) fn look(state: &mut ConsoleState, typed: Option<&str>, effects: &mut Effects) {
    let request = state.request();
    let Some(palette) = state.layers.top_as_mut::<Palette>() else { return };
    match typed {
        None => palette.databases = Databases::default(),
        Some(typed) => {
            palette.databases.pending = Some(request);
            effects.push(FileQuery::ListDatabases { request, typed: typed.to_owned() });
        }
    }
}

/// Lists the databases that were found. A directory that cannot be read has none.
pub(crate) fn found(state: &mut ConsoleState, answer: Answer<Vec<DatabasePath>, String>) -> Changed {
    let Some(Palette { databases, .. }) = state.layers.top_as_mut() else { return Changed::No };
    if databases.pending.take_if(|request| *request == answer.request).is_none() {
        return Changed::No;
    }
    databases.found = answer.result.unwrap_or_default();
    update::list(state);
    Changed::Yes
}

/// Returns the files to open for a path: the path itself, those opened recently, and those on disk. A path with a directory or
/// an ending comes first, so that no other file is opened in its place.
pub(super) fn list(
    state: &ConsoleState,
    command: &TypedCommand,
    typed: &str,
    found: &[DatabasePath],
) -> Listing {
    let typed = typed.trim_end();
    let mut entries = matching_arguments(command, typed, recent(state, &format!("{OPEN} ")).collect());
    let open = state.database.location.as_ref().map(|location| &location.database);
    let others = found.iter().filter(|file| file.typed.starts_with(typed) && Some(&file.path) != open);
    for file in others {
        let is_same = |entry: &PaletteRow| matches!(&entry.target, PaletteTarget::File { file: listed, .. } if listed.database == file.path);
        match file.typed == typed {
            true => entries.retain(|entry| !is_same(entry)),
            false if entries.iter().any(is_same) => {}
            false => entries.push(on_disk(file)),
        }
    }
    if !typed.is_empty() && !typed.ends_with('/') {
        let is_path = typed.contains(['/', '.']);
        let place = if is_path { 0 } else { entries.len() };
        entries.insert(place, named(typed));
    }
    let message = entries.is_empty().then(|| "there is no database here; type a path".to_owned());
    Listing { entries, message }
}

/// Returns the files that were opened recently, latest first, with a text before the name.
pub(super) fn recent(state: &ConsoleState, before: &str) -> impl Iterator<Item = PaletteRow> {
    let files = state.memory.recent.iter().filter_map(|file| Some((file, file.path.to_str()?)));
    files.map(move |(file, path)| {
        let (name, directory) = (shown(file.path.file_name()), shown(file.path.parent()));
        let note = format!("{directory}  {}", state.moments.date_and_time(file.at));
        let target = PaletteTarget::File { file: recent::location(file), typed: path.to_owned() };
        PaletteRow::new(target, &format!("{before}{name}"), note, "recent file")
    })
}

fn shown(path: Option<impl AsRef<Path>>) -> String {
    path.map_or_else(String::new, |path| visible(&path.as_ref().to_string_lossy()).into_owned())
}

fn on_disk(found: &DatabasePath) -> PaletteRow {
    let DatabasePath { typed, path, is_directory } = found;
    let title = format!("{OPEN} {typed}");
    match is_directory {
        true => PaletteRow::new(PaletteTarget::Directory(typed.clone()), &title, "", "directory"),
        false => PaletteRow::new(
            PaletteTarget::File { file: Location::file(typed), typed: typed.clone() },
            &title,
            shown(path.parent()),
            "file",
        ),
    }
}

/// Returns the file with exactly this path.
fn named(typed: &str) -> PaletteRow {
    let file = Location::file(typed);
    let target = PaletteTarget::File { file, typed: typed.to_owned() };
    PaletteRow::new(target, &format!("{OPEN} {typed}"), "Open the file with this path", "")
}
