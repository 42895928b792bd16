//! The effects that a handler asks for.

use crate::content_store::{ContentStore, EffectPart, Request};
use crate::event::NewEvent;
use crate::space::SpaceId;

/// The effects of an event in the store. They have no effect until the handler returns them, and then happen exactly once,
/// even if the event is delivered again.
///
/// Effects in the event's own space commit together with the checkpoint. Those in another space commit there, together
/// with a mark. Each space is a commit of its own: its effects happen all or not at all. Events get the delivered event as
/// their cause, and its correlation, unless they name others.
#[derive(Clone, Default)]
#[must_use = "effects happen only if the handler returns them"]
pub struct Effects(Vec<InSpace>);

/// The effects in one space.
#[derive(Clone)]
pub(super) struct InSpace {
    pub(super) content: ContentStore,
    pub(super) parts: Vec<EffectPart>,
}

impl Effects {
    /// Nothing happens in the store.
    pub fn none() -> Self {
        Self::default()
    }

    /// Executes a command in a space. If the app rejects it, the delivery has failed.
    pub fn execute(self, space: &ContentStore, request: impl Into<Request>) -> Self {
        self.with(space, EffectPart::Execute(request.into()))
    }

    /// Appends events to a space.
    pub fn append(self, space: &ContentStore, events: Vec<NewEvent>) -> Self {
        self.with(space, EffectPart::Append(events))
    }

    fn with(mut self, content: &ContentStore, part: EffectPart) -> Self {
        match self.0.iter_mut().find(|one| one.content.space_id() == content.space_id()) {
            Some(one) => one.parts.push(part),
            None => self.0.push(InSpace { content: content.clone(), parts: vec![part] }),
        }
        self
    }

    /// Separates the effects in the event's own space from all others.
    pub(super) fn split(self, own: SpaceId) -> (Option<InSpace>, Vec<InSpace>) {
        let (mut own, others): (Vec<_>, Vec<_>) =
            self.0.into_iter().partition(|one| one.content.space_id() == own);
        (own.pop(), others)
    }

    /// Returns true if nothing happens in the store.
    pub fn is_none(&self) -> bool {
        self.0.is_empty()
    }
}
