//! The work of the demonstration's programs in the background: projections and a subscription.

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::clock::SteppingClock;
use crate::content_store::{ContentStore, DeclaredProjection, Store};
use crate::delivery::Effects;
use crate::error::Error;
use crate::subscriptions::{Retry, Subscription};

use super::SPACES;

/// The subscription of a program that sends an e-mail to each new contact.
pub const WELCOME_EMAILS: &str = "welcome-emails";

/// Catches up the projections of a space that do not change together with its events.
pub fn catch_up(space: &ContentStore) -> Result<(), Error> {
    let is_async = |projection: &&DeclaredProjection| !projection.is_inline();
    for projection in space.projections().iter().filter(is_async) {
        space.catch_up_projection(projection.name(), &mut |_, _| ControlFlow::Continue(()))?;
    }
    Ok(())
}

/// Delivers every new contact to the subscription. The e-mail to the last of these contacts of `crm_acme` fails.
pub fn welcome(store: &Store, contacts: usize) -> Result<(), Error> {
    let [acme, ..] = SPACES;
    // The store's clock advances with each event. A delivery takes no time.
    let now = store.clock().now();
    let store = store.clone().with_clock(Arc::new(SteppingClock::new(now, 0)));
    let last = format!("c{contacts}");
    let emails = Subscription::all_spaces(WELCOME_EMAILS)
        .matching("type:contact.added".parse()?)
        .retrying(Retry::at_once(3))
        .checkpoint_every(1000);
    store.subscribe(&emails)?.deliver_pending(|delivery| {
        if delivery.space().space_name == acme && delivery.event().entity_id == last {
            return Err("the mail server did not answer".into());
        }
        Ok(Effects::none())
    })?;
    Ok(())
}
