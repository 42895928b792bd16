//! The availability of an action: it can be done now, or there is a reason why it cannot.

use std::borrow::Cow;

use crate::console::app::bindings::Bindings;

/// The reason why an action cannot be done now, shown when it is tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason(Cow<'static, str>);

/// Success if an action can be done now, or else the reason why it cannot.
pub type Availability = Result<(), Reason>;

impl Reason {
    /// Returns a reason. Static text names keys by action: `{key:delete}`. Text that was put together is kept as it is,
    /// because it may quote a name or a filter.
    pub(crate) fn new(text: impl Into<Cow<'static, str>>) -> Self {
        Self(text.into())
    }

    /// Returns the reason, with the keys of the actions that it names.
    pub fn text(&self, keys: &Bindings) -> String {
        match &self.0 {
            Cow::Borrowed(text) => keys.with_keys(text),
            Cow::Owned(text) => text.clone(),
        }
    }
}

/// Returns the reason why an action cannot be done now.
pub(crate) fn unavailable(reason: impl Into<Cow<'static, str>>) -> Availability {
    Err(Reason::new(reason))
}

/// Returns the reason unless the condition holds.
pub(crate) fn available_if(condition: bool, reason: &'static str) -> Availability {
    if condition { Ok(()) } else { unavailable(reason) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn static_reasons_name_keys_and_data_is_kept_as_it_is() {
        let text = |reason: Reason| reason.text(&Bindings::default());
        assert_eq!(text(Reason::new("`{key:delete}` deletes it")), "`D` deletes it");
        let filter = "{key:delete}";
        assert_eq!(text(Reason::new(format!("no space matches {filter}"))), "no space matches {key:delete}");
    }
}
