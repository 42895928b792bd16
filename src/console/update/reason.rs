//! Why something cannot be done.

use std::borrow::Cow;

/// Why something cannot be done now, told when it is tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason(pub Cow<'static, str>);

/// Whether something can be done, or why not.
pub type Able = Result<(), Reason>;

pub(super) fn no(reason: impl Into<Cow<'static, str>>) -> Able {
    Err(Reason(reason.into()))
}

pub(super) fn some(there: bool, reason: &'static str) -> Able {
    if there { Ok(()) } else { no(reason) }
}
