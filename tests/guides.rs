//! The guides are true of the program: their command lines work, their links lead somewhere, and the tests that
//! they name are there. (Their Rust is compiled and run as doc tests.)

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use ramax::cli::Cli;
use tempfile::TempDir;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The README and all guides.
fn pages() -> Vec<PathBuf> {
    let mut pages = vec![root().join("README.md")];
    for directory in ["guides", "guides/decisions"] {
        let files = fs::read_dir(root().join(directory)).unwrap().map(|file| file.unwrap().path());
        pages.extend(files.filter(|path| path.extension().is_some_and(|extension| extension == "md")));
    }
    pages.sort();
    assert!(pages.len() >= 10, "{pages:?}");
    pages
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The text without its code blocks, line by line.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut inside = false;
    text.lines().filter(move |line| {
        let fence = line.starts_with("```");
        inside ^= fence;
        !inside && !fence
    })
}

/// The code blocks of one language.
fn blocks<'a>(text: &'a str, language: &str) -> Vec<Vec<&'a str>> {
    let mut blocks: Vec<Vec<&str>> = Vec::new();
    let mut inside = None;
    for line in text.lines() {
        match (inside, line.strip_prefix("```")) {
            (None, Some(of)) => {
                inside = Some(of == language);
                if of == language {
                    blocks.push(Vec::new());
                }
            }
            (Some(_), Some(_)) => inside = None,
            (Some(true), None) => blocks.last_mut().unwrap().push(line),
            _ => {}
        }
    }
    blocks
}

/// What stands in backticks in a line.
fn quoted(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

#[test]
fn every_link_leads_to_a_file_and_a_heading() {
    for page in pages() {
        let text = read(&page);
        for target in prose(&text).flat_map(|line| line.split("](").skip(1)) {
            let target = target.split(')').next().unwrap();
            if target.starts_with("http") {
                continue;
            }
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let file = if file.is_empty() { page.clone() } else { page.parent().unwrap().join(file) };
            assert!(file.exists(), "{}: {target} leads nowhere", page.display());
            assert!(
                anchor.is_empty() || anchors(&read(&file)).iter().any(|heading| heading == anchor),
                "{}: {target} leads to no heading",
                page.display()
            );
        }
    }
}

/// The headings of a page, as links name them.
fn anchors(text: &str) -> Vec<String> {
    let headings = prose(text).filter_map(|line| line.strip_prefix('#'));
    let anchor = |heading: &str| {
        let kept = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-'));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    headings.map(anchor).collect()
}

/// The rows of the table of features, without headers.
fn features(text: &str) -> Vec<Vec<&str>> {
    let rows = text.lines().filter(|line| line.starts_with('|'));
    let cells = rows.map(|line| cells(line).into_iter().map(str::trim).collect::<Vec<_>>());
    cells.filter(|cells| cells[2] != "shown by" && !cells[0].starts_with("---")).collect()
}

/// The cells of a row, between bars that are not escaped.
fn cells(row: &str) -> Vec<&str> {
    let mut cells = Vec::new();
    let mut start = 1;
    for (at, _) in row.match_indices('|').skip(1) {
        if !row[..at].ends_with('\\') {
            cells.push(&row[start..at]);
            start = at + 1;
        }
    }
    cells
}

#[test]
fn every_feature_is_shown_by_tests_that_are_there() {
    let text = read(&root().join("guides/features.md"));
    let rows = features(&text);
    assert!(rows.len() > 100, "{} rows", rows.len());
    for row in rows {
        assert_eq!(row.len(), 3, "{row:?}");
        assert!(row.iter().all(|cell| !cell.is_empty()), "{row:?}");
        let mut file = None;
        let mut tests = 0;
        for word in quoted(row[2]) {
            if word.ends_with(".rs") || word.ends_with(".md") {
                file = Some(word);
                continue;
            }
            let file = file.unwrap_or_else(|| panic!("{word} is in no file: {row:?}"));
            assert!(shows(file, word), "{file} has no test {word}");
            tests += 1;
        }
        assert!(tests > 0, "{row:?} names no test");
    }
}

/// Whether a file has that test: a function that is run, or a section with Rust in it that is.
fn shows(file: &str, test: &str) -> bool {
    if file.ends_with(".md") {
        let page = read(&root().join("guides").join(file));
        let section = page.split("\n## ").find(|section| section.lines().next() == Some(test));
        return section.is_some_and(|section| !blocks(section, "rust").is_empty());
    }
    let source = read(&root().join(file));
    let function = format!("fn {test}(");
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let Some(at) = lines.iter().position(|line| line.starts_with(&function)) else { return false };
    let marked = lines[..at].iter().rev().take_while(|line| line.starts_with('#') || line.starts_with("//"));
    let listed = source.split("on_every_store![").nth(1).and_then(|list| list.split(']').next());
    let in_suite = listed.is_some_and(|list| list.split(',').any(|name| name.trim() == test));
    let in_proptest = source.contains("proptest! {") && lines[at].contains(" in ");
    in_suite || in_proptest || marked.into_iter().any(|line| *line == "#[test]")
}

/// A command line with the exit code that it is said to have.
fn line_and_code(line: &str) -> (&str, i32) {
    match line.split_once(" # ") {
        None => (line, 0),
        Some((line, comment)) => {
            let code = comment.trim().strip_prefix("ends with ").map_or(0, |code| code.parse().unwrap());
            (line.trim_end(), code)
        }
    }
}

/// Whether a line opens the console, which needs a terminal.
fn opens_console(line: &str) -> bool {
    let words: Vec<&str> = line.split_whitespace().collect();
    matches!(words.as_slice(), ["ramax", file] if file.ends_with(".db"))
}

#[test]
fn every_command_line_of_the_guides_does_what_it_says() {
    let program = Path::new(env!("CARGO_BIN_EXE_ramax"));
    let path = format!("{}:{}", program.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let mut ran = 0;
    for page in pages().into_iter().filter(|page| page.starts_with(root().join("guides"))) {
        // One directory a page: what a block creates is there in the next one.
        let desk = TempDir::new().unwrap();
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
                    .current_dir(desk.path())
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
fn every_command_line_that_is_named_is_one_that_the_program_takes() {
    let mut parsed = 0;
    for page in pages() {
        let text = read(&page);
        let shown = blocks(&text, "sh").into_iter().flatten();
        let named = prose(&text).flat_map(quoted);
        for line in shown.chain(named) {
            for command in line_and_code(line).0.split(" && ").flat_map(|line| line.split(" | ")) {
                let command = command.replace("cargo run --release -- ", "ramax ");
                let Some(arguments) = command.trim().strip_prefix("ramax ") else { continue };
                takes(arguments).unwrap_or_else(|error| {
                    panic!("{}: the program does not take `ramax {arguments}`: {error}", page.display())
                });
                parsed += 1;
            }
        }
    }
    assert!(parsed > 50, "{parsed} command lines");
}

fn takes(arguments: &str) -> Result<(), String> {
    // What stands for a value of a few.
    let words = words(&arguments.replace("SHELL", "bash"));
    let is_help = words.iter().any(|word| matches!(word.as_str(), "--help" | "--version"));
    let line: Vec<OsString> = std::iter::once("ramax".to_owned()).chain(words).map(OsString::from).collect();
    match Cli::from_arguments(&line) {
        Ok(_) => Ok(()),
        Err(_) if is_help => Ok(()),
        Err(stopped) => Err(format!("{stopped:?}")),
    }
}

/// The words of a command line, as a shell reads them.
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
