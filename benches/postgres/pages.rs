//! Pages of every list, near its start, in its middle and at its end: their times, and the round trips that they take.

use std::ops::ControlFlow;
use std::sync::Arc;

use ramax::apps::Crm;
use ramax::audit::OperationId;
use ramax::engines::postgres::DatabaseUrl;
use ramax::event_store::Cursor;
use ramax::operations::{GenerateOptions, generate, overviews};
use ramax::pstate::ProjectionId;
use ramax::subscriptions::Subscription;
use ramax::{
    Apps, Conditions, ContentStore, Direction, EventId, NewEvent, OpenOptions, Page, Request, SpaceId,
    SpaceSequence, Store,
};

use super::figures::{shares, time, timed};
use super::proxy::Proxy;
use super::server::Server;
use super::{Outcome, add};

const ROWS: usize = 50;
const ROUNDS: usize = 101;
/// The entities, effects and idempotency keys of one space.
const OF_ONE: u64 = 1000;
/// The places in a list, in hundredths.
const PLACES: [u64; 3] = [0, 50, 100];

type Read = Box<dyn Fn(&Store) -> ramax::Result<usize>>;

/// Fills a store of its own and times the pages.
pub fn run(events: u64, spaces: u32) -> Outcome {
    let server = Server::start(&["fsync=off", "shared_buffers=128MB", "max_wal_size=4GB"]);
    let name = server.new_name();
    let store = Store::connect_or_create(&name.parse()?, OpenOptions::default())?;
    let filled = timed(|| fill(&store, events, spaces))?;
    let schema = name.split_once("schema=").map_or("", |(_, rest)| rest.split('&').next().unwrap_or(rest));
    server.administer(&format!(
        "INSERT INTO {schema}.operations (started_at, operator, action, outcome)
         SELECT n, '{{}}', 'check', 'done' FROM generate_series(1, {events}) AS n"
    ));
    server.administer("VACUUM ANALYZE");
    eprintln!("filled in {}", time(filled));
    // A trusting server does not ask for a password over the network either, since the proxy uses the socket.
    let proxy = Proxy::start(&server.socket());
    let parameters = name.split_once('?').map_or("", |(_, parameters)| parameters);
    let through = format!("postgres://ramax@{}/postgres?sslmode=disable&{parameters}", proxy.address);
    let counted = Store::connect(&through.parse::<DatabaseUrl>()?, OpenOptions::default())?;
    println!("pages of {ROWS}, of {events} events in {spaces} spaces, median and slowest of {ROUNDS}");
    println!("{:<30} {:>20} {:>20} {:>20} {:>12}", "list", "start", "middle", "end", "round trips");
    for (name, places) in lists(&store, events, spaces)? {
        let mut columns = String::new();
        let mut trips = 0;
        for read in places {
            let rows = read(&store)?;
            if rows == 0 {
                return Err(format!("a page of {name} is empty").into());
            }
            let taken: ramax::Result<Vec<_>> = (0..ROUNDS).map(|_| timed(|| read(&store))).collect();
            let [half, _, slowest] = shares(taken?);
            columns += &format!(" {:>20}", format!("{} {}", time(half), time(slowest)));
            // The first one prepares its statements.
            read(&counted)?;
            let before = proxy.statements();
            read(&counted)?;
            trips = trips.max(proxy.statements() - before);
        }
        println!("{name:<30}{columns} {trips:>12}");
    }
    Ok(())
}

/// Fills all spaces evenly, and one of them with entities that have causes and keys.
fn fill(store: &Store, events: u64, spaces: u32) -> Outcome {
    let options = GenerateOptions { spaces, events, app: Arc::new(Crm), seed: 1 };
    generate(store, &options, &mut |_| ControlFlow::Continue(()))?;
    let crm = ContentStore::open(store, "crm_lists", Arc::new(Crm))?;
    let keyed = |id: u64| Request {
        command: add(id),
        conditions: Conditions { idempotency_key: Some(key(id)), ..Conditions::default() },
    };
    let requests: Vec<Request> = (0..OF_ONE).map(keyed).collect();
    crm.execute_batch(&requests)?.into_iter().try_for_each(|done| done.map(drop))?;
    let cause = store.events().last_event_id()?;
    let effect = |id: u64| NewEvent {
        causation_id: Some(cause),
        ..NewEvent::new("note", "note.taken", ramax::Json::of(&id.into()))
    };
    let effects: Vec<NewEvent> = (0..OF_ONE).map(effect).collect();
    store.append(crm.space_id(), &Conditions::default(), &effects)?;
    Ok(())
}

fn key(id: u64) -> String {
    format!("key {id:06}")
}

