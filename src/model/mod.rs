//! The vocabulary that all modules share: events, spaces, changes of projections, operators, ids, time, JSON, text and errors.

pub mod bug_report;
pub mod changes;
pub mod clock;
pub mod date;
pub mod decimal;
pub mod error;
pub mod event;
pub mod event_payload;
mod field_path;
pub mod id;
pub mod json;
pub mod limits;
pub mod masking;
pub mod operator;
pub mod projection;
pub mod redacted;
pub mod redaction;
pub mod secret;
pub mod space;
pub mod text;
pub mod timestamp;
