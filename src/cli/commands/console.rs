//! `ramax FILE`: the console.

use std::io::IsTerminal;
use std::path::PathBuf;

use crate::cli::commands::config;
use crate::cli::commands::connecting::{Connecting, Waited};
use crate::cli::exit::{Exit, Failure};
use crate::cli::session::Session;
use crate::cli::{operator, server};
use crate::console::settings::{GlyphSet, Settings};
use crate::console::theme::ThemeName;
use crate::console::{self, ConsoleExit, ConsoleOptions, FileOpener, RecentList, Walkthrough};
use crate::content_store::Store;
use crate::operator::Operator;
use crate::sqlite::CreateFiles;
use crate::state_files::{RecentFiles, StateDirectory};

/// Opens the console on the named database. If none is named, offers those that were opened recently.
pub fn open(session: &mut Session) -> Result<Exit, Failure> {
    let memory = memory(session);
    if session.database().is_err_and(|failure| failure.kind == "no_database") && is_terminal() {
        let recent = memory.as_ref().map_or_else(|| Ok(RecentFiles::default()), StateDirectory::recent);
        let report = |error| session.messages.say(&format!("the recent files cannot be read: {error}"));
        let recent = recent.map_err(report).unwrap_or_default().files;
        if !recent.is_empty() {
            let start = Some(RecentList { files: recent, selected: 0 });
            return show(session, Store::memory(), Shown { start, memory, ..Shown::default() });
        }
    }
    let server = session.database().ok().filter(|_| is_terminal()).and_then(server::target);
    let wait = server.map(|server| Connecting::to(server, session.stop.clone()));
    let opened = session.open_alone();
    match wait.map(Connecting::end) {
        Some(Waited::Quit) => return Ok(Exit::Done),
        Some(Waited::Interrupted) => return Ok(Exit::Interrupted),
        Some(Waited::Answered) | None => {}
    }
    let store = opened?;
    if !is_terminal() {
        let hint = "without one, `ramax FILE --plain` prints an overview; `ramax --help` lists commands such as `ramax --db FILE spaces list`";
        return Err(Failure::usage("no_terminal", "the console needs a terminal", hint));
    }
    show(session, store, Shown { memory, ..Shown::default() })
}

fn is_terminal() -> bool {
    std::io::stdin().is_terminal() && std::io::stdout().is_terminal()
}

/// Returns the opener of the files that the user chooses in the console, with the options of the command line.
fn opener(session: &Session) -> FileOpener {
    let (options, note_opened) = (session.global.options(), session.note_opened());
    FileOpener::new(move |location, watch| {
        note_opened(location);
        let store = Store::open_watched(location, options, CreateFiles::Never, watch)?;
        if !store.is_read_only() {
            Session::clean_up(&store)?;
        }
        Ok(Session::with_memory(store)?.with_operator(operator::of_this_process("console")))
    })
}

/// Returns the state files in which the console's memory is kept; none if it is to start afresh.
pub fn memory(session: &Session) -> Option<StateDirectory> {
    if session.global.fresh {
        return None;
    }
    let directory = StateDirectory::of_user();
    let report = |error| session.messages.say(&format!("the console remembers nothing: {error}"));
    directory.map_err(report).ok()
}

/// The way in which the console is shown.
#[derive(Default)]
pub struct Shown {
    /// The walk that the guide leads through.
    pub walkthrough: Option<Walkthrough>,
    /// The directory of relative file names; the database's directory if absent.
    pub directory: Option<PathBuf>,
    /// The files to choose from, if none is open yet.
    pub start: Option<RecentList>,
    /// The state files in which the console's memory is kept; none to remember nothing.
    pub memory: Option<StateDirectory>,
}

