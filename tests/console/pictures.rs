//! The pictures of the README and of the guide to the console, and the keys and texts that belong to them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::generate::{Generated, PICTURES, generated};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The files in the folder of the pictures.
fn pictures() -> BTreeSet<PathBuf> {
    std::fs::read_dir(root().join(PICTURES)).unwrap().map(|file| file.unwrap().path()).collect()
}

#[test]
fn pictures_keys_and_texts_are_current() {
    let program = Command::new(env!("CARGO_BIN_EXE_ramax"))
        .args(["demo", "--plain"])
        .env_remove("RAMAX_DB")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let files = generated(root(), &String::from_utf8(program.stdout).unwrap()).unwrap();
    for Generated { path, content } in &files {
        let current = std::fs::read_to_string(root().join(path)).unwrap_or_default();
        assert!(current == *content, "{path} is out of date: cargo run --example pictures");
    }
    let shown = files
        .iter()
        .map(|file| root().join(&file.path))
        .filter(|path| path.starts_with(root().join(PICTURES)));
    assert_eq!(pictures(), shown.collect(), "each picture is shown somewhere");
}

#[test]
fn pictures_are_small_and_load_nothing() {
    for path in pictures() {
        let content = std::fs::read_to_string(&path).unwrap();
        let most = if path.ends_with("console.svg") { 300_000 } else { 50_000 };
        assert!(content.len() < most, "{}: {} bytes", path.display(), content.len());
        roxmltree::Document::parse(&content).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        for outside in ["<script", "<image", "<foreignObject", "url(", "@import", "href"] {
            assert!(!content.contains(outside), "{} has {outside}", path.display());
        }
    }
}
