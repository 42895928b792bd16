//! Commands that run inside another run, on a database that is already open.

use std::ffi::OsString;

use crate::content_store::{Apps, Store};
use crate::demo::Run;
use crate::text::counted;

use super::arguments::Cli;
use super::exit::{Exit, Failure};
use super::program::Program;
use super::session::Within;

/// Runs a command and returns the lines of its standard output.
///
/// # Errors
/// The failure of the command. Any exit code except 0 counts as one.
pub fn run(store: &Store, apps: &Apps, run: &Run) -> Result<Vec<String>, Failure> {
    let words = shlex::split(run.command).unwrap_or_default();
    let arguments: Vec<OsString> =
        std::iter::once("ramax".to_owned()).chain(words).map(OsString::from).collect();
    let program = Program::ramax().with_apps(apps.clone());
    let cli = Cli::parsed(&program, &arguments)
        .map_err(|error| Failure::usage("usage", error.to_string(), "`ramax --help` lists the commands"))?;
    let input = run.input.map_or_else(String::new, |input| (input.text)()).into_bytes();
    let (outcome, written) = cli.run_within(&program, Within { store: store.clone(), input });
    let text = String::from_utf8_lossy(&written);
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    match outcome? {
        Exit::Done if run.last_line => Ok(lines.last().cloned().into_iter().collect()),
        Exit::Done => Ok(lines),
        exit => {
            let lines = counted(lines.len() as u64, "line", "lines");
            let message = format!("`{run}` exited with code {} after {lines} of output", exit.code());
            Err(Failure::refused("not_done", message, "run it in a shell to see the whole output"))
        }
    }
}
