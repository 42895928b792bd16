//! A command line that is still being typed: the place of its last word, and what the words before it say.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Arg, ArgAction, Command};

/// A command line that is still being typed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Line {
    /// The database and the file of the projections, if they are named.
    pub(super) database: Option<PathBuf>,
    pub(super) projections: Option<PathBuf>,
    /// The name of the command: `events list`.
    pub(super) command: String,
    /// The values so far, by the id of the argument.
    pub(super) values: BTreeMap<String, Vec<String>>,
    /// The id of the argument that the last word is a value of.
    pub(super) wanted: Option<String>,
    /// The last word as far as it is typed.
    pub(super) typed: String,
    /// The part of the last word that is not offered again: what a shell regards as earlier words.
    pub(super) kept: String,
}

impl Line {
    /// Reads the words after the name of the program. bash passes the raw words, and breaks them at `=` and `:`.
    pub(super) fn of(program: &Command, words: &[String], is_bash: bool) -> Self {
        let (words, kept) = if is_bash { joined(words) } else { (words.to_vec(), String::new()) };
        let Some((last, before)) = words.split_last() else { return Self::default() };
        let mut line = Self { typed: last.clone(), kept, ..Self::default() };
        let pending = line.read(program, before);
        match last.strip_prefix("--").and_then(|option| option.split_once('=')) {
            _ if pending.is_some() => line.wanted = pending,
            Some((name, value)) => {
                line.kept = line.kept.strip_prefix(&format!("--{name}=")).unwrap_or_default().to_owned();
                line.typed = value.to_owned();
                line.wanted = line.option(program, name).map(|arg| arg.get_id().to_string());
            }
            None if last.starts_with('-') => {}
            None => line.wanted = line.next_positional(program).map(|arg| arg.get_id().to_string()),
        }
        line
    }

    /// Reads the words before the last one. Returns the option that still lacks its value.
    fn read(&mut self, program: &Command, words: &[String]) -> Option<String> {
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let command = self.command_of(program);
            if let Some(option) = word.strip_prefix("--") {
                let (name, value) =
                    option.split_once('=').map_or((option, None), |(name, value)| (name, Some(value)));
                let Some(arg) = self.option(program, name).filter(|arg| takes_value(arg)) else {
                    continue;
                };
                let id = arg.get_id().to_string();
                let Some(value) = value.map(str::to_owned).or_else(|| words.next().cloned()) else {
                    return Some(id);
                };
                self.add(id, value);
            } else if word.starts_with('-') && word.len() > 1 {
            } else if let Some(within) = command.find_subcommand(word) {
                let name = within.get_name();
                let gap = if self.command.is_empty() { "" } else { " " };
                self.command = format!("{}{gap}{name}", self.command);
            } else if let Some(arg) = self.next_positional(program) {
                self.add(arg.get_id().to_string(), word.clone());
            }
        }
        None
    }

    fn add(&mut self, id: String, value: String) {
        match id.as_str() {
            "db" | "database" => self.database = Some(value.into()),
            "projections" => self.projections = Some(value.into()),
            _ => self.values.entry(id).or_default().push(value),
        }
    }

    /// Returns the first value of an argument.
    pub(super) fn value(&self, id: &str) -> Option<&str> {
        self.values.get(id)?.first().map(String::as_str)
    }

    fn command_of<'a>(&self, program: &'a Command) -> &'a Command {
        let within = |command: &'a Command, name: &str| command.find_subcommand(name).unwrap_or(command);
        self.command.split_whitespace().fold(program, within)
    }

    /// Returns the option of the command, of one that it is a part of, or of every command.
    fn option<'a>(&self, program: &'a Command, name: &str) -> Option<&'a Arg> {
        let within = |command: &'a Command, name: &str| command.find_subcommand(name).unwrap_or(command);
        let mut commands = vec![program];
        for word in self.command.split_whitespace() {
            commands.extend(commands.last().map(|command| within(command, word)));
        }
        let options = commands.into_iter().rev().flat_map(Command::get_arguments);
        options.into_iter().find(|arg| arg.get_long() == Some(name))
    }

    /// Returns the argument without an option that the next word is a value of.
    fn next_positional<'a>(&self, program: &'a Command) -> Option<&'a Arg> {
        let has_value = |arg: &&Arg| match arg.get_id().as_str() {
            "database" => self.database.is_some(),
            id => self.values.contains_key(id),
        };
        let is_many = |arg: &&Arg| matches!(arg.get_action(), ArgAction::Append);
        self.command_of(program).get_positionals().find(|arg| is_many(arg) || !has_value(arg))
    }
}

