//! The names of subscriptions.

use crate::error::SubscriptionError;

/// The maximum length of a subscription's name in characters.
const LONGEST_NAME: usize = 100;

/// Checks the name of a subscription.
pub(crate) fn check_name(name: &str) -> Result<(), SubscriptionError> {
    let characters = name.chars().count();
    let reason = if !(1..=LONGEST_NAME).contains(&characters) {
        format!("must have between 1 and {LONGEST_NAME} characters, not {characters}")
    } else if name.trim() != name || name.chars().any(char::is_control) {
        "must not start or end with whitespace, nor contain control characters".to_owned()
    } else {
        return Ok(());
    };
    Err(SubscriptionError::InvalidName { reason })
}
