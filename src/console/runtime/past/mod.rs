//! The past of a space: the fold of its events, and the answers to questions about it, one file for each.

mod bisect;
mod blame;
mod changes;
mod compare;
mod find;
mod history;
mod keys;
mod page;
mod queue;
mod thread;

pub(super) use thread::PastThread;

use std::sync::Arc;

use crate::console::app::bindings::Bindings;
use crate::console::app::message::{Answer, Message};
use crate::console::app::past::{Ask, PastAnswer, PastQuery, PastReply};
use crate::console::app::state::{ErrorText, RequestId};
use crate::console::runtime::queries;
use crate::content_store::{Apps, CurrentForms, Store};
use crate::error::{Error, ReplayError, Result};
use crate::operations::{Fold, FoldLimits, FoldSkips, Watch};
use crate::space::SpaceId;

use history::WantedChanges;

/// A question to a fold, and the current forms of its events.
type Question<'a, T> = dyn FnMut(&mut Fold, &CurrentForms) -> Result<T> + 'a;

/// Answers questions about the past of a space. It keeps the fold of the space that was last asked about.
pub(in crate::console) struct Past {
    store: Store,
    apps: Apps,
    bound: Bindings,
    limits: FoldLimits,
    fold: Option<(SpaceId, Fold)>,
    /// The events that the fold has skipped, as they were told last.
    skipped: Arc<FoldSkips>,
}

impl Past {
    /// Answers questions about the spaces of a store.
    pub(in crate::console) fn new(store: Store, apps: Apps, bound: Bindings) -> Self {
        Self { store, apps, bound, limits: FoldLimits::default(), fold: None, skipped: Arc::default() }
    }

    /// Sets the limits of the folds.
    pub(in crate::console) fn set_limits(&mut self, limits: FoldLimits) {
        (self.limits, self.fold) = (limits, None);
    }

    /// Drops the fold if its space has changed in another way than by new events: its keyframes may hold erased values.
    pub(in crate::console) fn recheck(&mut self) {
        drop(self.fold.take_if(|(_, fold)| fold.extend().is_err()));
    }

    /// Answers a question. Returns `None` if `watch` stopped it; what was replayed by then is kept.
    pub(in crate::console) fn answer(&mut self, query: &PastQuery, watch: &mut Watch<'_>) -> Option<Message> {
        let PastQuery { request, space_id, ask, .. } = query;
        let answer = match ask {
            Ask::Changes { sequence } => {
                let changes = self.ask(*space_id, &mut |fold, _| changes::answer(fold, *sequence, watch));
                PastAnswer::Changes(self.answered(*request, changes)?)
            }
            Ask::History { projection, key, order, load, text, limit } => {
                let wanted = WantedChanges { key: (projection, key), order: *order, text, limit: *limit };
                let page = self.ask(*space_id, &mut |fold, forms| {
                    history::answer((fold, forms), &wanted, load.clone(), watch)
                });
                PastAnswer::History(self.answered(*request, page)?)
            }
            Ask::Blame { projection, key, path, until, most, is_stored } => {
                let found = self.ask(*space_id, &mut |fold, forms| {
                    blame::answer((fold, forms), (projection, key), (path, *until, *most, *is_stored), watch)
                });
                PastAnswer::Blame(self.answered(*request, found)?)
            }
            Ask::BlameColumn { projection, key, value, until } => {
                let column = self.ask(*space_id, &mut |fold, _| {
                    blame::column(fold, (projection, key), (value, *until), watch)
                });
                PastAnswer::BlameColumn(self.answered(*request, column)?)
            }
            Ask::Bisect { projection, key, condition } => {
                let flips = self.ask(*space_id, &mut |fold, forms| {
                    bisect::answer((fold, forms), (projection, key), condition, watch)
                });
                PastAnswer::Bisect(self.answered(*request, flips)?)
            }
            Ask::Compare { projection, from, to } => {
                let points = (*from, *to);
                let compared =
                    self.ask(*space_id, &mut |fold, _| compare::answer(fold, projection, points, watch));
                PastAnswer::Compare(self.answered(*request, compared)?)
            }
            Ask::CompareWithout { projection, event } => {
                let compared = self
                    .ask(*space_id, &mut |fold, _| compare::without_event(fold, projection, *event, watch));
                PastAnswer::Compare(self.answered(*request, compared)?)
            }
            Ask::CompareFork { projection, origin } => {
                let compared =
                    compare::with_origin((&self.store, &self.apps), (*space_id, origin), projection, watch);
                PastAnswer::Compare(self.answered(*request, compared)?)
            }
            Ask::Find { points } => {
                let found = self.ask(*space_id, &mut |fold, _| find::answer(fold, points));
                PastAnswer::Find(self.answered(*request, found)?)
            }
            Ask::Key { at, projection, key } => {
                let found = self.ask(*space_id, &mut |fold, _| {
                    fold.seek(*at, watch)?;
                    keys::entry(&fold.projection(projection)?, key)
                });
                PastAnswer::Key(self.answered(*request, found)?)
            }
            Ask::Keys { at, projection, keys } => {
                let found = self.ask(*space_id, &mut |fold, _| {
                    fold.seek(*at, watch)?;
                    keys::answer(&fold.projection(projection)?, keys)
                });
                PastAnswer::Keys(self.answered(*request, found)?)
            }
            Ask::Page { at, projection, load, text, limit } => {
                let page = self.ask(*space_id, &mut |fold, _| {
                    page::answer(fold, *at, (projection, load, text, *limit), watch)
                });
                PastAnswer::Page(self.answered(*request, page)?)
            }
        };
        let skipped = self.skipped_in(*space_id);
        Some(Message::Past(PastReply { space_id: *space_id, answer, skipped }))
    }

