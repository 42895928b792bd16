//! The files that are measured: made with `ramax generate` where they are not there yet, and kept.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A file of so many events, interleaved over so many spaces.
#[derive(Clone, Copy)]
pub struct Load {
    pub events: u64,
    pub spaces: u64,
}

impl Load {
    /// The load that the arguments name: events, then spaces; another where they name none.
    pub fn of_arguments(otherwise: Self) -> Result<Self, Box<dyn Error>> {
        let mut numbers = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
        match (numbers.next(), numbers.next()) {
            (Some(events), Some(spaces)) => Ok(Self { events: events.parse()?, spaces: spaces.parse()? }),
            (None, _) => Ok(otherwise),
            (Some(_), None) => Err("name a number of events and a number of spaces".into()),
        }
    }

    pub fn name(self) -> String {
        format!("{} events in {} spaces", self.events, self.spaces)
    }

    /// Its file.
    pub fn file(self) -> Result<PathBuf, Box<dyn Error>> {
        let name = format!("load-{}-{}.db", self.events, self.spaces);
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        if !file.exists() {
            let part = file.with_extension("part");
            eprintln!("generating {} into {}, which is kept", self.name(), file.display());
            let (spaces, events) = (self.spaces.to_string(), self.events.to_string());
            let status = Command::new(env!("CARGO_BIN_EXE_ramax"))
                .args(["generate", "--spaces", &spaces, "--events", &events, "--db"])
                .arg(&part)
                .status()?;
            if !status.success() {
                return Err(format!("generate: {status}").into());
            }
            std::fs::rename(&part, &file)?;
        }
        Ok(file)
    }
}
