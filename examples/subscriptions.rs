//! Two subscriptions: an outbox that sends an e-mail for each new contact, and a process across two spaces that publishes
//! a welcome page for it and notes that in the contact's own space.
//!
//! ```sh
//! cargo run --example subscriptions -- tenants.db outbox.txt
//! ```

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use ramax::apps::{Cms, Crm};
use ramax::delivery::{BoxError, Delivery, Effects};
use ramax::subscriptions::{Start, Subscription};
use ramax::{Command, ContentStore, Json, Location, NewEvent, QueryError, Store};

fn main() -> Result<(), BoxError> {
    let mut arguments = std::env::args().skip(1);
    let (Some(database), Some(outbox)) = (arguments.next(), arguments.next()) else {
        return Err("usage: subscriptions DATABASE OUTBOX".into());
    };
    let store = Store::open_or_create(&Location::file(database), ramax::OpenOptions::default())?;
    // Set by a signal handler in a real program.
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let emails = scope.spawn(|| -> Result<(), BoxError> {
            Ok(store.subscribe(&emails()?)?.run(|delivery| send(delivery, Path::new(&outbox)), &stop)?)
        });
        store.subscribe(&welcome()?)?.run(greet, &stop)?;
        emails.join().map_err(|_| "the thread that sends e-mails panicked")?
    })
}

/// The outbox: one e-mail for each contact that is added from now on, in any space.
pub fn emails() -> Result<Subscription, QueryError> {
    Ok(Subscription::all_spaces("emails").matching("type:contact.added".parse()?).starting(Start::Now))
}

/// Sends an e-mail: an effect outside the store, which may be repeated. The key lets the mail server recognise that.
pub fn send(delivery: &Delivery<'_>, outbox: &Path) -> Result<Effects, BoxError> {
    let key = delivery.idempotency_key();
    let sent = std::fs::read_to_string(outbox).unwrap_or_default();
    if !sent.contains(&key) {
        let contact: serde_json::Value = delivery.event().payload.parse()?;
        let mut file = OpenOptions::new().create(true).append(true).open(outbox)?;
        file.write_all(format!("{key} to {}\n", contact["email"]).as_bytes())?;
    }
    Ok(Effects::none())
}

/// The process: a welcome page for each contact.
pub fn welcome() -> Result<Subscription, QueryError> {
    Ok(Subscription::all_spaces("welcome").matching("type:contact.added".parse()?))
}

/// Publishes a page in the tenant's other space, and notes it in its own. Both happen exactly once.
pub fn greet(delivery: &Delivery<'_>) -> Result<Effects, BoxError> {
    let id = delivery.event().entity_id.clone();
    let crm = delivery.open(Arc::new(Crm))?;
    let pages = delivery.space().space_name.replacen("crm_", "cms_", 1);
    let cms = ContentStore::open(delivery.store(), &pages, Arc::new(Cms))?;
    let page = Command::new("publish-article")
        .with("article_id", format!("welcome-{id}"))
        .with("title", "Welcome")
        .with("content", "We are glad that you are here.");
    let note = NewEvent::new(id, "contact.welcomed", Json::of(&serde_json::json!({"page": pages})));
    Ok(Effects::none().execute(&cms, page).append(&crm, vec![note]))
}
