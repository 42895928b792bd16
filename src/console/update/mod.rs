//! How the screen changes: message in, effects out. Ring 2: no I/O, no clock, no channel.

mod action;
mod effect;
pub mod key;
mod message;

pub use action::{Action, Context, HelpRow, HelpSection, Hint, Reason};
pub use effect::Effect;
pub use key::{Code, Key, UnknownKey};
pub use message::{Answer, JobNews, Message, Spaces};
