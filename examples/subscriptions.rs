//! Two subscriptions: an outbox that sends an e-mail for each new contact, and a process across two spaces that publishes
//! a welcome page for it and notes that in the contact's own space.
//!
//! ```sh
//! export LETTERS_DB=letters.db
//! cargo run --example subscriptions -- spaces create crm_acme
//! cargo run --example subscriptions -- work &    # until it is interrupted
//! cargo run --example subscriptions -- run crm_acme add-contact contact_id=c1 name=Ada email=ada@acme.example
//! cargo run --example subscriptions -- subscriptions
//! ```

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use ramax::apps::{Cms, Crm};
use ramax::cli::Program;
use ramax::delivery::{BoxError, Delivery, Effects};
use ramax::subscriptions::{Start, Subscription};
use ramax::{Apps, Command, ContentStore, Json, NewEvent, QueryError};

fn main() -> Result<ExitCode, QueryError> {
    Ok(program("outbox.txt".into())?.main())
}

/// The program, whose command `work` runs both. It writes e-mails to the file `outbox`.
pub fn program(outbox: PathBuf) -> Result<Program, QueryError> {
    Ok(Program::new("letters", "1.0.0", Apps::standard())
        .database_variable("LETTERS_DB")
        .worker(emails()?, move |delivery| send(delivery, &outbox))
        .worker(welcome()?, greet))
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
