//! The building blocks of screens. They know text and roles, but not the state.

pub mod bar;
pub mod column;
pub mod diff;
pub mod figures;
pub mod frame;
pub mod input;
pub mod keyed;
pub mod message;
pub mod middle;
pub mod pen;
pub mod scroll;
pub mod search;
pub mod table;
pub mod tint;
pub mod tree;
pub mod wrap;
