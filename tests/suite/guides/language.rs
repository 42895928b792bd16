//! The language of the source and the guides: doc comments have a subject or a verb, one concept has one term, and one
//! name means one type.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::words::{Kind, Passage, of_markdown, of_rust};
use super::{pages, read, root};

/// Words that start a relative clause, and no doc comment.
const CLAUSES: &[&str] = &["what", "whether", "whoever", "where", "that"];

/// The terms of the project, each with the phrases that it replaces.
const GLOSSARY: &[(&str, &[&str])] = &[
    ("audit log", &["log of operations", "operator log"]),
    ("record", &["write down", "writes down", "wrote down", "written down"]),
    ("repair", &["mend", "mends", "mended", "mending"]),
    ("reject (a command), refuse (a file or an operation)", &["turn down", "turns down", "turned down"]),
    ("event handler, projector", &["applicator", "applicators"]),
    ("derived state, projection", &["amount to", "amounts to", "amounted to"]),
    ("correlation, business process", &["undertaking", "undertakings"]),
    ("rebuild, again", &["anew"]),
    ("resume, continue", &["go on", "goes on", "going on", "gone on", "went on"]),
    ("receive, apply", &["take in", "takes in", "took in", "taken in", "taking in"]),
    ("isolated", &["keep apart", "keeps apart", "kept apart"]),
    ("deep check", &["check in depth", "checks in depth", "checked in depth", "goes into depth"]),
    ("skip", &["leave out", "leaves out", "left out", "leaving out"]),
    ("started", &["begun"]),
    ("selected, current", &["at hand"]),
    ("no-sync commit", &["unseen"]),
    ("valid, intact, unchanged", &["as it was written", "as they were written"]),
    ("Actions, View, Move", &["going about"]),
    ("result", &["what came of"]),
    ("run this step", &["take the step", "takes the step", "take its step", "takes its step"]),
];

/// Phrases of the glossary that have an ordinary meaning too, and so cannot be found by their words.
const ORDINARY: &[(&str, &str)] = &[
    ("log", "is right for the event log and for log files; only the write-ahead log is the WAL"),
    ("part", "is right for a part of a whole, such as a path; only a unit of work has nested transactions"),
    ("face", "is right for the side of a thing; only the CLI, the console and the library are clients"),
    ("ended", "is right for a stream or a process; only an operation has finished or was cancelled"),
    ("doing", "is right as a verb; only the heading is Actions"),
    ("looking", "is right as a verb; only the heading is View"),
];

/// Words that the names of functions, types, fields and modules avoid, in addition to the glossary.
const NAMES: &[(&str, &[&str])] = &[
    ("buffer, report, message", &["said"]),
    ("fault, problem", &["amiss"]),
    ("maximum", &["maximal"]),
    ("record, summarise, report", &["told", "untold", "telling"]),
    ("after, end", &["behind"]),
    ("is_running, exists", &["is there"]),
    ("run", &["carry out", "carries out"]),
    ("discard", &["take back", "takes back"]),
    ("useless, failed", &["in vain", "led to nothing"]),
    ("has details", &["speaks of", "may speak"]),
];

/// Names that contain a word of the glossary for a reason.
const ALLOWED_NAMES: &[(&str, &str)] = &[
    ("behind", "counts projections that lag behind their log"),
    ("Behind", "styles a projection that lags behind its log"),
];

/// Old option names that are still accepted, by file.
const OLD_NAMES: &[(&str, &str)] = &[("src/cli/commands/check.rs", "mend")];

/// Returns the files with one extension below a folder of the project, by name.
pub fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for file in std::fs::read_dir(&folder).unwrap() {
            let path = file.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Returns the Rust sources of the project, without the glossary itself.
fn sources() -> Vec<PathBuf> {
    let folders = ["src", "tests", "examples", "benches"];
    let files = folders.into_iter().flat_map(|folder| files(folder, "rs"));
    files.filter(|path| !path.ends_with("guides/language.rs") && !path.ends_with("guides/words.rs")).collect()
}

/// Formats violations in a file as `file:line: message`.
pub fn report(path: &Path, violations: Vec<(usize, String)>) -> Vec<String> {
    let file = path.strip_prefix(root()).unwrap_or(path).display();
    violations.into_iter().map(|(line, message)| format!("{file}:{line}: {message}")).collect()
}

/// Returns the doc comments that start with a relative clause.
fn clauses(passages: &[Passage]) -> Vec<(usize, String)> {
    let docs = passages.iter().filter(|passage| passage.kind == Kind::Doc);
    let firsts = docs.filter_map(|passage| {
        let (line, word) = passage.words().into_iter().next()?;
        let text = &passage.lines[0].1;
        let is_clause = CLAUSES.contains(&word.as_str()) && text.to_lowercase().starts_with(&word);
        is_clause.then(|| (line, format!("a doc comment starts with {word:?}: {text}")))
    });
    firsts.collect()
}

/// Returns the glossary by the first word of a phrase: each phrase with its term.
fn by_first_word() -> BTreeMap<&'static str, Vec<(&'static str, &'static str)>> {
    let mut phrases: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (term, replaced) in GLOSSARY {
        for phrase in *replaced {
            let first = phrase.split(' ').next().unwrap_or_default();
            phrases.entry(first).or_default().push((*phrase, *term));
        }
    }
    phrases
}

