//! Reports of a running subscriber.

use crate::event::SpaceSequence;

use super::Subscriber;

/// A report of a running subscriber.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeliveryNews {
    /// It has taken the lease.
    Started,
    /// It waits for its turn, for the store, or for events that are not visible yet.
    Waiting {
        /// The reason.
        reason: String,
    },
    /// The server of the store has answered again, after it was waited for.
    ServerBack,
    /// Events were delivered.
    Delivered {
        /// Their number.
        events: u64,
    },
    /// An attempt to deliver an event failed.
    Failed {
        /// The name of the event's space.
        space_name: String,
        /// The event's sequence.
        sequence: SpaceSequence,
        /// The number of attempts so far.
        attempts: u32,
        /// The error.
        error: String,
        /// True if this was the last attempt, and the event is parked.
        is_parked: bool,
    },
}

/// Receives the reports of a subscriber.
pub(super) type Listener = Box<dyn FnMut(DeliveryNews) + Send>;

impl Subscriber {
    /// Reports to `listener` what happens, for a log or a screen. It is called between deliveries, and must not block.
    #[must_use]
    pub fn on_news(mut self, listener: impl FnMut(DeliveryNews) + Send + 'static) -> Self {
        self.listener = Some(Box::new(listener));
        self
    }

    pub(super) fn report(&mut self, news: impl FnOnce() -> DeliveryNews) {
        if let Some(listener) = &mut self.listener {
            listener(news());
        }
    }
}
