//! The only part that knows threads, the terminal and the clock. Ring 4.

mod clipboard;
pub(super) mod files;
pub(super) mod input;
pub(super) mod job;
mod jobs;
mod main_loop;
mod pages;
pub(super) mod places;
pub(super) mod queries;
mod questions;
mod report;
mod screen;
mod seeking;
pub(super) mod steps;
mod telling;
mod terminal;
mod threads;
mod transfer;
mod workers;

use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::mpsc;

use anyhow::{Context, Result, bail};
use signal_hook::consts::SIGHUP;

use super::view::Theme;
use super::walkthrough::Walkthrough;
use crate::apps::Apps;
use crate::content_store::Store;
use crate::operator_log::Operator;

use main_loop::Console;
use terminal::TerminalGuard;

/// How the console is to look, and what it is to show.
#[derive(Debug, Clone)]
pub struct ConsoleOptions {
    /// Its colours and borders.
    pub theme: Theme,
    /// A walk to be guided through.
    pub walkthrough: Option<Walkthrough>,
    /// Whether an operator's process is still there.
    pub is_there: fn(&Operator) -> bool,
    /// Where files stand that are named without a directory; beside the database otherwise.
    pub directory: Option<PathBuf>,
}

/// How the console ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The user quit.
    Quit,
    /// A signal asked for it: SIGINT, SIGTERM, SIGHUP or SIGQUIT.
    Signal(i32),
}

/// Runs the console on this terminal until the user quits or a signal ends it. On every way out the terminal is
/// restored, running jobs are stopped where the data is intact, and all connections are closed.
///
/// # Errors
/// If there is no terminal, if it fails, or if the store cannot be opened again for the threads' own
/// connections.
pub fn run(store: Store, apps: Apps, options: ConsoleOptions) -> Result<Ended> {
    if !std::io::stdout().is_terminal() || !std::io::stdin().is_terminal() {
        bail!("the console needs a terminal");
    }
    let (tell, incoming) = mpsc::channel();
    let mut console = Console::new(store, apps, options, tell)?;
    let terminal = TerminalGuard::take().context("the terminal cannot be taken")?;
    let ended = console.run(&incoming, &terminal).or_else(|error| match input::is_gone() {
        true => Ok(Ended::Signal(SIGHUP)),
        false => Err(error),
    });
    let released = terminal.release();
    drop(terminal);
    drop(console);
    let ended = ended?;
    // After SIGHUP there may be no terminal any more to give back.
    if ended == Ended::Quit {
        released.context("the terminal cannot be given back")?;
    }
    Ok(ended)
}
