//! Events as rows.

use std::borrow::Cow;
use std::sync::Arc;

use serde::Serialize;

use crate::content_store::CurrentForms;
use crate::event::Event;
use crate::json::Json;

/// An event, as JSON.
#[derive(Serialize)]
pub(crate) struct ListedEvent<'a> {
    space_name: &'a str,
    #[serde(flatten)]
    event: Cow<'a, Event>,
    /// Written only if the event is damaged.
    #[serde(skip_serializing_if = "Clone::clone")]
    intact: bool,
    /// Written only if an upcaster reads the event.
    #[serde(skip_serializing_if = "Option::is_none")]
    current: Option<ListedForm>,
}

/// An event in a tree of causes and effects, as JSON.
#[derive(Serialize)]
pub(crate) struct ListedTraced<'a> {
    /// The number of steps from the root.
    pub(crate) depth: usize,
    #[serde(flatten)]
    pub(crate) event: ListedEvent<'a>,
}

/// The current form of an event, or the reason why it cannot be read, as JSON.
#[derive(Serialize)]
#[serde(untagged)]
enum ListedForm {
    Read { event_type: Arc<str>, payload: Json },
    Failed { error: String },
}

impl<'a> ListedEvent<'a> {
    pub(crate) fn of(space_name: &'a str, event: &'a Event, forms: &CurrentForms) -> Self {
        let current = forms.of(event).map(|current| match current {
            Ok(Event { event_type, payload, .. }) => ListedForm::Read { event_type, payload },
            Err(error) => ListedForm::Failed { error },
        });
        Self { space_name, event: Cow::Borrowed(event), intact: event.intact, current }
    }

    /// Prepares its documents to be serialised. Calls `pause` between the pieces of large ones.
    ///
    /// # Errors
    /// The error of `pause`.
    pub(crate) fn prepared<E>(self, pause: &mut dyn FnMut() -> Result<(), E>) -> Result<Self, E> {
        let event = match self.event {
            Cow::Borrowed(event) => event.prepared_between(pause)?,
            owned @ Cow::Owned(_) => owned,
        };
        let current = match self.current {
            Some(ListedForm::Read { event_type, payload }) => {
                let payload = payload.prepared_between(pause)?.into_owned();
                Some(ListedForm::Read { event_type, payload })
            }
            other => other,
        };
        Ok(Self { event, current, ..self })
    }
}
