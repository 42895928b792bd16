//! The runtime: threads, the terminal and the clock.

mod channel;
mod clicks;
pub(super) mod files;
pub(super) mod input;
pub(super) mod job;
mod jobs;
mod links;
mod listing;
mod main_loop;
pub(super) mod memory;
mod notification;
pub(in crate::console) mod open_file;
pub(super) mod opening;
mod pages;
pub(super) mod past;
pub(super) mod queries;
mod reporter;
mod terminal;
mod things;
mod threads;
mod workers;

use std::io::IsTerminal;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use signal_hook::consts::SIGHUP;

use crate::console::layers::guide::Walkthrough;
use crate::console::layers::recent::RecentList;
use crate::console::runtime::channel::channel;
use crate::console::runtime::main_loop::Console;
use crate::console::runtime::opening::FileOpener;
use crate::console::runtime::terminal::{Reports, TerminalGuard};
use crate::console::settings::{Settings, SettingsError};
use crate::console::theme::ThemeName;
use crate::content_store::{Apps, Store};
use crate::operator::Operator;
use crate::state_files::StateDirectory;

/// The appearance and the settings of the console, and the optional guide.
#[derive(Debug, Clone)]
pub struct ConsoleOptions {
    /// The name of the program.
    pub program: &'static str,
    /// The theme to begin with.
    pub theme: ThemeName,
    /// True if the theme changes with the background of the terminal, where that tells.
    pub theme_adapts: bool,
    /// The files to choose from, if the store is only there to have one.
    pub start: Option<RecentList>,
    /// The state files in which the console's memory is kept; none to remember nothing.
    pub memory: Option<StateDirectory>,
    /// The settings of the user.
    pub settings: Settings,
    /// The reason why the settings of the user are not used, shown when the console opens.
    pub settings_error: Option<SettingsError>,
    /// Opens the other files that the user chooses.
    pub opener: FileOpener,
    /// The walk that the guide leads through.
    pub walkthrough: Option<Walkthrough>,
    /// Returns true if an operator's process is still running.
    pub is_running: fn(&Operator) -> bool,
    /// The directory of relative file names; the database's directory if absent.
    pub directory: Option<PathBuf>,
}

impl ConsoleOptions {
    /// Returns the options for a file that is opened later: those that do not concern the first file alone.
    fn for_another_file(self) -> Self {
        Self { start: None, settings_error: None, walkthrough: None, directory: None, ..self }
    }
}

/// The reason why the console ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConsoleExit {
    /// The user quit.
    Quit,
    /// A signal ended it: SIGINT, SIGTERM, SIGHUP or SIGQUIT.
    Signal(i32),
}

/// Runs the console on this terminal until the user quits or a signal ends it. The user may open other files meanwhile. On every
/// way out, the terminal is restored, running jobs stop where the data is intact, and all connections are closed.
pub fn run(store: Store, apps: Apps, options: ConsoleOptions) -> Result<ConsoleExit> {
    if !std::io::stdout().is_terminal() || !std::io::stdin().is_terminal() {
        bail!("the console needs a terminal");
    }
    let reports = Reports { mouse: options.settings.mouse, background: options.theme_adapts };
    let mut console = Console::new(store, apps, options, channel())?;
    let terminal = TerminalGuard::take(reports).context("the terminal cannot be set up")?;
    let ended = console.run(&terminal).or_else(|error| match input::is_gone() {
        true => Ok(ConsoleExit::Signal(SIGHUP)),
        false => Err(error),
    });
    // An answer that arrives later would go to the shell.
    console.await_background();
    let released = terminal.release();
    drop(terminal);
    console.remember_at_end();
    drop(console);
    let ended = ended?;
    // After SIGHUP there may be no terminal to restore.
    if !matches!(ended, ConsoleExit::Signal(_)) {
        released.context("the terminal cannot be restored")?;
    }
    Ok(ended)
}
