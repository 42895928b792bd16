//! Each row of `features.md` is shown by its tests: they exist, are run, and use the identifiers that the row names or
//! contain the assertions that it quotes.

use super::sources::{Sources, asserts, uses};
use super::{quoted, read, root};

/// Returns the rows of the table of features, without headers.
fn rows(text: &str) -> Vec<Vec<&str>> {
    let rows = text.lines().filter(|line| line.starts_with('|'));
    let cells = rows.map(|line| cells(line).into_iter().map(str::trim).collect::<Vec<_>>());
    cells.filter(|cells| cells[2] != "shown by" && !cells[0].starts_with("---")).collect()
}

/// Splits a row into cells at bars that are not escaped.
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

/// A test that a row names, and the pieces of its assertions that the row quotes.
struct Named<'a> {
    file: &'a str,
    test: &'a str,
    quotes: Vec<String>,
}

/// Parses the tests in a row's last cell: a file, then its tests, each with the assertions that the row quotes.
fn named(cell: &str) -> Result<Vec<Named<'_>>, String> {
    let mut file = None;
    let mut named: Vec<Named<'_>> = Vec::new();
    let parts: Vec<&str> = cell.split('`').collect();
    for (before, word) in parts.iter().step_by(2).zip(parts.iter().skip(1).step_by(2)) {
        if before.trim() == "asserts" {
            let test = named.last_mut().ok_or(format!("{word} is quoted without a test"))?;
            test.quotes.push(word.replace("\\|", "|"));
        } else if word.ends_with(".rs") || word.ends_with(".md") {
            file = Some(*word);
        } else {
            let file = file.ok_or(format!("{word} is named without a file"))?;
            named.push(Named { file, test: word, quotes: Vec::new() });
        }
    }
    if named.is_empty() { Err("it names no test".to_owned()) } else { Ok(named) }
}

/// Returns the identifiers in a row's second cell. Each item is a list of identifiers that a test must use together: the
/// last segment of a path, or all words of a command line.
fn identifiers(cell: &str) -> Vec<Vec<&str>> {
    let words = |text| {
        let words = str::split(text, |c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | ':')));
        let last = words.map(|word| word.rsplit("::").next().unwrap_or(word).trim_matches([':', '-']));
        last.filter(|word| word.len() > 1 && word.starts_with(char::is_alphabetic))
    };
    let identifiers = quoted(cell).flat_map(|quote| match quote.strip_prefix("ramax ") {
        Some(line) => vec![words(line).filter(|word| !word.contains(char::is_uppercase)).collect::<Vec<_>>()],
        None => words(quote).map(|word| vec![word]).collect(),
    });
    identifiers.filter(|together| !together.is_empty()).collect()
}

/// Checks that a row is shown by the tests that it names.
fn check(sources: &mut Sources, row: &[&str]) -> Result<(), String> {
    let [_, here, tests] = row else { return Err(format!("{} cells", row.len())) };
    if row.iter().any(|cell| cell.is_empty()) {
        return Err("a cell is empty".to_owned());
    }
    let identifiers = identifiers(here);
    let mut is_shown = false;
    for Named { file, test, quotes } in named(tests)? {
        let source = sources.shown_by(file, test).ok_or(format!("{file} runs no test {test}"))?;
        for quote in &quotes {
            if !asserts(&source, quote) {
                return Err(format!("no assertion of {test} has {quote}"));
            }
        }
        let used = identifiers.iter().any(|together| together.iter().all(|word| uses(&source, word)));
        is_shown |= used || !quotes.is_empty();
    }
    if is_shown { Ok(()) } else { Err(format!("no test uses {identifiers:?}, and no assertion is quoted")) }
}

#[test]
fn every_feature_has_a_test_that_uses_or_asserts_it() {
    let text = read(&root().join("guides/features.md"));
    let rows = rows(&text);
    assert!(rows.len() > 100, "{} rows", rows.len());
    let mut sources = Sources::default();
    let reason = |row: &Vec<&str>| Some(format!("{}: {}", row.first()?, check(&mut sources, row).err()?));
    let wrong: Vec<String> = rows.iter().filter_map(reason).collect();
    assert!(wrong.is_empty(), "{} of {} rows:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}

const FILE: &str = "`tests/suite/guides/features.rs`";

/// The rows of the tests below name this test.
#[test]
fn two_words_of_a_command_stay_together() {
    let both = identifiers("`ramax spaces list` and `Store::open`, not `D`");
    assert_eq!(both, [vec!["spaces", "list"], vec!["open"]]);
}

#[test]
fn a_row_whose_test_neither_uses_nor_asserts_it_is_found() {
    let check = |row: &[&str]| check(&mut Sources::default(), row);
    let reason = |here: &str, tests: &str| check(&["a", here, tests]).unwrap_err();
    let test = format!("{FILE} `two_words_of_a_command_stay_together`");
    assert_eq!(check(&["a", "`Named::identifiers`", &test]), Ok(()), "the identifier is used");
    assert_eq!(
        check(&["a", "two", &format!("{test} asserts `[vec![\"spaces\"`")]),
        Ok(()),
        "the quote is asserted"
    );
    assert!(reason("`rebuild`", &test).starts_with("no test uses"));
    assert!(reason("`identifier`", &test).starts_with("no test uses"), "part of a word is not the word");
    assert!(
        reason("`ramax spaces delete`", &test).starts_with("no test uses"),
        "half a command line is not enough"
    );
    assert!(reason("`rebuild`", &format!("{FILE} `two_words`")).contains("runs no test"));
    assert!(
        reason("`rebuild`", &format!("{FILE} `check`")).contains("runs no test"),
        "a function is not a test"
    );
    assert!(reason("`rebuild`", "`tests/none.rs` `two_words`").contains("runs no test"));
    assert!(reason("`rebuild`", "two words").contains("names no test"));
}

#[test]
fn a_quote_that_no_assertion_contains_is_found() {
    let of = |quote: &str| {
        check(
            &mut Sources::default(),
            &[
                "a",
                "`identifiers`",
                &format!("{FILE} `two_words_of_a_command_stay_together` asserts `{quote}`"),
            ],
        )
    };
    assert!(of("vec![\"open\"]").is_ok());
    assert!(of("vec![\"shut\"]").unwrap_err().contains("no assertion"), "the quote does not occur");
    assert!(of("Store::open").unwrap_err().contains("no assertion"), "that line asserts nothing");
}
