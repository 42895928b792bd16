//! The layers of the source: a module imports only from below.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::{blocks, read, root};

/// Returns the modules of the architecture guide, topmost first.
fn layers() -> Vec<String> {
    let guide = read(&root().join("guides/architecture.md"));
    let lines = blocks(&guide, "layers").concat();
    lines.iter().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

fn sources(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()) {
        match entry.extension() {
            Some(extension) if extension == "rs" => found.push(entry),
            _ if entry.is_dir() => found.extend(sources(&entry)),
            _ => {}
        }
    }
    found
}

/// Returns the module on top of `src/` that a file belongs to.
fn module_of(file: &Path) -> String {
    let inside = file.strip_prefix(root().join("src")).unwrap();
    let first = inside.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
    if first == "main.rs" { first } else { first.trim_end_matches(".rs").to_owned() }
}

/// Returns the names that `lib.rs` passes on from its modules, with the module of each: `error` is in `model`.
fn passed_on(library: &str) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    for statement in library.split("use ").skip(1).filter_map(|rest| rest.split(';').next()) {
        let Some((module, items)) = statement.split_once("::") else { continue };
        for item in items.trim_matches(['{', '}']).split(',') {
            let item = item.trim();
            let name = item.rsplit_once(" as ").map_or(item, |(_, name)| name);
            names.insert(name.to_owned(), module.trim().to_owned());
        }
    }
    names
}

/// Returns the first names after `crate::` in a source, outside of its comments.
fn imported(source: &str) -> Vec<String> {
    let code = source.lines().filter(|line| !line.trim_start().starts_with("//"));
    let code = code.collect::<Vec<_>>().join("\n");
    let mut names = Vec::new();
    for rest in code.split("crate::").skip(1) {
        let list = match rest.strip_prefix('{') {
            Some(group) => group.split('}').next().unwrap_or_default(),
            None => rest,
        };
        let items = if rest.starts_with('{') { list.split(',').collect() } else { vec![list] };
        names.extend(items.into_iter().map(|item| {
            item.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>()
        }));
    }
    names
}

/// Returns the arrows that point from a module to one that is not below it.
fn upward(layers: &[String], imports: &[(String, String)]) -> Vec<String> {
    let place = |module: &str| layers.iter().position(|layer| layer == module);
    let is_upward = |(from, to): &&(String, String)| place(to) <= place(from) || place(to).is_none();
    imports.iter().filter(is_upward).map(|(from, to)| format!("{from} → {to}")).collect()
}

#[test]
fn every_module_imports_only_from_the_layers_below_it() {
    let layers = layers();
    let passed_on = passed_on(&read(&root().join("src/lib.rs")));
    let mut imports = Vec::new();
    for file in sources(&root().join("src")) {
        let from = module_of(&file);
        if from == "lib" {
            continue;
        }
        assert!(layers.contains(&from), "the architecture guide does not name {from}");
        for name in imported(&read(&file)) {
            let to = passed_on.get(&name).map_or(name.as_str(), |module| module.split("::").next().unwrap());
            let is_module = layers.iter().any(|layer| layer == to);
            if is_module && to != from {
                imports.push((from.clone(), to.to_owned()));
            }
        }
    }
    imports.sort();
    imports.dedup();
    assert!(imports.len() > 20, "too few imports were found: {imports:?}");
    assert_eq!(upward(&layers, &imports), [] as [&str; 0]);
    for layer in &layers {
        let source = root().join("src").join(layer);
        assert!(source.exists() || source.with_extension("rs").exists(), "{layer} is not in src/");
    }
}

#[test]
fn an_arrow_that_points_up_is_found() {
    let layers = ["cli", "operations", "model"].map(str::to_owned);
    let arrow = |from: &str, to: &str| (from.to_owned(), to.to_owned());
    let imports = [arrow("cli", "model"), arrow("model", "operations"), arrow("operations", "cli")];
    assert_eq!(upward(&layers, &imports), ["model → operations", "operations → cli"]);
}

#[test]
fn imports_are_found_in_every_form() {
    let source = "use crate::error::Result;\nuse crate::{Store, query::Query};\n// crate::cli\nlet x = crate::json::Json::of(y);";
    assert_eq!(imported(source), ["error", "Store", "query", "json"]);
    let library =
        "pub use content_store::{App, Store};\npub use model::{error, json};\npub use engines::sqlite;";
    let passed_on = passed_on(library);
    assert_eq!((passed_on["Store"].as_str(), passed_on["error"].as_str()), ("content_store", "model"));
    assert_eq!(passed_on["sqlite"], "engines");
}
