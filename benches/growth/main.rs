//! Times adding the millionth contact of a tenant, compared with the thousandth.
//!
//! `cargo bench --bench growth`; a number after `--` replaces the million.

#[path = "../figures/mod.rs"]
mod figures;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use figures::{head, median, time, timed, times};
use ramax::apps::Crm;
use ramax::operations::{Rebuild, keep_going, rebuild};
use ramax::pstate::STATE;
use ramax::sqlite::Sync;
use ramax::{
    Append, Command, ContentStore, Expected, Json, Location, NewEvent, OpenOptions, Store, Timestamp,
};

const FEW: u64 = 1000;
const MANY: u64 = 1_000_000;
/// The number of commands timed in each mode: half of them before the requested number, half after it.
const COMMANDS: u64 = 200;
/// The time of all events, in UTC milliseconds.
const NOW: i64 = 1_769_853_600_000;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

fn main() -> Outcome {
    let named = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let many = named.map_or(Ok(MANY), |number| number.parse())?;
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let [large, small] = [many, FEW].map(|contacts| file(directory.path(), contacts - COMMANDS));
    let (large, small) = (large?, small?);
    head("adding one contact, in its own commit", &format!("the {many}th"), &format!("the {FEW}th"));
    for (sync, name) in [(Sync::Full, "--sync full"), (Sync::Normal, "--sync normal")] {
        let [of_many, of_few] = in_turn([&large, &small], sync)?;
        let longest = |taken: &[Duration]| time(taken.iter().max().copied().unwrap_or_default());
        println!("{:<48} {:>20} {:>20}", format!("{name}, the slowest"), longest(&of_many), longest(&of_few));
        times(name, median(of_many), median(of_few));
    }
    Ok(())
}

/// Returns a contact id. Ids are not in order, so that each contact is inserted among existing ones.
fn id(n: u64) -> String {
    format!("c{:08}", n * 73_939_133 % 100_000_000)
}

/// Creates a file with a tenant of `contacts` contacts.
fn file(directory: &Path, contacts: u64) -> Outcome<PathBuf> {
    let path = directory.join(format!("{contacts}.db"));
    let space = open(&path, Sync::Normal)?;
    for first in (0..contacts).step_by(1000) {
        let events: Vec<NewEvent> = (first..contacts.min(first + 1000))
            .map(|n| {
                let payload = serde_json::json!({
                    "contact_id": id(n),
                    "name": format!("Ada Lovelace of No. {n}"),
                    "email": format!("ada.lovelace.{n}@analytical-engine.example"),
                });
                NewEvent::new(id(n), "contact.added", Json::of(&payload))
            })
            .collect();
        let append = Append { expected: Expected::Any, now: Timestamp(NOW), events: &events };
        space.store().events().append(space.space_id(), append)?;
    }
    rebuild(&space, Rebuild { projection: Some(STATE.to_owned()), ..Rebuild::default() }, &mut keep_going)?;
    assert_eq!(Crm::contact_count(&space)?, contacts);
    Ok(path)
}

fn open(path: &Path, sync: Sync) -> Outcome<ContentStore> {
    let options = OpenOptions { sync, ..OpenOptions::default() };
    let store = Store::open_or_create(&Location::file(path), options)?;
    Ok(ContentStore::open(&store, "crm_grown", Arc::new(Crm))?)
}

/// Adds contacts to each file in turn. Returns the time of each command.
fn in_turn(files: [&Path; 2], sync: Sync) -> Outcome<[Vec<Duration>; 2]> {
    let [one, other] = files.map(|file| open(file, sync));
    let spaces = [one?, other?];
    let mut taken = [Vec::new(), Vec::new()];
    let counts = [Crm::contact_count(&spaces[0])?, Crm::contact_count(&spaces[1])?];
    for more in 0..COMMANDS {
        for (place, space) in spaces.iter().enumerate() {
            let number = counts[place] + more;
            let add = Command::new("add-contact")
                .with("contact_id", id(number))
                .with("name", format!("Ada Lovelace of No. {number}"))
                .with("email", format!("ada.lovelace.{number}@analytical-engine.example"));
            taken[place].push(timed(|| space.execute(add))?);
        }
    }
    Ok(taken)
}