/// Returns the phrases that a term of the glossary replaces.
fn replaced(passages: &[Passage]) -> Vec<(usize, String)> {
    let glossary = by_first_word();
    let mut found = Vec::new();
    for passage in passages {
        let words = passage.words();
        for (at, (line, word)) in words.iter().enumerate() {
            for (phrase, term) in glossary.get(word.as_str()).into_iter().flatten() {
                let length = phrase.split(' ').count();
                let following = words[at..].iter().take(length).map(|(_, word)| word.as_str());
                if following.eq(phrase.split(' ')) {
                    found.push((*line, format!("{phrase:?}: use {term}")));
                }
            }
        }
    }
    found
}

/// Returns the names that a source declares, with their lines: functions, types, fields, variants and modules.
fn names(source: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    // The end of the type whose fields or variants are read.
    let mut type_end: Option<String> = None;
    for (number, line) in (1..).zip(source.lines()) {
        let text = line.trim_start();
        if type_end.as_deref() == Some(line) {
            type_end = None;
        }
        let public = text.strip_prefix("pub").filter(|rest| rest.starts_with([' ', '(']));
        let text = match public {
            Some(rest) if rest.starts_with('(') => rest.split_once(") ").map_or(rest, |(_, rest)| rest),
            Some(rest) => rest.trim_start(),
            None => text,
        };
        let text = text.strip_prefix("const fn ").map_or(text, |rest| &text[text.len() - rest.len() - 3..]);
        let kinds = ["fn ", "struct ", "enum ", "trait ", "type ", "mod "];
        let declared = kinds.iter().find_map(|kind| text.strip_prefix(kind));
        let member = type_end.as_ref().map(|_| text).filter(|text| {
            let rest = text.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_');
            text.starts_with(char::is_alphabetic) && rest.starts_with([':', ',', '(', ' '])
        });
        if let Some(name) = declared.or(member) {
            let name = name.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
            found.push((number, name.to_owned()));
        }
        if (text.starts_with("struct ") || text.starts_with("enum ")) && text.ends_with('{') {
            type_end = Some(format!("{}}}", &line[..line.len() - line.trim_start().len()]));
        }
    }
    found
}

