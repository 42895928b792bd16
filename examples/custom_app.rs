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
use ramax::content_store::{Applied, Decide, Decision, FieldHelp, StateError, help};
use ramax::{App, Apps, Context, Event, EventPayload, NewEvent, Rejection, State};
use serde::{Deserialize, Serialize};

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

const BOOK: FieldHelp = help("the number on the back of the book").label("ISBN").refers_to("book");

ramax::commands! {
    /// Adds a new book to the library
    pub struct AcquireBook {
        isbn: String = help("the number on the back of the book").label("ISBN"),
        title: String = help("as on the cover"),
    }

    /// Lends a book that is on the shelf to a reader
    pub struct LendBook {
        isbn: String = BOOK,
        reader: String = help("the person who borrows it"),
    }

    /// Puts a lent book back on the shelf
    pub struct ReturnBook {
        isbn: String = BOOK,
    }
}

ramax::events! {
    struct BookAcquired: "book.acquired" { isbn: String, title: String }
    struct BookLent: "book.lent" { isbn: String, reader: String }
    struct BookReturned: "book.returned" { isbn: String }
}

impl Decide<Library> for AcquireBook {
    fn decide(self, _: &Library, context: &Context<'_>) -> Decision {
        let Self { isbn, title } = self;
        if context.contains(&key(&isbn))? {
            return Err(Rejection::of_field("isbn", "book_already_there", "this book already exists").into());
        }
        Ok(vec![NewEvent::of(isbn.clone(), &BookAcquired { isbn, title })?])
    }
}

impl Decide<Library> for LendBook {
    fn decide(self, _: &Library, context: &Context<'_>) -> Decision {
        let Self { isbn, reader } = self;
        match context.get::<Book>(&key(&isbn))? {
            None => Err(Rejection::of_field("isbn", "no_such_book", "this book does not exist").into()),
            Some(Book { lent_to: Some(reader), .. }) => {
                Err(Rejection::of_field("isbn", "book_is_lent", format!("{reader} has it")).into())
            }
            Some(_) => Ok(vec![NewEvent::of(isbn.clone(), &BookLent { isbn, reader })?]),
        }
    }
}

impl Decide<Library> for ReturnBook {
    fn decide(self, _: &Library, context: &Context<'_>) -> Decision {
        let Self { isbn } = self;
        if context.get::<Book>(&key(&isbn))?.is_none_or(|book| book.lent_to.is_none()) {
            return Err(Rejection::of_field("isbn", "book_is_not_lent", "this book is not lent").into());
        }
        Ok(vec![NewEvent::of(isbn.clone(), &BookReturned { isbn })?])
    }
}

impl App for Library {
    ramax::app! {
        name: "library",
        summary: "a library that lends books to readers",
        space_prefix: "library_",
        commands: [AcquireBook, LendBook, ReturnBook],
        events: [BookAcquired, BookLent, BookReturned],
    }

    fn apply(&self, state: &mut State<'_>, event: &Event) -> Result<Applied, StateError> {
        match &*event.event_type {
            BookAcquired::TYPE => {
                let BookAcquired { isbn, title } = event.to()?;
                state.put(&key(&isbn), &Book { isbn: isbn.clone(), title, lent_to: None, times_lent: 0 })?;
            }
            BookLent::TYPE => {
                let BookLent { isbn, reader } = event.to()?;
                state.change(&key(&isbn), |book: &mut Book| {
                    book.lent_to = Some(reader);
                    book.times_lent += 1;
                })?;
            }
            BookReturned::TYPE => {
                let BookReturned { isbn } = event.to()?;
                state.change(&key(&isbn), |book: &mut Book| book.lent_to = None)?;
            }
            _ => return Ok(Applied::UnknownType),
        }
        Ok(Applied::Yes)
    }
}

fn key(isbn: &str) -> String {
    format!("book:{isbn}")
}