    /// Returns the events that the fold of a space has skipped, if it is the one that is kept.
    fn skipped_in(&mut self, space_id: SpaceId) -> Option<Arc<FoldSkips>> {
        let (_, fold) = self.fold.as_ref().filter(|(of, _)| *of == space_id)?;
        if fold.skips() != &*self.skipped {
            self.skipped = Arc::new(fold.skips().clone());
        }
        Some(Arc::clone(&self.skipped))
    }

    /// Puts a question to the fold of a space. If its past has changed, it is folded again.
    fn ask<T>(&mut self, space_id: SpaceId, question: &mut Question<'_, T>) -> Result<T> {
        let forms = CurrentForms::new(&self.store, &self.apps);
        match question(self.fold_of(space_id)?, &forms) {
            Err(Error::Replay(ReplayError::PastChanged { .. })) => {
                self.fold = None;
                question(self.fold_of(space_id)?, &forms)
            }
            answer => answer,
        }
    }

    /// Returns the fold of a space, up to its last event.
    fn fold_of(&mut self, space_id: SpaceId) -> Result<&mut Fold> {
        let kept = self.fold.take().filter(|(of, _)| *of == space_id);
        // If its past has changed, a new one is needed; if the space is gone, opening it says so.
        let kept = kept.and_then(|(_, mut fold)| fold.extend().is_ok().then_some(fold));
        let fold = match kept {
            Some(fold) => fold,
            None => {
                let content = queries::open(&self.store, &self.apps, space_id)?;
                Fold::with_limits(&content, None, self.limits)?
            }
        };
        Ok(&mut self.fold.insert((space_id, fold)).1)
    }

