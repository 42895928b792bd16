//! The measured files: generated with `ramax generate` if they do not exist, and kept.
#![allow(dead_code, reason = "each benchmark uses a part")]

use std::error::Error;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use ramax::{Location, OpenOptions, Store};
use rusqlite::Connection;
use rustix::fs::{Advice, fadvise};

/// The variable that names a load if no arguments do: `RAMAX_LOAD='10000000 10000' cargo bench`.
const VARIABLE: &str = "RAMAX_LOAD";

/// The contents of a file: a number of events, interleaved over a number of spaces.
#[derive(Clone, Copy)]
pub struct Load {
    pub events: u64,
    pub spaces: u64,
}

impl Load {
    /// Returns the load that the arguments or the environment name, as events and spaces, or else `otherwise`.
    pub fn of_arguments(otherwise: Self) -> Result<Self, Box<dyn Error>> {
        let arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
        let mut named: Vec<String> = arguments.collect();
        if named.is_empty() {
            let variable = std::env::var(VARIABLE).unwrap_or_default();
            named.extend(variable.split_whitespace().map(str::to_owned));
        }
        match named.as_slice() {
            [] => Ok(otherwise),
            [events, spaces] => Ok(Self { events: events.parse()?, spaces: spaces.parse()? }),
            _ => Err("give a number of events and a number of spaces".into()),
        }
    }

    pub fn name(self) -> String {
        format!("{} events in {} spaces", self.events, self.spaces)
    }

    /// Returns its file.
    pub fn file(self) -> Result<PathBuf, Box<dyn Error>> {
        let file = self.path("");
        self.make(&Location::file(&file))?;
        Ok(file)
    }

    /// Returns its files, with the projections in their own file.
    pub fn two_files(self) -> Result<Location, Box<dyn Error>> {
        let location = Location::two_files(self.path("-events"), self.path("-projections"));
        self.make(&location)?;
        Ok(location)
    }

    fn path(self, part: &str) -> PathBuf {
        let name = format!("load-{}-{}{part}.db", self.events, self.spaces);
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
    }

    /// Generates the files, unless they exist, are complete and have the current layout.
    fn make(self, location: &Location) -> Result<(), Box<dyn Error>> {
        if is_of_today(&location.database)? && location.projections.as_ref().is_none_or(|file| file.exists())
        {
            return Ok(());
        }
        let part = |file: &PathBuf| file.with_extension("part");
        let parts = Location {
            database: part(&location.database),
            projections: location.projections.as_ref().map(part),
        };
        // Otherwise this run would append to the leftovers of an interrupted one.
        for part in std::iter::once(&parts.database).chain(&parts.projections) {
            for beside in ["", "-wal", "-shm"] {
                let mut name = part.clone().into_os_string();
                name.push(beside);
                let _ = std::fs::remove_file(name);
            }
        }
        eprintln!("generating {} into {}, which is kept", self.name(), location.database.display());
        let (spaces, events) = (self.spaces.to_string(), self.events.to_string());
        let mut generate = Command::new(env!("CARGO_BIN_EXE_ramax"));
        generate.args(["generate", "--sync", "normal", "--spaces", &spaces, "--events", &events, "--db"]);
        generate.arg(&parts.database);
        if let Some(projections) = &parts.projections {
            generate.arg("--projections").arg(projections);
        }
        let status = generate.status()?;
        if !status.success() {
            return Err(format!("generate: {status}").into());
        }
        // The file that marks the load as complete is renamed last.
        for (part, file) in parts.projections.iter().zip(&location.projections) {
            std::fs::rename(part, file)?;
        }
        std::fs::rename(&parts.database, &location.database)?;
        Ok(())
    }
}

/// Returns true if a file exists and has the current layout.
fn is_of_today(file: &Path) -> Result<bool, Box<dyn Error>> {
    if !file.exists() {
        return Ok(false);
    }
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let new = directory.path().join("new.db");
    drop(Store::open_or_create(&Location::file(&new), OpenOptions::default())?);
    let layout = |file: &Path| -> rusqlite::Result<Vec<String>> {
        let connection = Connection::open(file)?;
        let sql = "SELECT sql FROM sqlite_schema WHERE tbl_name LIKE '%event%' ORDER BY sql";
        connection.prepare(sql)?.query_map([], |row| row.get(0).map(Option::unwrap_or_default))?.collect()
    };
    Ok(layout(file)? == layout(&new)?)
}

/// Evicts a file from the page cache, so that it is read from the disk.
pub fn forget(file: &Path) -> Result<(), Box<dyn Error>> {
    let file = File::open(file)?;
    file.sync_all()?;
    Ok(fadvise(&file, 0, None, Advice::DontNeed)?)
}