/// Runs the console until the user quits.
pub fn show(
    session: &mut Session,
    store: Store,
    Shown { walkthrough, directory, start, memory }: Shown,
) -> Result<Exit, Failure> {
    let (settings, settings_error) = match config::settings(&session.global, session.program.name()) {
        Ok(settings) => (settings, None),
        Err(error) => (Settings::default(), Some(error)),
    };
    // `auto` suits the terminal, whatever the settings say.
    let asked = session.global.theme.as_deref().map_or(settings.theme, ThemeName::named);
    let variable = |name: &str| std::env::var(name).ok();
    let settings = if needs_ascii(settings.glyphs, &variable) { settings.in_ascii() } else { settings };
    let theme = theme_name(asked, &variable);
    let options = ConsoleOptions {
        program: session.program.name(),
        theme,
        // The other themes suit every background, or have been chosen.
        theme_adapts: asked.is_none() && theme == ThemeName::Dark,
        settings,
        settings_error,
        walkthrough,
        is_running: Operator::is_running,
        directory,
        opener: opener(session),
        start,
        memory,
    };
    let store = store.with_operator(operator::of_this_process("console"));
    // The console handles signals itself.
    session.signals.leave();
    match console::run(store, session.apps.clone(), options).map_err(failure)? {
        ConsoleExit::Quit => Ok(Exit::Done),
        ConsoleExit::Signal(_) => Ok(Exit::Interrupted),
    }
}

/// Returns the requested theme, unless colour is disabled. The default is the richest theme that the terminal
/// is known to support.
fn theme_name(asked: Option<ThemeName>, variable: &dyn Fn(&str) -> Option<String>) -> ThemeName {
    let is_set = |name| variable(name).is_some_and(|value| !value.is_empty());
    if is_set("NO_COLOR") || variable("TERM").as_deref() == Some("dumb") {
        return ThemeName::Mono;
    }
    let rich = matches!(variable("COLORTERM").as_deref(), Some("truecolor" | "24bit"));
    let known = if rich { ThemeName::Dark } else { ThemeName::Sixteen };
    asked.unwrap_or(known)
}

/// Returns true if glyphs have to be ASCII: by the user's choice, or because the locale names an encoding other than UTF-8. Without
/// a locale, as in a container, nothing is known of the terminal, and nearly all understand UTF-8.
fn needs_ascii(asked: GlyphSet, variable: &dyn Fn(&str) -> Option<String>) -> bool {
    let set = |name: &&str| variable(name).filter(|value| !value.is_empty());
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(set);
    match asked {
        GlyphSet::Ascii => true,
        GlyphSet::Unicode => false,
        GlyphSet::Auto => locale.is_some_and(|locale| {
            let locale = locale.to_ascii_lowercase();
            !locale.contains("utf-8") && !locale.contains("utf8")
        }),
    }
}

fn failure(error: anyhow::Error) -> Failure {
    match error.downcast::<crate::Error>() {
        Ok(error) => error.into(),
        Err(error) => {
            Failure { exit: Exit::Refused, kind: "console", message: format!("{error:#}"), hint: None }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn glyphs_are_ascii_by_choice_or_in_another_encoding() {
        let needs_ascii = |asked, set: &[(&str, &str)]| {
            needs_ascii(asked, &|name| {
                set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
            })
        };
        for locale in ["C", "POSIX", "en_US", "de_DE.ISO-8859-1"] {
            assert!(needs_ascii(GlyphSet::Auto, &[("LANG", locale)]), "{locale}");
            assert!(!needs_ascii(GlyphSet::Unicode, &[("LANG", locale)]), "{locale}");
        }
        for locale in ["C.UTF-8", "en_US.utf8", "UTF-8"] {
            assert!(!needs_ascii(GlyphSet::Auto, &[("LC_CTYPE", locale), ("LANG", "C")]), "{locale}");
            assert!(needs_ascii(GlyphSet::Auto, &[("LC_ALL", "C"), ("LC_CTYPE", locale)]), "{locale}");
            assert!(needs_ascii(GlyphSet::Ascii, &[("LC_ALL", locale)]), "{locale}");
        }
        assert!(!needs_ascii(GlyphSet::Auto, &[]) && !needs_ascii(GlyphSet::Auto, &[("LANG", "")]));
    }

    #[test]
    fn no_color_overrides_a_theme_and_a_theme_overrides_the_terminal() {
        let theme = |asked: Option<&str>, set: &[(&str, &str)]| {
            theme_name(asked.and_then(ThemeName::named), &|name| {
                set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
            })
        };
        assert_eq!(theme(Some("light"), &[("NO_COLOR", "1")]), ThemeName::Mono);
        assert_eq!(theme(Some("light"), &[("NO_COLOR", "")]), ThemeName::Light);
        assert_eq!(theme(None, &[("COLORTERM", "truecolor")]), ThemeName::Dark);
        assert_eq!(theme(None, &[("TERM", "xterm")]), ThemeName::Sixteen);
        assert_eq!(theme(None, &[("TERM", "dumb")]), ThemeName::Mono);
    }
}
