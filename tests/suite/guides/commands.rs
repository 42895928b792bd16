//! The command lines of the guides have the outcome that the guides state.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use ramax::cli::Program;
use tempfile::TempDir;

use super::{blocks, pages, prose, quoted, read, root};

/// Splits a line into the command line and its stated exit code.
fn line_and_code(line: &str) -> (&str, i32) {
    match line.split_once(" # ") {
        None => (line, 0),
        Some((line, comment)) => {
            let code = comment.trim().strip_prefix("ends with ").map_or(0, |code| code.parse().unwrap());
            (line.trim_end(), code)
        }
    }
}

/// Returns true for a line that opens the console, which needs a terminal.
fn opens_console(line: &str) -> bool {
    let words: Vec<&str> = line.split_whitespace().collect();
    matches!(words.as_slice(), ["ramax", file] if file.ends_with(".db"))
}

#[test]
fn every_command_line_of_the_guides_has_its_stated_outcome() {
    let program = Path::new(env!("CARGO_BIN_EXE_ramax"));
    let path = format!("{}:{}", program.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let mut ran = 0;
    for page in pages().into_iter().filter(|page| page.starts_with(root().join("guides"))) {
        // One directory per page, so that a block finds the files that earlier blocks created.
        let sandbox = TempDir::new().unwrap();
        let mut variables = BTreeMap::new();
        for block in blocks(&read(&page), "sh") {
            for line in block {
                let (line, code) = line_and_code(line);
                let line = line.replace("cargo run --release -- ", "ramax ");
                if let Some((name, value)) =
                    line.strip_prefix("export ").and_then(|pair| pair.split_once('='))
                {
                    variables.insert(name.to_owned(), value.to_owned());
                    continue;
                }
                let needs_more = line.starts_with("sqlite3 ") && !is_installed("sqlite3", &path);
                if line.is_empty() || line.starts_with("cargo ") || opens_console(&line) || needs_more {
                    continue;
                }
                let output = Command::new("sh")
                    .args(["-c", &line])
                    .current_dir(sandbox.path())
                    .env_remove("RAMAX_DB")
                    .envs(&variables)
                    .env("PATH", &path)
                    .stdin(std::process::Stdio::null())
                    .output()
                    .unwrap();
                assert_eq!(output.status.code(), Some(code), "{}: {line}\n{output:?}", page.display());
                ran += 1;
            }
        }
    }
    assert!(ran > 30, "{ran} lines");
}

fn is_installed(program: &str, path: &str) -> bool {
    std::env::split_paths(path).any(|directory| directory.join(program).exists())
}

#[test]
fn every_named_command_line_is_accepted_by_the_program() {
    let mut parsed = 0;
    for page in pages() {
        let text = read(&page);
        let named = inline(&text);
        let shown = blocks(&text, "sh").into_iter().flatten();
        for line in shown.chain(named.iter().map(String::as_str)) {
            for command in line_and_code(line).0.split(" && ").flat_map(|line| line.split(" | ")) {
                let command = command.replace("cargo run --release -- ", "ramax ");
                let Some(arguments) = command.trim().strip_prefix("ramax ") else { continue };
                takes(arguments).unwrap_or_else(|error| {
                    panic!("{}: the program does not accept `ramax {arguments}`: {error}", page.display())
                });
                parsed += 1;
            }
        }
    }
    assert!(parsed > 50, "{parsed} command lines");
}

/// Returns what the running text has in backticks. It may be broken over two lines.
fn inline(text: &str) -> Vec<String> {
    let lines: Vec<&str> = prose(text).map(str::trim).collect();
    let paragraphs = lines.split(|line| line.is_empty()).map(|lines| lines.join(" "));
    paragraphs.flat_map(|text| quoted(&text).map(str::to_owned).collect::<Vec<_>>()).collect()
}

/// Returns true if the program has a command of this name.
fn is_command(word: &str) -> bool {
    let help = Program::ramax().check(&["ramax", word, "--help"].map(OsString::from));
    help.is_err_and(|help| help.contains(&format!("Usage: ramax {word} ")))
}

#[test]
fn every_command_and_option_that_is_named_without_the_program_exists() {
    let mut found = 0;
    for page in pages() {
        for part in inline(&read(&page)) {
            // Two blanks separate what a screen shows.
            let words = part.split_once(' ').filter(|(_, rest)| !rest.starts_with(' '));
            let Some((first, _)) = words.filter(|(first, _)| is_command(first)) else { continue };
            // What a part of a command line lacks, or stands for, is no fault.
            let unknown = ["unexpected argument", "unrecognized subcommand"];
            if let Err(error) = takes(&part)
                && unknown.iter().any(|unknown| error.contains(unknown))
            {
                panic!("{}: `{part}` of `ramax {first}`: {error}", page.display());
            }
            found += 1;
        }
    }
    assert!(found > 20, "{found} parts of command lines");
}

#[test]
fn code_that_is_broken_over_two_lines_is_read_as_one() {
    let text = "Run `check\n--deep` and `ls`.\n\n```sh\n`no`\n```\n| `a` | b |";
    assert_eq!(inline(text), ["check --deep", "ls", "a"]);
}

fn takes(arguments: &str) -> Result<(), String> {
    // A placeholder for one of a few values.
    let words = words(&arguments.replace("SHELL", "bash"));
    let is_help = words.iter().any(|word| matches!(word.as_str(), "--help" | "--version"));
    let line: Vec<OsString> = std::iter::once("ramax".to_owned()).chain(words).map(OsString::from).collect();
    match Program::ramax().check(&line) {
        Err(_) if is_help => Ok(()),
        checked => checked,
    }
}

/// Splits a command line into words, as a shell does.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for c in line.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None, ' ') => words.push(String::new()),
            (_, c) => words.last_mut().unwrap().push(c),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}
