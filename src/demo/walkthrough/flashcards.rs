//! Part four: a third domain, and a space of some size.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Instant;

use crate::apps::{Apps, Flashcards};
use crate::content_store::{Command, ContentStore, Request, Store};
use crate::error::Result;
use crate::operations::{self, RebuildOptions};
use crate::text::counted;

use super::{Part, Place, Step};

const CARDS: usize = 1500;
const ENGLISH: usize = 100;
const FRENCH: usize = 50;

pub const PART: Part = Part {
    title: "Flashcards at size",
    steps: &[
        Step {
            title: "Fifteen hundred cards in one commit",
            text: "A batch is one transaction: each command sees what those before it did, and one that is refused \
                   does not keep the others from their effect.",
            commands: &[
                "spaces create flashcards",
                "run flashcards create-deck deck_id=spanish-101 name=Spanish",
                "run flashcards create-card card_id=c1 deck_id=spanish-101 front=one back=uno",
            ],
            place: Place::Events("flashcards"),
            take: create,
        },
        Step {
            title: "Translations, and what invalidates them",
            text: "A card whose front or back changes its length has its translations marked as invalid: one command, two \
                   events.",
            commands: &[
                "run flashcards add-translation card_id=c1 field=front language=fr translation=un",
                "run flashcards update-card card_id=c1 front=first",
            ],
            place: Place::Entity("flashcards", "card:c1"),
            take: translate,
        },
        Step {
            title: "A rebuild that is verified",
            text: "All events are replayed into a new projection, which is then compared with what a second replay \
                   yields.",
            commands: &["rebuild flashcards", "verify flashcards"],
            place: Place::Key("flashcards", "card:c1"),
            take: rebuild,
        },
    ],
};

fn open(store: &Store) -> Result<ContentStore> {
    ContentStore::open(store, "flashcards", Arc::new(Flashcards))
}

/// Executes commands in one commit, and tells how many events came of them and how long it took.
fn execute(space: &ContentStore, commands: Vec<Command>) -> Result<String> {
    let requests: Vec<Request> = commands.into_iter().map(Request::from).collect();
    let started = Instant::now();
    let mut events = 0;
    for outcome in space.execute_batch(&requests)? {
        events += outcome.map_or(0, |executed| executed.event_ids.len());
    }
    let commands = counted(requests.len() as u64, "command", "commands");
    Ok(format!("{commands} → {} in {}", counted(events as u64, "event", "events"), milliseconds(started)))
}

fn milliseconds(started: Instant) -> String {
    format!("{:.1} ms", started.elapsed().as_secs_f64() * 1000.0)
}

fn create(store: &Store, _: &Apps) -> Result<Vec<String>> {
    let space = open(store)?;
    let deck = Command::new("create-deck").with("deck_id", "spanish-101").with("name", "Spanish");
    let cards = (1..=CARDS).map(|n| {
        Command::new("create-card")
            .with("card_id", format!("c{n}"))
            .with("deck_id", "spanish-101")
            .with("front", format!("word {n}"))
            .with("back", format!("palabra {n}"))
    });
    let line = execute(&space, std::iter::once(deck).chain(cards).collect())?;
    let deck = Flashcards::deck(&space, "spanish-101")?;
    let cards = deck.map_or(0, |deck| deck.cards.len());
    Ok(vec![line, format!("the deck spanish-101 refers to {cards} cards")])
}

fn translate(store: &Store, _: &Apps) -> Result<Vec<String>> {
    let space = open(store)?;
    let add = |n: usize, language: &str, word: &str| {
        Command::new("add-translation")
            .with("card_id", format!("c{n}"))
            .with("field", "front")
            .with("language", language)
            .with("translation", format!("{word} {n}"))
    };
    let english = (1..=ENGLISH).map(|n| add(n, "en", "word"));
    let french = (1..=FRENCH).map(|n| add(n, "fr", "mot"));
    let added = execute(&space, english.chain(french).collect())?;
    let update = Command::new("update-card").with("card_id", "c1").with("front", "word one");
    let updated = execute(&space, vec![update])?;
    let card = Flashcards::card(&space, "c1")?;
    let invalid = card.is_some_and(|card| card.translations.invalidated);
    Ok(vec![
        added,
        updated,
        format!("the translations of c1 are {}", if invalid { "invalidated" } else { "valid" }),
    ])
}

fn rebuild(store: &Store, _: &Apps) -> Result<Vec<String>> {
    let space = open(store)?;
    let started = Instant::now();
    let options = RebuildOptions::default();
    let rebuilt = operations::rebuild(&space, options, &mut |_| ControlFlow::Continue(()))?;
    let line = format!("{} events → {} keys in {}", rebuilt.events, rebuilt.entities, milliseconds(started));
    let verified = operations::verify(&space, &mut |_| ControlFlow::Continue(()))?;
    let found = match verified.differences.len() {
        0 => "verified: no difference".to_owned(),
        differences => format!("verified: {differences} differences"),
    };
    Ok(vec![line, found])
}
