//! Log lines of reads and migrations.

use std::process::Command;

use ramax::engines::memory::MemoryPState;
use ramax::pstate::WriteProjections;
use ramax::{Json, Projection, SpaceId};
use tracing::Level;
use tracing_subscriber::fmt::format::FmtSpan;

use super::{CARDS, old_card};
use crate::support::START;

/// Reads, migrates and writes back a card, and logs to standard error. In a process of its own: which call sites are
/// logged is decided once for all threads of a process, so tests on other threads would change the result.
#[test]
#[ignore = "run by the test of its log lines"]
fn logged_reads_and_writes() {
    tracing_subscriber::fmt()
        .json()
        .with_max_level(Level::DEBUG)
        .with_span_events(FmtSpan::CLOSE)
        .with_writer(std::io::stderr)
        .init();
    let pstate = MemoryPState::default();
    pstate.put(SpaceId(1).into(), "card:c1", Json::of(&old_card(1)), START).unwrap();
    let projection = Projection::new(&pstate, SpaceId(1)).with_schema(CARDS);
    projection.fetch("card:c1").unwrap();
    projection.flush().unwrap();
    projection.put("card:c2", &old_card(2), START).unwrap();
}

#[test]
fn fetch_put_migration_queue_and_flush_are_logged_with_durations() {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "schema::tracing::logged_reads_and_writes", "--ignored", "--nocapture"]);
    let output = child.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stderr).unwrap();
    let line = |parts: &[&str]| text.lines().any(|line| parts.iter().all(|part| line.contains(part)));
    assert!(line(&[r#""message":"close""#, r#""name":"fetch""#, "time.busy", "card:c1"]), "{text}");
    assert!(line(&[r#""message":"read""#, r#""preloaded":0"#]), "{text}");
    assert!(
        line(&[
            r#""message":"migrated""#,
            r#""micros":"#,
            r#""entity_type":"card""#,
            "card:c1",
            "deck",
            "notes",
            "tags"
        ]),
        "{text}"
    );
    assert!(line(&[r#""message":"waits to be written back""#, r#""waiting":1"#]), "{text}");
    assert!(line(&[r#""message":"written back""#, r#""entities":1"#]), "{text}");
    assert!(line(&[r#""message":"close""#, r#""name":"flush""#, "time.busy"]), "{text}");
    assert!(line(&[r#""message":"close""#, r#""name":"put""#, "time.busy", "card:c2"]), "{text}");
}
