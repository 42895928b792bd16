//! `ramax FILE`: the console.

use std::io::IsTerminal;

use crate::content_store::Store;

use super::exit::{Exit, Failure};
use super::session::Session;

/// Opens the console on the database that was named.
pub fn open(session: &mut Session) -> Result<Exit, Failure> {
    let store = session.open().map_err(|failure| match failure.kind {
        "missing" => failure.advise("if a command was meant, `ramax --help` lists them"),
        _ => failure,
    })?;
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        let hint =
            "without one, `ramax --db FILE spaces list` and the other commands of `ramax --help` do the same";
        return Err(Failure::usage("no_terminal", "the console needs a terminal", hint));
    }
    show(session, store, false)
}

/// Shows the console, with the walkthrough of the demonstration beside it where asked for.
pub fn show(session: &mut Session, store: Store, walkthrough: bool) -> Result<Exit, Failure> {
    let _ = (store, walkthrough, &session.global.theme);
    Err(Failure::usage("no_console", "this build has no console", "use the commands of `ramax --help`"))
}