/// Returns the position before the page at a place in a list of so many rows.
fn before(count: u64, place: u64) -> u64 {
    count.saturating_sub(ROWS as u64) * place / 100
}

/// Returns all lists, each with its pages at the three places.
fn lists(store: &Store, events: u64, spaces: u32) -> Outcome<Vec<(&'static str, Vec<Read>)>> {
    let crm = ContentStore::open(store, "crm_lists", Arc::new(Crm))?;
    let (space, state) = (crm.space_id(), "state");
    let last = crm.event_count()?;
    let effects = store.events().read_space(space, Page::backward(None, 1))?;
    let cause = effects.first().and_then(|effect| effect.causation_id).ok_or("no effects")?;
    let middle = SpaceId(spaces / 2);
    let of_middle = store.events().space(middle)?.map_or(0, |record| record.head.last_sequence.0);
    store.subscribe(&Subscription::all_spaces("pages"))?;
    let subscription = store.events().subscription("pages")?.ok_or("no subscription")?.subscription_id;
    let pages = |read: &dyn Fn(u64) -> Read| PLACES.into_iter().map(read).collect::<Vec<Read>>();
    let cursors: Vec<Cursor> = PLACES
        .into_iter()
        .map(|place| store.events().after(EventId(before(events, place))))
        .collect::<ramax::Result<_>>()?;
    let stream = |cursor: Cursor| -> Read {
        Box::new(move |store| Ok(store.events().read_after(&cursor, ROWS)?.0.len()))
    };
    Ok(vec![
        (
            "spaces with counters",
            pages(&|place| {
                let page = Page::forward(Some(SpaceId(before(u64::from(spaces), place) as u32)), ROWS);
                Box::new(move |store| Ok(overviews(store, &Apps::standard(), page)?.len()))
            }),
        ),
        (
            "events of a space",
            pages(&|place| {
                let page = Page::forward(Some(SpaceSequence(before(of_middle, place))), ROWS);
                Box::new(move |store| Ok(store.events().read_space(middle, page)?.len()))
            }),
        ),
        (
            "events of all spaces",
            pages(&|place| {
                let page = Page::forward(Some(EventId(before(events, place))), ROWS);
                Box::new(move |store| Ok(store.events().read_all(page)?.len()))
            }),
        ),
        (
            "events of all spaces, backwards",
            pages(&|place| {
                let after = Some(EventId(before(events, place) + ROWS as u64 + 1));
                let page = Page { after, limit: ROWS, direction: Direction::Backward };
                Box::new(move |store| Ok(store.events().read_all(page)?.len()))
            }),
        ),
        ("stream of all spaces", cursors.into_iter().map(stream).collect()),
        (
            "events of an entity",
            pages(&|place| {
                let page = Page::forward(Some(SpaceSequence(last - OF_ONE + before(OF_ONE, place))), ROWS);
                Box::new(move |store| Ok(store.events().read_entity(space, "note", page)?.len()))
            }),
        ),
        (
            "entities by prefix",
            pages(&|place| {
                let prefix = format!("c{}", 1 + place * 8 / 100);
                Box::new(move |store| Ok(store.events().entities(space, &prefix, ROWS)?.len()))
            }),
        ),
        (
            "effects of an event",
            pages(&|place| {
                let page = Page::forward(Some(EventId(cause.0 + before(OF_ONE, place))), ROWS);
                Box::new(move |store| Ok(store.events().effects_of(cause, page)?.len()))
            }),
        ),
        (
            "entries of a projection",
            pages(&|place| {
                let mut ids: Vec<String> = (0..OF_ONE).map(|id| format!("contact:c{id}")).collect();
                ids.sort();
                let after = ids.swap_remove(before(OF_ONE, place) as usize);
                let page = Page::forward(Some(after), ROWS);
                Box::new(move |store| {
                    Ok(store.pstate().scan(ProjectionId::new(space, state), "contact:", page.clone())?.len())
                })
            }),
        ),
        (
            "audit log",
            pages(&|place| {
                let page = Page::backward(Some(OperationId(before(events, place) + ROWS as u64 + 1)), ROWS);
                Box::new(move |store| Ok(store.audit_log().page(None, page)?.len()))
            }),
        ),
        (
            "positions of a subscription",
            pages(&|place| {
                let after = SpaceId(before(u64::from(spaces), place) as u32);
                Box::new(move |store| Ok(store.events().positions(subscription, Some(after), ROWS)?.len()))
            }),
        ),
        (
            "idempotency keys",
            pages(&|place| {
                let page = Page::forward(Some(key(before(OF_ONE, place))), ROWS);
                Box::new(move |store| Ok(store.events().remembered_page(space, page.clone())?.len()))
            }),
        ),
    ])
}
