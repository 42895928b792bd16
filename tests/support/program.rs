//! Runs the program in its own directory.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Output, Stdio};

use ramax::{Location, OpenOptions, Store};
use serde_json::Value;
use tempfile::TempDir;

use super::running::{Running, receive_signals};

/// Environment variables about the display of text, which are not meant for the program.
pub const HOW_IT_IS_SHOWN: [&str; 9] =
    ["NO_COLOR", "COLORTERM", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS", "LINES", "LC_ALL", "LC_CTYPE", "LANG"];

/// A directory in which the program runs, with `t.db` as its database.
pub struct Sandbox {
    pub directory: TempDir,
    state: TempDir,
    config: TempDir,
}

/// The result of a run.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Sandbox {
    pub fn new() -> Self {
        receive_signals();
        Self {
            directory: TempDir::new().unwrap(),
            state: TempDir::new().unwrap(),
            config: TempDir::new().unwrap(),
        }
    }

    /// Returns a sandbox with a space `crm_acme` that has the contacts c1 and c2.
    pub fn with_contacts() -> Self {
        let sandbox = Self::new();
        sandbox.run("spaces create crm_acme").done();
        for (id, name) in [("c1", "Ada"), ("c2", "Grace")] {
            sandbox
                .run(&format!("run crm_acme add-contact contact_id={id} name={name} email={id}@acme.example"))
                .done();
        }
        sandbox
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Returns the directory in which the console's memory is kept, beside the directory of the program.
    pub fn state_home(&self) -> PathBuf {
        self.state.path().to_owned()
    }

    /// Returns the directory with the settings of the user, which is empty.
    pub fn config_home(&self) -> PathBuf {
        self.config.path().to_owned()
    }

    pub fn db(&self) -> PathBuf {
        self.path("t.db")
    }

    pub fn bytes(&self) -> Vec<u8> {
        std::fs::read(self.db()).unwrap()
    }

    /// Returns the names of the files in the directory.
    pub fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.directory.path()).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    pub fn store(&self) -> Store {
        Store::open(&Location::file(self.db()), OpenOptions::default()).unwrap()
    }

    /// Returns the program with the words of `line` as arguments.
    pub fn command(&self, line: &str) -> Command {
        let words: Vec<&str> = line.split_whitespace().collect();
        self.command_of(&words)
    }

    pub fn command_of(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ramax"));
        command.current_dir(self.directory.path()).env("RAMAX_DB", "t.db").args(arguments);
        for name in HOW_IT_IS_SHOWN {
            command.env_remove(name);
        }
        command.env("XDG_STATE_HOME", self.state_home()).env("XDG_CONFIG_HOME", self.config_home());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub fn run(&self, line: &str) -> Ran {
        self.command(line).output().unwrap().into()
    }

    pub fn run_of(&self, arguments: &[&str]) -> Ran {
        self.command_of(arguments).output().unwrap().into()
    }

    pub fn spawn(&self, line: &str) -> Running {
        Running::of(&mut self.command(line))
    }

    /// Starts a batch with one command, which adds the contact c3, and waits for its answer. Returns the batch
    /// with its standard input.
    pub fn start_batch(&self) -> (Running, ChildStdin) {
        let mut batch = Running::of(self.command("run crm_acme --batch -").stdin(Stdio::piped()));
        let mut stdin = batch.stdin.take().unwrap();
        writeln!(stdin, r#"{{"command":"add-contact","contact_id":"c3","name":"N","email":"e"}}"#).unwrap();
        batch.first_line();
        (batch, stdin)
    }

    /// Runs the program with `input` on standard input.
    pub fn feed(&self, line: &str, input: &str) -> Ran {
        let mut child = self.command(line).stdin(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_owned();
        let writer = std::thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        output.into()
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Ran {
    /// Returns the run, which must have exited with 0.
    #[track_caller]
    pub fn done(self) -> Self {
        assert_eq!(self.code, 0, "{self:?}");
        self
    }

    /// Returns the JSON objects on standard output.
    #[track_caller]
    pub fn objects(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
    }

    /// Returns the only JSON object on standard output.
    #[track_caller]
    pub fn object(&self) -> Value {
        let mut objects = self.objects();
        assert_eq!(objects.len(), 1, "{self:?}");
        objects.remove(0)
    }

    /// Returns the message and the hint of an error in text.
    #[track_caller]
    pub fn error(&self) -> (&str, &str) {
        let line = |start| self.err.lines().find_map(|line| line.strip_prefix(start));
        match (line("error: "), line("hint: ")) {
            (Some(message), Some(hint)) => (message, hint),
            _ => panic!("no error with a hint in {self:?}"),
        }
    }

    /// Returns the error of a run with `--json`, the only line on standard error.
    #[track_caller]
    pub fn json_error(&self) -> Value {
        assert_eq!(self.err.lines().count(), 1, "{self:?}");
        let mut error: Value = serde_json::from_str(&self.err).unwrap();
        error["error"].take()
    }
}

/// Returns the rows of a table without its header, split into cells.
pub fn rows(out: &str) -> Vec<Vec<&str>> {
    out.lines().skip(1).map(|line| line.split_whitespace().collect()).collect()
}

/// Returns a direct connection to a SQLite file.
pub fn sqlite(path: &Path) -> rusqlite::Connection {
    rusqlite::Connection::open(path).unwrap()
}
