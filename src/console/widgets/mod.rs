//! The building blocks of screens. They know text and roles, but not the state.

pub mod ascii;
pub mod bar;
pub mod diff;
pub mod excerpt;
pub mod frame;
pub(crate) mod graphemes;
pub mod json;
pub mod moment;
pub mod pen;
pub(crate) mod shortened;
pub mod table;
pub mod text;
pub mod text_input;
pub mod tree;
