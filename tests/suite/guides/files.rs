//! No file is forgotten: each test is part of a test program, and each picture belongs to a scene.

use std::fs;
use std::path::Path;

use super::sources::rust_files;
use super::{read, root};

/// Returns true if a source declares a module.
fn declares(source: &str, name: &str) -> bool {
    let declared = format!("mod {name};");
    source.lines().any(|line| {
        let line = line.trim_start();
        line.strip_prefix("pub ").unwrap_or(line) == declared
    })
}

/// Returns true if the parent of a module declares it.
fn is_declared(file: &Path) -> bool {
    let folder = file.parent().unwrap();
    let (name, folder) = match file.file_stem().unwrap().to_str().unwrap() {
        "mod" => (folder.file_name().unwrap().to_str().unwrap(), folder.parent().unwrap()),
        name => (name, folder),
    };
    let parents = [folder.join("mod.rs"), folder.join("main.rs"), folder.with_extension("rs")];
    parents.iter().filter(|parent| parent.exists()).any(|parent| declares(&read(parent), name))
}

#[test]
fn every_file_of_tests_is_part_of_a_test_program() {
    let folder = root().join("tests");
    let files = rust_files(&folder);
    let is_root = |file: &Path| file.ends_with("main.rs") || file == folder.join("support/mod.rs");
    let forgotten: Vec<_> = files.iter().filter(|file| !is_root(file) && !is_declared(file)).collect();
    assert!(files.len() > 200 && forgotten.is_empty(), "{forgotten:?}");
}

#[test]
fn every_picture_belongs_to_a_scene() {
    let sources: String = rust_files(&root().join("tests/console")).iter().map(|file| read(file)).collect();
    let is_known = |name: &str| {
        let in_a_table = format!(" {}: ", name.replace('-', "_"));
        sources.contains(&format!("\"{name}\"")) || sources.contains(&in_a_table)
    };
    let names = fs::read_dir(root().join("snapshots")).unwrap().filter_map(|entry| {
        let name = entry.unwrap().file_name().into_string().unwrap();
        name.strip_suffix(".snap").map(str::to_owned)
    });
    let unknown: Vec<String> = names.filter(|name| !is_known(name)).collect();
    assert!(unknown.is_empty(), "no test takes {unknown:?}");
}
