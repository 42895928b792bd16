//! Only the clients spell out command lines: a user of the library knows neither the program nor its options.

use std::path::Path;

use super::language::{files, report};
use super::words::{Kind, Passage, of_rust};
use super::{read, root};

/// The sources of the clients, and of the command lines that they share.
const CLIENTS: &[&str] = &["src/cli", "src/console", "src/demo", "src/host/shell"];

/// Returns the literals that spell out a command or an option of the program.
fn command_lines(passages: &[Passage]) -> Vec<(usize, String)> {
    let literals = passages.iter().filter(|passage| passage.kind == Kind::Literal);
    let lines = literals.flat_map(|literal| &literal.lines);
    lines.filter(|(_, text)| has_command_line(text)).cloned().collect()
}

fn has_command_line(text: &str) -> bool {
    let is_option = |at: usize| {
        let before = text[..at].chars().next_back();
        let first = text[at + 2..].chars().next();
        before.is_none_or(|c| " `(".contains(c)) && first.is_some_and(|c| c.is_ascii_lowercase())
    };
    text.contains("`ramax ") || text.match_indices("--").any(|(at, _)| is_option(at))
}

#[test]
fn only_clients_spell_out_command_lines() {
    let is_of_client = |path: &Path| {
        let file = path.strip_prefix(root()).unwrap_or(path).to_string_lossy();
        CLIENTS.iter().any(|client| file.starts_with(client))
    };
    let sources = files("src", "rs");
    let library = sources.iter().filter(|path| !is_of_client(path));
    let found: Vec<String> =
        library.flat_map(|path| report(path, command_lines(&of_rust(&read(path))))).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_command_and_an_option_are_found_in_literals_only() {
    let found = |source: &str| command_lines(&of_rust(source)).len();
    assert_eq!(found("say(\"run `ramax check`\");\nsay(\"open it with --read-only\");\n"), 2);
    assert_eq!(found("/// See `ramax check --deep`.\nsay(\"not a ramax database -- or is it?\");\n"), 0);
}
