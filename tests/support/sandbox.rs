//! Runs the program in a separate directory, and kills it there.

use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use ramax::{Location, OpenOptions, Store};
use rusqlite::Connection;
use serde_json::Value;
use tempfile::TempDir;

/// The layout of a store: events and projections in one file or two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Files {
    One,
    Two,
}

impl Files {
    /// Returns the location of the files in a directory.
    pub fn location(self, directory: &Path) -> Location {
        let path = |name| directory.join(name);
        match self {
            Self::One => Location::file(path("t.db")),
            Self::Two => Location::two_files(path("t.db"), path("p.db")),
        }
    }
}

/// A directory with the files of a store.
pub struct Sandbox {
    pub directory: TempDir,
    pub files: Files,
}

/// The result of a run.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

/// The moment at which a run is killed.
#[derive(Debug, Clone, Copy)]
pub enum Moment {
    /// This long after its start.
    AfterSpawn(Duration),
    /// This long after it reported that it begins.
    AfterBegin(Duration),
}

impl Sandbox {
    pub fn new(files: Files) -> Self {
        Self { directory: TempDir::new().unwrap(), files }
    }

    /// Copies the sandbox with all files, including the WAL. Checks on the copy leave the crashed files unchanged for
    /// the next process. A copy of an events file looks at the projections file that it was registered with, which is
    /// here, and removes the empty WAL that this creates: such a file may disappear.
    pub fn copy(&self) -> Self {
        let copy = Self::new(self.files);
        for entry in std::fs::read_dir(self.directory.path()).unwrap() {
            let entry = entry.unwrap();
            match std::fs::copy(entry.path(), copy.directory.path().join(entry.file_name())) {
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                copied => drop(copied.unwrap()),
            }
        }
        copy
    }

    pub fn location(&self) -> Location {
        self.files.location(self.directory.path())
    }

    pub fn store(&self) -> Store {
        Store::open(&self.location(), OpenOptions::default()).unwrap()
    }

    /// Opens direct connections to the files of events and of projections.
    pub fn connections(&self) -> [Connection; 2] {
        let Location { database, projections } = self.location();
        let projections = projections.unwrap_or_else(|| database.clone());
        [database, projections].map(|path| Connection::open(path).unwrap())
    }

    /// Returns the bytes of all files.
    pub fn bytes(&self) -> Vec<u8> {
        let entries = std::fs::read_dir(self.directory.path()).unwrap();
        entries.flat_map(|entry| std::fs::read(entry.unwrap().path()).unwrap()).collect()
    }

    pub fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ramax"));
        command.current_dir(self.directory.path()).env("RAMAX_DB", "t.db").args(line.split_whitespace());
        if self.files == Files::Two {
            command.args(["--projections", "p.db"]);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub fn run(&self, line: &str) -> Ran {
        self.command(line).output().unwrap().into()
    }

    /// Runs a command and kills it. Returns true if it was still running; otherwise it must have succeeded.
    #[track_caller]
    pub fn kill(&self, line: &str, moment: Moment) -> bool {
        let mut child = self.command(&format!("--progress {line}")).spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut said = String::new();
        let delay = match moment {
            Moment::AfterSpawn(delay) => delay,
            Moment::AfterBegin(delay) => {
                stderr.read_line(&mut said).unwrap();
                delay
            }
        };
        // The delay is the fault itself: nothing is waited for here.
        std::thread::sleep(delay);
        let killed = end(&mut child);
        stderr.read_to_string(&mut said).unwrap();
        killed.unwrap_or_else(|code| panic!("{line}: {code:?} {said}"))
    }

    /// Measures how long a command takes to begin, and from there to its end: the best of three, each on a copy.
    #[track_caller]
    pub fn time(&self, line: &str) -> (Duration, Duration) {
        let times = [(); 3].map(|()| self.copy().time_once(line));
        let shortest = |pick: fn(&(Duration, Duration)) -> Duration| times.iter().map(pick).min().unwrap();
        (shortest(|(begin, _)| *begin), shortest(|(_, rest)| *rest))
    }

    #[track_caller]
    fn time_once(&self, line: &str) -> (Duration, Duration) {
        let started = Instant::now();
        let mut child = self.command(&format!("--progress {line}")).spawn().unwrap();
        let mut said = String::new();
        BufReader::new(child.stderr.as_mut().unwrap()).read_line(&mut said).unwrap();
        let begun = Instant::now();
        assert!(child.wait().unwrap().success(), "{line}");
        assert!(said.ends_with("…\n"), "{line} does not report that it begins");
        (begun - started, begun.elapsed())
    }
}

/// Kills a child. Returns true if it was still running, or the exit code if it had failed.
pub fn end(child: &mut Child) -> Result<bool, Option<i32>> {
    child.kill().unwrap();
    let status = child.wait().unwrap();
    match (status.signal(), status.code()) {
        (Some(9), _) => Ok(true),
        (_, Some(0)) => Ok(false),
        (_, code) => Err(code),
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Ran {
    /// Asserts that the run succeeded.
    #[track_caller]
    pub fn done(self) -> Self {
        assert_eq!(self.code, Some(0), "{self:?}");
        self
    }

    /// Returns the JSON objects on standard output.
    #[track_caller]
    pub fn objects(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
    }

    /// Returns the kind of the error of a run with `--json`.
    #[track_caller]
    pub fn error_kind(&self) -> String {
        let line = self.err.lines().last().unwrap_or_default();
        let error: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("no error in {self:?}"));
        error["error"]["kind"].as_str().unwrap().to_owned()
    }
}
