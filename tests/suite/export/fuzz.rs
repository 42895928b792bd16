//! Any file is imported completely or refused, and none makes the reader fail.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use ramax::operations::overviews;
use ramax::{Apps, Page, Store};

use super::fixtures::*;
use super::lines::sealed;
use crate::support::mutation::{apply, cases, change};

/// Returns the initial files, whose names say whether they are valid.
fn corpus() -> Vec<(String, Vec<u8>)> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/import");
    let mut files: Vec<(String, Vec<u8>)> = fs::read_dir(directory)
        .unwrap()
        .map(|file| file.unwrap().path())
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(&path).unwrap()))
        .collect();
    files.sort();
    assert!(files.len() >= 8);
    files
}

/// Imports into a new store. The space is then exported unchanged, or nothing is left.
fn whole_or_nothing(bytes: &[u8]) -> Result<(), String> {
    let store = Store::memory();
    let spaces = || overviews(&store, &Apps::standard(), Page::forward(None, 9)).unwrap();
    match import_text(&store, bytes, None) {
        Ok(imported) => {
            assert_eq!(spaces().len(), 1);
            let again = exported(&store, &imported.space.space_name);
            let twice = Store::memory();
            import_text(&twice, &again, None).unwrap();
            assert_eq!(
                but_for_its_store(&exported(&twice, &imported.space.space_name)),
                but_for_its_store(&again)
            );
            Ok(())
        }
        Err(error) => {
            assert_eq!(spaces(), []);
            assert_eq!(error.kind(), "import_damaged");
            Err(error.to_string())
        }
    }
}

#[test]
fn corpus_files_are_imported_or_refused_as_named() {
    for (name, bytes) in corpus() {
        let outcome = whole_or_nothing(&bytes);
        assert_eq!(outcome.is_ok(), name.starts_with("whole-"), "{name}: {outcome:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(400), ..ProptestConfig::default() })]

    #[test]
    fn a_changed_file_is_imported_completely_or_refused(
        file in any::<prop::sample::Index>(),
        changes in proptest::collection::vec(change(), 1..6),
        reseal in any::<bool>(),
    ) {
        let files = corpus();
        let mut bytes = files[file.index(files.len())].1.clone();
        if reseal {
            // With valid checksums, the contents of the lines are tested.
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let cut = |line: &str| line.rsplit_once(",\"crc\":").map_or(line, |(body, _)| body).to_owned() + "}";
            let mut lines: Vec<Vec<u8>> = text.lines().map(|line| cut(line).into_bytes()).collect();
            for (number, change) in changes.iter().enumerate() {
                let count = lines.len().max(1);
                if let Some(line) = lines.get_mut((file.index(97) + number * 31) % count) {
                    apply(line, change);
                }
            }
            let lines: Vec<String> = lines.iter().map(|line| String::from_utf8_lossy(line).replace('\n', " ")).collect();
            bytes = sealed(lines.iter().map(String::as_str)).into_bytes();
        } else {
            for change in &changes {
                apply(&mut bytes, change);
            }
        }
        let _ = whole_or_nothing(&bytes);
    }

    #[test]
    fn any_bytes_are_imported_completely_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        prop_assert!(whole_or_nothing(&bytes).is_err());
    }
}
