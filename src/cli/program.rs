//! A program with this command line: its name, its version and its apps.

use std::borrow::Cow;
use std::ffi::OsString;
use std::process::ExitCode;

use clap::CommandFactory;

use crate::content_store::Apps;
use crate::delivery::{BoxError, Delivery, Effects};
use crate::operations::Worker;
use crate::subscriptions::Subscription;

use super::arguments::Cli;
use super::examples::Examples;
use super::exit::Exit;

/// The name under which the source quotes commands. Messages get the name of the program instead.
pub(super) const NAME: &str = "ramax";

/// The maximum width of the help.
pub(super) const WIDTH: usize = 100;

/// A program: the command line, and the console if it is compiled in, for spaces of some apps.
///
/// ```no_run
/// use std::process::ExitCode;
/// use ramax::{Apps, cli::Program};
///
/// fn main() -> ExitCode {
///     Program::new("library", env!("CARGO_PKG_VERSION"), Apps::default()).main()
/// }
/// ```
#[derive(Clone)]
pub struct Program {
    name: &'static str,
    version: &'static str,
    summary: &'static str,
    database_variable: Option<&'static str>,
    has_demo: bool,
    apps: Apps,
    workers: Vec<Worker>,
}

impl Program {
    /// Returns a program with this name, version and apps.
    pub fn new(name: &'static str, version: &'static str, apps: Apps) -> Self {
        let summary =
            "Multi-tenant event sourcing in one file: a console, and everything it does as commands";
        Self { name, version, summary, database_variable: None, has_demo: false, apps, workers: Vec::new() }
    }

    /// Returns the program `ramax`, with the bundled apps.
    #[cfg(feature = "apps")]
    pub fn ramax() -> Self {
        let program = Self::new(NAME, env!("CARGO_PKG_VERSION"), Apps::standard());
        Self { has_demo: cfg!(feature = "demo"), ..program.database_variable("RAMAX_DB") }
    }

    /// Replaces the line that describes the program in its help.
    #[must_use]
    pub fn summary(self, summary: &'static str) -> Self {
        Self { summary, ..self }
    }

    /// Names the environment variable that names the database if `--db` is not given.
    #[must_use]
    pub fn database_variable(self, variable: &'static str) -> Self {
        Self { database_variable: Some(variable), ..self }
    }

    /// Replaces the apps.
    #[must_use]
    pub fn with_apps(self, apps: Apps) -> Self {
        Self { apps, ..self }
    }

    /// Adds a subscription with the handler of its events, which the command `work` runs.
    #[must_use]
    pub fn worker(
        mut self,
        subscription: Subscription,
        handler: impl Fn(&Delivery<'_>) -> Result<Effects, BoxError> + Send + Sync + 'static,
    ) -> Self {
        self.workers.push(Worker::new(subscription, handler));
        self
    }

    /// Runs this process's command line.
    pub fn main(&self) -> ExitCode {
        let arguments: Vec<OsString> = std::env::args_os().collect();
        self.run(&arguments).into()
    }

    /// Runs a command line, which starts with the name of the program, and reports a failure.
    #[must_use]
    pub fn run(&self, arguments: &[OsString]) -> Exit {
        match Cli::from_arguments(self, arguments) {
            Ok(cli) => cli.run(self),
            Err(stopped) => stopped.report(),
        }
    }

    /// Checks a command line without running it.
    ///
    /// # Errors
    /// The message of a wrong command line, or the help if that was requested.
    pub fn check(&self, arguments: &[OsString]) -> Result<(), String> {
        Cli::parsed(self, arguments).map(drop).map_err(|error| error.to_string())
    }

    /// Returns the name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    pub(super) fn version(&self) -> &'static str {
        self.version
    }

    /// Returns true if the program has the demonstration.
    pub(super) fn has_demo(&self) -> bool {
        self.has_demo
    }

    pub(super) fn workers(&self) -> &[Worker] {
        &self.workers
    }

    pub(super) fn apps(&self) -> &Apps {
        &self.apps
    }

    /// Advises how to name the database.
    pub(super) fn how_to_name_the_database(&self) -> String {
        let variable = self.database_variable.map(|name| format!(" or {name}=FILE")).unwrap_or_default();
        let demo = if self.has_demo { ", or start with `ramax demo`" } else { "" };
        format!("name one with --db FILE{variable}{demo}")
    }

    /// Returns the variables of the environment that the program reads, with their meanings.
    pub(super) fn environment(&self) -> Vec<(&'static str, &'static str)> {
        let database = self
            .database_variable
            .map(|name| (name, "the database if --db is not given; an empty value counts as unset"));
        let console = [
            ("NO_COLOR", "if not empty, the console uses no colours"),
            (
                "XDG_CONFIG_HOME",
                "the directory in which the console looks for its settings; by default ~/.config",
            ),
            ("COLORTERM", "truecolor or 24bit if the terminal supports 24-bit colour"),
        ];
        let console = console.into_iter().filter(|_| cfg!(feature = "console"));
        database.into_iter().chain(console).collect()
    }

    /// Returns the definition of the command line.
    pub(super) fn command(&self) -> clap::Command {
        let examples = Examples::of(self);
        let command = if self.has_demo { Cli::command() } else { without_demo(&Cli::command()) };
        let command = command
            .name(self.name)
            .bin_name(self.name)
            .version(self.version)
            .about(self.summary)
            .after_help(self.short_notes(&examples))
            .after_long_help(self.long_notes(&examples))
            .mut_subcommands(|command| examples.within(command));
        match self.database_variable {
            Some(name) => command.mut_arg("db", |argument| argument.env(name)),
            None => command,
        }
    }

    /// Returns the notes below the short help, which fits on one screen.
    fn short_notes(&self, examples: &Examples) -> String {
        let name = self.name;
        let example = examples.of_command("").into_iter().find(|line| line.contains(" events list "));
        let example = example.unwrap_or_default();
        let start = if self.has_demo { format!(" Start with `{name} demo`.") } else { String::new() };
        format!(
            "Example: {example}\n\
             `{name} --help` shows everything, `{name} COMMAND --help` explains a command.{start}"
        )
    }

    fn long_notes(&self, examples: &Examples) -> String {
        let examples = examples.of_command("");
        let environment = self.environment();
        let variables = environment.iter().filter(|(name, _)| *name != "COLORTERM");
        let variables: Vec<String> =
            variables.map(|(name, meaning)| format!("  {name}  {meaning}")).collect();
        let variables = match variables.is_empty() {
            true => String::new(),
            false => format!("Environment:\n{}\n\n", variables.join("\n")),
        };
        format!(
            "Examples:\n  {}\n\n{variables}\
             Exit codes: 0 success; 1 rejected, or a problem found; 2 wrong usage; 3 the database cannot be used;\n\
             130 interrupted by SIGINT, SIGTERM or SIGHUP (in the console, Ctrl-C quits like q, with code 0).\n\
             Data goes to standard output, messages go to standard error.",
            examples.join("\n  ")
        )
    }
}

/// Returns the same command line without the demonstration.
fn without_demo(command: &clap::Command) -> clap::Command {
    let others = command.get_subcommands().filter(|command| command.get_name() != "demo");
    clap::Command::new(NAME)
        .max_term_width(WIDTH)
        .args(command.get_arguments())
        .groups(command.get_groups())
        .subcommands(others)
}

/// Puts the name of a program into the commands that a text quotes.
pub(super) fn in_words_of<'a>(name: &str, text: &'a str) -> Cow<'a, str> {
    let quoted = format!("`{NAME} ");
    if name == NAME || !text.contains(&quoted) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace(&quoted, &format!("`{name} ")))
}
