//! `ramax` opens a file of an earlier version, which migrates it, and is killed: the file has one version or the other,
//! with all of its contents.

use std::path::Path;
use std::time::Instant;

use ramax::{Location, OpenOptions};

use super::invariants;
use super::seeded_kills::Campaign;
use crate::support::dump;
use crate::support::sandbox::{Files, Moment, Sandbox};
use crate::support::version_2;

/// Opens the file for writing, which migrates it, and changes nothing else.
const OPEN: &str = "log";

/// The current version of files.
const CURRENT: i64 = 3;

/// Queries for the events that work in every version.
const EVENTS: [&str; 6] = [
    "SELECT space_id, space_name, created_at, metadata FROM spaces",
    "SELECT space_id, last_sequence, last_event_id, last_timestamp, payload_bytes, indexed_sequence
     FROM space_sequences",
    "SELECT * FROM event_types",
    "SELECT pos, event_id, type_id, timestamp, checksum, causation_id, correlation_id, entity_id, payload
     FROM event_log",
    "SELECT space_id, entity_id, space_sequence FROM entity_events",
    "SELECT space_id, idempotency_key, request, event_ids, space_sequence FROM idempotency_keys",
];

/// Queries for the projections that work in every version.
const PROJECTIONS: [&str; 3] = [
    "SELECT projection_id, space_id, state FROM projections",
    "SELECT space_id, last_event_id, last_space_sequence, updated_at, projection_id, entities
     FROM projection_checkpoints",
    "SELECT * FROM projection_entities",
];

#[test]
fn in_one_file_of_version_1_a_killed_migration_is_finished_or_not_started() {
    survive("migrate 1, one file", Files::One, 1);
}

#[test]
fn in_two_files_of_version_1_a_killed_migration_is_finished_or_not_started() {
    survive("migrate 1, two files", Files::Two, 1);
}

#[test]
fn in_one_file_of_version_2_a_killed_migration_is_finished_or_not_started() {
    survive("migrate 2, one file", Files::One, 2);
}

#[test]
fn in_two_files_of_version_2_a_killed_migration_is_finished_or_not_started() {
    survive("migrate 2, two files", Files::Two, 2);
}

/// The variable that holds the number of events of a large file.
const EVENTS_OF_LARGE_FILE: &str = "RAMAX_MIGRATION_EVENTS";

/// The kills of the migration of a large file, spread over the time that it takes.
const KILLS: u32 = 6;

/// Sums of the rows that a migration leaves as they were: those of a large file do not fit into memory.
const SUMS: [&str; 4] = [
    "SELECT count(*), sum(event_id), sum(checksum), sum(length(payload)), sum(length(correlation_id)) FROM event_log",
    "SELECT count(*), sum(space_sequence), sum(length(entity_id)) FROM entity_events",
    "SELECT count(*), sum(space_sequence), sum(length(idempotency_key)), sum(length(event_ids)) FROM idempotency_keys",
    "SELECT count(*), sum(last_sequence), sum(last_event_id), sum(payload_bytes) FROM space_sequences",
];

/// The rows that a migration writes.
const ADDED: [&str; 4] = [
    "SELECT space_id, key_count, key_digest FROM space_sequences",
    "SELECT space_id, checksum FROM spaces",
    "SELECT space_id, projection, last_space_sequence FROM projection_checkpoints",
    "SELECT causes_after FROM store",
];

