//! Part three: selective rebuild.

use std::ops::ControlFlow;
use std::time::Instant;

use crate::apps::Apps;
use crate::content_store::Store;
use crate::error::Result;
use crate::event_store::Page;
use crate::operations::{self, RebuildOptions, find_space};
use crate::space::{Checkpoint, SpaceId};

use super::super::SPACES;
use super::{Part, Place, Step, aligned};

pub const PART: Part = Part {
    title: "Selective rebuild",
    steps: &[
        Step {
            title: "Every projection knows how far it has come",
            text: "The checkpoint is the last event that a projection contains. It moves in one transaction with the \
                   projection, and lag is what is missing.",
            commands: &["checkpoints list"],
            place: Place::Checkpoints,
            take: checkpoints,
        },
        Step {
            title: "One space is rebuilt, the others stay as they are",
            text: "The events of crm_acme are replayed into a shadow, which then takes the projection's place. The \
                   other projections are compared byte by byte before and after.",
            commands: &["rebuild crm_acme"],
            place: Place::Key("crm_acme", "contact:c1"),
            take: rebuild,
        },
        Step {
            title: "A projection is what its events amount to",
            text: "Verifying replays the events on one side and compares every key.",
            commands: &["verify --all"],
            place: Place::Checkpoints,
            take: verify,
        },
    ],
};

fn checkpoints(store: &Store, apps: &Apps) -> Result<Vec<String>> {
    let mut rows = vec![["SPACE", "LAST SEQUENCE", "CHECKPOINT", "LAG"].map(str::to_owned)];
    for space in operations::overviews(store, apps, Page::forward(None, 100))? {
        rows.push([
            space.space.space_name.clone(),
            space.head.last_sequence.to_string(),
            space.checkpoint.sequence.to_string(),
            space.lag().to_string(),
        ]);
    }
    Ok(aligned(&rows))
}

fn rebuild(store: &Store, apps: &Apps) -> Result<Vec<String>> {
    let contents = SPACES.iter().map(|name| find_space(store, apps, name)).collect::<Result<Vec<_>>>()?;
    let look =
        || contents.iter().map(|content| fingerprint(store, content.space_id())).collect::<Result<Vec<_>>>();
    let before = look()?;
    let started = Instant::now();
    let options = RebuildOptions::default();
    let rebuilt = operations::rebuild(&find_space(store, apps, SPACES[0])?, options, &mut |_| {
        ControlFlow::Continue(())
    })?;
    let milliseconds = started.elapsed().as_secs_f64() * 1000.0;
    let after = look()?;
    let mut lines = vec![format!(
        "rebuilt crm_acme: {} of the file's {} events → {} keys in {milliseconds:.1} ms",
        rebuilt.events,
        store.events().totals()?.events,
        rebuilt.entities
    )];
    let mut rows = vec![["SPACE", "KEYS", "REPLAYED", "PROJECTION"].map(str::to_owned)];
    for (place, content) in contents.iter().enumerate() {
        let (checkpoint, _) = after[place];
        let replayed = if place == 0 { rebuilt.events } else { 0 };
        let same = if before[place] == after[place] { "the same bytes" } else { "changed" };
        let name = content.space().space_name.clone();
        rows.push([name, checkpoint.entities.to_string(), replayed.to_string(), same.to_owned()]);
    }
    lines.extend(aligned(&rows));
    Ok(lines)
}

/// A projection's checkpoint, and a checksum over all that it holds.
fn fingerprint(store: &Store, space_id: SpaceId) -> Result<(Checkpoint, u32)> {
    let mut checksum = crc32fast::Hasher::new();
    let mut after = None;
    loop {
        let page = store.pstate().scan(space_id, "", Page::forward(after, 500))?;
        for entry in &page {
            checksum.update(entry.key.as_bytes());
            checksum.update(entry.value.as_str().as_bytes());
            checksum.update(&entry.updated_at.0.to_le_bytes());
        }
        match page.last() {
            Some(last) => after = Some(last.key.clone()),
            None => return Ok((store.pstate().checkpoint(space_id)?, checksum.finalize())),
        }
    }
}

fn verify(store: &Store, apps: &Apps) -> Result<Vec<String>> {
    let mut rows = Vec::new();
    for name in SPACES {
        let content = find_space(store, apps, name)?;
        let verified = operations::verify(&content, &mut |_| ControlFlow::Continue(()))?;
        let found = match verified.differences.len() {
            0 => "no difference".to_owned(),
            differences => format!("{differences} differences"),
        };
        let [events, keys] = [format!("{} events", verified.events), format!("{} keys", verified.entities)];
        rows.push([name.to_owned(), events, keys, found]);
    }
    Ok(aligned(&rows))
}
