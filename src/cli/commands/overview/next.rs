//! Commands to continue with.

use crate::cli::shell;
use crate::content_store::Store;

use super::contents::Contents;

/// Names the commands that show more: of the space with the last event, and of the whole file.
pub(super) fn commands(store: &Store, contents: &Contents) -> Vec<String> {
    let is_writable = !store.is_read_only();
    let space = contents.last.as_ref().map(|(_, space)| space).or(contents.first_space.as_ref());
    let mut lines = Vec::new();
    let mut add = |words, names: &[&str], options, does: &str| {
        lines.push(format!("`{}` {does}", shell::command(words, names, options)));
    };
    if let Some(space) = space {
        let names = [space.as_str()];
        add("spaces show", &names, "", "describes a space");
        add("events list", &names, "--reverse --limit 10", "lists its latest events");
        add("events follow", &names, "", "prints new events as they arrive");
        add("projections list", &names, "", "lists the keys of its projection");
        if is_writable {
            add("run", &names, "--help", "lists its commands");
        }
        add("check", &[], "", "checks the whole database");
        if !store.is_original() {
            add("log", &[], "--reverse --limit 10", "lists the latest operations");
        }
    } else if is_writable {
        add("spaces create", &["NAME"], "", "creates a space");
    }
    add("--help", &[], "", "lists all commands");
    lines
}
