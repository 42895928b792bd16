//! An event, as a handler receives it.

use std::sync::Arc;

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::content_store::{App, ContentStore, Store};
use crate::error::Result;
use crate::event::Event;
use crate::space::Space;

/// An event that is delivered to a handler.
pub struct Delivery<'a> {
    pub(super) store: &'a Store,
    pub(super) store_id: Uuid,
    pub(super) subscription: &'a str,
    pub(super) space: &'a Space,
    pub(super) event: &'a Event,
    /// The form that upcasters make of it.
    pub(super) current: Option<&'a Event>,
    pub(super) attempt: u32,
}

impl Delivery<'_> {
    /// Returns the event, in its current form if the subscriber [upcasts](super::Subscriber::upcasting) events.
    pub fn event(&self) -> &Event {
        self.current.unwrap_or(self.event)
    }

    /// Returns the event's space.
    pub fn space(&self) -> &Space {
        self.space
    }

    /// Returns the store.
    pub fn store(&self) -> &Store {
        self.store
    }

    /// Returns the number of this attempt to deliver the event, from 1.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Opens the event's space with its app, for an effect there.
    ///
    /// # Errors
    /// As [`ContentStore::of`].
    pub fn open(&self, app: Arc<dyn App>) -> Result<ContentStore> {
        ContentStore::of(self.store, self.space.clone(), app)
    }

    /// Returns the key under which an effect outside the store should be made, so that the receiver recognises a
    /// repetition: 32 hexadecimal digits. It is the same for every delivery of this event to this subscription, and for
    /// no other event, not even for one that takes its place after a restore.
    pub fn idempotency_key(&self) -> String {
        let event = self.event;
        let mut hash = Sha256::new_with_prefix(b"ramax delivery\0");
        hash.update(self.store_id.as_bytes());
        for number in [
            u64::from(event.space_id.0),
            event.space_sequence.0,
            event.event_id.0,
            event.timestamp.0.cast_unsigned(),
        ] {
            hash.update(number.to_le_bytes());
        }
        hash.update(event.correlation_id.unwrap_or_default().as_bytes());
        for text in [self.subscription, &event.event_type, &event.entity_id] {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text.as_bytes());
        }
        let mut first = [0; 16];
        first.copy_from_slice(&hash.finalize()[..16]);
        Uuid::from_bytes(first).simple().to_string()
    }
}
