//! `ramax config`.

use clap::{Args, Subcommand};
use serde_json::json;

use crate::cli::exit::{Exit, Failure};
use crate::cli::global::Global;
use crate::cli::session::Session;
use crate::cli::shell;
use crate::console::settings::{Settings, SettingsError, Unusable};
use crate::masking::MaskedPath;
use crate::text::counted;

#[derive(Debug, Args)]
pub struct ConfigArguments {
    #[command(subcommand)]
    command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Print the default settings with comments, as a file to start with
    Print,
    /// Print the name of the settings file
    Path,
    /// Check the settings file, and name the line of each problem
    Check,
}

/// Prints the default settings, or the name of the settings file, or its problems.
pub fn run(session: &mut Session, arguments: &ConfigArguments) -> Result<Exit, Failure> {
    match arguments.command {
        ConfigCommand::Print => session.out.verbatim(Settings::printed_defaults().as_bytes())?,
        ConfigCommand::Path => {
            let file = session.global.settings_file(session.program.name()).ok_or_else(no_home)?;
            let shown = file.shown();
            if session.out.is_json() {
                session.out.json_line(&json!({ "file": shown, "exists": file.exists() }))?;
            } else {
                session.out.line(&shown)?;
            }
        }
        ConfigCommand::Check => check(session)?,
    }
    Ok(Exit::Done)
}

fn no_home() -> Failure {
    Failure::usage(
        "no_home",
        "there is no home directory to look for settings in",
        "name a file with --config",
    )
}

fn check(session: &mut Session) -> Result<(), Failure> {
    let file = session.global.settings_file(session.program.name()).ok_or_else(no_home)?;
    match Settings::read(&file) {
        Ok(_) if session.out.is_json() => Ok(()),
        Ok(_) => Ok(session.out.line(&format!("no problems in {}", file.shown()))?),
        Err(SettingsError { reason: Unusable::Wrong(problems), .. }) => {
            for problem in &problems {
                if session.out.is_json() {
                    session.out.json_line(&json!({ "line": problem.line, "message": problem.message }))?;
                } else {
                    session.out.line(&format!("line {}: {}", problem.line, problem.message))?;
                }
            }
            let found = counted(problems.len() as u64, "problem", "problems");
            Err(Failure::usage("settings", format!("{found} in {}", file.shown()), START))
        }
        Err(error) => Err(failure(&error)),
    }
}

/// The advice for those who start a settings file.
const START: &str = "`ramax config print` prints valid settings with comments";

/// Returns the settings of the named file, or else of the default file, which may be missing.
///
/// # Errors
/// The file cannot be used.
pub fn settings(global: &Global, program: &str) -> Result<Settings, SettingsError> {
    let Some(file) = global.settings_file(program) else { return Ok(Settings::default()) };
    match Settings::read(&file) {
        Err(SettingsError { reason: Unusable::Missing, .. }) if global.config.is_none() => {
            Ok(Settings::default())
        }
        read => read,
    }
}

/// Refuses a file named by `--config` that cannot be used. The console only needs it to exist, and opens with the defaults
/// if its content is wrong.
pub fn check_named(global: &Global, opens_console: bool) -> Result<(), Failure> {
    let Some(Err(error)) = global.config.as_deref().map(Settings::read) else { return Ok(()) };
    if opens_console && error.reason != Unusable::Missing {
        return Ok(());
    }
    Err(failure(&error))
}

/// Refuses a missing file named by `--config`, unless only its name is asked for.
pub fn check_there(global: &Global, arguments: &ConfigArguments) -> Result<(), Failure> {
    match (&arguments.command, global.config.as_deref().map(Settings::read)) {
        (ConfigCommand::Print, Some(Err(error))) if error.reason == Unusable::Missing => Err(failure(&error)),
        _ => Ok(()),
    }
}

fn failure(error: &SettingsError) -> Failure {
    let hint = match error.reason {
        Unusable::Wrong(_) => {
            let file = shell::option("--config", &error.file.to_string_lossy());
            format!(
                "`{}` lists all problems; `ramax config print` prints valid settings",
                shell::command("config check", &[], &file)
            )
        }
        Unusable::Missing | Unusable::Unreadable(_) => START.to_owned(),
    };
    Failure::usage("settings", error.to_string(), hint)
}
