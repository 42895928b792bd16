//! Times a page of fifty at the start, in the middle and at the end of each list, in both directions, in a file of many
//! events and spaces compared with one of ten thousand events: warm, and through a new connection to a file that is not
//! in the page cache. Then times the spaces in each order that the console offers, and the activity of a space with as many
//! events.
//!
//! `cargo bench --bench page` uses a million events in a thousand spaces, and
//! `cargo bench --bench page -- 10000000 10000` ten million in ten thousand. The files are generated once.

#[path = "../figures/mod.rs"]
mod figures;
#[path = "../files/mod.rs"]
mod files;
mod pages;

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::time::Duration;

use figures::{head, median, shares, time, timed, times};
use files::{Load, forget};
use pages::{ROWS, Wanted, wanted};
use ramax::console::Headless;
use ramax::operations::activity;
use ramax::{Apps, Location, OpenOptions, Result, SpaceId, Store};

const SMALL: Load = Load { events: 10_000, spaces: 100 };
const LARGE: Load = Load { events: 1_000_000, spaces: 1000 };
const WARM: usize = 301;
const COLD: usize = 9;
/// The number of rounds over all orders.
const ORDERS: usize = 7;

type Outcome<T = ()> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Outcome {
    let large = Load::of_arguments(LARGE)?;
    let files = [large.file()?, SMALL.file()?];
    let (of_large, of_small) = (large.name(), SMALL.name());
    println!("{of_large}, compared with {of_small}");
    head(&format!("a page of {ROWS}, warm"), "many", "few");
    table(warm([large, SMALL], [&files[0], &files[1]])?);
    head(&format!("a page of {ROWS}, cold, median and slowest"), "many", "few");
    let [many, few] = [cold(large, &files[0])?, cold(SMALL, &files[1])?];
    let slowest = |lists: &[(String, Duration, Duration)]| lists.iter().map(|list| list.2).max();
    let all = [slowest(&many), slowest(&few)].map(|slowest| time(slowest.unwrap_or_default()));
    let medians = |lists: Vec<(String, Duration, Duration)>| {
        lists.into_iter().map(|(name, half, _)| (name, half)).collect::<Vec<_>>()
    };
    table([medians(many), medians(few)]);
    println!("{:<48} {:>20} {:>20}", "the slowest of all", all[0], all[1]);
    head("the spaces pane, without drawing", "many", "few");
    table([orders(&files[0])?, orders(&files[1])?]);
    let lone = [large, SMALL].map(|load| Load { spaces: 1, ..load });
    head("the activity of a space in 60 periods", &lone[0].name(), &lone[1].name());
    table([activity_of(&lone[0].file()?)?, activity_of(&lone[1].file()?)?]);
    Ok(())
}

fn table([many, few]: [Vec<(String, Duration)>; 2]) {
    for ((name, many), (_, few)) in many.into_iter().zip(few) {
        times(&name, many, few);
    }
}

fn open(file: &Path) -> Result<Store> {
    Store::open(&Location::file(file), OpenOptions::default())
}

/// Returns the median of each page, with the two files in turn.
fn warm(loads: [Load; 2], files: [&Path; 2]) -> Outcome<[Vec<(String, Duration)>; 2]> {
    let stores = [open(files[0])?, open(files[1])?];
    let pages = [wanted(loads[0], &stores[0])?, wanted(loads[1], &stores[1])?];
    let mut found = [Vec::new(), Vec::new()];
    for (many, few) in pages[0].iter().zip(&pages[1]) {
        let mut taken = [Vec::new(), Vec::new()];
        for _ in 0..WARM {
            for (side, page) in [many, few].into_iter().enumerate() {
                taken[side].push(timed(|| (page.read)(&stores[side]))?);
            }
        }
        for (found, taken) in found.iter_mut().zip(taken) {
            found.push((many.name.clone(), median(taken)));
        }
    }
    Ok(found)
}

/// Returns the median and the slowest of each page.
fn cold(load: Load, file: &Path) -> Outcome<Vec<(String, Duration, Duration)>> {
    let pages = wanted(load, &open(file)?)?;
    let mut found = Vec::new();
    for Wanted { name, read } in pages {
        let mut taken = Vec::new();
        for _ in 0..COLD {
            let store = open(file)?;
            forget(file)?;
            taken.push(timed(|| read(&store))?);
        }
        let [half, _, slowest] = shares(taken);
        found.push((name, half, slowest));
    }
    Ok(found)
}

/// Times the query of the activity panel.
fn activity_of(file: &Path) -> Outcome<Vec<(String, Duration)>> {
    let read = |store: &Store| activity(store.events(), SpaceId(1), 60);
    let store = open(file)?;
    let warm: Result<Vec<Duration>> = (0..WARM).map(|_| timed(|| read(&store))).collect();
    let mut cold = Vec::new();
    for _ in 0..COLD {
        let store = open(file)?;
        forget(file)?;
        cold.push(timed(|| read(&store))?);
    }
    Ok(vec![("warm".to_owned(), median(warm?)), ("cold".to_owned(), median(cold))])
}

/// Times keys in the spaces pane: to change the order of all spaces, and to move by half a page in that order, which
/// shows the events of the newly selected space.
fn orders(file: &Path) -> Outcome<Vec<(String, Duration)>> {
    let mut console = Headless::new(open(file)?, Apps::standard(), 120, 40);
    console.press("1")?;
    let mut taken: BTreeMap<String, Vec<Duration>> = BTreeMap::new();
    for _ in 0..ORDERS * 5 {
        let order = console.state().spaces.sort.title();
        for number in 0..20 {
            let key = if number < 10 { "<ctrl-d>" } else { "<ctrl-u>" };
            let time = timed(|| console.press(key))?;
            taken.entry(format!("half a page down, by {order}")).or_default().push(time);
        }
        let time = timed(|| console.press("s"))?;
        let order = console.state().spaces.sort.title();
        taken.entry(format!("ordered by {order}")).or_default().push(time);
    }
    Ok(taken.into_iter().map(|(name, taken)| (name, median(taken))).collect())
}