    /// Returns the answer to a request, unless it was stopped.
    fn answered<T>(&self, request: RequestId, result: Result<T>) -> Option<Answer<T, ErrorText>> {
        match result {
            Err(error) if error.is_cancelled() => None,
            result => {
                let result = result.map_err(|error| ErrorText::of(&error, &self.bound));
                Some(Answer { request, result })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;
    use std::sync::Arc;

    use super::*;
    use crate::apps::Crm;
    use crate::console::app::past::PastPage;
    use crate::console::app::window::Load;
    use crate::console::widgets::diff::DiffKind;
    use crate::content_store::{Command, ContentStore};
    use crate::event::SpaceSequence;
    use crate::operations::{self, DeleteOptions, Redact, keep_going};

    fn crm(contacts: u64) -> (ContentStore, Past) {
        let store = Store::memory();
        let crm = ContentStore::open(&store, "crm", Arc::new(Crm)).unwrap();
        (1..=contacts).for_each(|number| add(&crm, number));
        let past = Past::new(store, Apps::standard(), Bindings::default());
        (crm, past)
    }

    fn add(crm: &ContentStore, number: u64) {
        let command = Command::new("add-contact").with("contact_id", format!("c{number}"));
        crm.execute(command.with("name", format!("N{number}")).with("email", "a@b.c")).unwrap();
    }

    fn ask(past: &mut Past, crm: &ContentStore, ask: Ask) -> PastAnswer {
        let query = PastQuery { request: RequestId(1), replaces: None, space_id: crm.space_id(), ask };
        match past.answer(&query, &mut keep_going) {
            Some(Message::Past(reply)) => reply.answer,
            other => panic!("{other:?}"),
        }
    }

    fn page(past: &mut Past, crm: &ContentStore, at: u64) -> Result<Box<PastPage>, ErrorText> {
        let (projection, load, text) = ("state".to_owned(), Load::Start, "contact:".to_owned());
        match ask(past, crm, Ask::Page { at: SpaceSequence(at), projection, load, text, limit: 10 }) {
            PastAnswer::Page(answer) => answer.result,
            other => panic!("{other:?}"),
        }
    }

    fn keys(page: Result<Box<PastPage>, ErrorText>) -> Vec<String> {
        page.unwrap().slice.rows.into_iter().map(|row| row.key.clone()).collect()
    }

    #[test]
    fn the_fold_is_extended_and_answers_from_any_sequence() {
        let (crm, mut past) = crm(3);
        assert_eq!(keys(page(&mut past, &crm, 2)), ["contact:c1", "contact:c2"]);
        assert_eq!(keys(page(&mut past, &crm, 0)), [""; 0]);
        assert!(page(&mut past, &crm, 4).unwrap_err().message.contains("3"));
        add(&crm, 4);
        assert_eq!(keys(page(&mut past, &crm, 4)).len(), 4);
        let changes = ask(&mut past, &crm, Ask::Changes { sequence: SpaceSequence(2) });
        let PastAnswer::Changes(Answer { result: Ok(changes), .. }) = changes else { panic!("{changes:?}") };
        assert!(changes.diff.keys.iter().any(|diff| diff.key == "contact:c2" && diff.kind == DiffKind::New));
    }

    #[test]
    fn a_redacted_past_is_folded_again_and_a_deleted_one_is_gone() {
        let (crm, mut past) = crm(3);
        page(&mut past, &crm, 3).unwrap();
        let fields = vec!["name".parse().unwrap()];
        let redact = Redact { entity_id: "c2".to_owned(), fields, ..Redact::default() };
        operations::redact(&crm, &redact, &mut keep_going).unwrap();
        past.recheck();
        assert!(past.fold.is_none(), "no erased value stays in memory");
        let shown = page(&mut past, &crm, 3).unwrap();
        assert!(!shown.slice.rows[1].entry.value.as_str().contains("N2"));
        operations::delete(crm.store(), "crm", DeleteOptions::default(), &mut keep_going).unwrap();
        assert!(page(&mut past, &crm, 3).is_err());
    }

    #[test]
    fn a_stopped_question_has_no_answer() {
        let (crm, mut past) = crm(3);
        let ask = Ask::Changes { sequence: SpaceSequence(3) };
        let query = PastQuery { request: RequestId(1), replaces: None, space_id: crm.space_id(), ask };
        assert!(past.answer(&query, &mut |_| ControlFlow::Break(())).is_none());
        assert!(past.answer(&query, &mut keep_going).is_some());
    }
}