/// Splits a name in snake or camel case into words in lower case.
fn words_of(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for character in name.chars() {
        if character == '_' || character.is_uppercase() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| character != '_') {
            word.extend(character.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Returns the declared names that contain a phrase which the glossary replaces, unless they are allowed.
fn replaced_names(source: &str, allowed: &[(&str, &str)]) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (line, name) in
        names(source).into_iter().filter(|(_, name)| !allowed.iter().any(|(of, _)| of == name))
    {
        let text = format!(" {} ", words_of(&name).join(" "));
        for (term, phrases) in GLOSSARY.iter().chain(NAMES) {
            let phrases = phrases.iter().filter(|phrase| text.contains(&format!(" {phrase} ")));
            found.extend(phrases.map(|phrase| (line, format!("{name} contains {phrase:?}: use {term}"))));
        }
    }
    found
}

/// Returns the names of the public types that a source declares, with their lines.
fn types(source: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..).zip(source.lines()).filter_map(|(number, line)| {
        let declared = line.trim_start().strip_prefix("pub ")?;
        let kinds = ["struct ", "enum ", "trait ", "type "];
        let name = kinds.iter().find_map(|kind| declared.strip_prefix(kind))?;
        Some((number, name.split(|c: char| !c.is_alphanumeric() && c != '_').next()?))
    })
}

/// Returns the names that several types share, with their places.
fn shared(declared: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    let shared = declared.iter().filter(|(_, places)| places.len() > 1);
    shared.map(|(name, places)| format!("{name} names several types: {}", places.join(", "))).collect()
}

#[test]
fn doc_comments_start_with_a_verb_or_a_noun() {
    let found = sources().into_iter().flat_map(|path| report(&path, clauses(&of_rust(&read(&path)))));
    let found: Vec<String> = found.collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn every_concept_has_one_term() {
    let rust = sources().into_iter().flat_map(|path| report(&path, replaced(&of_rust(&read(&path)))));
    let guides = pages().into_iter().flat_map(|path| report(&path, replaced(&of_markdown(&read(&path)))));
    let is_old_name = |violation: &String| {
        OLD_NAMES
            .iter()
            .any(|(file, name)| violation.starts_with(file) && violation.contains(&format!("{name:?}")))
    };
    let found: Vec<String> = rust.chain(guides).filter(|violation| !is_old_name(violation)).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn names_use_the_terms_of_the_glossary() {
    let sources = files("src", "rs");
    let found = sources.iter().flat_map(|path| report(path, replaced_names(&read(path), ALLOWED_NAMES)));
    let found: Vec<String> = found.collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
    let declared: Vec<String> =
        sources.iter().flat_map(|path| names(&read(path))).map(|(_, name)| name).collect();
    let unused = ALLOWED_NAMES
        .iter()
        .find(|(name, reason)| reason.is_empty() || !declared.iter().any(|of| of == name));
    assert_eq!(unused, None, "an exception has no reason, or its name is gone");
}

#[test]
fn a_declared_name_is_split_into_words_and_compared_with_the_glossary() {
    let source = "pub(crate) fn goes_on() {\n    let anew = 1;\n}\npub struct UnseenPart {\n    pub said: u8,\n    ok: bool,\n}\npub const fn mend() {}\n// fn anew()\nenum Kind {\n    AtHand,\n}\nmod amended;\n";
    let lines =
        |allowed| replaced_names(source, allowed).into_iter().map(|(line, _)| line).collect::<Vec<_>>();
    assert_eq!(lines(&[]), [1, 4, 5, 8, 11]);
    assert_eq!(lines(&[("mend", "an old name")]), [1, 4, 5, 11]);
    assert_eq!(words_of("CheckOptions"), ["check", "options"]);
    assert_eq!(words_of("is_at_hand"), ["is", "at", "hand"]);
}

#[test]
fn public_types_have_different_names() {
    let mut declared: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for path in files("src", "rs") {
        for (line, name) in types(&read(&path)) {
            declared.entry(name.to_owned()).or_default().extend(report(&path, vec![(line, name.to_owned())]));
        }
    }
    let found = shared(&declared);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn ordinary_phrases_are_not_in_the_glossary_and_have_a_reason() {
    let phrases: Vec<&str> = GLOSSARY.iter().flat_map(|(_, phrases)| phrases.iter().copied()).collect();
    assert!(ORDINARY.iter().all(|(phrase, reason)| !phrases.contains(phrase) && !reason.is_empty()));
}

#[test]
fn a_clause_and_a_replaced_phrase_are_found_with_their_lines() {
    let passages = of_rust(
        "/// Returns 1.\nfn a() {}\n\n/// Whether it\n/// is done.\nfn b() {}\n// It goes\n// on anew.\n",
    );
    assert_eq!(clauses(&passages), [(4, "a doc comment starts with \"whether\": Whether it".to_owned())]);
    let lines: Vec<usize> = replaced(&passages).into_iter().map(|(line, _)| line).collect();
    assert_eq!(lines, [7, 8]);
    assert_eq!(replaced(&of_markdown("What\nit is.\n\nOne mends it.\n"))[0].0, 4);
    assert_eq!(replaced(&of_rust("fn a() { say(\"begun\") }"))[0].0, 1);
}

#[test]
fn plain_language_has_no_violations() {
    let passages =
        of_rust("/// Returns true if `anew` is set.\nfn anew() {}\n// Resumes the job.\nsay(\"started\");\n");
    assert!(clauses(&passages).is_empty() && replaced(&passages).is_empty());
    assert!(replaced(&of_markdown("The audit log amends nothing.\n")).is_empty());
}

#[test]
fn a_shared_name_is_found() {
    let source = "pub struct Line;\npub(crate) struct Other;\n    pub enum Line {}\npub type Once = u8;\n";
    let mut declared: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (line, name) in types(source) {
        declared.entry(name.to_owned()).or_default().push(line.to_string());
    }
    assert_eq!(shared(&declared), ["Line names several types: 1, 3"]);
}
