//! The files that are measured: made with `ramax generate` where they are not there yet, and kept.
#![allow(dead_code, reason = "each benchmark takes what it needs")]

use std::error::Error;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use ramax::{Location, OpenOptions, Store};
use rusqlite::Connection;
use rustix::fs::{Advice, fadvise};

/// Names a load where no arguments do: `RAMAX_LOAD='10000000 10000' cargo bench`.
const VARIABLE: &str = "RAMAX_LOAD";

/// A file of so many events, interleaved over so many spaces.
#[derive(Clone, Copy)]
pub struct Load {
    pub events: u64,
    pub spaces: u64,
}

impl Load {
    /// The load that the arguments name, or the environment: events, then spaces; another where they name none.
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
            _ => Err("name a number of events and a number of spaces".into()),
        }
    }

    pub fn name(self) -> String {
        format!("{} events in {} spaces", self.events, self.spaces)
    }

    /// Its file.
    pub fn file(self) -> Result<PathBuf, Box<dyn Error>> {
        let file = self.path("");
        self.make(&Location::file(&file))?;
        Ok(file)
    }

    /// Its files, where the projections have one of their own.
    pub fn two_files(self) -> Result<Location, Box<dyn Error>> {
        let location = Location::two_files(self.path("-events"), self.path("-projections"));
        self.make(&location)?;
        Ok(location)
    }

    fn path(self, part: &str) -> PathBuf {
        let name = format!("load-{}-{}{part}.db", self.events, self.spaces);
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
    }

    /// Makes the files, unless they are there, whole, and as they would be made today.
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
        // What an interrupted run left would be added to.
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
        // The one that tells that all is there comes last.
        for (part, file) in parts.projections.iter().zip(&location.projections) {
            std::fs::rename(part, file)?;
        }
        std::fs::rename(&parts.database, &location.database)?;
        Ok(())
    }
}

/// Whether a file is there, with the layout that a new one has.
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

/// Has the operating system forget what it holds of a file, so that it is read from the disk.
pub fn forget(file: &Path) -> Result<(), Box<dyn Error>> {
    let file = File::open(file)?;
    file.sync_all()?;
    Ok(fadvise(&file, 0, None, Advice::DontNeed)?)
}