#[test]
fn a_migration_of_a_large_file_that_is_killed_again_and_again_ends_complete() {
    let events = std::env::var(EVENTS_OF_LARGE_FILE).map_or(20_000, |text| text.parse().unwrap());
    let sandbox = Sandbox::new(Files::One);
    version_2::write(&sandbox.location().database, events, 100).unwrap();
    let before = rows(&sandbox, &SUMS);
    let (span, added) = {
        let reference = sandbox.copy();
        let started = Instant::now();
        reference.run(OPEN).done();
        (started.elapsed(), rows(&reference, &ADDED))
    };
    let mut kills = 0;
    for share in 1..=KILLS {
        let killed =
            sandbox.kill(OPEN, Moment::AfterSpawn(span.mul_f64(f64::from(share) / f64::from(KILLS + 1))));
        if !killed || version(&sandbox) == CURRENT {
            break;
        }
        assert_eq!(version(&sandbox), 2);
        assert_eq!(rows(&sandbox, &SUMS), before);
        kills += 1;
    }
    let started = Instant::now();
    sandbox.run(OPEN).done();
    println!("{events} events: migrated in {span:?}, after {kills} kills in {:?}", started.elapsed());
    assert_eq!(version(&sandbox), CURRENT);
    assert_eq!((rows(&sandbox, &SUMS), rows(&sandbox, &ADDED)), (before, added));
    sandbox.run("run crm_acme add-contact contact_id=new name=N email=e").done();
    sandbox.run("verify crm_acme").done();
}

fn rows(sandbox: &Sandbox, queries: &[&str]) -> Vec<Vec<String>> {
    let [events, _] = sandbox.connections();
    queries.iter().map(|sql| dump::rows(&events, sql)).collect()
}

fn survive(name: &'static str, files: Files, from: u32) {
    let mut campaign = Campaign::new(name);
    let before = contents(&grown(files, from));
    let span = {
        let sandbox = grown(files, from);
        let started = std::time::Instant::now();
        sandbox.run(OPEN).done();
        started.elapsed()
    };
    let (mut before_it, mut behind_it) = (0, 0);
    while campaign.goes_on() {
        let sandbox = grown(files, from);
        let moment = campaign.moment(span);
        let killed = sandbox.kill(OPEN, Moment::AfterSpawn(moment));
        campaign.count(killed);
        match version(&sandbox.copy()) {
            CURRENT => behind_it += 1,
            version => {
                assert_eq!(version, i64::from(from));
                before_it += 1;
            }
        }
        assert_eq!(contents(&sandbox.copy()), before);
        sandbox.run(OPEN).done();
        assert_eq!(version(&sandbox), CURRENT);
        assert_eq!(contents(&sandbox.copy()), before);
        invariants::assert_whole(&sandbox.copy());
        sandbox.run("run crm_acme add-contact contact_id=new name=N email=e").done();
        sandbox.run("verify crm_acme").done();
    }
    println!("{name}: {before_it} times not started, {behind_it} times done");
}

/// Returns a file of an earlier version whose migration takes long enough to be killed in the middle.
fn grown(files: Files, version: u32) -> Sandbox {
    let sandbox = old(files, version);
    let [events, _] = sandbox.connections();
    let sql = "INSERT INTO idempotency_keys (space_id, idempotency_key, request, event_ids, space_sequence)
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
         SELECT 1, 'grown-' || i, i, '[1]', 1 FROM n";
    events.execute(sql, []).unwrap();
    sandbox
}

pub fn old(files: Files, version: u32) -> Sandbox {
    let sandbox = Sandbox::new(files);
    let Location { database, projections } = sandbox.location();
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files");
    let names = match projections {
        None => vec![(format!("format-{version}.db"), database)],
        Some(projections) => vec![
            (format!("format-{version}-events.db"), database),
            (format!("format-{version}-projections.db"), projections),
        ],
    };
    for (name, path) in names {
        std::fs::copy(kept.join(name), path).unwrap();
    }
    sandbox
}

fn version(sandbox: &Sandbox) -> i64 {
    let [events, _] = sandbox.connections();
    events.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
}

/// Returns the rows of all tables that exist in every version, read from a read-only file.
pub fn contents(sandbox: &Sandbox) -> Vec<Vec<String>> {
    let options = OpenOptions { read_only: true, ..OpenOptions::default() };
    ramax::Store::open(&sandbox.location(), options).unwrap();
    let [events, projections] = sandbox.connections();
    let of_events = EVENTS.iter().map(|sql| dump::rows(&events, sql));
    of_events.chain(PROJECTIONS.iter().map(|sql| dump::rows(&projections, sql))).collect()
}
