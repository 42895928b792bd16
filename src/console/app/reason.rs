//! Reasons why an action cannot be done.

use std::borrow::Cow;

/// The reason why an action cannot be done now, shown when it is tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason(pub Cow<'static, str>);

/// Success, or the reason why an action cannot be done.
pub type Able = Result<(), Reason>;

pub(crate) fn no(reason: impl Into<Cow<'static, str>>) -> Able {
    Err(Reason(reason.into()))
}

pub(crate) fn some(there: bool, reason: &'static str) -> Able {
    if there { Ok(()) } else { no(reason) }
}
