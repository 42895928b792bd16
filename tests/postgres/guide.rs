//! The command lines of the guide work, on a server of their own.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::server::{Server, shared, tool};

/// Runs the command lines between fences of a kind, and returns their number.
fn run_lines(server: &Server, kind: &str) -> usize {
    let home = TempDir::new().unwrap();
    let guide =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("guides/postgresql.md")).unwrap();
    let directory_of = |program: &str| Path::new(program).parent().unwrap().to_str().unwrap().to_owned();
    let program = directory_of(env!("CARGO_BIN_EXE_ramax"));
    let path = [program, directory_of(&tool("pg_dump")), std::env::var("PATH").unwrap()].join(":");
    let workers = server.workers().iter().map(|worker| worker.directory().to_str().unwrap());
    let mut variables = BTreeMap::from([("WORKERS".to_owned(), workers.collect::<Vec<_>>().join(" "))]);
    let (mut is_inside, mut ran) = (false, 0);
    for line in guide.lines() {
        if line.starts_with("```") {
            is_inside = line == kind;
            continue;
        }
        if !is_inside {
            continue;
        }
        if let Some((name, value)) = line.strip_prefix("export ").and_then(|pair| pair.split_once('=')) {
            variables.insert(name.to_owned(), value.to_owned());
            continue;
        }
        let output = Command::new("bash")
            .args(["-o", "pipefail", "-c", line])
            .current_dir(home.path())
            .env_clear()
            .envs([("HOME", home.path().to_str().unwrap()), ("PATH", &path), ("PGUSER", "ramax")])
            .env("PGHOST", server.directory())
            .env("COORDINATOR", server.directory())
            .envs(&variables)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(output.status.success(), "{line}\n{output:?}");
        ran += 1;
    }
    ran
}

#[test]
fn every_command_line_of_the_guide_succeeds() {
    let ran = run_lines(&Server::start(&[]), "```bash");
    assert!(ran >= 12, "{ran} lines");
}

#[test]
fn every_command_line_about_shards_succeeds() {
    if shared().has_citus() {
        let ran = run_lines(&Server::start_cluster(&[]), "```bash citus");
        assert!(ran >= 10, "{ran} lines");
    }
}