fn takes_value(arg: &Arg) -> bool {
    arg.get_action().takes_values()
}

/// Joins what bash has broken, and removes its quotes. Returns the part of the last word before the last break, too.
fn joined(words: &[String]) -> (Vec<String>, String) {
    let is_break = |word: &str| !word.is_empty() && word.chars().all(|letter| matches!(letter, '=' | ':'));
    let mut found: Vec<String> = Vec::new();
    let (mut kept, mut is_glued) = (String::new(), false);
    for word in words {
        let unquoted =
            || shlex::split(word).and_then(|words| words.into_iter().next()).unwrap_or(word.clone());
        let plain = if word.is_empty() { String::new() } else { unquoted() };
        match found.last_mut() {
            // An empty word after a break begins a new one only if a blank was typed, which bash does not tell.
            Some(last) if is_break(word) || is_glued => {
                kept = if is_break(word) { format!("{last}{word}") } else { last.clone() };
                last.push_str(&plain);
            }
            _ => {
                kept = String::new();
                found.push(plain);
            }
        }
        is_glued = is_break(word);
    }
    (found, kept)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Program;

    fn line(words: &[&str], is_bash: bool) -> Line {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        Line::of(&Program::ramax().command(), &words, is_bash)
    }

    fn wanted(words: &[&str]) -> (Option<String>, String) {
        let line = line(words, false);
        (line.wanted, line.typed)
    }

    #[test]
    fn the_place_of_the_last_word_is_found() {
        let at = |id: &str, typed: &str| (Some(id.to_owned()), typed.to_owned());
        assert_eq!(wanted(&["spaces", "show", "cr"]), at("space", "cr"));
        assert_eq!(wanted(&["t.db", "events", "list", "--limit", "3", ""]), at("space", ""));
        assert_eq!(wanted(&["--db", "t.db", "log", "--space", "c"]), at("space", "c"));
        assert_eq!(wanted(&["log", "--space=c"]), at("space", "c"));
        assert_eq!(wanted(&["checkpoints", "list", "--projection", "by"]), at("projection", "by"));
        assert_eq!(wanted(&["projections", "get", "crm_acme", "con"]), at("key", "con"));
        assert_eq!(wanted(&["run", "crm_acme", "add"]), at("command", "add"));
        assert_eq!(wanted(&["run", "crm_acme", "add-contact", "a=b", "na"]), at("fields", "na"));
        assert_eq!(wanted(&["spaces", "show", "--js"]), (None, "--js".to_owned()));
        assert_eq!(wanted(&["spaces", "show", "crm_acme", "x"]), (None, "x".to_owned()));
        assert_eq!(wanted(&[]), (None, String::new()));
    }

    #[test]
    fn the_database_is_the_first_word_or_an_option() {
        assert_eq!(line(&["t.db", "spaces", "show", ""], false).database, Some("t.db".into()));
        assert_eq!(line(&["spaces", "show", "--db=u.db", ""], false).database, Some("u.db".into()));
        assert_eq!(line(&["spaces", "show", ""], false).database, None);
    }

    #[test]
    fn words_that_bash_has_broken_are_joined() {
        let line = |words: &[&str]| {
            let line = line(words, true);
            (line.wanted.unwrap_or_default(), line.typed, line.kept)
        };
        let at = |id: &str, typed: &str, kept: &str| (id.to_owned(), typed.to_owned(), kept.to_owned());
        assert_eq!(
            line(&["projections", "get", "a", "contact", ":", "c"]),
            at("key", "contact:c", "contact:")
        );
        assert_eq!(line(&["projections", "get", "a", "contact", ":"]), at("key", "contact:", "contact:"));
        assert_eq!(line(&["run", "a", "add", "id", "=", "c1", "na"]), at("fields", "na", ""));
        assert_eq!(line(&["log", "--space", "=", "c"]), at("space", "c", ""));
        assert_eq!(line(&["spaces", "show", "crm_a\\ b"]), at("space", "crm_a b", ""));
        assert_eq!(line(&["spaces", "show", "'crm_a"]), at("space", "'crm_a", ""));
    }
}
