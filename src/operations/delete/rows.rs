//! The rows of a space in the database, one after the other, to be compared with a file.

use crate::content_store::Store;
use crate::error::Result;
use crate::event::Event;
use crate::event_store::{Page, PageRow, Remembered, is_last_page};
use crate::pstate::{Entry, ProjectionId, StoredProjection};
use crate::space::{Space, SpaceId};

use super::super::export::{At, EventLine, Header, Line, of_space};

/// Rows read at once.
const PAGE: usize = 100;

type Lazy<'a, T> = Box<dyn Iterator<Item = Result<T>> + 'a>;

pub(super) struct Rows<'a> {
    store: &'a Store,
    space: &'a Space,
    events: Lazy<'a, Event>,
    /// The projections, `state` first.
    projections: Vec<StoredProjection>,
    entries: Lazy<'a, (String, Entry)>,
    keys: Lazy<'a, (String, Remembered)>,
}

impl<'a> Rows<'a> {
    pub fn new(store: &'a Store, space: &'a Space) -> Result<Self> {
        let space_id = space.space_id;
        let projections = of_space(store, space_id)?;
        let entries = projections
            .iter()
            .map(|projection| entries(store, space_id, projection.name.clone().into_owned()));
        let entries = Box::new(entries.collect::<Vec<_>>().into_iter().flatten());
        Ok(Self {
            store,
            space,
            events: lazy(move |last: Option<&Event>| {
                let after = last.map(|event| event.space_sequence);
                store.events().read_space(space_id, Page::forward(after, PAGE))
            }),
            projections,
            entries,
            keys: lazy(move |last: Option<&(String, Remembered)>| {
                let after = last.map(|(key, _)| key.clone());
                store.events().remembered_page(space_id, Page::forward(after, PAGE))
            }),
        })
    }

    /// Takes the row of a line. Returns true if both are the same.
    pub fn take(&mut self, line: &Line<'_>) -> Result<bool> {
        match line {
            Line::Header(line) => self.is_space(line),
            Line::Event(line) => self.is_event(line),
            Line::Entity(line) => {
                let exported = (line.projection().to_owned(), line.entry());
                Ok(self.entries.next().transpose()? == Some(exported))
            }
            Line::Key(line) => {
                let exported =
                    line.remembered().map(|exported| (line.idempotency_key.clone().into_owned(), exported));
                Ok(exported.is_some() && self.keys.next().transpose()? == exported)
            }
            Line::End(_) => Ok(self.is_over()),
        }
    }

    fn is_space(&self, line: &Header<'_>) -> Result<bool> {
        let Self { store, space, projections, .. } = self;
        let facts = |of: &StoredProjection| (of.name.clone(), of.definition.clone(), At::of(&of.checkpoint));
        Ok(line.store_id == store.events().store_id()?
            && line.space_name == space.space_name
            && line.metadata().is_ok_and(|metadata| metadata == space.metadata)
            && line.created_at == space.created_at
            && line.stored().iter().map(facts).eq(projections.iter().map(facts)))
    }

    fn is_event(&mut self, line: &EventLine<'_>) -> Result<bool> {
        let Some(event) = self.events.next().transpose()? else { return Ok(false) };
        let exported = Event { space_id: self.space.space_id, ..line.event() };
        Ok(event == exported && self.is_cause(line)?)
    }

    /// Returns true if the line describes the cause correctly.
    fn is_cause(&self, line: &EventLine<'_>) -> Result<bool> {
        let is_outside = line.is_of_known_cause();
        let (Some(cause), true) = (line.causation_id, is_outside || line.causation_sequence.is_some()) else {
            return Ok(true);
        };
        let Some(cause) = self.store.events().event(cause)? else { return Ok(false) };
        let is_inside = cause.space_id == self.space.space_id;
        Ok(if is_outside {
            !is_inside && line.is_caused_by(&cause)
        } else {
            is_inside && line.causation_sequence == Some(cause.space_sequence)
        })
    }

    /// Returns true if every row was taken.
    fn is_over(&mut self) -> bool {
        self.events.next().is_none() && self.entries.next().is_none() && self.keys.next().is_none()
    }
}

/// Iterates over the entries of a projection, each with its name.
fn entries<'a>(store: &'a Store, space_id: SpaceId, name: String) -> Lazy<'a, (String, Entry)> {
    let of = name.clone();
    let entries = lazy(move |last: Option<&Entry>| {
        let after = last.map(|entry| entry.key.clone());
        store.pstate().scan(ProjectionId::new(space_id, &of), "", Page::forward(after, PAGE))
    });
    Box::new(entries.map(move |entry| Ok((name.clone(), entry?))))
}

/// Iterates over rows page by page, reading each page on demand.
fn lazy<'a, T: PageRow + Clone + 'a>(
    mut page_after: impl FnMut(Option<&T>) -> Result<Vec<T>> + 'a,
) -> Lazy<'a, T> {
    let mut page = Vec::new().into_iter();
    let mut last = None;
    let mut ended = false;
    Box::new(std::iter::from_fn(move || {
        if page.len() == 0 && !ended {
            match page_after(last.as_ref()) {
                Ok(rows) => {
                    ended = is_last_page(&rows, PAGE);
                    last = rows.last().cloned();
                    page = rows.into_iter();
                }
                Err(error) => {
                    ended = true;
                    return Some(Err(error));
                }
            }
        }
        page.next().map(Ok)
    }))
}
