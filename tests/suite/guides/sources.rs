//! The source of a test, including the functions that it calls.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::{blocks, read, root};

/// Words that only occur in assertions.
const ASSERTIONS: &[&str] = &["assert", "unwrap_err", "expect_err", "matches!", "panic!"];

/// Functions by name, with their source.
type Functions = BTreeMap<String, String>;

/// The functions of files that were read.
#[derive(Default)]
pub struct Sources {
    parsed: BTreeMap<PathBuf, Rc<Functions>>,
}

impl Sources {
    /// Returns the source of a test with the functions that it calls, or the Rust code of a section of a guide. Returns
    /// `None` if there is no such test, or if nothing runs it.
    pub fn shown_by(&mut self, file: &str, test: &str) -> Option<String> {
        if file.ends_with(".md") {
            let page = read(&root().join("guides").join(file));
            let section = page.split("\n## ").find(|section| section.lines().next() == Some(test))?;
            let rust: Vec<&str> = blocks(section, "rust").concat();
            return (!rust.is_empty()).then(|| rust.join("\n"));
        }
        let file = root().join(file);
        let source = fs::read_to_string(&file).ok()?;
        let listing = [declaring(&file), conformance(&file)];
        let mut suites = vec![source.clone()];
        suites.extend(listing.into_iter().flatten().map(|path| read(&path)));
        is_run(&source, &suites, test).then(|| self.with_called(&file, test))
    }

    /// Returns the source of a function and of the functions that it calls.
    fn with_called(&mut self, file: &Path, test: &str) -> String {
        let known = self.known_to(file);
        let (mut reached, mut seen) = (Vec::new(), BTreeSet::new());
        let mut next = vec![test.to_owned()];
        while let Some(name) = next.pop() {
            // Of several functions with one name, the nearest is called.
            let found = known.iter().find_map(|functions| functions.get(&name));
            if let Some(source) = found.filter(|_| !seen.contains(&name)) {
                next.extend(calls(source).filter(|called| *called != name));
                reached.push(source.as_str());
            }
            seen.insert(name);
        }
        reached.join("\n")
    }

    /// Returns the functions that a file can call, the nearest first: its own, those of its folder, unless the folder is
    /// the whole suite, and those of `tests/support`.
    fn known_to(&mut self, file: &Path) -> Vec<Rc<Functions>> {
        let folder = file.parent().unwrap();
        let mut files = vec![file.to_owned()];
        if folder != root().join("tests/suite") {
            files.extend(rust_files(folder));
        }
        files.extend(rust_files(&root().join("tests/support")));
        files.extend(rust_files(&root().join("src/testing")));
        let mut parsed = |file: PathBuf| {
            let functions = || Rc::new(functions(&read(&file)));
            Rc::clone(self.parsed.entry(file.clone()).or_insert_with(functions))
        };
        files.into_iter().map(&mut parsed).collect()
    }
}

/// Returns the file that declares the modules of a file's folder.
fn declaring(file: &Path) -> Option<PathBuf> {
    let folder = file.parent().unwrap();
    ["mod.rs", "main.rs"].map(|name| folder.join(name)).into_iter().find(|path| path.exists())
}

/// Returns the file that lists the cases of the conformance suite, for a file of that suite.
fn conformance(file: &Path) -> Option<PathBuf> {
    let folder = root().join("src/testing/conformance");
    file.starts_with(&folder).then(|| folder.join("cases.rs"))
}

/// Returns true if the source has the function and runs it, as a test or as part of one of the suites.
fn is_run(source: &str, suites: &[String], test: &str) -> bool {
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let Some(at) = lines.iter().position(|line| declared(line) == Some(test)) else { return false };
    let mut marked =
        lines[..at].iter().rev().take_while(|line| line.starts_with('#') || line.starts_with("//"));
    let listed = |suite: &String| {
        let own = suite.split("on_every_store!").skip(1).filter_map(|list| list.split([']', ')']).next());
        let public = suite.split("$crate::$then! {").skip(1);
        own.chain(public)
            .flat_map(|list| list.split([',', '[', '(', '{', '}']))
            .any(|name| name.trim() == test)
    };
    let in_proptest = source.contains("proptest! {") && lines[at].contains(" in ");
    in_proptest || suites.iter().any(listed) || marked.any(|line| *line == "#[test]")
}

pub fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// Returns the functions of a source, without comments. Functions with the same name are joined.
fn functions(source: &str) -> Functions {
    let lines: Vec<&str> = source.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let mut functions = Functions::new();
    for (at, line) in lines.iter().enumerate() {
        let Some(name) = declared(line) else { continue };
        let end = line.len() - line.trim_start().len();
        let end = format!("{}}}", &line[..end]);
        let is_whole = line.ends_with([';', '}']);
        let last = lines[at..].iter().position(|line| *line == end).filter(|_| !is_whole).unwrap_or(0);
        let function = functions.entry(name.to_owned()).or_default();
        *function += &lines[at..=at + last].join("\n");
        function.push('\n');
    }
    functions
}

/// Returns the name of the function that a line declares.
fn declared(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let line =
        line.strip_prefix("pub").map_or(line, |rest| rest.split_once(' ').map_or(rest, |(_, rest)| rest));
    let name = line.strip_prefix("fn ")?;
    name.split(|c: char| !is_of_identifier(c)).next().filter(|name| !name.is_empty())
}

/// Returns the names before a parenthesis.
fn calls(source: &str) -> impl Iterator<Item = String> {
    source.split('(').filter_map(|before| {
        let name = before.rsplit(|c: char| !is_of_identifier(c)).next().unwrap_or_default();
        (!name.is_empty()).then(|| name.to_owned())
    })
}

/// Returns true if an identifier occurs in a source, other than as part of another one.
pub fn uses(source: &str, identifier: &str) -> bool {
    source.match_indices(identifier).any(|(at, _)| {
        let before = source[..at].chars().next_back();
        let after = source[at + identifier.len()..].chars().next();
        !before.is_some_and(is_of_identifier) && !after.is_some_and(is_of_identifier)
    })
}

fn is_of_identifier(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Returns true if an asserting statement of the source contains the piece.
pub fn asserts(source: &str, piece: &str) -> bool {
    let mut statement = String::new();
    for line in source.lines().map(str::trim) {
        statement.push_str(line);
        if line.ends_with([';', '{', '}']) {
            if statement.contains(piece) && ASSERTIONS.iter().any(|word| statement.contains(word)) {
                return true;
            }
            statement.clear();
        }
    }
    false
}
