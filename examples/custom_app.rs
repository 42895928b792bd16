//! A custom domain, a lending library, in one file. From its declarations it gets the whole program: command line, forms
//! in the console, rebuild, verify and load data.
//!
//! ```sh
//! cargo run --example custom_app -- --db library.db spaces create library_main
//! cargo run --example custom_app -- --db library.db run library_main acquire-book isbn=0140328726 title=Matilda
//! cargo run --example custom_app -- --db library.db run library_main lend-book isbn=0140328726 reader=Ada
//! cargo run --example custom_app -- library.db
//! ```

use std::process::ExitCode;
use std::sync::Arc;

use ramax::cli::Program;
use ramax::content_store::{Applied, Arguments, CommandSpec, Decision, FieldSpec, StateError};
use ramax::{App, Apps, Event, Json, NewEvent, Rejection, State};
use serde::{Deserialize, Serialize};
use serde_json::json;

fn main() -> ExitCode {
    program().main()
}

/// The program `library`, with its own version and without the bundled apps.
pub fn program() -> Program {
    Program::new("library", "1.2.0", Apps::default().with(Arc::new(Library)))
        .summary("A library that lends books to readers")
        .database_variable("LIBRARY_DB")
}

pub struct Library;

/// The projection: one book at `book:<isbn>`.
#[derive(Serialize, Deserialize)]
struct Book {
    isbn: String,
    title: String,
    lent_to: Option<String>,
    times_lent: u32,
}

const ISBN: FieldSpec = FieldSpec::required("isbn", "ISBN", "the number on the back of the book");

const COMMANDS: &[CommandSpec] = &[
    CommandSpec {
        name: "acquire-book",
        title: "Acquire book",
        summary: "Adds a new book to the library",
        fields: &[ISBN, FieldSpec::required("title", "Title", "as on the cover")],
        decide: acquire_book,
    },
    CommandSpec {
        name: "lend-book",
        title: "Lend book",
        summary: "Lends a book that is on the shelf to a reader",
        fields: &[ISBN, FieldSpec::required("reader", "Reader", "the person who borrows it")],
        decide: lend_book,
    },
    CommandSpec {
        name: "return-book",
        title: "Return book",
        summary: "Puts a lent book back on the shelf",
        fields: &[ISBN],
        decide: return_book,
    },
];

impl App for Library {
    fn name(&self) -> &'static str {
        "library"
    }

    fn summary(&self) -> &'static str {
        "a library that lends books to readers"
    }

    fn space_prefix(&self) -> &'static str {
        "library_"
    }

    fn event_types(&self) -> &'static [&'static str] {
        &["book.acquired", "book.lent", "book.returned"]
    }

    fn commands(&self) -> &'static [CommandSpec] {
        COMMANDS
    }

    fn apply(&self, state: &mut State<'_>, event: &Event) -> Result<Applied, StateError> {
        if !self.event_types().contains(&&*event.event_type) {
            return Ok(Applied::UnknownType);
        }
        let key = format!("book:{}", event.entity_id);
        if &*event.event_type == "book.acquired" {
            let (isbn, title) = (
                event.entity_id.clone(),
                event.payload.to_value()["title"].as_str().unwrap_or_default().to_owned(),
            );
            state.put(&key, &Book { isbn, title, lent_to: None, times_lent: 0 })?;
            return Ok(Applied::Yes);
        }
        let unknown = || StateError::Inapplicable(format!("there is no book {}", event.entity_id));
        let mut book: Book = state.get(&key)?.ok_or_else(unknown)?;
        if &*event.event_type == "book.lent" {
            book.lent_to = event.payload.to_value()["reader"].as_str().map(str::to_owned);
            book.times_lent += 1;
        } else {
            book.lent_to = None;
        }
        state.put(&key, &book)?;
        Ok(Applied::Yes)
    }
}

fn book(state: &State<'_>, isbn: &str) -> Result<Option<Book>, StateError> {
    state.get(&format!("book:{isbn}"))
}

fn acquire_book(state: &State<'_>, arguments: &Arguments) -> Decision {
    let isbn = arguments.required("isbn");
    if book(state, isbn)?.is_some() {
        return Err(Rejection::of_field("isbn", "book_already_there", "this book already exists").into());
    }
    let payload = Json::of(&json!({"isbn": isbn, "title": arguments.required("title")}));
    Ok(vec![NewEvent::new(isbn, "book.acquired", payload)])
}

fn lend_book(state: &State<'_>, arguments: &Arguments) -> Decision {
    let isbn = arguments.required("isbn");
    match book(state, isbn)? {
        None => Err(Rejection::of_field("isbn", "no_such_book", "this book does not exist").into()),
        Some(Book { lent_to: Some(reader), .. }) => {
            Err(Rejection::of_field("isbn", "book_is_lent", format!("{reader} has it")).into())
        }
        Some(_) => {
            let payload = Json::of(&json!({"isbn": isbn, "reader": arguments.required("reader")}));
            Ok(vec![NewEvent::new(isbn, "book.lent", payload)])
        }
    }
}

fn return_book(state: &State<'_>, arguments: &Arguments) -> Decision {
    let isbn = arguments.required("isbn");
    if book(state, isbn)?.is_none_or(|book| book.lent_to.is_none()) {
        return Err(Rejection::of_field("isbn", "book_is_not_lent", "this book is not lent").into());
    }
    Ok(vec![NewEvent::new(isbn, "book.returned", Json::of(&json!({"isbn": isbn})))])
}
