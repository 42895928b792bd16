//! Completing a query while it is typed: a list of candidates, read by the thread that reads the store.

use std::mem::discriminant;

use crate::console::app::availability::{Availability, available_if};
use crate::console::app::effect::{Effects, StoreQuery};
use crate::console::app::message::Answer;
use crate::console::app::state::{ConsoleState, ErrorText, RequestId};
use crate::console::app::update::Changed;
use crate::console::layers::prompt::{Prompt, typed};
use crate::operations::Scope;
use crate::query::{Candidate, Gap, Query, QueryPart, is_unfinished};

/// The candidates at the cursor of a query.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct QueryCompletion {
    /// The scope, the text and the cursor for which the rest was determined.
    of: Option<(Scope, String, usize)>,
    /// The gap at the cursor.
    gap: Option<Gap>,
    pending: Option<RequestId>,
    candidates: Vec<Candidate>,
    /// The selected candidate, if the user chose one.
    pub selected: Option<usize>,
    /// True if the list of all fields was asked for.
    is_open: bool,
    /// True if the first candidate is to be inserted as soon as the candidates are read.
    is_awaited: bool,
}

impl QueryCompletion {
    /// Returns the request of the candidates.
    pub(super) fn asked(&self) -> Option<RequestId> {
        self.pending
    }

    /// Returns the candidates on screen. All fields are listed only on request.
    pub fn shown(&self) -> &[Candidate] {
        match &self.gap {
            Some(gap) if gap.part != QueryPart::Field || !gap.typed.is_empty() || self.is_open => {
                &self.candidates
            }
            _ => &[],
        }
    }

    /// Returns true if a time is being typed.
    pub(super) fn is_time(&self) -> bool {
        self.gap.as_ref().is_some_and(|gap| gap.part == QueryPart::Time)
    }

    fn is_of(&self, scope: Scope, text: &str, cursor: usize) -> bool {
        self.of.as_ref().is_some_and(|of| (of.0, of.1.as_str(), of.2) == (scope, text, cursor))
    }

    /// Turns to the gap at the cursor. Until its candidates are read, those of the gap before that still fit are kept.
    fn turn_to(&mut self, scope: Scope, text: &str, cursor: usize) {
        let before = self.gap.take();
        self.of = Some((scope, text.to_owned(), cursor));
        (self.gap, self.pending, self.selected, self.is_open) = (Gap::at(text, cursor), None, None, false);
        self.is_awaited = false;
        let is_same = |now: &Gap| {
            let before = before.as_ref();
            before.is_some_and(|before| {
                before.place.start == now.place.start && discriminant(&before.part) == discriminant(&now.part)
            })
        };
        match &self.gap {
            Some(gap) if matches!(gap.part, QueryPart::Field | QueryPart::Time) => {
                self.candidates = gap.fixed_candidates()
            }
            Some(gap) if is_same(gap) => {
                let typed = text.get(gap.place.clone()).unwrap_or_default();
                let fits =
                    |candidate: &Candidate| candidate.text.starts_with(typed) && candidate.text != typed;
                self.candidates.retain(fits);
            }
            _ => self.candidates.clear(),
        }
    }

    /// Returns the gap if its candidates have to be read from the store.
    fn unread(&self) -> Option<&Gap> {
        self.gap.as_ref().filter(|gap| !matches!(gap.part, QueryPart::Field | QueryPart::Time))
    }

    /// Selects the candidate in this row, if there is one.
    pub(super) fn select(&mut self, row: usize) {
        self.selected = (row < self.shown().len()).then_some(row);
    }

    /// Selects the next or the previous candidate. Before the first one, none is selected.
    pub(super) fn choose(&mut self, by: isize) {
        let last = self.shown().len().checked_sub(1);
        self.selected = match (self.selected, last) {
            (_, None) => None,
            (None, Some(_)) => (by > 0).then_some(0),
            (Some(at), Some(last)) => at.checked_add_signed(by).map(|at| at.min(last)),
        };
    }
}

/// Determines what can be typed at the cursor, if that is not known, and requests it.
pub(crate) fn load(state: &mut ConsoleState, effects: &mut Effects) {
    let Some(scope) = state.events.scope else { return };
    let request = RequestId(state.last_request.0 + 1);
    let Some(prompt) = state.layers.top_as_mut::<Prompt>().filter(|prompt| prompt.is_query()) else { return };
    let Prompt { input, completion, .. } = prompt;
    if completion.is_of(scope, input.text(), input.cursor()) {
        return;
    }
    completion.turn_to(scope, input.text(), input.cursor());
    prompt.is_unfinished = is_unfinished_at(input.text(), input.cursor());
    let Some(gap) = completion.unread().cloned() else { return };
    completion.pending = Some(request);
    state.last_request = request;
    effects.push(StoreQuery::CompleteQuery { request, scope, gap });
}

/// Returns true if the first error of a query is in the word before the cursor, and that word can still become valid.
fn is_unfinished_at(text: &str, cursor: usize) -> bool {
    let Err(error) = text.parse::<Query>() else { return false };
    let Some((head, behind)) = text.split_at_checked(cursor) else { return false };
    let is_at_end = !behind.starts_with(|c: char| !c.is_whitespace());
    let of_head = || head.parse::<Query>().err();
    is_at_end && of_head().is_some_and(|head| head.word == error.word && is_unfinished(&head))
}

/// Shows the candidates, unless the text has changed. If they cannot be read, the query is typed without them.
pub(crate) fn completed(state: &mut ConsoleState, answer: Answer<Vec<Candidate>, ErrorText>) -> Changed {
    let prompt = state.layers.each_mut::<Prompt>().rfind(|prompt| prompt.is_query());
    let Some(completion) = prompt.map(|prompt| &mut prompt.completion) else { return Changed::No };
    if completion.pending != Some(answer.request) {
        return Changed::No;
    }
    completion.pending = None;
    let before = std::mem::replace(&mut completion.candidates, answer.result.unwrap_or_default());
    let selected = completion.selected.and_then(|at| before.get(at));
    let place = |wanted: &Candidate| completion.candidates.iter().position(|one| one.text == wanted.text);
    completion.selected = selected.and_then(place);
    if completion.is_awaited && !completion.candidates.is_empty() {
        complete(state);
    }
    Changed::Yes
}

/// Returns the reason if nothing can be completed.
pub(super) fn can_complete(state: &ConsoleState) -> Availability {
    let prompt = state.layers.top_as::<Prompt>();
    available_if(
        prompt.is_some_and(|Prompt { completion, .. }| {
            completion.pending.is_some() || !completion.candidates.is_empty()
        }),
        "nothing in this database continues the word at the cursor",
    )
}

/// Inserts the selected candidate, or the first one. Opens the list of fields if it is closed.
pub(super) fn complete(state: &mut ConsoleState) {
    let Some(prompt) = state.layers.top_as_mut::<Prompt>() else { return };
    let Prompt { input, completion, .. } = prompt;
    let Some(candidate) = completion.shown().get(completion.selected.unwrap_or(0)) else {
        completion.is_open = true;
        completion.is_awaited = completion.pending.is_some();
        return;
    };
    let Some(gap) = &completion.gap else { return };
    input.replace(gap.place.clone(), &candidate.text);
    typed(state);
}
