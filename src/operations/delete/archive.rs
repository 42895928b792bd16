//! Archiving a space before it is deleted.

use std::fs::File;
use std::path::Path;

use crate::content_store::{Apps, Store};
use crate::error::{Error, ExportError, ImportError, Result};
use crate::space::Space;

use super::super::export::{Exported, Line, write_file};
use super::super::import::Reader;
use super::super::{Phase, Watch, report};
use super::rows::Rows;

/// Lines between two reports.
const STEP: u64 = 1000;

/// Exports a space that accepts no more events, reads the file back, and compares it row by row with the log
/// and the projection.
///
/// # Errors
/// [`ExportError`]: then nothing of the space may be removed.
pub(super) fn archive(
    store: &Store,
    apps: &Apps,
    space: &Space,
    path: &Path,
    watch: &mut Watch<'_>,
) -> Result<Exported> {
    let exported = write_file(store, apps, space, (path, false), watch).map_err(permanent)?;
    let compared = read_back(store, space, path, watch);
    if compared.is_err() {
        // This operation wrote the file, and it is not a true copy.
        let _ = std::fs::remove_file(path);
    }
    compared.map(|()| exported)
}

/// Adjusts the error for an existing file: an archive never replaces one.
fn permanent(error: Error) -> Error {
    match error {
        Error::Export(ExportError::Exists { path, .. }) => {
            ExportError::Exists { path, replaceable: false }.into()
        }
        other => other,
    }
}

fn read_back(store: &Store, space: &Space, path: &Path, watch: &mut Watch<'_>) -> Result<()> {
    let not_the_same = |reason| ExportError::NotTheSame { path: path.to_owned(), reason };
    let mut lines = Reader::of_export(File::open(path).map_err(ImportError::from)?);
    let mut rows = Rows::new(store, space)?;
    loop {
        let progress = lines.progress(Phase::ReadBack);
        let Some(line) = lines.read(&mut || report(watch, progress))? else { break };
        if !rows.take(&line)? {
            let reason = format!("{} differs from the database", line.subject());
            return Err(not_the_same(reason).into());
        }
        let is_end = matches!(line, Line::End(_));
        if is_end || lines.number() % STEP == 0 {
            report(watch, lines.progress(Phase::ReadBack))?;
        }
    }
    Ok(())
}
