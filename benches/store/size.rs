//! The size of an event in the file, table by table.

use std::path::Path;

use rusqlite::Connection;

use super::{EVENTS, LARGE, Outcome, SPACES, is_picked, ours, payload};

/// Prints the bytes per event in addition to its payload, by table, and the unused bytes in its pages.
pub fn print() -> Outcome {
    if !is_picked("bytes per event in addition to its payload") {
        return Ok(());
    }
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    println!("\n{:<44} {:>12} {:>12}", "bytes per event in addition to its payload", "all", "unused");
    for (events, spaces) in [(EVENTS, SPACES), (LARGE, SPACES), (LARGE, 1)] {
        let file = ours::filled(directory.path(), spaces, events)?;
        let mean = (0..events).map(|n| payload(n).len()).sum::<usize>() as f64 / events as f64;
        println!("{events} events of {mean:.0} bytes in {spaces} spaces");
        print_file(&file, events, mean)?;
    }
    Ok(())
}

fn print_file(file: &Path, events: usize, payload: f64) -> Outcome {
    let connection = Connection::open(file)?;
    let each = |bytes: i64| bytes as f64 / events as f64;
    let mut statement = connection
        .prepare("SELECT name, sum(pgsize), sum(unused) FROM dbstat GROUP BY name ORDER BY 2 DESC LIMIT 3")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (name, all, unused): (String, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let beside = each(all) - if name == "event_log" { payload } else { 0.0 };
        println!("  {name:<42} {beside:>12.1} {:>12.1}", each(unused));
    }
    println!("  {:<42} {:>12.1}", "the whole file", whole(&connection, events)? - payload);
    connection.execute_batch("VACUUM")?;
    println!("  {:<42} {:>12.1}", "the whole file, after VACUUM", whole(&connection, events)? - payload);
    Ok(())
}

fn whole(connection: &Connection, events: usize) -> Outcome<f64> {
    let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    Ok((number("page_count")? * number("page_size")?) as f64 / events as f64)
}
