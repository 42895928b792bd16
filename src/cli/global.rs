//! Options of every command.

use std::path::{Path, PathBuf};
use std::time::Duration;

#[cfg(feature = "console")]
use clap::builder::PossibleValuesParser;
use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::{Args, ValueEnum};

#[cfg(feature = "console")]
use crate::console::settings::Settings;
#[cfg(feature = "console")]
use crate::console::theme::ThemeName;
use crate::sqlite::{OpenOptions, Sync};

use super::numbers::milliseconds;
use super::output::OutputFormat;

/// The options of every command.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// The database file
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        hide_env_values = true,
        value_parser = OsStringValueParser::new().map(PathBuf::from)
    )]
    db: Option<PathBuf>,
    /// The second file, if projections are stored in a file of their own
    #[arg(long, global = true, hide_short_help = true, value_name = "FILE")]
    pub(super) projections: Option<PathBuf>,
    /// Open the database for reading only
    #[arg(long, global = true)]
    pub(super) read_only: bool,
    /// Print JSON lines instead of text
    #[arg(long, global = true)]
    pub(super) json: bool,
    /// Print lines for a screen reader; without a command, an overview of the database
    #[arg(long, global = true)]
    pub(super) plain: bool,
    /// Durability of a commit: full = on disk, normal = handed to the operating system
    #[arg(long, global = true, hide_short_help = true, value_name = "LEVEL", default_value = "full")]
    sync: Durability,
    /// The console's theme
    #[cfg(feature = "console")]
    #[arg(long, global = true, hide_short_help = true, value_name = "NAME", value_parser = themes())]
    pub(super) theme: Option<String>,
    /// Read the console's settings from FILE
    #[cfg(feature = "console")]
    #[arg(long, global = true, hide_short_help = true, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Neither restore the console's last position nor remember this session
    #[cfg(feature = "console")]
    #[arg(long, global = true, hide_short_help = true)]
    pub(super) fresh: bool,
    /// Log operations with durations to FILE, as JSON lines
    #[arg(long, global = true, hide_short_help = true, value_name = "FILE")]
    log: Option<PathBuf>,
    /// Report progress on standard error even if it is not a terminal
    #[arg(long, global = true, hide_short_help = true)]
    pub(super) progress: bool,
    /// How long to wait for a process that holds the database before reporting it as busy
    #[arg(long, global = true, hide_short_help = true, value_name = "MILLISECONDS", default_value = "5000", value_parser = milliseconds)]
    busy_timeout: u64,
}

/// Returns the names of the themes; `auto` suits the terminal.
#[cfg(feature = "console")]
fn themes() -> PossibleValuesParser {
    std::iter::once("auto").chain(ThemeName::ALL.map(ThemeName::as_str)).into()
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Durability {
    Full,
    Normal,
}

impl Global {
    pub(super) fn options(&self) -> OpenOptions {
        OpenOptions {
            read_only: self.read_only,
            sync: match self.sync {
                Durability::Full => Sync::Full,
                Durability::Normal => Sync::Normal,
            },
            busy_timeout: Duration::from_millis(self.busy_timeout),
            ..OpenOptions::default()
        }
    }

    /// Returns the file with the settings of the console: the one named by `--config`, or the default.
    #[cfg(feature = "console")]
    pub(super) fn settings_file(&self, program: &str) -> Option<PathBuf> {
        self.config.clone().or_else(|| Settings::default_file(program))
    }

    /// Returns the form of the output.
    pub(super) fn format(&self) -> OutputFormat {
        match (self.json, self.plain) {
            (true, _) => OutputFormat::Json,
            (false, true) => OutputFormat::Lines,
            (false, false) => OutputFormat::Tables,
        }
    }

    pub(super) fn log(&self) -> Option<&Path> {
        self.log.as_deref()
    }

    /// Returns the database named by `--db` or the environment. An empty variable counts as unset.
    pub(super) fn db(&self) -> Option<&PathBuf> {
        self.db.as_ref().filter(|path| !path.as_os_str().is_empty())
    }
}
