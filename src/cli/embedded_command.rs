//! Commands that run inside another run, on a database that is already open.

use std::cell::RefCell;
use std::ffi::OsString;
use std::io::{self, Write};
use std::rc::Rc;

use crate::content_store::{Apps, Store};
use crate::demo::Run;
use crate::text::counted;

use super::arguments::{Cli, dispatch};
use super::exit::{Exit, Failure};
use super::interrupt::Signals;
use super::messages::Messages;
use super::output::Output;
use super::program::Program;
use super::session::{Session, Within};

/// A buffer that keeps what is written to it.
#[derive(Clone, Default)]
struct Buffer(Rc<RefCell<Vec<u8>>>);

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Runs a command and returns the lines of its standard output; of a command that is to be refused, the reason.
///
/// # Errors
/// The failure of the command. Any exit code except 0 counts as one, unless the command is to be refused; then 0 does.
pub fn run(store: &Store, apps: &Apps, run: &Run) -> Result<Vec<String>, Failure> {
    let words = shlex::split(run.command).unwrap_or_default();
    let arguments: Vec<OsString> =
        std::iter::once("ramax".to_owned()).chain(words).map(OsString::from).collect();
    let program = Program::ramax().with_apps(apps.clone());
    let cli = Cli::parsed(&program, &arguments)
        .map_err(|error| Failure::usage("usage", error.to_string(), "`ramax --help` lists the commands"))?;
    let input = run.input.map_or_else(String::new, |input| (input.text)()).into_bytes();
    let (outcome, written) = run_within(cli, &program, Within { store: store.clone(), input });
    let text = String::from_utf8_lossy(&written);
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let outcome = match outcome {
        Err(failure) if run.is_refused => {
            return Ok(failure.as_text(&program).lines().map(str::to_owned).collect());
        }
        outcome => outcome?,
    };
    match outcome {
        Exit::Done if run.is_refused => {
            let message = format!("`{run}` was not refused");
            Err(Failure::refused("done", message, "the guide expects that its app rejects it"))
        }
        Exit::Done if run.last_line => Ok(lines.last().cloned().into_iter().collect()),
        Exit::Done => Ok(lines),
        exit => {
            let lines = counted(lines.len() as u64, "line", "lines");
            let message = format!("`{run}` exited with code {} after {lines} of output", exit.code());
            Err(Failure::refused("not_done", message, "run it in a shell to see the whole output"))
        }
    }
}

/// Runs a parsed command. Returns the outcome and the standard output.
fn run_within(cli: Cli, program: &Program, within: Within) -> (Result<Exit, Failure>, Vec<u8>) {
    let kept = Buffer::default();
    let outcome = Signals::of_another().map_err(Failure::from).and_then(|signals| {
        let out = Output::captured(cli.global.format(), kept.clone());
        let mut session = Session {
            out,
            messages: Messages::silent(),
            within: Some(within),
            ..Session::new(None, cli.global, program, signals)
        };
        let outcome = dispatch(&mut session, cli.noun);
        session.out.flush()?;
        outcome
    });
    (outcome, kept.0.take())
}
