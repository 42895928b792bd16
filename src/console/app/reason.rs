//! Reasons why an action cannot be done.

use std::borrow::Cow;

use crate::console::app::keymap::with_keys;

/// The reason why an action cannot be done now, shown when it is tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason(pub Cow<'static, str>);

/// Success, or the reason why an action cannot be done.
pub type Able = Result<(), Reason>;

impl Reason {
    /// Returns a reason. Its text names keys by action: `{key:delete}`.
    pub(crate) fn new(text: impl Into<Cow<'static, str>>) -> Self {
        Self(with_keys(&text.into()).into())
    }
}

pub(crate) fn no(reason: impl Into<Cow<'static, str>>) -> Able {
    Err(Reason::new(reason))
}

pub(crate) fn some(there: bool, reason: &'static str) -> Able {
    if there { Ok(()) } else { no(reason) }
}
